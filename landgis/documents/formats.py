"""The forms a report is written in: JSON, HTML, a workbook, a GeoPackage."""

import json
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.documents import gpkg, html, xlsx
from landgis.documents.shown import ImportReport
from landgis.errors import UsageError


class Form(NamedTuple):
    """How a report is written in one form, and what it is then."""

    write: Callable[[Sequence[ImportReport], Jurisdiction, str], bytes]
    media_type: str


def together(documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Answer one report as it is, several as one object with the counts of all."""
    if len(documents) == 1:
        return documents[0]
    names = ("read", "accepted", "quarantined", "unreadable")
    counts = {n: sum(d["counts"][n] for d in documents if "counts" in d) for n in names}
    return {"files": list(documents), "counts": counts}


def as_json(documents: Sequence[dict[str, Any]]) -> str:
    """Answer the JSON text of one report or of several together."""
    return json.dumps(together(documents), ensure_ascii=False, indent=1)


def _write_json(
    reports: Sequence[ImportReport],
    _jurisdiction: Jurisdiction,
    _lang: str,
) -> bytes:
    return (as_json([r.document for r in reports]) + "\n").encode("utf-8", "backslashreplace")


FORMS = {
    "json": Form(_write_json, "application/json"),
    "html": Form(html.write, "text/html; charset=utf-8"),
    "xlsx": Form(xlsx.write, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "gpkg": Form(gpkg.write, "application/geopackage+sqlite3"),
}


def form_of(path: PurePath) -> Form:
    """Answer the form that a file name asks for by its suffix.

    Raises
    ------
    UsageError
        ``unknown_report_format``, naming the forms there are.
    """
    form = FORMS.get(path.suffix.lower().removeprefix("."))
    if form is None:
        listed = ", ".join(f".{name}" for name in FORMS)
        raise UsageError(
            "unknown_report_format", f"A report is written as {listed}, not {path.suffix!r}"
        )
    return form

"""The report as one HTML file: it asks for nothing outside itself and needs no script."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.documents import evidence
from landgis.documents.map_svg import MOST_SHAPES, map_svg
from landgis.documents.places import Scene, scene
from landgis.documents.shown import ImportReport, sender
from landgis.documents.sketch import MOST_SKETCHES, sketch_svg
from landgis.documents.words import Words, basis_text, in_runs

TEMPLATES_DIR = Path(__file__).parent / "templates"
SAME_FOR_ALL = ("rule", "severity", "outcome", "title", "remedy", "basis")
"""What the findings of one group share; it is said once above them."""


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES_DIR),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")


def write(reports: Sequence[ImportReport], jurisdiction: Jurisdiction, lang: str) -> bytes:
    """Answer the page of one or several files.

    What differs between two reports of one file (batch, status, revision, timings) stands in
    its last lines, ``footer.run``, and nowhere else.
    """
    words = Words(lang)
    pages = [_page(report, n, jurisdiction, words) for n, report in enumerate(reports, 1)]
    text = _template().render(t=words, lang=lang, pages=pages)
    return text.encode("utf-8", "replace")


def _page(report: ImportReport, n: int, jurisdiction: Jurisdiction, words: Words) -> dict[str, Any]:
    document = report.document
    page: dict[str, Any] = {"doc": document, "file": document["file"], "anchor": f"f{n}-"}
    if "error" in document:
        return {**page, "error": document["error"]}
    found = scene(report, jurisdiction, words.lang)
    mapping = document["evidence"].get("mapping", {})
    return {
        **page,
        "error": None,
        "options": [f"{k} = {v}" for k, v in sorted(document["options"].items()) if v],
        "map": _map(found, report, jurisdiction, words, page["anchor"]) if found else None,
        "groups": list(_groups(report, found, words, jurisdiction)),
        "sketches_cut": MOST_SKETCHES if len(report.findings) > MOST_SKETCHES else None,
        "waits": list(_waits(document, words)),
        "decisions": evidence.decisions(document["evidence"], words),
        "plane": _survey(document["evidence"], jurisdiction, words),
        "extent": _extent(document["evidence"], words),
        "fields": evidence.field_lines(mapping, words),
        "mapping": mapping,
        "identity": evidence.identity(mapping, words),
        "notes": [words.pick(note["message"]) for note in document["evidence"].get("notes", ())],
    }


def _map(
    found: Scene, report: ImportReport, jurisdiction: Jurisdiction, words: Words, anchor: str
) -> dict[str, Any]:
    placed = {p.no for p in found.placed}
    svg = map_svg(found, report, words, anchor)
    without = [no for no in range(1, len(report.findings) + 1) if no not in placed]
    return {
        "svg": Markup(svg),  # noqa: S704 - drawn here, every text of it escaped
        "has_more": "\u202f+" in svg,
        "has_away": 'class="away"' in svg,
        "plane": words("map.plane", plane=_plane(found.epsg, jurisdiction, words), epsg=found.epsg),
        "units": ", ".join(name for name, _ in found.outlines),
        "has_extent": found.extent is not None,
        "without": in_runs(without),
        "severities": sorted({p.severity for p in found.placed}),
        "shapes_cut": MOST_SHAPES if len(found.shapes) > MOST_SHAPES else None,
    }


def _survey(said: dict[str, Any], jurisdiction: Jurisdiction, words: Words) -> str:
    """Answer the name of the survey plane that was decided upon."""
    code = str(said.get("crs", {}).get("chosen", "")).removeprefix("EPSG:")
    return _plane(int(code), jurisdiction, words) if code.isdigit() else ""


def _extent(said: dict[str, Any], words: Words) -> str:
    """Answer from where to where the accepted parcels reach, north first."""
    if not said.get("extent"):
        return ""
    west, south, east, north = said["extent"]["bounds"]
    srid = said["extent"]["srid"]
    first = _native({"srid": srid, "xy": [west, south]}, words)
    last = _native({"srid": srid, "xy": [east, north]}, words)
    return " · ".join(f"{a} – {b.split(' ', 1)[1]}" for a, b in zip(first, last, strict=True))


def _plane(epsg: int, jurisdiction: Jurisdiction, words: Words) -> str:
    label = jurisdiction.survey_plane_labels.get(epsg)
    return label[words.lang] if label and words.lang in label else geodesy.plane(epsg).name


def _groups(
    report: ImportReport, found: Scene | None, words: Words, jurisdiction: Jurisdiction
) -> Iterator[dict[str, Any]]:
    units = _unit_names(jurisdiction, words)
    numbered = list(enumerate(report.findings, 1))
    placed = {p.no: p for p in found.placed} if found else {}
    for _, group in groupby(numbered, lambda pair: [pair[1][name] for name in SAME_FOR_ALL]):
        members = list(group)
        first = members[0][1]
        lines = []
        for no, finding in members:
            line = _line(report, no, finding, words, units)
            line["accepted"] = accepted_text(finding["acceptance"], words, jurisdiction)
            if found and no in placed and no <= MOST_SKETCHES:
                sketch = sketch_svg(placed[no], found, report, words)
                line["sketch"] = Markup(sketch)  # noqa: S704 - drawn here, text escaped
            lines.append(line)
        yield {
            **{name: first[name] for name in ("rule", "severity", "outcome")},
            "title": words.pick(first["title"]),
            "remedy": words.pick(first["remedy"]),
            "basis": basis_text(first["basis"]) or words("findings.basis.none"),
            "is_measured": any(line["measured"] or line["limit"] for line in lines),
            "is_drawn": any(line["sketch"] for line in lines),
            "lines": lines,
        }


def _line(
    report: ImportReport, no: int, finding: dict[str, Any], words: Words, units: dict[str, str]
) -> dict[str, Any]:
    return {
        "no": no,
        "id": finding["id"],
        "message": words.pick(finding["message"]),
        "names": _names(report, finding["rows"], words, units),
        "native": _native(finding["place_native"], words),
        "lonlat": _lonlat(finding["place"], words),
        "measured": words.measured(finding["measured"], finding["unit"]),
        "limit": words.measured(finding["limit"], finding["unit"]),
        "rows": in_runs(finding["rows"]),
        "parcels": ", ".join(finding["parcels"]),
        "sketch": "",
    }


def accepted_text(said: dict[str, str] | None, words: Words, jurisdiction: Jurisdiction) -> str:
    """Answer who accepted a finding, on which day there and why; nothing where nobody has."""
    if said is None:
        return ""
    on = jurisdiction.local_time(datetime.fromisoformat(said["at"])) or ""
    day = f"{on[8:10]}/{on[5:7]}/{on[:4]}"
    return words("findings.accepted", by=sender(said["by"]), on=day, why=said["why"])


MOST_NAMES = 6
"""Parcels of one finding that are named; their rows are all listed."""


def _names(report: ImportReport, rows: Sequence[int], words: Words, units: dict[str, str]) -> str:
    """Answer the parcels as the land office calls them, where the rows are at hand."""
    if report.concerned is None:
        return ""
    said: dict[str, None] = {}
    for row in rows[:MOST_NAMES]:
        i = report.index_of_row.get(row)
        if i is None:
            continue
        parts = {part: getattr(report.concerned, part)[i] for part in ("sheet", "number")}
        named = [words(f"parcel.{part}", value=value) for part, value in parts.items() if value]
        unit = report.concerned.unit_code[i]
        if unit:
            named.append(units.get(unit) or words("parcel.unit_code", value=unit))
        if named:
            said[", ".join(named)] = None
    return "; ".join(said) + (" …" if len(rows) > MOST_NAMES else "")


def _unit_names(jurisdiction: Jurisdiction, words: Words) -> dict[str, str]:
    """Answer the names of the units in force, by code."""
    return {
        unit.code: unit.name_en if words.lang == "en" else unit.name
        for unit in jurisdiction.units
        if unit.valid_to is None
    }


def _native(native: dict[str, Any] | None, words: Words) -> list[str]:
    """Answer a place in the survey plane, north first as its tables are written."""
    if native is None:
        return []
    x, y = native["xy"]
    digits = 8 if geodesy.plane(native["srid"]).is_geographic else 3
    return [
        f"{words('place.north')} {words.number(y, digits)}",
        f"{words('place.east')} {words.number(x, digits)}",
    ]


def _lonlat(place: dict[str, Any] | None, words: Words) -> str:
    if place is None:
        return ""
    lon, lat = place["coordinates"]
    return f"{words.number(lat, 7)}° {words.number(lon, 7)}°".replace("° ", "°\u2002")


def _waits(document: dict[str, Any], words: Words) -> Iterator[dict[str, Any]]:
    """Answer the rows that were not accepted, drawn together by what keeps them."""
    titles = {line["rule"]: words.pick(line["title"]) for line in document["by_rule"]}
    kept = itemgetter("state", "reasons")
    for (state, reasons), group in groupby(sorted(document["rows"], key=kept), kept):
        rows = [line["row"] for line in group]
        yield {
            "state": state,
            "codes": ", ".join(reasons),
            "why": "; ".join(titles.get(code) or words.named("reason", code) for code in reasons),
            "count": len(rows),
            "rows": in_runs(rows),
        }

"""What a report in any form is made from: its document, and the parcels its findings speak of."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from landgis.cadastre.parcels import ParcelSet
from landgis.documents.words import Words, basis_text, in_runs


@dataclass(frozen=True)
class ImportReport:
    """One file's report, ready to be written in any form."""

    document: dict[str, Any]
    """The report as its JSON form has it; of a refused file only ``file`` and ``error``."""

    concerned: ParcelSet | None = None
    """The rows that findings are about, to be drawn and named; None: not at hand."""

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Answer the findings in the order in which they are numbered, from 1."""
        listed: list[dict[str, Any]] = self.document.get("findings", [])
        return listed

    @cached_property
    def index_of_row(self) -> dict[int, int]:
        """Answer where in ``concerned`` a row stands."""
        if self.concerned is None:
            return {}
        return {row: i for i, row in enumerate(self.concerned.row.tolist())}


def concerned_by(parcels: ParcelSet, findings: list[dict[str, Any]]) -> ParcelSet:
    """Answer the parcels that findings speak of."""
    return parcels.take(np.isin(parcels.row, rows_of(findings)))


MOST_ROWS = 20
"""Rows of one finding whose parcels are drawn: a cause may be that of half a file."""


def rows_of(findings: list[dict[str, Any]]) -> list[int]:
    """Answer the rows that findings speak of, the first ones of each, each once, in order."""
    return sorted({row for finding in findings for row in finding["rows"][:MOST_ROWS]})


def finding_line(
    report: ImportReport, no: int, finding: dict[str, Any], words: Words
) -> dict[str, Any]:
    """Answer a finding as one line of a table; numbers are numbers, what is unknown is None."""
    place, native = finding["place"], finding["place_native"]
    lon, lat = place["coordinates"] if place else (None, None)
    x, y = native["xy"] if native else (None, None)
    accepted = finding["acceptance"] or {}
    return {
        "no": no,
        "finding_id": finding["id"],
        "file": report.document["file"]["name"],
        "rule": finding["rule"],
        "severity": finding["severity"],
        "outcome": finding["outcome"],
        "title": words.pick(finding["title"]),
        "message": words.pick(finding["message"]),
        "rows": in_runs(finding["rows"]),
        "measured": finding["measured"],
        "limit": finding["limit"],
        "unit": finding["unit"],
        "x": x,
        "y": y,
        "srid": native["srid"] if native else None,
        "lon": lon,
        "lat": lat,
        "remedy": words.pick(finding["remedy"]),
        "basis": basis_text(finding["basis"]),
        "parcels": ", ".join(finding["parcels"]),
        "accepted_by": sender(accepted["by"]) if accepted else None,
        "accepted_at": accepted.get("at"),
        "accepted_why": accepted.get("why"),
    }


def sender(name: str) -> str:
    """Answer the name of a principal as people read it: without its kind."""
    return name.partition(":")[2] or name

"""What people accept as it is: which findings may be, and which of them are wanted of a batch."""

from dataclasses import dataclass
from math import nan
from typing import Any

from landgis.cadastre.findings import Outcome, Severity
from landgis.errors import Conflict, UsageError

ACCEPTABLE = ("warning", "info")
"""Severities that may be accepted; what holds a row back is mended."""

HALF_TURN = 180.0
"""No longitude is larger, nor any latitude, in degrees."""

BBox = tuple[float, float, float, float]
"""West, south, east, north in degrees of longitude and latitude."""


@dataclass(frozen=True)
class FindingsWanted:
    """Which findings of a batch; None: whichever."""

    name: str | None = None
    """Its id; more than one finding has it where two defects share a metre."""

    rule: str | None = None
    severity: Severity | None = None
    outcome: Outcome | None = None
    row: int | None = None
    bbox: BBox | None = None
    accepted: bool | None = None


@dataclass(frozen=True)
class FindingsPage:
    """Some findings of a batch, in the order of its report."""

    findings: list[dict[str, Any]]
    next: int | None
    """The number to continue after, None when there are no more."""


@dataclass(frozen=True)
class FindingsCount:
    """How many findings a rule has, of one severity and one outcome."""

    rule: str
    severity: Severity
    outcome: Outcome
    findings: int
    accepted: int


def bbox_of(text: str) -> BBox:
    """Answer the box that ``west,south,east,north`` in degrees stands for.

    Raises
    ------
    UsageError
        ``bad_box``
    """
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        west, south, east, north = (nan,) * 4
    if not (-HALF_TURN <= west <= east <= HALF_TURN and -HALF_TURN <= south <= north <= HALF_TURN):
        raise UsageError(
            "bad_box", f"bbox is west,south,east,north in degrees, west before east, not {text!r}"
        )
    return west, south, east, north


def admit(finding: dict[str, Any]) -> None:
    """Let pass a finding that may be accepted.

    Raises
    ------
    Conflict
        ``not_acceptable``: it holds rows back, or nothing failed.
    """
    if finding["outcome"] != "fail":
        raise Conflict(
            "not_acceptable",
            f"Finding {finding['id']} says that {finding['rule']} was not tested; there is "
            "nothing to accept",
        )
    if finding["severity"] not in ACCEPTABLE:
        raise Conflict(
            "not_acceptable",
            f"Finding {finding['id']} ({finding['rule']}) is an error: it is mended, not "
            f"accepted. {finding['remedy']['en']}",
            severity=finding["severity"],
            remedy=finding["remedy"],
        )

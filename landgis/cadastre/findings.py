"""What is wrong with land data, as values: rules give findings, triage and people act on them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import shapely

Severity = Literal["block", "error", "warning", "info"]
MOST_DEGREES = 360.0
"""No coordinate in degrees is larger, hardly any in metres smaller."""

METRE_IN_DEGREES = 1e-5

Outcome = Literal["pass", "fail", "untested"]

Text = dict[str, str]
"""The same sentence in every language of the jurisdiction: ``{"vi": …, "en": …}``."""


@dataclass(frozen=True)
class Rule:
    """One thing that must hold, with its stable code and its words.

    ``basis`` names document, article, date and class (A read in the text, B secondary,
    C uncertain); None: a technical rule that follows from what a parcel is, not from a law.
    """

    code: str
    severity: Severity
    title: Text
    remedy: Text
    basis: dict[str, str] | None = None
    keeps_first: bool = False
    """True: of the rows of a finding the first one is sound and stays, the others do not."""

    place: Literal["point", "line", "area", "none"] = "point"
    """What its findings show on the map; ``none``: they speak of a file as a whole."""

    fixes: tuple[str, ...] = ()
    """Names of the fixes that can be proposed for its findings, the gentlest first."""


@dataclass(frozen=True)
class Cause:
    """Why many rows fail alike: one finding speaks of all of them."""

    key: str
    """Tells it from other causes for which the same rule fails."""

    said: Text
    """What is wrong with each row, without the row and without a full stop."""


@dataclass(frozen=True)
class Finding:
    """One outcome of one rule at one place, on one or several rows of a source."""

    rule: Rule
    outcome: Outcome
    message: Text
    rows: tuple[int, ...] = ()
    place_xy: tuple[float, float] | None = None
    """Where, in the survey plane of the rows (east, north; metres or degrees)."""

    place_epsg: int | None = None
    shape: shapely.Geometry | None = None
    """LineString or Polygon (or several) that is wrong, in the survey plane; None: its place."""

    measured: float | None = None
    limit: float | None = None
    unit: str | None = None
    keys: tuple[str, ...] = field(default=())
    """Identity keys or geometry hashes of the parcels: they make the id survive a re-import."""

    parcels: tuple[str, ...] = ()
    """Canonical ids of registered parcels that are part of it."""

    basis: dict[str, str] | None = None
    """Where the jurisdiction's limit comes from, as in ``Rule.basis``; None: see the rule."""

    holds: tuple[int, ...] | None = None
    """Rows that it holds back when it is an error; None: as its rule says."""

    cause: Cause | None = None
    """What it shares with other rows of the layer; None: it stands for itself."""

    @property
    def legal_basis(self) -> dict[str, str] | None:
        """Answer what it rests on: the source of its limit, else that of its rule."""
        return self.basis or self.rule.basis

    @property
    def id(self) -> str:
        """Answer the same 16 hex digits for the same problem tomorrow.

        Hash of the rule, the sorted keys and the place to 1 m. What has no keys (a record that
        could not be read) is known by its rows.
        """
        place = None
        if self.place_xy is not None:
            metric = max(abs(v) for v in self.place_xy) > MOST_DEGREES
            step = 1.0 if metric else METRE_IN_DEGREES
            place = [round(v / step) for v in self.place_xy]
        return _hash([self.rule.code, _who(self.keys, self.rows), place])


def subject_of(rule: str, keys: Sequence[str], rows: Sequence[int]) -> str:
    """Answer 16 hex digits for a rule on these parcels, wherever on them it fails.

    A place that is rounded changes when it crosses a border of its metre. So people's word on a
    finding is kept by its subject, with the place itself, and holds for what is near it.
    """
    return _hash([rule, _who(keys, rows)])


def _who(keys: Sequence[str], rows: Sequence[int]) -> list[Any]:
    return sorted(keys) or sorted(rows)


def _hash(body: list[Any]) -> str:
    return hashlib.sha256(_JSON.encode(body).encode()).hexdigest()[:16]


_JSON = json.JSONEncoder(separators=(",", ":"))

MAY_REFUSE = "A"
"""Class of a legal number that may hold a row back; what is less sure may only warn (design §6)."""


def with_severity(finding: Finding, severities: Mapping[str, Severity]) -> Finding:
    """Answer a finding as severe as the jurisdiction has it: rule code -> severity.

    What rests on a number that nobody has read in the act warns, whatever the rule says.
    """
    rule, basis = finding.rule, finding.legal_basis
    severity = severities.get(rule.code, rule.severity)
    if severity in ("block", "error") and basis is not None and basis["class"] != MAY_REFUSE:
        severity = "warning"
    return replace(finding, rule=replace(rule, severity=severity))

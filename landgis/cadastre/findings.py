"""What is wrong with land data, as values: rules give findings, triage and people act on them."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Literal

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
    measured: float | None = None
    limit: float | None = None
    unit: str | None = None
    keys: tuple[str, ...] = field(default=())
    """Identity keys or geometry hashes of the parcels: they make the id survive a re-import."""

    parcels: tuple[str, ...] = ()
    """Canonical ids of registered parcels that are part of it."""

    @property
    def id(self) -> str:
        """Answer the same 16 hex digits for the same problem tomorrow.

        Hash of the rule, the sorted keys (rows when there are none) and the place to 1 m.
        """
        place = None
        if self.place_xy is not None:
            metric = max(abs(v) for v in self.place_xy) > MOST_DEGREES
            step = 1.0 if metric else METRE_IN_DEGREES
            place = [round(v / step) for v in self.place_xy]
        who: list[Any] = sorted(self.keys) or sorted(self.rows)
        body = json.dumps([self.rule.code, who, place], separators=(",", ":"))
        return hashlib.sha256(body.encode()).hexdigest()[:16]

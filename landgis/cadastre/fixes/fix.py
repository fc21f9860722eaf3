"""What a fix does, as a value: every parcel that it touches, before and after."""

from dataclasses import dataclass
from typing import Any

Name = int | str
"""What a parcel goes by: the row of its source, or its canonical id."""


@dataclass(frozen=True)
class FixedParcel:
    """One parcel that a fix changes."""

    name: Name
    before: Any
    """shapely Polygon or MultiPolygon, survey plane of the parcel."""

    after: Any
    """None: the parcel goes, its ground is part of another one of the same fix."""

    area_before_m2: float
    """As a plane's arithmetic has it, not rounded; of a boundary that crosses itself the parts
    run through the other way round count negative."""

    area_after_m2: float

    @property
    def difference_m2(self) -> float:
        """What the parcel gains (or loses, negative)."""
        return self.area_after_m2 - self.area_before_m2


@dataclass(frozen=True)
class Fix:
    """A proposed change that makes one finding pass."""

    kind: str
    finding_id: str
    moved_m: float
    """How far the boundary of any parcel comes to lie from where it was, metres."""

    changes: tuple[FixedParcel, ...]
    """Every parcel that is touched, the one that gives way first."""

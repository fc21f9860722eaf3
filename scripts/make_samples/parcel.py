"""One parcel of the demonstration register on its way to a row of the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import shapely


@dataclass(frozen=True)
class Plant:
    """One row with a known defect and what must become of it."""

    defect: str
    rule: str
    expect: str


@dataclass(frozen=True)
class Parcel:
    """A polygon with its invented attributes."""

    key: int
    """Position in the French source: what every invented attribute depends on."""

    geom: shapely.Geometry | None
    sheet: int
    number: int
    old_unit_code: str
    old_sheet: int
    old_number: int
    use: str
    register_area_m2: float
    plant: Plant | None = None

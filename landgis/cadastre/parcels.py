"""Parcels as columns: the value that every step from normalise to publish hands on."""

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
import shapely
from numpy.typing import NDArray

Column = NDArray[Any]


class LandUseShare(NamedTuple):
    """One land use of a parcel and the part of the register area that it takes."""

    code: str
    """Code of the jurisdiction's land-use table, or the text as found when it is in no table."""

    area_m2: float | None
    """Square metres by the register; None when the source states none for this use."""


@dataclass(frozen=True)
class ParcelSet:
    """Parcels of one survey plane as columns of equal length ``n``.

    Text columns hold ``str`` or None, NFC, stripped, never an empty string. ``geom`` holds shapely
    Polygon or MultiPolygon objects or None, vertices bit for bit as surveyed.
    """

    survey_epsg: int
    """EPSG code of the survey plane (or of the geographic CRS the survey was delivered in)."""

    row: NDArray[np.int64]
    """``(n,)`` record number in the source, counted from 1."""

    geom: Column
    unit_code: Column
    sheet: Column
    number: Column
    old_unit_code: Column
    old_sheet: Column
    old_number: Column
    land_uses: Column
    """``(n,)`` tuples of LandUseShare, empty when the source names no use."""

    register_area_m2: NDArray[np.float64]
    """Area by the register (legal documents), NaN when the source states none."""

    address: Column

    def __len__(self) -> int:
        return len(self.row)

    def take(self, where: NDArray[Any]) -> Self:
        """Select parcels by a boolean mask or an index array; the order follows the index."""
        columns = {
            f.name: getattr(self, f.name)[where] for f in fields(self) if f.name != "survey_epsg"
        }
        taken = replace(self, **columns)
        if "wkb" in self.__dict__:
            taken.__dict__["wkb"] = self.wkb[where]
        return taken

    @cached_property
    def wkb(self) -> Column:
        """Answer the geometries as little-endian WKB, None for None."""
        wkb: Column = shapely.to_wkb(self.geom, byte_order=1)
        return wkb

    @cached_property
    def geometry_key(self) -> Column:
        """Answer one ``bytes`` per parcel, equal exactly when the normalised geometries are equal.

        Ring start, ring direction and part order do not matter; None and empty give None.
        """
        keys = np.full(len(self), None, dtype=object)
        usable = ~(shapely.is_missing(self.geom) | shapely.is_empty(self.geom))
        keys[usable] = shapely.to_wkb(shapely.normalize(self.geom[usable]))
        return keys


TEXT_COLUMNS = (
    "unit_code",
    "sheet",
    "number",
    "old_unit_code",
    "old_sheet",
    "old_number",
    "address",
)
"""The text columns of a ParcelSet."""


def no_text(n: int) -> Column:
    """Answer a text column of ``n`` unknown values."""
    return np.full(n, None, dtype=object)

"""Parcels as columns: the value that every step from normalise to publish hands on."""

import hashlib
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
import shapely
from numpy.typing import NDArray

Column = NDArray[Any]


MOST_EXAMINED = 50_000
"""Vertices of a geometry whose validity is asked for: GEOS needs a second for a star of so many,
and minutes for one of a million."""


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
    def is_sound(self) -> NDArray[np.bool_]:
        """Answer which geometries are there, valid, and not ``is_too_large``."""
        sound = ~(self.is_too_large | shapely.is_missing(self.geom) | shapely.is_empty(self.geom))
        sound[sound] = shapely.is_valid(self.geom[sound])
        return np.asarray(sound)

    @cached_property
    def is_too_large(self) -> NDArray[np.bool_]:
        """Answer which geometries have more than ``MOST_EXAMINED`` vertices."""
        return np.asarray(shapely.get_num_coordinates(self.geom) > MOST_EXAMINED)

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
        keys[usable] = shapely.to_wkb(_normalised(self.geom[usable]))
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


def geometry_hash(geom: shapely.Geometry | None) -> str | None:
    """Answer ``geometry:`` with 16 hex digits, equal for geometries that are equal normalised.

    None for a null or empty geometry; coordinates that are no numbers are no obstacle.
    """
    if geom is None or shapely.is_empty(geom):
        return None
    wkb = shapely.to_wkb(_normalised(np.array([geom], dtype=object))[0], byte_order=1)
    return f"geometry:{hashlib.sha256(wkb).hexdigest()[:16]}"


def _normalised(geoms: Column) -> Column:
    """Answer geometries in one form; GEOS refuses coordinates that are no numbers: these stay."""
    xy, of = shapely.get_coordinates(geoms, return_index=True)
    finite = np.ones(len(geoms), dtype=bool)
    finite[of[~np.isfinite(xy).all(axis=1)]] = False
    made = geoms.copy()
    made[finite] = shapely.normalize(geoms[finite])
    return made


MIXER = np.uint64(0x9E3779B97F4A7C15)
"""Odd number near 2**64 divided by the golden ratio: multiplying by it spreads bits upwards."""


def shape_marks(geoms: Column) -> NDArray[np.uint64]:
    """Answer one number per geometry, never 0: equal geometries have equal numbers.

    Others may have them, too. Ring start and direction do not matter; None is a geometry like any.
    """
    extents = np.ascontiguousarray(shapely.bounds(geoms) + 0.0)  # no minus zero
    marks = shapely.get_num_coordinates(geoms).astype(np.uint64)
    for side in extents.view(np.uint64).T:
        marks = (marks ^ side) * MIXER
        marks ^= marks >> np.uint64(29)
    return np.asarray(marks | np.uint64(1))


def no_text(n: int) -> Column:
    """Answer a text column of ``n`` unknown values."""
    return np.full(n, None, dtype=object)

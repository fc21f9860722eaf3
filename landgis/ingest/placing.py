"""Where a file's parcels come to lie under each way of reading their coordinates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import Column
from landgis.cadastre.units import Succession

AxisOrder = Literal["east,north", "north,east"]
EAST_NORTH: AxisOrder = "east,north"
NORTH_EAST: AxisOrder = "north,east"
AXIS_ORDERS: tuple[AxisOrder, ...] = (EAST_NORTH, NORTH_EAST)

SAMPLE_SIZE = 500
"""Parcels that are looked at, spread over the file (own choice)."""

EXPLAINS = 0.5
"""A reading that puts a smaller share of the parcels where they belong explains nothing: half a
file may be astray for other reasons, but not under a wrong coordinate system as well (own choice).
"""

MARGIN = 0.3
"""A reading is better than another only by this much of the score (own choice)."""

METRES_A_DEGREE = 111_000.0
"""Of latitude, roughly: outlines are simplified, a point at their border may lie outside."""

SEMI_MAJOR_M = 6_378_137.0
ECCENTRICITY_2 = 0.00669437999014
"""WGS 84 ellipsoid. Source: NGA.STND.0036, 2014."""

Floats = NDArray[np.float64]


class Reading(NamedTuple):
    """One way to understand the two numbers of a vertex."""

    epsg: int
    axis_order: AxisOrder = EAST_NORTH


@dataclass(frozen=True)
class Sample:
    """Some parcels of a file: one point each, and where each belongs."""

    first: Floats
    """``(n,)`` first coordinates as found in the file."""

    second: Floats
    units: tuple[frozenset[str], ...]
    """Units whose outlines the parcel may lie in by its codes; empty: its codes say nothing."""

    @property
    def looks_like_degrees(self) -> bool:
        """Answer whether most numbers are within the range of longitudes and latitudes."""
        fits = _in_degrees(self.first, self.second) | _in_degrees(self.second, self.first)
        return len(fits) > 0 and float(fits.mean()) > EXPLAINS


@dataclass(frozen=True)
class Placed:
    """Where one reading puts the sample."""

    reading: Reading
    own: float | None
    """Share of the parcels inside their own unit's outline; None: the codes say nothing."""

    inside: float
    """Share inside the jurisdiction."""

    unit_count: int
    """How many units they spread over."""

    lon: Floats
    lat: Floats

    @property
    def score(self) -> float:
        """Answer how well the reading explains the place, from 0 to 1."""
        return self.inside if self.own is None else self.own

    @property
    def explains(self) -> bool:
        """Answer whether the parcels come to lie where they belong."""
        return self.score >= EXPLAINS

    def beats(self, other: "Placed") -> bool:
        """Answer whether this reading explains the place and the other clearly less."""
        return self.explains and self.score - other.score >= MARGIN

    def offset_m(self, other: "Placed") -> tuple[float, float] | None:
        """Answer how far east and north of the other reading this one puts the file, in metres.

        The median over the sample; None where a reading gives no place on Earth.
        """
        middle = np.radians((self.lat + other.lat) / 2)
        flat = 1 - ECCENTRICITY_2 * np.sin(middle) ** 2
        along_meridian = SEMI_MAJOR_M * (1 - ECCENTRICITY_2) / flat**1.5
        along_parallel = SEMI_MAJOR_M * np.cos(middle) / np.sqrt(flat)
        north = np.radians(self.lat - other.lat) * along_meridian
        east = np.radians(self.lon - other.lon) * along_parallel
        known = np.isfinite(east) & np.isfinite(north)
        if not known.any():
            return None
        return float(np.median(east[known])), float(np.median(north[known]))


def sample(
    geoms: Column, unit_codes: Column, old_unit_codes: Column, jurisdiction: Jurisdiction
) -> Sample:
    """Answer up to 500 parcels spread over the file, the centre of the extent of each.

    An extent can be had of any geometry, also of an invalid one. A code belongs to the unit of
    this code and, when it is an old one, to those that the old unit became part of.
    """
    bounds = shapely.bounds(geoms)
    present = np.flatnonzero(np.isfinite(bounds).all(axis=1))
    if len(present) > SAMPLE_SIZE:
        present = present[np.linspace(0, len(present) - 1, SAMPLE_SIZE).astype(np.int64)]
    low, high = bounds[present, :2], bounds[present, 2:]
    first, second = ((low + high) / 2).T
    by_code = _units_by_code(jurisdiction.outlines, jurisdiction.successions)
    none: frozenset[str] = frozenset()
    units = tuple(
        by_code.get(unit_codes[i]) or by_code.get(old_unit_codes[i]) or none for i in present
    )
    return Sample(first, second, units)


def readings(epsgs: Sequence[int], axis_orders: Sequence[AxisOrder] = AXIS_ORDERS) -> list[Reading]:
    """Answer every way of reading with these systems, each system once."""
    return [Reading(epsg, order) for epsg in dict.fromkeys(epsgs) for order in axis_orders]


def place(found: Sample, ways: Sequence[Reading], jurisdiction: Jurisdiction) -> list[Placed]:
    """Answer where each reading puts the sample, best first; equal scores keep their order.

    The own units count where the codes of half the sample name one, else the jurisdiction alone.
    """
    codes = list(jurisdiction.outlines)
    tree = shapely.STRtree(list(jurisdiction.outlines.values()))
    blur_deg = jurisdiction.outline_accuracy_m / METRES_A_DEGREE
    placed = [_place(found, way, codes, tree, blur_deg) for way in ways]
    return sorted(placed, key=lambda p: -p.score)


def _place(
    found: Sample, way: Reading, codes: list[str], tree: shapely.STRtree, blur_deg: float
) -> Placed:
    lon, lat = lonlat(found.first, found.second, way)
    on_earth = np.isfinite(lon) & np.isfinite(lat)
    points = shapely.points(np.where(on_earth, lon, 0.0), np.where(on_earth, lat, 0.0))
    where, unit = tree.query(points, predicate="dwithin", distance=blur_deg)
    keep = on_earth[where]
    where, unit = where[keep], unit[keep]
    n = len(lon)
    at_home = {int(i) for i, u in zip(where, unit, strict=True) if codes[u] in found.units[i]}
    known = sum(bool(units) for units in found.units)
    return Placed(
        reading=way,
        own=len(at_home) / known if n and known / n >= EXPLAINS else None,
        inside=len(set(where.tolist())) / n if n else 0.0,
        unit_count=len(set(unit.tolist())),
        lon=lon,
        lat=lat,
    )


def lonlat(first: Floats, second: Floats, way: Reading) -> tuple[Floats, Floats]:
    """Answer longitude and latitude in WGS 84; NaN or infinite where a reading has no sense."""
    east, north = (first, second) if way.axis_order == EAST_NORTH else (second, first)
    if geodesy.plane(way.epsg).is_geographic:
        possible = _in_degrees(east, north)
        east, north = np.where(possible, east, np.nan), np.where(possible, north, np.nan)
    with np.errstate(invalid="ignore"):
        return geodesy.transform_xy(east, north, way.epsg, geodesy.LONLAT)


def _in_degrees(east: Floats, north: Floats) -> NDArray[np.bool_]:
    return np.asarray((np.abs(east) <= 180) & (np.abs(north) <= 90))  # noqa: PLR2004 - degrees


def _units_by_code(
    outlines: Mapping[str, Any], successions: Sequence[Succession]
) -> dict[str | None, frozenset[str]]:
    """Answer for each code, of today or before, the units whose outlines may hold its parcels."""
    result: dict[str | None, frozenset[str]] = {code: frozenset({code}) for code in outlines}
    for step in successions:
        if step.new_code in outlines:
            result[step.old_code] = result.get(step.old_code, frozenset()) | {step.new_code}
    return result

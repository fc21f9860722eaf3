"""How far a file lies from what is known of its land: namesakes, boundaries, outlines."""

from collections.abc import Sequence
from math import hypot, sqrt
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules import identity_keys
from landgis.cadastre.rules.dataset.shift import Shift
from landgis.ingest import diagnosis
from landgis.ingest.evidence import both
from landgis.services.ports import Placed

WINDOWS, WINDOW_PARCELS, NEIGHBOURS = 3, 60, 4_000
"""Places at which boundaries are compared, parcels of the file and of the register at each."""

SAME_PLACE_M = 10.0
"""Parcels of one name that lie farther apart, each in its own way, are others (own choice)."""

LEAST_M = 0.05
"""A smaller shift is within what two good surveys of a boundary differ by.

Half of the 7 cm that Circular 25/2014/TT-BTNMT (class A) allows a point at 1:500, rounded up.
"""

SEAM_LAT = 11.04
"""North end of EPSG:5194's area of use: south of it PROJ's default takes it for EPSG:6960, and
tears a file by 0.80 m. Source: EPSG registry."""

EVERYWHERE = both("", "")
SOUTH = both(" ở phía nam vĩ tuyến 11,04°", " south of 11.04°N")
NORTH = both(" ở phía bắc vĩ tuyến 11,04°", " north of 11.04°N")

OF_MEDIAN = 1.2533 * 1.4826
"""From the median of the deviations to the standard error of the median, normal distribution."""


class Measured(NamedTuple):
    """A shift with what it is measured against."""

    shift: Shift
    against: dict[str, str]
    limit_m: float
    """A shorter one means nothing."""

    known_m: float
    """How well it is known."""

    is_register: bool

    @property
    def is_off(self) -> bool:
        """Answer whether the places have a shift in common that is larger than chance."""
        shift = self.shift
        return shift.confidence >= diagnosis.CONFIDENT and shift.length_m > self.limit_m


def off_names(
    some: ParcelSet, identity_fields: tuple[str, ...], metric: int, register: Placed
) -> Measured | None:
    """Compare with the live parcels of the same identity, the sides of the seam each by itself."""
    here, there = _pairs(some, identity_fields, metric, register)
    worse = _worse_side(here, there, metric) if metric in geodesy.VN2000_MERIDIANS else None
    return worse or _off_namesakes(here, there)


def off_boundaries(
    parcels: ParcelSet, middles: NDArray[np.float64], metric: int, register: Placed
) -> Measured | None:
    """Compare with the live boundaries at the first of some places where there is a shift."""
    by_east = np.argsort(middles[:, 0], kind="stable")
    for part in range(WINDOWS):
        centre = middles[by_east[(2 * part + 1) * len(by_east) // (2 * WINDOWS)]]
        near = np.argsort(np.hypot(*(middles - centre).T), kind="stable")[:WINDOW_PARCELS]
        geoms = geodesy.transform(parcels.geom[near], parcels.survey_epsg, metric)
        box = shapely.total_bounds(geoms) + diagnosis.REACH_M * np.array([-1, -1, 1, 1])
        live = register.around(_mercator(box, metric), NEIGHBOURS)
        if live:
            known = shapely.get_coordinates(_in_plane(live, metric))
            found = diagnosis.shift_between(shapely.get_coordinates(geoms), known)
            if found is not None:
                against = both("ranh giới các thửa trong sổ", "the boundaries in the register")
                return _measured(found, against)
    return None


def _measured(shift: Shift, against: dict[str, str]) -> Measured:
    known = max(LEAST_M, 3 * OF_MEDIAN * shift.spread_m / sqrt(shift.compared))
    return Measured(shift, against, known, known, is_register=True)


def _off_namesakes(
    here: NDArray[np.float64], there: NDArray[np.float64], where: dict[str, str] = EVERYWHERE
) -> Measured | None:
    """Answer the shift of parcels against those of the same identity; None: they are others."""
    found = diagnosis.shift_of_pairs(here, there)
    if found is None or (found.confidence < diagnosis.CONFIDENT and found.spread_m > SAME_PLACE_M):
        return None
    against = both(
        f"{found.compared} thửa cùng số hiệu trong sổ{where['vi']}",
        f"the {found.compared} parcels of the register with the same identity{where['en']}",
    )
    return _measured(found, against)


def _worse_side(
    here: NDArray[np.float64], there: NDArray[np.float64], metric: int
) -> Measured | None:
    """Answer the shift of the side of the seam that is off, where the other one is not so."""
    if not len(there):
        return None
    _, lat = geodesy.transform_xy(there[:, 0], there[:, 1], metric, geodesy.LONLAT)
    south = _off_namesakes(here[lat < SEAM_LAT], there[lat < SEAM_LAT], SOUTH)
    north = _off_namesakes(here[lat >= SEAM_LAT], there[lat >= SEAM_LAT], NORTH)
    if south is None or north is None or not (south.is_off or north.is_off):
        return None
    apart = hypot(
        south.shift.east_m - north.shift.east_m, south.shift.north_m - north.shift.north_m
    )
    if apart <= max(south.limit_m, north.limit_m):
        return None
    return max(south, north, key=lambda side: side.shift.length_m)


def _pairs(
    parcels: ParcelSet, identity_fields: tuple[str, ...], metric: int, register: Placed
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Answer the middles of parcels in the file, and in the register under the same identity."""
    keys = identity_keys(parcels, identity_fields)
    row_of = {key: i for i, key in enumerate(keys.tolist()) if key is not None}
    live = register.by_key(list(row_of)) if row_of else []
    if not live:
        return np.empty((0, 2)), np.empty((0, 2))
    there = _in_plane([(epsg, geom) for _, epsg, geom in live], metric)
    here = geodesy.transform(parcels.geom, parcels.survey_epsg, metric)
    here = here[[row_of[key] for key, _, _ in live]]
    middles = (shapely.get_coordinates(shapely.centroid(geoms)) for geoms in (here, there))
    return next(middles), next(middles)


def _in_plane(live: Sequence[tuple[int, Any]], metric: int) -> NDArray[Any]:
    """Answer geometries of several survey planes in one."""
    geoms = np.array([geom for _, geom in live], dtype=object)
    epsgs = np.array([epsg for epsg, _ in live])
    for epsg in np.unique(epsgs):
        mine = epsgs == epsg
        geoms[mine] = geodesy.transform(geoms[mine], int(epsg), metric)
    return geoms


def _mercator(box: NDArray[np.float64], metric: int) -> tuple[float, float, float, float]:
    west, south, east, north = box
    x, y = geodesy.transform_xy(
        np.array([west, east, east, west]),
        np.array([south, south, north, north]),
        metric,
        geodesy.WEB_MERCATOR,
    )
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())


def off_outlines(
    parcels: ParcelSet, usable: NDArray[np.int64], jurisdiction: Jurisdiction
) -> Measured | None:
    """Compare with the outline of a unit that the file fills."""
    found = diagnosis.shift_off_outlines(
        parcels.geom[usable], parcels.unit_code[usable], parcels.survey_epsg, jurisdiction
    )
    if found is None:
        return None
    shift, unit = found
    fits = diagnosis.OUTLINE_FITS_M
    against = both(f"ranh giới của đơn vị {unit}", f"the outline of unit {unit}")
    return Measured(shift, against, fits, fits, is_register=False)

"""In which order two coordinates were given: a plane's area of use decides, then the territory."""

from typing import Any, NamedTuple

import numpy as np
import shapely

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.errors import Refused, UsageError
from landgis.services.query import Point, QueryService
from landgis.services.surroundings import territory

EAST_NORTH, NORTH_EAST = "east,north", "north,east"


class Reading(NamedTuple):
    """A place that two numbers may mean."""

    axis_order: str
    point: Point
    lon: float
    lat: float


class AxisOrders:
    """Recognises the order of coordinates in any plane."""

    def __init__(self, query: QueryService, jurisdiction: Jurisdiction) -> None:
        self._query = query
        self._jurisdiction = jurisdiction
        self._home: Any = None

    def recognised(self, first: float, second: float, epsg: int) -> Reading:
        """Answer the one reading of two coordinates; where none fits, east before north.

        Raises
        ------
        UsageError
            ``unknown_crs``; ``bad_point``: no place in either order; ``ambiguous_axis_order`` with
            both ``readings``.
        """
        pairs = [(EAST_NORTH, first, second)]
        pairs += [(NORTH_EAST, second, first)] if first != second else []
        readings = [r for r in (_read(order, x, y, epsg) for order, x, y in pairs) if r]
        usable = [r for r in readings if _in_use(r, epsg)]
        chosen = usable or [r for r in readings if r.axis_order == EAST_NORTH]
        if not chosen:
            raise UsageError("bad_point", f"{first}, {second} is no place in EPSG:{epsg}")
        if len(chosen) == 1:
            return chosen[0]
        at_home = [r for r in usable if self._is_at_home(r)]
        if len(at_home) == 1:
            return at_home[0]
        raise UsageError(
            "ambiguous_axis_order",
            f"{first}, {second} is a place in EPSG:{epsg} in either order; give lon and lat",
            readings=[
                {"axis_order": r.axis_order, "lon": round(r.lon, 9), "lat": round(r.lat, 9)}
                for r in usable
            ],
        )

    def _is_at_home(self, reading: Reading) -> bool:
        home = self._territory()
        return home is not None and bool(shapely.contains_xy(home, reading.lon, reading.lat))

    def _territory(self) -> Any:
        """Answer where parcels may lie, in degrees; None as long as nothing says so."""
        plane = self._query.known_plane() or self._jurisdiction.storage_epsg
        if self._home is None and plane is not None:
            self._home, _ = territory(self._jurisdiction, plane)
            shapely.prepare(self._home)
        return self._home


def _read(order: str, x: float, y: float, epsg: int) -> Reading | None:
    try:
        lon, lat = geodesy.transform_xy(np.array([x]), np.array([y]), epsg, geodesy.LONLAT)
    except Refused as problem:
        raise UsageError("unknown_crs", problem.message) from problem
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        return None
    return Reading(order, Point(x, y, epsg), float(lon[0]), float(lat[0]))


def _in_use(reading: Reading, epsg: int) -> bool:
    west, south, east, north = geodesy.plane(epsg).bounds
    if west <= east:
        in_span = west <= reading.lon <= east
    else:
        in_span = reading.lon >= west or reading.lon <= east
    return in_span and south <= reading.lat <= north

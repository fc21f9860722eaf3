"""Coordinates from one plane to another, and areas."""

from functools import cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from landgis.geodesy.planes import (
    LONLAT,
    TO_RAD,
    VN2000_MERIDIANS,
    WEB_MERCATOR,
    plane,
    tmerc,
)


@cache
def _transformer(from_epsg: int, to_epsg: int) -> tuple[Transformer, bool]:
    """Answer a transformer and whether it is to be run backwards (3857 has its own pipeline)."""
    if to_epsg == LONLAT:
        return Transformer.from_pipeline(plane(from_epsg).to_lonlat), False
    if from_epsg == LONLAT and to_epsg == WEB_MERCATOR:
        mercator = f"+proj=pipeline {TO_RAD} +step +proj=webmerc +ellps=WGS84"
        return Transformer.from_pipeline(mercator), False
    return Transformer.from_pipeline(plane(to_epsg).to_lonlat), True


def transform_xy(
    x: NDArray[np.float64], y: NDArray[np.float64], from_epsg: int, to_epsg: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Transform coordinate arrays, always x = east or longitude first; same plane: unchanged.

    Points an operation cannot take become infinite.
    """
    if from_epsg == to_epsg:
        return x, y
    if from_epsg in VN2000_MERIDIANS and to_epsg in VN2000_MERIDIANS:
        return _between_vn2000_grids(x, y, from_epsg, to_epsg)
    if from_epsg != LONLAT:
        x, y = _transformer(from_epsg, LONLAT)[0].transform(x, y)
    if to_epsg != LONLAT:
        step, backwards = _transformer(LONLAT, to_epsg)
        x, y = step.transform(x, y, direction="INVERSE" if backwards else "FORWARD")
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def _between_vn2000_grids(
    x: NDArray[np.float64], y: NDArray[np.float64], from_epsg: int, to_epsg: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Change the meridian on the same datum: no datum shift takes part, so nothing is lost."""
    source, target = VN2000_MERIDIANS[from_epsg], VN2000_MERIDIANS[to_epsg]
    step = Transformer.from_pipeline(
        f"+proj=pipeline +step +inv {tmerc(*source)} +step {tmerc(*target)}"
    )
    east, north = step.transform(x, y)
    return np.asarray(east, dtype=np.float64), np.asarray(north, dtype=np.float64)


def mercator_pipeline(epsg: int) -> str:
    """Answer the one PROJ pipeline from a plane (east, north) to Web Mercator, for GDAL's warper.

    It is the plane's pinned operation to WGS 84 with the projection behind it, as in
    ``transform_xy``.
    """
    steps = _unsigned(plane(epsg).to_lonlat).removeprefix("proj=pipeline").strip()
    first = steps if steps.startswith("step ") else f"step {steps}"
    last = _unsigned(f"{TO_RAD} +step +proj=webmerc +ellps=WGS84")
    return f"proj=pipeline {first} {last}"


def _unsigned(pipeline: str) -> str:
    """Answer a pipeline without the plus signs, which pyproj leaves out of those it names."""
    return f" {pipeline}".replace(" +", " ").strip()


def transform(geoms: Any, from_epsg: int, to_epsg: int) -> Any:
    """Transform shapely geometries (one or an object array); None stays None.

    The vertices keep their number and order, so shared nodes stay shared.
    """
    if from_epsg == to_epsg:
        return geoms

    def change(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        east, north = transform_xy(xy[:, 0], xy[:, 1], from_epsg, to_epsg)
        return np.column_stack([east, north])

    return shapely.transform(geoms, change)


AXIS_M, FLATTENING = 6_378_137.0, 1 / 298.257223563
"""Of the ellipsoid WGS 84 (EPSG:7030)."""


def metres_per_unit(epsg: int, y: float) -> tuple[float, float]:
    """Answer the metres in one unit of a plane, eastwards and northwards, near the ordinate ``y``.

    In degrees they follow from the radii of curvature at that latitude (Snyder 1987, eq. 4-20 and
    4-18). Multiplying by them keeps straight lines straight, as no projection does.
    """
    if not plane(epsg).is_geographic:
        return plane(epsg).unit_m, plane(epsg).unit_m
    e2 = FLATTENING * (2 - FLATTENING)
    w2 = 1 - e2 * np.sin(np.radians(y)) ** 2
    prime, meridian = AXIS_M / np.sqrt(w2), AXIS_M * (1 - e2) / w2**1.5
    return float(np.radians(prime * np.cos(np.radians(y)))), float(np.radians(meridian))


def area_m2(geoms: NDArray[Any], epsg: int) -> NDArray[np.float64]:
    """Answer areas in square metres in the survey plane; None and empty give 0.

    What is beyond the poles, as metres taken for degrees are, has none: NaN.

    In a geographic CRS the polygons are laid on an ellipsoidal equal-area plane centred on them
    (Lambert azimuthal, Snyder 1987 eq. 24): for parcels the difference to the geodesic area is
    below 1 part in 10 million.
    """
    if not plane(epsg).is_geographic or not len(geoms):
        return np.asarray(shapely.area(geoms) * plane(epsg).unit_m ** 2, dtype=np.float64)
    lonlat = transform(geoms, epsg, LONLAT)
    west, south, east, north = shapely.total_bounds(lonlat)
    if not np.isfinite(west):
        return np.zeros(len(geoms))
    laea = Transformer.from_pipeline(
        f"+proj=pipeline {TO_RAD} +step +proj=laea +ellps=WGS84 "
        f"+lat_0={np.clip((south + north) / 2, -90, 90)} +lon_0={(west + east) / 2}"
    )
    flat = shapely.transform(lonlat, lambda xy: np.column_stack(laea.transform(xy[:, 0], xy[:, 1])))
    with np.errstate(invalid="ignore"):
        return np.asarray(shapely.area(flat), dtype=np.float64)

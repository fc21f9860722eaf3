"""Where the usual mistakes would put a feature point: what a stated identifier is compared with."""

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre.identifier import causes
from landgis.cadastre.identifier.causes import Cause, Suspect
from landgis.cadastre.identifier.comparison import MISTAKES
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.geodesy.wrong_ways import (
    EPSG_5194,
    NO_DATUM_SHIFT,
    UNFLIPPED_ROTATIONS,
    displacement_m,
)

Floats = NDArray[np.float64]

OPERATIONS = dict(
    zip((UNFLIPPED_ROTATIONS, EPSG_5194, NO_DATUM_SHIFT), (m.said for m in MISTAKES), strict=False)
)
"""Wrong way to WGS 84 -> its words."""

MOST_LAT = 90.0


class Placed(NamedTuple):
    """Feature points of one plane, with the places that were stated for them."""

    epsg: int
    points: Floats
    """``(n, 2)`` east and north."""

    stated: Floats
    """``(n, 2)`` longitude and latitude."""


def suspects(placed: Placed, jurisdiction: Jurisdiction) -> list[list[Suspect]]:
    """Answer for each point how far the stated place is from where each mistake would put it."""
    found: list[list[Suspect]] = [[] for _ in placed.points]
    for cause, lonlat in _led_astray(placed, jurisdiction):
        for each, off_m in zip(found, metres_between(placed.stated, lonlat).tolist(), strict=True):
            each.append(Suspect(cause, off_m))
    return found


def metres_between(here: Floats, there: Floats) -> Floats:
    """Answer the distances of near places in degrees, ``(n, 2)``, in metres; NaN for no place."""
    lat = float(np.nanmedian(here[:, 1])) if np.isfinite(here[:, 1]).any() else 0.0
    way = (here - there) * geodesy.metres_per_unit(geodesy.LONLAT, lat)
    way[~np.isfinite(way).all(axis=1)] = np.nan
    return np.hypot(way[:, 0], way[:, 1])


def _led_astray(placed: Placed, jurisdiction: Jurisdiction) -> Iterator[tuple[Cause, Floats]]:
    epsg, (x, y) = placed.epsg, placed.points.T
    right = _lonlat(x, y, epsg)
    yield causes.AXES, _lonlat(y, x, epsg)
    # GeoHash halves the latitudes however large a number it is given.
    yield causes.AXES, np.column_stack([right[:, 1], np.minimum(right[:, 0], MOST_LAT)])
    for zone, label in _zones(jurisdiction):
        if zone != epsg:
            yield causes.other_zone(zone, dict(label)), _lonlat(x, y, zone)
    if epsg in geodesy.VN2000_MERIDIANS and len(right):
        lon, lat = np.nanmedian(right, axis=0).tolist()
        for way, said in OPERATIONS.items():
            east, north = _displacement(way, epsg, round(lon, 1), round(lat, 1))
            # What is written that far east is read that far west.
            yield causes.wrong_operation(said), _lonlat(x - east, y - north, epsg)


def _zones(jurisdiction: Jurisdiction) -> Iterator[tuple[int, dict[str, str]]]:
    for epsg in jurisdiction.survey_epsgs:
        if not geodesy.plane(epsg).is_geographic:
            label = jurisdiction.survey_plane_labels.get(epsg)
            name = geodesy.plane(epsg).name
            yield epsg, dict(label) if label else {"vi": name, "en": name}


@cache
def _displacement(way: str, epsg: int, lon: float, lat: float) -> tuple[float, float]:
    return displacement_m(way, epsg, lon, lat)


def _lonlat(x: Floats, y: Floats, epsg: int) -> Floats:
    return np.column_stack(geodesy.transform_xy(x, y, epsg, geodesy.LONLAT))

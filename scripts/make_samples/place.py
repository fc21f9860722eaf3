"""Real polygons of Épinay-sur-Orge, moved as one rigid body into a commune of Tây Ninh."""

from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre import jurisdiction

UNIT_CODE = "25645"
SURVEY_EPSG = 9209
CENTRE_EN = (567_307.0, 1_245_510.0)
"""Where the middle of the cluster goes, EPSG:9209: it leaves 680 m to the commune's border."""

ROTATION_DEG = -30.0
MILLIMETRE = 3


def place_parcels(source: Path) -> NDArray[Any]:
    """Answer the polygons in EPSG:9209, to the millimetre, a clean coverage inside the commune.

    Rotation and shift only: lengths and areas are the real ones. Equal vertices go to equal
    vertices, so borders stay shared.
    """
    _, _, wkb, _ = pyogrio.raw.read(f"/vsizip/{source}", columns=[])
    real = shapely.from_wkb(wkb)
    middle = np.mean(shapely.total_bounds(real).reshape(2, 2), axis=0)
    cosine, sine = np.cos(np.radians(ROTATION_DEG)), np.sin(np.radians(ROTATION_DEG))

    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = (xy - middle).T
        moved = np.column_stack([cosine * x - sine * y, sine * x + cosine * y]) + CENTRE_EN
        return moved.round(MILLIMETRE)

    placed = _cleaned(shapely.transform(real, move))
    if not shapely.contains_properly(commune_outline(), placed).all():
        message = f"the parcels do not lie inside commune {UNIT_CODE}"
        raise ValueError(message)
    return placed


def commune_outline() -> shapely.Geometry:
    """Answer the outline of the commune in EPSG:9209."""
    outlines = jurisdiction.load(jurisdiction.find("vn-80")).outlines
    return geodesy.transform(outlines[UNIT_CODE], geodesy.LONLAT, SURVEY_EPSG)


def _cleaned(parcels: NDArray[Any]) -> NDArray[Any]:
    """Close the three hairline overlaps of the original; all other vertices stay as they are."""
    clean = shapely.transform(shapely.coverage_clean(parcels), lambda xy: xy.round(MILLIMETRE))
    touched = ~shapely.equals_exact(shapely.normalize(clean), shapely.normalize(parcels))
    result = np.where(touched, clean, parcels)
    if not shapely.is_valid(result).all() or not shapely.coverage_is_valid(result):
        message = "the parcels are not a clean coverage"
        raise ValueError(message)
    return result

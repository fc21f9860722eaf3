"""A plane in metres to cut and join parcels on, whatever they were surveyed in."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis import geodesy

Points = NDArray[np.float64]


class WorkPlane:
    """Lays parcels out in metres and takes what became of them home to their survey plane.

    A survey in a plane is worked on as it is. One in degrees is laid on the storage plane; on the
    way home every vertex it came with is again what it was, bit for bit.
    """

    def __init__(self, survey_epsg: int, storage_epsg: int) -> None:
        self._home = survey_epsg
        self.epsg = storage_epsg if geodesy.plane(survey_epsg).is_geographic else survey_epsg
        self._origins: dict[tuple[float, float], tuple[float, float]] = {}

    def lay(self, geom: Any, survey_epsg: int) -> Any:
        """Answer a surveyed geometry in this plane, in metres; the same object when it is so."""
        laid = geodesy.transform(geom, survey_epsg, self.epsg)
        if survey_epsg == self._home != self.epsg:
            self._origins.update(zip(_pairs(laid), _pairs(geom), strict=True))
        return laid

    def points(self, points: Points, epsg: int) -> Points:
        """Answer ``(n, 2)`` points of another plane in this one."""
        east, north = geodesy.transform_xy(points[:, 0], points[:, 1], epsg, self.epsg)
        return np.column_stack([east, north])

    def home(self, geom: Any) -> Any:
        """Answer a geometry of this plane in the survey plane."""
        if self._home == self.epsg:
            return geom

        def change(xy: Points) -> Points:
            east, north = geodesy.transform_xy(xy[:, 0], xy[:, 1], self.epsg, self._home)
            moved = zip(_tuples(xy), _tuples(np.column_stack([east, north])), strict=True)
            return np.array([self._origins.get(here, there) for here, there in moved])

        return shapely.transform(geom, change)


def _pairs(geom: Any) -> list[tuple[float, float]]:
    return _tuples(shapely.get_coordinates(geom))


def _tuples(xy: Points) -> list[tuple[float, float]]:
    return [(x, y) for x, y in xy.tolist()]

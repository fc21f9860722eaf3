"""Where a fix works: the parcels of a finding and those around them, in metres."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.edits.nodes import Point, Points
from landgis.cadastre.fixes.fix import Name
from landgis.cadastre.parcels import Column
from landgis.errors import Refused


@dataclass(frozen=True)
class Site:
    """The ground around one finding.

    A fix sees nothing else: parcels that are not here are neither asked nor changed.
    """

    finding_id: str
    geoms: Column
    """``(n,)`` Polygon or MultiPolygon in metres; may be invalid, never None or empty."""

    names: tuple[Name, ...]
    """``(n,)`` of the parcels."""

    own: tuple[int, ...]
    """Indices of the parcels of the finding, the one to change first."""

    place: Point | None
    shape: Any
    """What is wrong, in metres: a Polygon or LineString; None: its place."""

    tolerance_m: float
    """How far a boundary may be moved without anybody's word, see ``tolerance``."""

    why: str
    """Where the tolerance comes from, half a sentence."""

    node_m: float
    """Points no farther apart are one point."""

    spike_deg: float
    """A sharper angle is a needle's."""

    fixed: frozenset[int] = frozenset()
    """Indices of parcels that are not to be changed: they are in the register."""

    @cached_property
    def corners(self) -> tuple[Points, NDArray[np.int64]]:
        """Answer every vertex of every parcel, and the index of the parcel it belongs to."""
        points, of = shapely.get_coordinates(self.geoms, return_index=True)
        return points, np.asarray(of, dtype=np.int64)

    @property
    def subject(self) -> int:
        """Answer the index of the parcel that the finding is about first.

        Raises
        ------
        Refused
            ``parcel_missing``: none of them is there any more, or none has a geometry.
        """
        if not self.own:
            raise Refused(
                "parcel_missing",
                "The parcels of this finding have no geometry any more; look at it again",
            )
        return self.own[0]

    def where(self) -> Point:
        """Answer the place of the finding; ``Refused`` ``place_missing`` without one."""
        if self.place is None:
            raise Refused("place_missing", "This finding names no place; mend the row by hand")
        return self.place

    def touching(self, shape: Any) -> list[int]:
        """Answer the parcels that meet a shape or come within a node of it, ascending."""
        found = shapely.STRtree(self.geoms).query(shape, predicate="dwithin", distance=self.node_m)
        return sorted(int(i) for i in found)

    def having(self, points: Sequence[Point]) -> list[int]:
        """Answer the parcels that have any of these points as a vertex, exactly; ascending."""
        corners, of = self.corners
        wanted = set(points)
        x, y = corners.T
        near = np.isin(x, [p[0] for p in points]) & np.isin(y, [p[1] for p in points])
        return sorted(
            {int(of[i]) for i in np.flatnonzero(near) if (corners[i, 0], corners[i, 1]) in wanted}
        )

    def changed(self, after: Mapping[int, Any]) -> dict[int, Any]:
        """Answer of these geometries those that differ from what is there, by index."""
        return {
            i: geom
            for i, geom in after.items()
            if geom is None or not shapely.equals_exact(geom, self.geoms[i], 0.0)
        }

"""Every corner of many boundaries as columns."""

from typing import Self

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.parcels import Column, ParcelSet

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Corners:
    """The vertices of rings one after the other, closing vertices left out.

    Parameters
    ----------
    at
        ``(n, 2)`` in the survey plane.
    ring, owner
        ``(n,)`` ring that each belongs to, ascending, and index of its parcel.
    metres
        In one unit of the plane, eastwards and northwards.
    """

    def __init__(self, at: Floats, ring: Ints, owner: Ints, metres: tuple[float, float]) -> None:
        self.at, self.ring, self.owner, self.metres = at, ring, owner, metres
        first = np.flatnonzero(np.diff(ring, prepend=-1))
        last = np.append(first[1:], len(ring)) - 1
        self.next = np.arange(1, len(ring) + 1)
        self.next[last[: len(first)]] = first
        self.to_next = (at[self.next] - at) * metres
        """``(n, 2)`` way to the next vertex of the ring, metres."""

        self.length = np.hypot(*self.to_next.T)

    @classmethod
    def of(cls, parcels: ParcelSet, metres: tuple[float, float]) -> Self:
        """Answer the corners of all sound parcels."""
        sound = np.flatnonzero(parcels.is_sound)
        at, ring, owner = _vertices(parcels.geom[sound])
        opened = np.append(ring[1:] == ring[:-1], np.zeros(min(len(ring), 1), dtype=bool))
        return cls(at[opened], ring[opened], sound[owner[opened]], metres)

    def apart(self, least_m: float) -> Self:
        """Answer the corners without those nearer than ``least_m`` to the next of their ring."""
        kept = self.length > least_m
        return type(self)(self.at[kept], self.ring[kept], self.owner[kept], self.metres)


def _vertices(geoms: Column) -> tuple[Floats, Ints, Ints]:
    """Answer all vertices, the ring of each, counted on, and the geometry of each.

    A polygon without holes is its own ring, so that no ring need be made of it.
    """
    is_plain = shapely.get_type_id(geoms) == shapely.GeometryType.POLYGON
    is_plain &= shapely.get_num_interior_rings(geoms) == 0
    plain, others = np.flatnonzero(is_plain), np.flatnonzero(~is_plain)
    at, ring = shapely.get_coordinates(geoms[plain], return_index=True)
    parts, part_of = shapely.get_parts(geoms[others], return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    more, of_ring = shapely.get_coordinates(rings, return_index=True)
    owner = np.concatenate([plain[ring], others[part_of[ring_of[of_ring]]]])
    return np.concatenate([at, more]), np.concatenate([ring, len(plain) + of_ring]), owner

"""What a change does to the land as a whole: areas kept, ground lost, ground taken from others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

OVERLAP_M2 = 1e-4
"""Overlap that counts. Rounding of VN-2000 coordinates makes about 1e-7 m² on a parcel's edges."""


@dataclass(frozen=True)
class Balance:
    """Sums of geometry areas in the survey plane, square metres, not rounded."""

    before_m2: float
    after_m2: float

    @property
    def difference_m2(self) -> float:
        """What the change adds (or takes, negative)."""
        return self.after_m2 - self.before_m2


@dataclass(frozen=True)
class Trespass:
    """Ground that a change lets two parcels claim, and that was not claimed twice before."""

    index_after: int
    index_other: int
    """Index into ``after`` or into ``neighbours``."""

    other: Literal["after", "neighbour"]
    area_m2: float
    place: shapely.Point
    """A point in it."""


def balance(before: Sequence[Any], after: Sequence[Any]) -> Balance:
    """Answer the area before and after of geometries in one plane."""
    return Balance(float(shapely.area(before).sum()), float(shapely.area(after).sum()))


def lost_m2(before: Sequence[Any], after: Sequence[Any]) -> float:
    """Answer the area that parcels covered before and that none of them covers now."""
    lost = shapely.difference(shapely.union_all(before), shapely.union_all(after))
    return float(lost.area)


def trespasses(
    before: Sequence[Any], after: Sequence[Any], neighbours: Sequence[Any]
) -> list[Trespass]:
    """Answer every new overlap above OVERLAP_M2 that a change makes.

    Overlap that was there before the change is none of its making: of a parcel with a neighbour
    only the ground counts that no parcel in ``before`` covered, of two parcels in ``after`` only
    what no two in ``before`` covered.

    Parameters
    ----------
    before, after
        Geometries of the parcels the change replaces and of those it writes, a neighbour that gets
        a node in both of them. One plane.
    neighbours
        Geometries of live parcels near them that the change does not touch, same plane.
    """
    made = np.array(after, dtype=object)
    found = [*_among(np.array(before, dtype=object), made)]
    if len(neighbours):
        grown = shapely.difference(made, shapely.union_all(before))
        others = np.array(neighbours, dtype=object)
        mine, theirs = shapely.STRtree(others).query(grown, predicate="intersects")
        shared = shapely.intersection(grown[mine], others[theirs])
        found += _above(mine, theirs, shared, "neighbour")
    return sorted(found, key=lambda t: (t.index_after, t.other, t.index_other))


def _among(before: NDArray[Any], after: NDArray[Any]) -> Iterator[Trespass]:
    one, other, shared = _overlaps(after)
    if len(shared):
        known = shapely.union_all(_overlaps(before)[2])
        yield from _above(one, other, shapely.difference(shared, known), "after")


def _overlaps(geoms: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[Any]]:
    """Answer the pairs that share ground, and what they share; edges in common are no ground."""
    one, other = shapely.STRtree(geoms).query(geoms, predicate="intersects")
    one, other = one[one < other], other[one < other]
    shared = shapely.intersection(geoms[one], geoms[other])
    counts = shapely.area(shared) > 0
    return one[counts], other[counts], shared[counts]


def _above(
    mine: NDArray[np.intp],
    theirs: NDArray[np.intp],
    shared: NDArray[Any],
    other: Literal["after", "neighbour"],
) -> Iterator[Trespass]:
    areas = shapely.area(shared)
    for i in np.flatnonzero(areas > OVERLAP_M2):
        place = shapely.point_on_surface(shared[i])
        yield Trespass(int(mine[i]), int(theirs[i]), other, float(areas[i]), place)

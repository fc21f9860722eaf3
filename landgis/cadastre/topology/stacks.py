"""Parcels on one and the same polygon: compared once for all of them."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.parcels import Column, shape_marks
from landgis.cadastre.topology.ground import Ground
from landgis.cadastre.topology.overlaps import Overlap
from landgis.errors import Refused

SAMPLED = 64
"""Parcels of a cell by which piles are recognised."""

MOST_ON_ONE_SPOT = 400
"""Extents that a parcel's extent meets on average: in cadastres it is six to eight."""


class Stacks:
    """Which parcels of a ground lie on equal polygons.

    Parameters
    ----------
    ground
        Parcels of one cell.

    Raises
    ------
    Refused
        ``parcels_piled_up``: parcels lie on each other throughout, on polygons that differ.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._members = _groups(ground.geom)
        first = np.ones(len(ground), dtype=bool)
        for members in self._members.values():
            first[members[1:]] = False
        self.apart = ground.take(first) if not first.all() else ground
        """One parcel of each stack, and all that are in none."""

        _refuse_piles(self.apart)

    def of_all(self, overlaps: Sequence[Overlap]) -> list[Overlap]:
        """Answer the overlaps of every parcel of a stack, from those of its first one."""
        if not self._members:
            return list(overlaps)
        by_who = {self._ground.who(i).itself: members for i, members in self._members.items()}
        found = []
        for overlap in overlaps:
            ones, others = (
                [self._ground.who(int(i)) for i in by_who[who.itself]]
                if who.itself in by_who
                else [who]
                for who in (overlap.one, overlap.other)
            )
            for one, other in product(ones, others):
                swap = other.parcel is None and (one.parcel is not None or other.row < one.row)
                pair = (other, one) if swap else (one, other)
                if any(who.parcel is None for who in pair):
                    found.append(overlap._replace(one=pair[0], other=pair[1]))
        return found


def _groups(geoms: Column) -> dict[int, NDArray[np.int64]]:
    """Answer first index -> all indices of each group of equal polygons."""
    marks = shape_marks(geoms)
    order = np.argsort(marks, kind="stable")
    ends = np.flatnonzero(np.diff(marks[order])) + 1
    groups = {}
    for alike in np.split(order, ends) if len(ends) < len(order) - 1 else ():
        if len(alike) > 1:
            wkb = shapely.to_wkb(shapely.normalize(geoms[alike]))
            for key in dict.fromkeys(wkb.tolist()):
                members = np.sort(alike[wkb == key])
                if len(members) > 1:
                    groups[int(members[0])] = members
    return groups


def _refuse_piles(ground: Ground) -> None:
    geoms = ground.geom
    some = geoms[np.linspace(0, len(geoms) - 1, min(len(geoms), SAMPLED)).astype(np.int64)]
    met = ground.tree.query(some).shape[1]
    if met > MOST_ON_ONE_SPOT * len(some):
        raise Refused(
            "parcels_piled_up",
            f"A parcel lies on {met // len(some)} others on average: the file seems to hold the "
            "same land many times (several dates in one layer?). Hand in one state of it.",
        )

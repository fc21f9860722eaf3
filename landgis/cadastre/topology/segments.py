"""Edges of parcels that do not run along a neighbour as the edges of a coverage do."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.parcels import Column

Points = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Segments:
    """Straight edges: ``a[i]`` to ``b[i]`` is one of the parcel ``of[i]``."""

    a: Points
    b: Points
    of: Indices
    """Index of the parcel in its ground."""

    @classmethod
    def along(cls, lines: Column, of: Indices) -> "Segments":
        """Answer the segments of (Multi)LineStrings, line ``i`` belonging to parcel ``of[i]``."""
        parts, part_of = shapely.get_parts(lines, return_index=True)
        xy, line = shapely.get_coordinates(parts, return_index=True)
        follows = line[1:] == line[:-1]
        return cls(xy[:-1][follows], xy[1:][follows], of[part_of[line[:-1][follows]]])

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Answer the index of their lines."""
        return shapely.STRtree(self.lines)

    @cached_property
    def lines(self) -> Column:
        """Answer each one as a LineString of two points."""
        made: Column = np.asarray(shapely.linestrings(np.stack([self.a, self.b], axis=1)))
        return made

    def vertices(self) -> tuple[Points, Indices]:
        """Answer every end of theirs once a parcel, and whose it is."""
        both = np.concatenate([self.a, self.b])
        of = np.concatenate([self.of, self.of])
        order = np.lexsort((both[:, 1], both[:, 0], of))
        both, of = both[order], of[order]
        new = np.ones(len(of), dtype=bool)
        new[1:] = (of[1:] != of[:-1]) | (both[1:] != both[:-1]).any(axis=1)
        return both[new], of[new]

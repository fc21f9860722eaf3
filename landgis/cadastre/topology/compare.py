"""The parcels of one cell compared with each other."""

from typing import NamedTuple

import numpy as np
import shapely

from landgis.cadastre.topology.cells import Square
from landgis.cadastre.topology.gaps import GapPart, gap_parts
from landgis.cadastre.topology.ground import Ground
from landgis.cadastre.topology.holes import HoleRule, Uncovered, uncovered
from landgis.cadastre.topology.nodes import Miss, misses
from landgis.cadastre.topology.overlaps import Overlap, overlaps
from landgis.cadastre.topology.segments import Segments
from landgis.cadastre.topology.stacks import Stacks


class Reach(NamedTuple):
    """How near is near, metres."""

    node_m: float
    """Points no farther apart are one point."""

    near_m: float
    """Points no farther apart were meant to be one, where the map scale does not say."""

    gap_m: float
    """Wider strips are land of their own."""


class Compared(NamedTuple):
    """What was found between the parcels of a cell."""

    overlaps: list[Overlap]
    gaps: list[GapPart]
    misses: list[Miss]
    uncovered: Uncovered | None


def compare(ground: Ground, square: Square, reach: Reach, hole: HoleRule | None = None) -> Compared:
    """Answer what lies between parcels that should lie side by side.

    In a clean coverage every edge is met by the same edge of one neighbour or by nothing. GEOS
    finds the edges of which that is not so; only these are looked at any further.

    Parameters
    ----------
    hole
        What counts as a hole; None: nobody asks for holes.

    Raises
    ------
    Refused
        ``parcels_piled_up``: the ground is no coverage at all.
    """
    stacks = Stacks(ground)
    ground = stacks.apart
    edges = shapely.coverage_invalid_edges(ground.geom, gap_width=reach.gap_m)
    suspects = np.flatnonzero(~shapely.is_empty(edges))
    rest = uncovered(ground, suspects, square, hole) if hole else None
    if not len(suspects):
        return Compared([], [], [], rest)
    edges = edges[suspects]
    segments = Segments.along(edges, suspects)
    return Compared(
        stacks.of_all(overlaps(ground, suspects, edges, square, reach.node_m)),
        gap_parts(ground, segments, square, reach.node_m, reach.gap_m),
        misses(ground, segments, square, reach.node_m, reach.near_m),
        rest,
    )

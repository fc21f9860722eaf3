"""One invented sheet: blocks of lots back to back, streets between them; or a lake."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from make_register.places import SIDE_M
from make_register.shapes import Floats, Ints
from make_register.strip import CM, Edge, Lots, strip

LANE_CM = 600
"""Width of the street along a sheet's western side."""

NODE_EVERY_CM = 5000
"""Free sides get a vertex this often: the land bends, and a long straight side would not."""

SLIVER_SHARE, ALLEY_SHARE = 0.002, 0.01
SLIVER_M, ALLEY_M = (0.05, 0.25), (1.2, 2.2)


class Kind(NamedTuple):
    """How the land of a sheet is parted."""

    name: str
    share: float
    width_m: float
    """Median width of a lot; widths and depths are log-normal, so areas are."""

    depth_m: float
    spread: float
    bends: float
    slivers: bool


KINDS = (
    Kind("town", 0.30, 5.5, 20.0, 0.45, 1.2, slivers=True),
    Kind("village", 0.45, 12.0, 35.0, 0.5, 2.5, slivers=True),
    Kind("fields", 0.25, 35.0, 75.0, 0.6, 7.0, slivers=False),
)


class Piece(NamedTuple):
    """Parcels of one role in one sheet."""

    role: str
    """A kind's name, or ``road``."""

    lots: Lots


class Sheet(NamedTuple):
    """The parcels of a sheet, and its northern side for the road that lies there."""

    pieces: list[Piece]
    north: Ints
    """Vertices on the northern side, cm."""


def make_sheet(corner: tuple[int, int], kind: Kind, chance: np.random.Generator) -> Sheet:
    """Answer a sheet whose south-west corner is given in metres."""
    west, south = corner[0] * CM, corner[1] * CM
    ends = np.array([west + LANE_CM, west + SIDE_M * CM])
    below = Edge(south, ends, free_nodes(ends))
    levels, pieces = [south], []
    for street, depth in _blocks(kind, chance):
        fronts = [_cuts(kind, ends, chance) for _ in range(2)]
        rears = [_shifted(cuts, odd, chance) for odd, cuts in enumerate(fronts)]
        y = np.cumsum([levels[-1] + street, depth, depth])
        facing = Edge(int(y[0]), ends, fronts[0])
        pieces.append(Piece("road", strip(below, facing, 0.0, chance)))
        nodes = np.unique(np.concatenate(rears))
        south_lots = Edge(int(y[0]), fronts[0], fronts[0]), Edge(int(y[1]), rears[0], nodes)
        north_lots = Edge(int(y[1]), rears[1], nodes), Edge(int(y[2]), fronts[1], fronts[1])
        for low, high in (south_lots, north_lots):
            pieces.append(Piece(kind.name, strip(low, high, kind.bends, chance)))
        below = Edge(int(y[2]), ends, fronts[1])
        levels += [int(level) for level in y]
    pieces.append(Piece("road", _lane(west, np.array(levels))))
    return Sheet(pieces, np.concatenate([[west], below.nodes]))


def free_nodes(ends: Ints) -> Ints:
    """Answer vertices of a side that nobody shares."""
    return np.unique(np.append(np.arange(ends[0], ends[-1], NODE_EVERY_CM), ends[-1]))


def _blocks(kind: Kind, chance: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Answer width of the street and depth of the lots of each block, filling the sheet; cm."""
    streets, depths, left = [], [], SIDE_M
    while left > 0:
        streets.append(2 * int(chance.integers(200, 600)))  # even: two equal rows fill the rest
        depths.append(kind.depth_m * float(chance.lognormal(0.0, 0.25)))
        left -= streets[-1] // CM + 2 * depths[-1]
    scale = (SIDE_M * CM - sum(streets)) / 2 / sum(depths)
    tops = np.round(np.cumsum(depths) * scale).astype(np.int64)
    yield from zip(streets, np.diff(tops, prepend=0).tolist(), strict=True)


def _cuts(kind: Kind, ends: Ints, chance: np.random.Generator) -> Ints:
    """Answer where the lots of a row begin and end; widths log-normal, a few alleys, slivers."""
    total = (ends[1] - ends[0]) / CM
    count = max(2, round(total / (kind.width_m * np.exp(kind.spread**2 / 2))))
    widths = np.clip(kind.width_m * chance.lognormal(0.0, kind.spread, count), 2.0, None)
    if kind.slivers:
        draw = chance.random(count)
        for share, of in ((ALLEY_SHARE, ALLEY_M), (SLIVER_SHARE, SLIVER_M)):
            widths = np.where(draw < share, chance.uniform(*of, count), widths)
    at = np.round(np.cumsum(widths) / widths.sum() * total * CM).astype(np.int64)
    return ends[0] + np.concatenate([[0], at])


def _shifted(cuts: Ints, odd: int, chance: np.random.Generator) -> Ints:
    """Answer the rear ends of the lines; even for one row, odd for the other: no two fall close."""
    narrow = np.minimum(np.diff(cuts)[:-1], np.diff(cuts)[1:])
    inner = cuts[1:-1] + chance.uniform(-0.15, 0.15, len(narrow)) * narrow
    even = np.round((inner - odd) / 2).astype(np.int64) * 2 + odd
    return np.concatenate([cuts[:1], even, cuts[-1:]])


def _lane(west: int, levels: Ints) -> Lots:
    east = west + LANE_CM
    free = free_nodes(levels[[0, -1]])
    x = np.concatenate([np.full(len(free), west), np.full(len(levels), east), [west]])
    y = np.concatenate([free, levels[::-1], free[:1]])
    return one_ring(np.column_stack([x, y]) / CM)


def one_ring(xy: Floats) -> Lots:
    """Answer one closed ring with no room to put anything inside."""
    return Lots(xy, np.array([len(xy)]), xy[:1], np.zeros(1))

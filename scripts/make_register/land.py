"""The parcels of a run of sheets: lots, streets, the long road, holes, islands, multiparts."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from make_register.lake import make_lake
from make_register.places import SIDE_M, STEP_EN, Run
from make_register.shapes import Floats, Ints, Shapes, arranged, joined
from make_register.sheet import KINDS, free_nodes, make_sheet
from make_register.strip import CM, Edge, Lots, strip

LAKE_SHARE = 1 / 100
ROAD_CM = (STEP_EN[1] - SIDE_M - 4) * CM
HOLE_SHARE, MULTIPART_SHARE = 0.003, 0.003
HOLE_CLEAR_M = 2.0
HOLE_SIDES = 8
APART = 3
"""The second part of a multipart is the third lot to the right, never a neighbour."""

BENDS_M = ((20.0, 8_000.0), (6.0, 3_000.0))
"""Amplitude and wavelength of the bends of the whole land: gentle, so that chords stay close."""


@dataclass(frozen=True)
class Land:
    """Parcels, sheet by sheet."""

    shapes: Shapes
    sheet: Ints
    role: NDArray[np.str_]
    """``town``, ``village``, ``fields``: a lot of such a sheet; ``road``, ``lake``, ``island``."""

    centre: Floats
    clear_m: Floats
    """Radius around ``centre`` that lies inside the parcel; 0: nothing can be put there."""

    def take(self, rows: Ints) -> "Land":
        """Answer these parcels in this order."""
        fields = (self.sheet, self.role, self.centre, self.clear_m)
        return Land(self.shapes.take(rows), *(field[rows] for field in fields))


def make_land(run: Run, chance: np.random.Generator) -> Land:
    """Answer the parcels of a run, ordered by sheet, bent and rounded to the millimetre."""
    parts, north = [], []
    for sheet, corner in enumerate(run.corners, start=run.first_sheet):
        if chance.random() < LAKE_SHARE:
            parts.append(_lake(corner, sheet, chance))
            north.append(np.array([corner[0], corner[0] + SIDE_M]) * CM)
            continue
        kind = KINDS[int(chance.choice(len(KINDS), p=[kind.share for kind in KINDS]))]
        made = make_sheet(corner, kind, chance)
        parts += [_land(piece.lots, piece.role, sheet) for piece in made.pieces]
        north.append(made.north)
    side = np.concatenate(north)
    y = (run.corners[0][1] + SIDE_M) * CM
    ends = side[[0, -1]]
    low, high = Edge(y, ends, side), Edge(y + ROAD_CM, ends, free_nodes(ends))
    parts.append(_land(strip(low, high, 0.0, chance), "road", run.first_sheet))
    land = _with_holes(_with_multiparts(_side_by_side(parts), chance), chance)
    return replace(land, shapes=_bent(land.shapes))


def _land(lots: Lots, role: str, sheet: int) -> Land:
    count = len(lots.size)
    shapes = Shapes(count, lots.xy, lots.size, np.arange(count))
    clear = lots.clear_m if role != "road" else np.zeros(count)
    return Land(shapes, np.full(count, sheet), np.full(count, role), lots.centre, clear)


def _lake(corner: tuple[int, int], sheet: int, chance: np.random.Generator) -> Land:
    shapes = make_lake(corner, chance)
    role = np.array(["lake"] + ["island"] * (shapes.rows - 1))
    nowhere = np.zeros((shapes.rows, 2))
    return Land(shapes, np.full(shapes.rows, sheet), role, nowhere, nowhere[:, 0])


def _side_by_side(parts: list[Land]) -> Land:
    land = Land(
        joined([part.shapes for part in parts]),
        np.concatenate([part.sheet for part in parts]),
        np.concatenate([part.role for part in parts]),
        np.concatenate([part.centre for part in parts]),
        np.concatenate([part.clear_m for part in parts]),
    )
    return land.take(np.argsort(land.sheet, kind="stable"))


def _with_multiparts(land: Land, chance: np.random.Generator) -> Land:
    """Give some lots a second part: the third lot to their right takes their place in the row."""
    one = np.flatnonzero(chance.random(len(land.sheet) - APART) < MULTIPART_SHARE)
    one = one[np.diff(one, prepend=-APART - 1) > APART]
    same_row = land.centre[one, 1] == land.centre[one + APART, 1]
    one = one[same_row & (land.clear_m[one] > 0)]
    row = land.shapes.ring_row.copy()
    row[np.isin(row, one + APART)] -= APART
    shapes = arranged(land.shapes.rows, land.shapes.xy, land.shapes.ring_size, row)
    kept = np.ones(shapes.rows, dtype=bool)
    kept[one + APART] = False
    return replace(land, shapes=shapes).take(np.flatnonzero(kept))


def _with_holes(land: Land, chance: np.random.Generator) -> Land:
    """Put a parcel into some lots, which get a hole of exactly its form."""
    holed = chance.random(len(land.sheet)) < HOLE_SHARE
    at = np.flatnonzero(holed & (land.clear_m > HOLE_CLEAR_M))
    if not len(at):
        return land
    rings = np.concatenate(list(_octagons(land.centre[at], land.clear_m[at], chance)))
    size = np.full(len(at), HOLE_SIDES + 1)
    inner = land.take(at)
    backwards = rings.reshape(len(at), -1, 2)[:, ::-1].reshape(-1, 2)
    shapes = arranged(
        land.shapes.rows,
        np.concatenate([land.shapes.xy, backwards]),
        np.concatenate([land.shapes.ring_size, size]),
        np.concatenate([land.shapes.ring_row, at]),
    )
    islands = replace(
        inner,
        shapes=Shapes(len(at), rings, size, np.arange(len(at))),
        role=np.full(len(at), "island"),
        clear_m=np.zeros(len(at)),
    )
    clear = np.where(np.isin(np.arange(shapes.rows), at), 0.0, land.clear_m)
    return _side_by_side([replace(land, shapes=shapes, clear_m=clear), islands])


def _octagons(centre: Floats, radius_m: Floats, chance: np.random.Generator) -> Iterator[Floats]:
    angle = -2 * np.pi * np.arange(HOLE_SIDES + 1) / HOLE_SIDES
    for middle, radius in zip(centre, radius_m, strict=True):
        reach = chance.uniform(0.6, 0.95, HOLE_SIDES) * radius
        out = np.append(reach, reach[0])
        yield middle + out[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])


def _bent(shapes: Shapes) -> Shapes:
    x, y = shapes.xy.T
    for metres, length in BENDS_M:
        x, y = (
            x + metres * np.sin(2 * np.pi * y / length),
            y + metres * np.sin(2 * np.pi * x / length),
        )
    return replace(shapes, xy=np.column_stack([x, y]).round(3))

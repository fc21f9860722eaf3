"""Ground parted by a square grid, so that a country is compared in as little memory as a town.

A parcel lies in every cell that its extent meets. Two parcels that meet are thus together in the
cells where they do, and what is found there is told by the one cell that its place lies in.
"""

from collections.abc import Set as AbstractSet
from typing import NamedTuple, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.topology.ground import Ground, together

PARCELS_A_CELL = 8_192
"""About as many parcels lie in a cell (own choice: two cells at a time cost some 50 MB)."""

TRIMMED = 0.99
"""Share of the parcels by whose mean area the size of cells is chosen: not the few huge ones."""

MOST_CELLS = 4_096
"""Of one parcel; a larger one asks for larger cells from the start (degrees taken for metres)."""

Square = tuple[float, float, float, float]


class Piece(NamedTuple):
    """Part of a block of parcels that lies in one cell."""

    cell: tuple[int, int]
    ground: Ground


class Shelf(Protocol):
    """Where pieces lie until their cell is compared."""

    def put(self, piece: Piece) -> None:
        """Keep a piece."""

    def cells(self) -> list[tuple[int, int]]:
        """Answer the cells that hold anything, in the order of the grid."""

    def take(self, cell: tuple[int, int]) -> list[Ground]:
        """Answer the pieces of a cell and forget them; may be asked by several threads."""


class InMemory:
    """Keeps the pieces as they are."""

    def __init__(self) -> None:
        self._pieces: dict[tuple[int, int], list[Ground]] = {}

    def put(self, piece: Piece) -> None:
        """Keep a piece."""
        self._pieces.setdefault(piece.cell, []).append(piece.ground)

    def cells(self) -> list[tuple[int, int]]:
        """Answer the cells that hold anything, in the order of the grid."""
        return sorted(self._pieces)

    def take(self, cell: tuple[int, int]) -> list[Ground]:
        """Answer the pieces of a cell and forget them."""
        return self._pieces.pop(cell)


class Cells:
    """Gathers ground and gives it back cell by cell.

    Parameters
    ----------
    reach_m
        As far apart parcels are still compared, in metres.
    """

    def __init__(self, reach_m: float, shelf: Shelf | None = None) -> None:
        self._reach_m = reach_m
        self._shelf: Shelf = shelf or InMemory()
        self._side: float | None = None
        self._beside: set[tuple[int, int]] = set()

    def add(self, ground: Ground) -> None:
        """Part some parcels among the cells; the first ones decide how large these are."""
        if not len(ground):
            return
        if self._side is None:
            self._side = _side_for(shapely.area(ground.geom), shapely.bounds(ground.geom))
        self._put(ground, self._first_last(ground))

    def add_beside(self, ground: Ground) -> None:
        """Part parcels among the cells that hold others already; what lies elsewhere is nobody's
        neighbour and is left out.
        """
        known = self._shelf.cells()
        if not known:
            return
        low, high = np.min(known, axis=0), np.max(known, axis=0)
        first_last = self._first_last(ground)
        meets = ((first_last[:, :2] <= high) & (first_last[:, 2:] >= low)).all(axis=1)
        within = np.clip(first_last[meets], np.tile(low, 2), np.tile(high, 2))
        self._beside |= self._put(ground.take(meets), within, frozenset(known))

    def _first_last(self, ground: Ground) -> NDArray[np.int64]:
        reached = shapely.bounds(ground.geom) + np.array([-1, -1, 1, 1]) * self._reach_m
        cells: NDArray[np.int64] = np.floor(reached / (self._side or 1.0)).astype(np.int64)
        return cells

    def _put(
        self,
        ground: Ground,
        first_last: NDArray[np.int64],
        only: AbstractSet[tuple[int, int]] | None = None,
    ) -> set[tuple[int, int]]:
        """Put parcels into the cells that they meet and answer these."""
        met: set[tuple[int, int]] = set()
        if not len(ground):
            return met
        index, column, line = _cells_met(first_last)
        order = np.lexsort((index, line, column))
        index, column, line = index[order], column[order], line[order]
        new = np.flatnonzero((np.diff(column) != 0) | (np.diff(line) != 0)) + 1
        for part in np.split(np.arange(len(index)), new):
            cell = (int(column[part[0]]), int(line[part[0]]))
            if only is None or cell in only:
                self._shelf.put(Piece(cell, ground.take(index[part])))
                met.add(cell)
        return met

    def cells(self) -> list[tuple[int, int]]:
        """Answer the cells that hold anything."""
        return self._shelf.cells()

    def cells_beside(self) -> list[tuple[int, int]]:
        """Answer the cells that got anything by ``add_beside``."""
        return sorted(self._beside)

    def take(self, cell: tuple[int, int]) -> tuple[Ground, Square]:
        """Answer the parcels that meet a cell, and its square in metres."""
        side = self._side or 0.0
        column, line = cell
        square = (column * side, line * side, (column + 1) * side, (line + 1) * side)
        return together(self._shelf.take(cell)), square


def _side_for(areas: NDArray[np.float64], bounds: NDArray[np.float64]) -> float:
    usual = np.sort(areas)[: max(int(len(areas) * TRIMMED), 1)]
    side = np.sqrt(max(float(usual.mean()), 1.0) * PARCELS_A_CELL)
    widest = float((bounds[:, 2:] - bounds[:, :2]).max())
    return float(max(side, widest / np.sqrt(MOST_CELLS)))


def _cells_met(
    first_last: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Answer index of the parcel, column and line of every cell that each parcel meets."""
    west, south, east, north = first_last.T
    wide, high = east - west + 1, north - south + 1
    count = wide * high
    index = np.repeat(np.arange(len(count)), count)
    nth = np.arange(len(index)) - np.repeat(np.cumsum(count) - count, count)
    return index, west[index] + nth % wide[index], south[index] + nth // wide[index]


def inside(square: Square, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Answer which of ``(k, 2)`` points lie in a cell; of the edges only west and south belong."""
    west, south, east, north = square
    x, y = points[:, 0], points[:, 1]
    return np.asarray((x >= west) & (x < east) & (y >= south) & (y < north))

"""Parcels that wait on disk to be compared with their neighbours: memory stays that of a town."""

import pickle
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

import shapely

from landgis.cadastre.topology import Ground, Piece

Cell = tuple[int, int]


class DiskShelf:
    """Keeps the pieces of each cell in one file of the working folder of an import.

    Only its own process writes and reads it, in a folder that nobody else may enter.
    """

    def __init__(self, folder: Path) -> None:
        self._file = (folder / "ground").open("w+b", buffering=1024 * 1024)
        self._lock = Lock()
        self._places: dict[Cell, list[tuple[int, int]]] = {}

    def put(self, piece: Piece) -> None:
        """Write a piece."""
        packed = _packed(piece.ground)
        with self._lock:
            start = self._file.seek(0, 2)
            self._file.write(packed)
            self._places.setdefault(piece.cell, []).append((start, len(packed)))

    def cells(self) -> list[Cell]:
        """Answer the cells that hold anything, in the order of the grid."""
        return sorted(self._places)

    def take(self, cell: Cell) -> list[Ground]:
        """Read the pieces of a cell and forget them."""
        with self._lock:
            packed = [self._read(*place) for place in self._places.pop(cell)]
        return [_unpacked(one) for one in packed]

    def _read(self, start: int, length: int) -> bytes:
        self._file.seek(start)
        return self._file.read(length)


def _packed(ground: Ground) -> bytes:
    columns: dict[str, Any] = {field.name: getattr(ground, field.name) for field in fields(ground)}
    columns |= {"geom": shapely.to_wkb(ground.geom, byte_order=1)}
    out = BytesIO()
    pickle.dump(columns, out, protocol=pickle.HIGHEST_PROTOCOL)
    return out.getvalue()


def _unpacked(packed: bytes) -> Ground:
    columns = pickle.loads(packed)  # noqa: S301 - written by this process a moment ago
    return Ground(**{**columns, "geom": shapely.from_wkb(columns["geom"])})

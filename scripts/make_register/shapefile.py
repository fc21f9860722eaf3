"""Writes a shapefile block by block into a zip: memory does not grow with the file."""

import shutil
import struct
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np
from make_samples.shapefile import MADE_ON, VN2000_105_30_PRJ, Field
from numpy.typing import NDArray

from make_register.shapes import Shapes, ranges, starts_of

MOST_BYTES = 2**31 - 1
"""GDAL and most programs read no larger .shp or .dbf."""

_POLYGON = 5
_HEADER_BYTES = 100
_SHAPE_HEAD_BYTES = 44
"""Type, box, number of rings, number of vertices."""

_COPY_BYTES = 2**20


class ShapefileZip:
    """A zip with one shapefile, written in blocks; the same blocks give the same bytes."""

    def __init__(self, target: Path, stem: str, fields: Sequence[Field], cpg: str | None) -> None:
        self._target, self._stem = target, stem
        self._fields, self._cpg = fields, cpg
        self._folder = Path(tempfile.mkdtemp(prefix=".register-", dir=target.parent))
        self._shp, self._shx, self._dbf = (self._open(suffix) for suffix in ("shp", "shx", "dbf"))
        self._rows = 0
        self._low, self._high = np.full(2, np.inf), np.full(2, -np.inf)
        for file in (self._shp, self._shx):
            file.write(bytes(_HEADER_BYTES))
        self._dbf.write(self._dbf_head())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: object, __: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            for file in (self._shp, self._shx, self._dbf):
                file.close()
            shutil.rmtree(self._folder)

    def write(self, shapes: Shapes, records: NDArray[np.uint8]) -> None:
        """Add rows: their polygons, and their attributes as bytes of the .dbf without the mark."""
        words, content = _records(shapes, self._rows + 1)
        offset = self._shp.tell() // 2 + (starts_of(content) + 8 * np.arange(shapes.rows)) // 2
        if self._shp.tell() + words.nbytes > MOST_BYTES:
            raise ValueError(f"{self._stem}.shp would be larger than 2 GiB; write a GeoPackage")
        self._shp.write(words.tobytes())
        self._shx.write(np.column_stack([offset, content // 2]).astype(">i4").tobytes())
        marked = np.full((shapes.rows, 1 + records.shape[1]), ord(" "), dtype=np.uint8)
        marked[:, 1:] = records
        self._dbf.write(marked.tobytes())
        self._rows += shapes.rows
        if len(shapes.xy):
            self._low = np.minimum(self._low, shapes.xy.min(axis=0))
            self._high = np.maximum(self._high, shapes.xy.max(axis=0))

    def _open(self, suffix: str) -> BinaryIO:
        return (self._folder / f"{self._stem}.{suffix}").open("w+b")

    def _finish(self) -> None:
        self._dbf.write(b"\x1a")
        for file in (self._shp, self._shx):
            length = file.tell() // 2
            file.seek(0)
            file.write(struct.pack(">7i", 9994, 0, 0, 0, 0, 0, length))
            box = (*self._low, *self._high, 0, 0, 0, 0)
            file.write(struct.pack("<2i8d", 1000, _POLYGON, *box))
        self._dbf.seek(0)
        self._dbf.write(self._dbf_head())
        (self._folder / f"{self._stem}.prj").write_bytes(VN2000_105_30_PRJ.encode())
        if self._cpg:
            (self._folder / f"{self._stem}.cpg").write_text(self._cpg, encoding="ascii")
        for file in (self._shp, self._shx, self._dbf):
            file.flush()
        zip_files(self._target, sorted(self._folder.iterdir()))

    def _dbf_head(self) -> bytes:
        record_bytes = 1 + sum(field.width for field in self._fields)
        head = struct.pack(
            "<4BIHH20x",
            *(0x03, MADE_ON.year - 1900, MADE_ON.month, MADE_ON.day),
            *(self._rows, 33 + 32 * len(self._fields), record_bytes),
        )
        for name, width, decimals in self._fields:
            kind = b"C" if decimals is None else b"N"
            head += struct.pack("<11sc4x2B14x", name.encode(), kind, width, decimals or 0)
        return head + b"\r"


def zip_files(target: Path, files: Sequence[Path]) -> None:
    """Pack files under their names; the same files give the same bytes."""
    stamp = (MADE_ON.year, MADE_ON.month, MADE_ON.day, 0, 0, 0)
    # Quick rather than small: these files are made, read a few times and thrown away.
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in files:
            member = zipfile.ZipInfo(path.name, stamp)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            member.external_attr = 0o644 << 16
            member.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(member, "w") as sink:
                shutil.copyfileobj(source, sink, _COPY_BYTES)


def _records(shapes: Shapes, first_number: int) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Answer the records of the .shp as 4-byte words, and the content bytes of each."""
    rings, vertices = shapes.ring_count(), shapes.row_size()
    filled = np.flatnonzero(rings)
    content = np.where(rings > 0, _SHAPE_HEAD_BYTES + 4 * rings + 16 * vertices, 4)
    begin = starts_of(8 + content) // 4
    words = np.zeros(int((8 + content).sum()) // 4, dtype="<u4")
    numbers = first_number + np.arange(shapes.rows)
    words[begin] = numbers.astype(">u4").view("<u4")
    words[begin + 1] = (content // 2).astype(">u4").view("<u4")
    if not len(filled):
        return words, content
    at = begin[filled]
    words[at + 2] = _POLYGON
    row_start = starts_of(vertices[filled])
    low, high = (f.reduceat(shapes.xy, row_start, axis=0) for f in (np.minimum, np.maximum))
    words[(at + 3)[:, None] + np.arange(8)] = _words(np.hstack([low, high]), 8)
    words[at + 11], words[at + 12] = rings[filled], vertices[filled]
    ring_start = starts_of(shapes.ring_size)
    of_row = np.repeat(np.arange(len(filled)), rings[filled])
    words[ranges(at + 13, rings[filled])] = ring_start - row_start[of_row]
    points = ranges(at + 13 + rings[filled], 4 * vertices[filled])
    words[points] = _words(shapes.xy, 4).ravel()
    return words, content


def _words(values: NDArray[np.float64], width: int) -> NDArray[np.uint32]:
    return np.ascontiguousarray(values, dtype="<f8").view("<u4").reshape(-1, width)

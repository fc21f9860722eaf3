"""How the reading process hands rows to the one that asked: an Arrow file with fixed columns."""

import json
import struct
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from landgis.errors import Refused

FIXED_FIELDS = (
    pa.field("fid", pa.int64()),
    pa.field("problem", pa.string()),
    pa.field("detail", pa.string()),
    pa.field("has_shape", pa.bool_()),
    pa.field("wkb", pa.large_binary()),
)
JUDGED = len(FIXED_FIELDS) - 1
"""How many of the fixed fields say what a row is; the last is its geometry."""
NAMES_KEY = b"names"

COLUMNS_LIMIT = 2_500
"""Most columns of a layer; a .dbf can have 2,046, and no parcel has said so much yet."""

POLYGON_CODES = (3, 6)
SHAPE_NAMES = {1: "a point", 2: "a line", 4: "points", 5: "lines", 7: "a collection"}
"""WKB codes modulo 1000 (OGC 06-103r4, 8.2.3); 8 and above are curves and surfaces."""

GEOS_UNCLOSED = "do not form a closed linestring"

WKB_HEAD = {True: struct.Struct("<I"), False: struct.Struct(">I")}
WKB_HEAD_BYTES = 5
EXTENDED_FLAGS = 0xE0000000
"""EWKB's marks for Z, M and SRID above the code."""


class Judged(NamedTuple):
    """Geometries of one batch, those that cannot be used named with the reason."""

    wkb: NDArray[Any]
    problem: NDArray[Any]
    detail: NDArray[Any]
    heights: int
    """How many had heights or measures."""


def judge(wkb: NDArray[Any]) -> Judged:
    """Answer which of ``wkb`` (``(n,)`` bytes or None) are polygons of finite numbers.

    Heights and measures are dropped, every other byte stays. None stays None and is no problem.
    Codes in ``problem``: ``not_a_polygon``, ``damaged_geometry``, ``ring_unclosed``,
    ``coordinate_not_finite``.
    """
    codes = np.fromiter((_wkb_code(one) for one in wkb), dtype=np.int64, count=len(wkb))
    problem = np.full(len(wkb), None, dtype=object)
    detail = problem.copy()
    for at in np.flatnonzero((codes >= 0) & ~np.isin(codes, POLYGON_CODES)):
        shape = SHAPE_NAMES.get(codes[at], f"a curve or surface of WKB type {codes[at]}")
        problem[at], detail[at] = "not_a_polygon", f"it is {shape}"
    polygonal = np.isin(codes, POLYGON_CODES)
    shapes = _shapes(np.where(polygonal, wkb, np.array(None, dtype=object)))
    for at in np.flatnonzero(polygonal & shapely.is_missing(shapes)):
        problem[at], detail[at] = _damage(wkb[at])
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    for at in np.unique(owner[~np.isfinite(xy).all(axis=1)]):
        if problem[at] is None:
            problem[at], detail[at] = "coordinate_not_finite", "NaN or infinity as a coordinate"
    deep = shapely.has_z(shapes) | shapely.has_m(shapes)
    if deep.any():
        wkb = wkb.copy()
        wkb[deep] = shapely.to_wkb(shapes[deep], output_dimension=2, flavor="iso")
    return Judged(wkb, problem, detail, int(deep.sum()))


def _wkb_code(wkb: bytes | None) -> int:
    """Answer the geometry type without dimensions, -1 for None."""
    if wkb is None:
        return -1
    if len(wkb) < WKB_HEAD_BYTES:
        return 0
    (code,) = WKB_HEAD[wkb[0] == 1].unpack_from(wkb, 1)
    return int(code & ~EXTENDED_FLAGS) % 1000


def _shapes(wkb: NDArray[Any]) -> NDArray[Any]:
    """Build what can be built; None elsewhere."""
    try:
        return np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"))
    except NotImplementedError:  # a curve inside a multipolygon stops the whole array
        return np.array([None if _why_unusable(one) else shapely.from_wkb(one) for one in wkb])


def _damage(wkb: bytes) -> tuple[str, str | None]:
    """Answer what keeps a polygon from being built: a code and more about it."""
    why = _why_unusable(wkb)
    if why is None or GEOS_UNCLOSED not in why:
        return "damaged_geometry", why
    closed = shapely.from_wkb(wkb, on_invalid="fix")
    if closed is None:  # NaN is not equal to itself, so that nothing closes such a ring
        return "coordinate_not_finite", "NaN or infinity as a coordinate"
    return ("ring_unclosed", None) if shapely.area(closed) > 0 else ("damaged_geometry", why)


def _why_unusable(wkb: bytes | None) -> str | None:
    try:
        shapely.from_wkb(wkb)
    except (shapely.errors.ShapelyError, NotImplementedError) as problem:
        return str(problem) or type(problem).__name__
    return None


def require_columns(count: int) -> None:
    """Refuse a layer of more columns than anybody can read; ``Refused`` ``too_many_columns``."""
    if count > COLUMNS_LIMIT:
        raise Refused(
            "too_many_columns",
            f"the layer has {count} columns or more, the limit is {COLUMNS_LIMIT}; "
            "export it with those that are needed",
        )


class RowWriter:
    """Write batches of rows to ``path``; use it as a context manager."""

    def __init__(self, path: Path, names: Sequence[str], types: Sequence[pa.DataType]) -> None:
        require_columns(len(names))
        fields = [pa.field(f"a{k}", kind) for k, kind in enumerate(types)]
        self._schema = pa.schema(
            [*FIXED_FIELDS, *fields], metadata={NAMES_KEY: json.dumps(_unique(names)).encode()}
        )
        self._writer = pa.ipc.new_file(path, self._schema)
        self.heights = 0
        """Rows so far that had heights or measures."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    def write(self, fid: pa.Array, judged: Judged, columns: Sequence[pa.Array]) -> None:
        """Append one batch; ``columns`` in the order of the names."""
        fixed = [
            fid,
            pa.array(judged.problem, pa.string()),
            pa.array(judged.detail, pa.string()),
            pa.array(judged.wkb != None, pa.bool_()),  # noqa: E711 - element-wise
            pa.array(judged.wkb, pa.large_binary()),
        ]
        self.heights += judged.heights
        self._writer.write_batch(pa.record_batch([*fixed, *columns], schema=self._schema))


class RowFile:
    """The rows that a ``RowWriter`` left, read again in parts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as rows:
            schema = rows.schema
        self.names: list[str] = json.loads(schema.metadata[NAMES_KEY])
        """Of the columns beside the fixed ones."""

        self._parts = pa.schema([schema.field(k) for k in range(JUDGED, len(schema))])
        lengths = [len(chunk) for chunk in self._columns([0]).column(0).chunks]
        self._ends = np.cumsum(lengths, dtype=np.int64)

    def judged(self) -> pa.Table:
        """Read ``fid``, ``problem``, ``detail`` and ``has_shape`` of every row."""
        return self._columns(range(JUDGED))

    @property
    def whole_numbers(self) -> list[str]:
        """Answer the columns of whole numbers and of yes and no."""
        kinds = self._parts.types[1:]
        return [
            name
            for name, kind in zip(self.names, kinds, strict=True)
            if pa.types.is_integer(kind) or pa.types.is_boolean(kind)
        ]

    def columns(self, names: Sequence[str]) -> pa.Table:
        """Answer whole columns by their names, as the reader gave them."""
        at = {name: len(FIXED_FIELDS) + k for k, name in enumerate(self.names)}
        return self._columns([at[name] for name in names]).rename_columns(list(names))

    def read(self, at: NDArray[np.int64]) -> pa.Table:
        """Answer the geometry and the other columns of the rows at these positions.

        Only the batches that hold them are read, one by one.
        """
        parts = []
        batch_of = np.searchsorted(self._ends, at, side="right")
        edges = np.flatnonzero(np.diff(batch_of, prepend=-1, append=-1))
        with self._open() as rows:
            for start, stop in pairwise(edges.tolist()):
                number = int(batch_of[start])
                begins = int(self._ends[number - 1]) if number else 0
                wanted = at[start:stop] - begins
                parts.append(_taken(rows.get_batch(number).select(self._parts.names), wanted))
        return pa.Table.from_batches(parts, self._parts)

    def _columns(self, numbers: Sequence[int]) -> pa.Table:
        # Mapped, and chosen afterwards: else a column keeps the batches in memory it is part of.
        with pa.ipc.open_file(pa.memory_map(str(self._path))) as rows:
            return rows.read_all().select(list(numbers))

    def _open(self) -> pa.ipc.RecordBatchFileReader:
        return pa.ipc.open_file(pa.OSFile(str(self._path)))


def give_back() -> None:
    """Return the memory of whole columns that are done with; Arrow would keep it for later."""
    pa.default_memory_pool().release_unused()


def open_rows(path: Path) -> tuple[pa.Table, list[str]]:
    """Answer all rows of a ``RowWriter`` at once, and the names of its other columns."""
    table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    return table, json.loads(table.schema.metadata[NAMES_KEY])


def _taken(batch: pa.RecordBatch, at: NDArray[np.int64]) -> pa.RecordBatch:
    """Answer rows of a batch; some of them as a copy, which does not keep the others."""
    if len(at) == len(batch) and bool((np.diff(at) == 1).all()):
        return batch
    return batch.take(pa.array(at))


def _unique(names: Sequence[str]) -> list[str]:
    """Tell columns of the same name apart: the second becomes ``name_2``."""
    unique: dict[str, None] = {}
    for name in names:
        free, count = name, 1
        while free in unique:
            count += 1
            free = f"{name}_{count}"
        unique[free] = None
    return list(unique)

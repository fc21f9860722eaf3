"""What a CAD drawing holds, as values: shapes with their level, and texts with their place."""

import re
import struct
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from landgis.errors import Refused
from landgis.ingest.gdal_reader import GDAL_PROBLEMS, load_gdal
from landgis.ingest.row_table import EXTENDED_FLAGS, WKB_HEAD, WKB_HEAD_BYTES

BATCH_ENTITIES = 16_384

SETTINGS = {
    # The bytes of the file as letters of the same number: what code page they are in is found
    # out later from all texts, because drawings in TCVN3 claim to be Windows-1252.
    "DXF_ENCODING": "ISO-8859-1",
    # Merged, the parts of a block would lose their levels.
    "DXF_MERGE_BLOCK_GEOMETRIES": "FALSE",
    # Degrees an arc is cut by: 0.04 mm from an arc of 1 m, 4 mm from one of 100 m, within the
    # 0.2 mm at map scale that Circular 25/2014/TT-BTNMT grants to 1:200 (class A).
    "OGR_ARC_STEPSIZE": "1",
}

POINT, LINE, POLYGON = 1, 2, 3
COLLECTIONS = (4, 5, 6, 7)
UNICODE_ESCAPE = re.compile(r"\\[Uu]\+([0-9A-Fa-f]{4})")
"""How AutoCAD writes letters that the code page of a drawing does not have."""


class Drawn(NamedTuple):
    """One entity that can be used, as ``Entities`` hold it."""

    level: str
    shape: Any
    text: str | None = None
    filled: bool = False


class Entities(NamedTuple):
    """The entities of the model space that can be used; all arrays have one length."""

    level: NDArray[Any]
    """Level (DGN) or layer (DXF), ``str``."""

    shape: NDArray[Any]
    """Point with a text, line, or polygon, in two dimensions."""

    text: NDArray[Any]
    """``str`` for a point, else None; every letter is a byte of the file (Latin-1)."""

    filled: NDArray[np.bool_]
    """A hatch or filled face of a DXF, which has no outline of its own."""

    given: frozenset[int]
    """Numbers of all entities that GDAL gave, used or not."""

    unused: Counter[str]
    """Entities that are neither area nor line nor label, by what they are."""

    stopped: str | None
    """What the reader said when it ended early."""

    @classmethod
    def of(
        cls,
        drawn: Sequence[Drawn],
        *,
        unused: Counter[str],
        given: frozenset[int],
        stopped: str | None,
    ) -> Self:
        """Put entities together, flat."""
        shapes = _objects([one.shape for one in drawn])
        return cls(
            level=_objects([one.level for one in drawn]),
            shape=shapely.force_2d(shapes),
            text=_objects([one.text for one in drawn]),
            filled=np.array([one.filled for one in drawn], dtype=bool),
            given=given,
            unused=unused,
            stopped=stopped,
        )


def read_entities(path: Path, driver: str, *, slowly: bool) -> Entities:
    """Answer what GDAL's ``driver`` finds in the drawing at ``path``.

    ``slowly`` takes one entity at a time, which saves what is whole when the file is cut off.

    Raises
    ------
    Refused
        ``reader_failed`` when GDAL cannot open it.
    """
    pyogrio = load_gdal(driver)
    pyogrio.set_gdal_config_options(SETTINGS)
    columns: dict[str, list[Any]] = {"id": [], "level": [], "text": [], "wkb": [], "paper": []}
    stopped = None
    try:
        with pyogrio.open_arrow(
            path,
            use_pyarrow=True,
            return_fids=True,
            batch_size=1 if slowly else BATCH_ENTITIES,
        ) as (_, reader):
            stopped = _take_all(reader, columns)
    except GDAL_PROBLEMS as problem:
        raise Refused("reader_failed", f"GDAL cannot read it: {problem}") from problem
    return _sorted_out(columns, driver, stopped)


def _take_all(reader: pa.RecordBatchReader, columns: dict[str, list[Any]]) -> str | None:
    names = reader.schema.names
    level = names.index("Layer" if "Layer" in names else "Level")
    paper = names.index("PaperSpace") if "PaperSpace" in names else None
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return None
        except GDAL_PROBLEMS as problem:
            return str(problem)
        columns["id"] += batch.column(0).to_pylist()
        columns["level"] += _texts(batch.column(level))
        columns["text"] += _texts(batch.column(names.index("Text")))
        columns["wkb"] += batch.column(len(names) - 1).to_pylist()
        papers = batch.column(paper).to_pylist() if paper is not None else [None] * len(batch)
        columns["paper"] += papers


def _texts(column: pa.Array) -> list[str | None]:
    """Answer texts byte by byte: DXF comes as UTF-8 of Latin-1, DGN as the bytes themselves."""
    if not pa.types.is_string(column.type):
        return [None if value is None else str(value) for value in column.to_pylist()]
    raw = column.cast(pa.binary(), safe=False).to_pylist()
    return [None if one is None else _latin(one) for one in raw]


def _latin(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
    text = UNICODE_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    plain = text.encode("latin-1", "ignore").decode("latin-1") == text
    return text if plain else text.encode("utf-8", "replace").decode("latin-1")


def _sorted_out(columns: dict[str, list[Any]], driver: str, stopped: str | None) -> Entities:
    unused: Counter[str] = Counter()
    kept: list[Drawn] = []
    for level, text, wkb, paper in zip(
        *(columns[name] for name in ("level", "text", "wkb", "paper")), strict=True
    ):
        if paper:
            unused["entity of a print layout"] += 1
            continue
        for shape in _parts(wkb):
            what = _why_unused(shape, text, driver)
            if what is not None:
                unused[what] += 1
                continue
            label = text if shape.geom_type == "Point" else None
            filled = driver == "DXF" and shape.geom_type == "Polygon"
            kept.append(Drawn(level or "", shape, label, filled))
    return Entities.of(kept, unused=unused, given=frozenset(columns["id"]), stopped=stopped)


def _objects(values: list[Any]) -> NDArray[Any]:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def _parts(wkb: bytes | None) -> list[Any]:
    """Answer the single shapes of a geometry; None stands for one that cannot be used."""
    if wkb is None or len(wkb) < WKB_HEAD_BYTES:
        return [None]
    try:
        (code,) = WKB_HEAD[wkb[0] == 1].unpack_from(wkb, 1)
        plain = (code & ~EXTENDED_FLAGS) % 1000
        if plain not in {POINT, LINE, POLYGON, *COLLECTIONS}:
            return [None]
        shapes = np.atleast_1d(shapely.from_wkb(wkb))
    except (struct.error, shapely.errors.ShapelyError, NotImplementedError):
        return [None]
    for _ in range(2):  # a collection of collections is as deep as blocks come
        shapes = shapely.get_parts(shapes)
    return list(shapes) or [None]


def _why_unused(shape: Any, text: str | None, driver: str) -> str | None:
    if shape is None or shape.is_empty or shape.geom_type.startswith(("Multi", "Geom")):
        return "surface or empty shape"
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return "shape with a coordinate that is not a number"
    if shape.geom_type == "Point" and not (text or "").strip():
        return "point without text"
    if shape.geom_type == "Polygon" and shape.has_z and driver == "DXF":
        return "3D face"
    if shape.geom_type == "LineString" and shape.length == 0:
        return "line of no length"
    return None

"""Drawings written by GDAL, entity by entity where it cannot, and what was read from them."""

import struct
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyogrio.raw
import shapely

from landgis.ingest.raw import RawLayer

Label = tuple[str, float, float, str]
DRAWN_DGN = {3, 4, 6, 12, 14}
SQUARE = shapely.box(0, 0, 10, 10)


def write_dxf(
    path: Path, shapes: Sequence[Any], levels: Sequence[str], labels: Iterable[Label] = ()
) -> Path:
    """Write ``shapes`` with GDAL, then add the texts, which pyogrio cannot write."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'crs' was not provided")
        pyogrio.raw.write(
            path,
            geometry=shapely.to_wkb(np.array(shapes, dtype=object)),
            field_data=[np.array(levels, dtype=object)],
            fields=["Layer"],
            geometry_type="Unknown",
            driver="DXF",
        )
    texts = [((0, "TEXT"), (8, a), (10, x), (20, y), (40, 1), (1, t)) for a, x, y, t in labels]
    return add(path, *texts)


def add(path: Path, *entities: Sequence[tuple[int, Any]]) -> Path:
    """Put entities, given as pairs of group code and value, at the end of a drawing."""
    text = path.read_text("latin-1")
    start = text.index("ENTITIES")
    at = text.index("  0\nENDSEC", start)
    added = "".join(f"{code}\n{value}\n" for entity in entities for code, value in entity)
    path.write_bytes((text[:at] + added + text[at:]).encode("latin-1"))
    return path


def outlines(frame: geopandas.GeoDataFrame) -> list[Any]:
    """Every boundary once, cut where boundaries meet: what a draughtsman draws."""
    union = shapely.line_merge(shapely.union_all(shapely.boundary(frame.geometry.to_numpy())))
    return list(shapely.get_parts(union))


def labels_of(frame: geopandas.GeoDataFrame, level: str = "13") -> list[Label]:
    points = shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy()))
    return [(level, *xy, one) for xy, one in zip(points.tolist(), frame["id"], strict=True)]


def by_label(layer: RawLayer, column: str = "text_13") -> dict[str, Any]:
    texts = layer.columns[column]
    shapes = shapely.from_wkb(layer.wkb)
    return {text: shape for text, shape in zip(texts, shapes, strict=True) if text is not None}


def notes_of(layer: RawLayer) -> dict[str, str]:
    return {note.code: note.message for note in layer.notes}


def count_of(layer: RawLayer, code: str) -> int:
    return int(notes_of(layer)[code].split(": ", 1)[1].split(" ", 1)[0])


def add_block(path: Path, block: Sequence[Sequence[tuple[int, Any]]]) -> Path:
    """Define a block in a drawing."""
    text = path.read_text("latin-1")
    pairs = "".join(f"{code}\n{value}\n" for entity in block for code, value in entity)
    at = text.index("  0\nENDSEC", text.index("BLOCKS\n"))
    path.write_bytes((text[:at] + pairs + text[at:]).encode())
    return path


def write_dgn(
    path: Path,
    shapes: Sequence[Any],
    levels: Sequence[str],
    labels: Iterable[Label] = (),
    **options: str,
) -> Path:
    """Write ``shapes`` and points with GDAL, then set levels and turn the points into texts.

    Byte layout: Intergraph Standard File Format, element header and type 17 (text).
    """
    labels = list(labels)
    points = [shapely.Point(x, y) for _, x, y, _ in labels]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'crs' was not provided")
        pyogrio.raw.write(
            path,
            geometry=shapely.to_wkb(np.array([*shapes, *points], dtype=object)),
            field_data=[],
            fields=[],
            geometry_type="Unknown",
            driver="DGN",
            dataset_options={
                "SUB_UNITS_PER_MASTER_UNIT": "1000",
                "UOR_PER_SUB_UNIT": "1",
                **options,
            },
        )
    out, drawn, level = [], 0, 0
    for element in dgn_elements(path.read_bytes()):
        if element[1] & 0x7F not in DRAWN_DGN:
            out.append(element)
            continue
        is_part = bool(element[0] & 0x80) and element[1] & 0x7F not in {12, 14}
        if drawn < len(shapes) or is_part:
            level = level if is_part else int(levels[drawn])
            out.append(bytes([element[0] & 0xC0 | level]) + element[1:])
        else:
            of_text, _, _, text = labels[drawn - len(shapes)]
            out.append(dgn_text(int(of_text), element[36:44], text.encode("latin-1")))
        drawn += not is_part
    path.write_bytes(b"".join(out) + b"\xff\xff")
    return path


def dgn_elements(data: bytes) -> list[bytes]:
    elements, at = [], 0
    while data[at : at + 2] != b"\xff\xff" and at + 4 <= len(data):
        size = 4 + 2 * struct.unpack_from("<H", data, at + 2)[0]
        elements.append(data[at : at + size])
        at += size
    return elements


def dgn_text(level: int, origin: bytes, text: bytes) -> bytes:
    text = text + b" " * (len(text) % 2)
    words = (60 + len(text)) // 2
    head = struct.pack("<BBH24xHH4x", level, 17, words - 2, 0, words - 16)
    multipliers = struct.pack("<HHHH", 0, 1000, 0, 1000)
    body = bytes([0, 0]) + multipliers + bytes(4) + origin + bytes([len(text), 0]) + text
    return head + body

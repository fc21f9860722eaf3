"""Files for the tests of the ingest room: real ones where they are, small ones made here."""

import os
import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from landgis.ingest.archive import open_source
from landgis.ingest.raw import RawLayer
from landgis.ingest.read import read_layers

Ring = Sequence[tuple[float, float]]

SQUARE: Ring = ((0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (10.0, 0.0), (0.0, 0.0))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of large and hostile real data."""
    folder = os.environ.get("LANDGIS_TEST_DATA")
    if not folder:
        pytest.skip("LANDGIS_TEST_DATA is not set: real and hostile data are not here")
    return Path(folder)


def polygon_content(*rings: Ring, shape_type: int = 5) -> bytes:
    """Content of one polygon record."""
    points = [point for ring in rings for point in ring]
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    starts, at = [], 0
    for ring in rings:
        starts.append(at)
        at += len(ring)
    return (
        struct.pack("<i4d", shape_type, min(xs), min(ys), max(xs), max(ys))
        + struct.pack(f"<2i{len(starts)}i", len(starts), len(points), *starts)
        + b"".join(struct.pack("<2d", *point) for point in points)
    )


def shp_bytes(contents: Sequence[bytes], shape_type: int = 5) -> tuple[bytes, bytes]:
    """A .shp of these record contents and its .shx."""
    body, index, at = b"", b"", 100
    for number, content in enumerate(contents, start=1):
        body += struct.pack(">2i", number, len(content) // 2) + content
        index += struct.pack(">2i", at // 2, len(content) // 2)
        at += 8 + len(content)

    def header(length: int) -> bytes:
        return (
            struct.pack(">i20xi", 9994, length // 2)
            + struct.pack("<2i", 1000, shape_type)
            + bytes(64)
        )

    return header(at) + body, header(100 + len(index)) + index


def dbf_bytes(values: Sequence[bytes], width: int = 20, deleted: Sequence[int] = ()) -> bytes:
    """A .dbf with the one text field ``name``; ``deleted`` counts rows from 1."""
    head = struct.pack("<4BIHH20x", 3, 126, 11, 23, len(values), 65, 1 + width)
    field = struct.pack("<11sc4xBB14x", b"name", b"C", width, 0)
    rows = b"".join(
        (b"*" if row in deleted else b" ") + value.ljust(width)
        for row, value in enumerate(values, start=1)
    )
    return head + field + b"\r" + rows + b"\x1a"


@pytest.fixture
def make_shapefile() -> Callable[..., Path]:
    """Write a shapefile from record contents; ``without`` names parts to leave out."""

    def make(
        folder: Path,
        contents: Sequence[bytes] | int = 3,
        *,
        stem: str = "parcels",
        shape_type: int = 5,
        values: Sequence[bytes] | None = None,
        deleted: Sequence[int] = (),
        without: Sequence[str] = (),
    ) -> Path:
        if isinstance(contents, int):
            contents = [
                polygon_content([(x + 20.0 * k, y) for x, y in SQUARE]) for k in range(contents)
            ]
        if values is None:
            values = [f"row {k + 1}".encode() for k in range(len(contents))]
        shp, shx = shp_bytes(contents, shape_type)
        parts = {".shp": shp, ".shx": shx, ".dbf": dbf_bytes(values, deleted=deleted)}
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, content in parts.items():
            if suffix not in without:
                (folder / f"{stem}{suffix}").write_bytes(content)
        return folder / f"{stem}.shp"

    return make


@pytest.fixture
def make_polygon() -> Callable[..., bytes]:
    """Build the content of a polygon record from rings."""
    return polygon_content


@pytest.fixture
def make_dbf() -> Callable[..., bytes]:
    """Build a .dbf from the values of its one field."""
    return dbf_bytes


@pytest.fixture
def read_file(tmp_path: Path) -> Callable[..., list[RawLayer]]:
    """Open and read a file in a fresh work folder and see that nothing is left beside it."""
    count = 0

    def read(path: Path, layer: str | None = None, name: str | None = None) -> list[RawLayer]:
        nonlocal count
        count += 1
        parent = tmp_path / f"run-{count}"
        workdir = parent / "work"
        workdir.mkdir(parents=True)
        try:
            return read_layers(open_source(path, workdir, name), workdir, layer=layer)
        finally:
            assert [left.name for left in parent.iterdir()] == ["work"]

    return read

"""Count the records of a file by a few lines of its format's description; landgis is not asked.

For a file that is cut off the answer is what its headers promise: a record that one of its parts
still speaks of must be accounted for.
"""

import json
import sqlite3
import struct
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

SHX_ENTRY = 8


def count(path: Path) -> int | None:
    """Answer how many records the layer in ``path`` has or had; None where nothing tells."""
    suffix = path.suffix.lower()
    if suffix == ".zip":
        return _in_zip(path)
    if suffix == ".shp":
        return count_shapefile(
            path.read_bytes(), *(_beside(path, part) for part in (".shx", ".dbf"))
        )
    return COUNTERS[suffix](path) if suffix in COUNTERS else None


def _beside(shp: Path, suffix: str) -> bytes | None:
    for file in shp.parent.iterdir():
        if file.stem.lower() == shp.stem.lower() and file.suffix.lower() == suffix:
            return file.read_bytes()
    return None


def _in_zip(path: Path) -> int | None:
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        layers = []
        for number, info in enumerate(archive.infolist()):
            name = Path(info.filename.replace("\\", "/"))
            if info.is_dir() or name.parts[0] == "__MACOSX" or name.name.startswith("._"):
                continue
            target = Path(folder) / str(name.parent).replace("/", "-").lower() / name.name
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(archive.read(info))
            if name.suffix.lower() in {".shp", *COUNTERS}:
                layers.append((number, target))
        return sum(count(file) or 0 for _, file in layers) if layers else None


def count_shapefile(shp: bytes, shx: bytes | None, dbf: bytes | None) -> int:
    """Answer the most records that one of the three parts speaks of and could have held."""
    at, walked = 100, 0
    stated = 2 * struct.unpack_from(">I", shp, 24)[0]
    while at + 8 <= min(len(shp), stated):
        at += 8 + 2 * struct.unpack_from(">I", shp, at + 4)[0]
        walked += 1
    indexed = 0 if shx is None else (len(shx) - 100) // SHX_ENTRY
    return max(walked, indexed, 0 if dbf is None else struct.unpack_from("<I", dbf, 4)[0])


def _geojson(path: Path) -> int:
    """Elements of every ``features`` member, also of repeated ones; a lone object is one row."""

    def keep(pairs: list[tuple[str, Any]]) -> Any:
        lists = [value for key, value in pairs if key == "features" and isinstance(value, list)]
        return {**dict(pairs), "features": [one for some in lists for one in some]}

    found = json.loads(path.read_bytes().decode("utf-8-sig"), object_pairs_hook=keep)
    return len(found["features"]) if found["type"] == "FeatureCollection" else 1


def _geopackage(path: Path) -> int:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        tables = database.execute(
            "SELECT g.table_name FROM gpkg_geometry_columns g JOIN sqlite_master m"
            " ON m.name = g.table_name WHERE m.type = 'table'"
            " AND upper(g.geometry_type_name) NOT LIKE '%POINT%'"
            " AND upper(g.geometry_type_name) NOT LIKE '%LINE%'"
        ).fetchall()
        return sum(1 for (name,) in tables for _ in database.execute(f'SELECT rowid FROM "{name}"'))


def _flatgeobuf(path: Path) -> int:
    """Header field 8 is the number of features (flatgeobuf header.fbs)."""
    raw = path.read_bytes()
    table = 12 + struct.unpack_from("<I", raw, 12)[0]
    vtable = table - struct.unpack_from("<i", raw, table)[0]
    offset = struct.unpack_from("<H", raw, vtable + 4 + 2 * 8)[0]
    return int(struct.unpack_from("<Q", raw, table + offset)[0]) if offset else 0


def _parquet(path: Path) -> int:
    return int(pq.read_metadata(path).num_rows)


COUNTERS: dict[str, Callable[[Path], int]] = {
    ".geojson": _geojson,
    ".json": _geojson,
    ".gpkg": _geopackage,
    ".fgb": _flatgeobuf,
    ".parquet": _parquet,
}

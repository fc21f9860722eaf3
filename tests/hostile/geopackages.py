"""GeoPackages that are odd, damaged or programs in disguise."""

import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely

from tests.hostile.case import Case
from tests.hostile.parts import square, written

Maker = Callable[[Path], Path]
Edit = Callable[[sqlite3.Connection], object]

HEAD = b"GP\0\1" + struct.pack("<i", 32648)
"""A GeoPackage geometry header, little endian, without an envelope."""

PAGE = 4096


@cache
def good(rows: int = 5) -> bytes:
    """A GeoPackage as GDAL writes it: index, triggers, contents table."""
    shapes = np.array([shapely.Polygon(square(k)) for k in range(rows)], dtype=object)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "good.gpkg"
        pyogrio.raw.write(
            path,
            geometry=shapely.to_wkb(shapes),
            field_data=[np.array([f"K{k + 1}" for k in range(rows)], dtype=object)],
            fields=["KEY"],
            layer="parcels",
            driver="GPKG",
            geometry_type="Polygon",
            crs="EPSG:32648",
        )
        return path.read_bytes()


def edited(*edits: str | tuple[str, Sequence[Any]] | Edit, writable: bool = False) -> Maker:
    """The good package after these statements; its triggers, which need GDAL, are set aside."""

    def make(folder: Path) -> Path:
        path = written(folder, good(), "parcels.gpkg")
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            triggers = database.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall()
            for name, _ in triggers:
                database.execute(f'DROP TRIGGER "{name}"')
            if writable:
                database.execute("PRAGMA writable_schema = ON")
            for edit in edits:
                if callable(edit):
                    edit(database)
                elif isinstance(edit, str):
                    database.execute(edit)
                else:
                    database.execute(*edit)
            database.execute("PRAGMA writable_schema = OFF")
        return path

    return make


def spoiled(edit: Callable[[bytearray], bytes | bytearray | None]) -> Maker:
    """The bytes of the good package, spoiled."""

    def make(folder: Path) -> Path:
        raw = bytearray(good())
        return written(folder, edit(raw) or raw, "parcels.gpkg")

    return make


def geometry(blob: bytes | str | float | None) -> Maker:
    """The third row's geometry, whatever it is."""
    return edited(("UPDATE parcels SET geom = ? WHERE fid = 3", (blob,)))


def wkb(text: str, *, head: bytes = HEAD) -> bytes:
    return head + shapely.to_wkb(shapely.from_wkt(text))


def polygon(*rings: Sequence[tuple[float, float]], kind: int = 3, order: int = 1) -> bytes:
    """A WKB polygon of rings as they are, closed or not."""
    mark = "<" if order else ">"
    made = struct.pack(f"{mark}BII", order, kind, len(rings))
    for ring in rings:
        numbers = [value for point in ring for value in point]
        made += struct.pack(f"{mark}I{len(numbers)}d", len(ring), *numbers)
    return HEAD + made


def curved(kind: int) -> bytes:
    """A curve polygon or multisurface whose ring is a circular string (ISO 13249-3)."""
    arc = struct.pack("<BII10d", 1, 8, 5, *(value for point in square(2) for value in point))
    made = struct.pack("<BII", 1, 10, 1) + arc
    return HEAD + (made if kind == 10 else struct.pack("<BII", 1, kind, 1) + made)


def another_layer(geometry_type: str, name: str = "other") -> list[str]:
    return [
        f'CREATE TABLE "{name}" (fid INTEGER PRIMARY KEY, geom {geometry_type}, KEY TEXT)',
        f"INSERT INTO gpkg_contents (table_name, data_type, srs_id) VALUES ('{name}', 'features', 32648)",
        f"INSERT INTO gpkg_geometry_columns VALUES ('{name}', 'geom', '{geometry_type}', 32648, 0, 0)",
        f'INSERT INTO "{name}" SELECT fid, geom, KEY FROM parcels',
    ]


def page_of(raw: bytes, text: bytes) -> int:
    """The page that holds this text, counted from 0."""
    return raw.rindex(text) // PAGE


def zeroed(text: bytes) -> Callable[[bytearray], None]:
    """Blank the page that holds this text."""

    def edit(raw: bytearray) -> None:
        at = page_of(raw, text) * PAGE
        raw[at : at + PAGE] = bytes(PAGE)

    return edit


def in_a_view(database: sqlite3.Connection) -> None:
    """The layer becomes a view over a table: a program of the sender's."""
    database.execute("ALTER TABLE parcels RENAME TO hidden")
    database.execute("UPDATE gpkg_geometry_columns SET table_name = 'parcels'")
    database.execute("CREATE VIEW parcels AS SELECT * FROM hidden")


def in_a_virtual_table(database: sqlite3.Connection) -> None:
    database.execute("ALTER TABLE parcels RENAME TO hidden")
    database.execute("UPDATE gpkg_geometry_columns SET table_name = 'parcels'")
    database.execute("CREATE VIRTUAL TABLE parcels USING fts5(geom, KEY)")


def with_wal(folder: Path) -> Path:
    """A package whose header says that a journal lies beside it, which was not sent."""
    path = written(folder, good(), "parcels.gpkg")
    with path.open("r+b") as file:
        file.seek(18)
        file.write(b"\2\2")
    return path


def copied(folder: Path) -> Path:
    path = written(folder, good(), "one.gpkg")
    return Path(shutil.copy(path, folder / "PARCELS.GPKG"))


TRIGGER = "CREATE TRIGGER evil AFTER INSERT ON parcels BEGIN SELECT load_extension('/x'); END"
LOOP = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
ROW = {"rows": 5}
NAN, INF = float("nan"), float("inf")


def lost(code: str) -> dict[str, Any]:
    return {"rows": 5, "lost": {code: [3]}}


def held(rule: str) -> dict[str, Any]:
    return {"rows": 5, "held": {rule: [3]}}


S = square(2)

CASES = [
    # --- odd and good ---
    Case("gpkg", edited(), "a sound layer", **ROW),
    Case("gpkg in capitals", copied, ".GPKG", **ROW),
    Case("gaps among the ids", edited("UPDATE parcels SET fid = fid * 1000"), "deleted rows", **ROW),
    Case("negative ids", edited("UPDATE parcels SET fid = fid - 3"), "allowed by SQLite", **ROW),
    Case("greatest id", edited("UPDATE parcels SET fid = 9223372036854775807 WHERE fid = 3"),
         "2**63 - 1", **ROW),
    Case("no index", edited("DROP TABLE IF EXISTS rtree_parcels_geom",
         "DELETE FROM gpkg_extensions"), "not needed", **ROW),
    Case("index missing under its name", edited("DROP TABLE rtree_parcels_geom"),
         "announced, and not there", **ROW),
    Case("index emptied", edited("DELETE FROM rtree_parcels_geom"), "it lies", **ROW),
    Case("a count that lies", edited("UPDATE gpkg_ogr_contents SET feature_count = 2"),
         "GDAL's own count", **ROW),
    Case("no count", edited("DROP TABLE gpkg_ogr_contents"), "not of the standard", **ROW),
    Case("no contents", edited("DELETE FROM gpkg_contents"), "the layer is not announced: "
         "GDAL does not know it", refused="reader_failed"),
    Case("extent of NaN", edited("UPDATE gpkg_contents SET min_x = NULL, max_x = 9e999"),
         "not needed", **ROW),
    Case("a trigger", edited(TRIGGER), "never runs: nothing is written", **ROW),
    Case("a view beside", edited(f"CREATE VIEW endless AS {LOOP}"), "is not read", **ROW),
    Case("points beside", edited(*another_layer("POINT")), "another layer", rows=5,
         countable=False),
    Case("geometry of any kind", edited("UPDATE gpkg_geometry_columns SET geometry_type_name = "
         "'GEOMETRY'"), "polygons all the same", **ROW),
    Case("application id missing", spoiled(lambda raw: raw.__setitem__(slice(68, 72), bytes(4))),
         "as old writers left it", **ROW),
    Case("user version 0", spoiled(lambda raw: raw.__setitem__(slice(60, 64), bytes(4))),
         "as old writers left it", **ROW),
    Case("write-ahead mark", with_wal, "the journal is gone, the rows are there", **ROW),
    Case("rubbish behind", spoiled(lambda raw: raw + bytes(5000)), "after the last page", **ROW),
    Case("text that is no text", edited("UPDATE parcels SET KEY = x'ff00fe' WHERE fid = 3"),
         "SQLite keeps any type anywhere", **ROW),
    Case("numbers as keys", edited("UPDATE parcels SET KEY = 12.5 WHERE fid = 3"), "any type",
         **ROW),
    Case("a text of 5 MB", edited(("UPDATE parcels SET KEY = ? WHERE fid = 3", ("x" * 5_000_000,))),
         "long", **ROW),
    Case("big endian", geometry(polygon(S, order=0)), "allowed", **ROW),
    Case("an envelope that lies", geometry(b"GP\0\3" + struct.pack("<i4d", 32648, 9, 9, 9, 9)
         + polygon(S)[8:]), "is not needed", **ROW),
    Case("another srs in a row", geometry(b"GP\0\1" + struct.pack("<i", 4326) + polygon(S)[8:]),
         "the layer's own counts", **ROW),
    Case("heights", geometry(wkb("POLYGON Z ((0 0 1, 0 1 1, 1 1 1, 0 0 1))")[:8] + shapely.to_wkb(
         shapely.force_3d(shapely.Polygon(S), 7.0), output_dimension=3, flavor="iso")),
         "three numbers", rows=5, notes=["heights_left_out"]),
    Case("two layers", edited(*another_layer("POLYGON")), "each is imported", rows=10),
    Case("two layers, one named", edited(*another_layer("POLYGON")), "it alone is read", rows=5,
         options=("--layer", "other"), countable=False),
    # --- findings ---
    Case("NULL", geometry(None), "empty", **held("geometry.empty")),
    Case("empty by its flag", geometry(b"GP\0\x11" + struct.pack("<i", 32648)
         + shapely.to_wkb(shapely.Polygon())), "empty", **held("geometry.empty")),
    Case("empty by its rings", geometry(polygon()), "empty", **held("geometry.empty")),
    Case("bow tie", geometry(polygon([S[0], S[2], S[3], S[1], S[0]])), "crosses itself",
         **held("geometry.bow_tie")),
    # --- rows that cannot be read, named ---
    *(
        Case(f"coordinate {value}", geometry(polygon([S[0], (value, S[1][1]), *S[2:]])),
             "no number, no parcel", **lost("coordinate_not_finite"))
        for value in (NAN, INF)
    ),
    Case("unclosed", geometry(polygon(S[:-1])), "a side is missing", **lost("ring_unclosed")),
    Case("two points", geometry(polygon(S[:2])), "no ring", **lost("damaged_geometry")),
    Case("cut", geometry(polygon(S)[:-9]), "its end is missing", **lost("damaged_geometry")),
    Case("head only", geometry(HEAD), "no geometry behind it", **lost("damaged_geometry")),
    Case("no head", geometry(polygon(S)[8:]), "WKB without GeoPackage's header",
         **lost("damaged_geometry")),
    Case("rubbish", geometry(b"\xde\xad" * 50), "no geometry", **lost("damaged_geometry")),
    Case("no bytes", geometry(b""), "as good as NULL", **held("geometry.empty")),
    Case("text", geometry("POLYGON((0 0))"), "WKT", **lost("damaged_geometry")),
    Case("a number", geometry(3.5), "no geometry", **lost("damaged_geometry")),
    Case("rings by the billion", geometry(HEAD + struct.pack("<BII", 1, 3, 2**31)), "states more "
         "than there is", **lost("damaged_geometry")),
    Case("points by the billion", geometry(HEAD + struct.pack("<BIII", 1, 3, 1, 2**31 - 1)),
         "states more than there is", **lost("damaged_geometry")),
    Case("collections in collections", geometry(HEAD + struct.pack("<BII", 1, 7, 1) * 5000),
         "5,000 deep", **lost("damaged_geometry")),
    Case("curve polygon", geometry(curved(10)), "arcs: never straightened in silence",
         **lost("not_a_polygon")),
    Case("multisurface", geometry(curved(12)), "arcs", **lost("not_a_polygon")),
    Case("point among polygons", geometry(wkb("POINT (1 2)")), "mixed", **lost("not_a_polygon")),
    Case("line among polygons", geometry(wkb("LINESTRING (1 2, 3 4)")), "mixed",
         **lost("not_a_polygon")),
    Case("unknown kind", geometry(polygon(S, kind=77)), "WKB type 77",
         **lost("damaged_geometry")),
    # --- refusals ---
    Case("a view in place", edited(in_a_view), "a program, no data", refused="no_polygon_layer"),
    Case("a virtual table in place", edited(in_a_virtual_table), "a program, no data",
         refused="no_polygon_layer"),
    Case("lines", edited("UPDATE gpkg_geometry_columns SET geometry_type_name = 'LINESTRING'"),
         "no parcels", refused="no_polygon_layer"),
    Case("no layers", edited("DELETE FROM gpkg_geometry_columns"), "none announced",
         refused="no_polygon_layer"),
    Case("a layer that is not there", edited("DROP TABLE parcels"), "announced only",
         refused="no_polygon_layer"),
    Case("a column that is not there", edited("UPDATE gpkg_geometry_columns SET column_name = 'x'"),
         "announced only", refused="bad_geopackage"),
    Case("no srs table", edited("DROP TABLE gpkg_spatial_ref_sys"), "not a GeoPackage",
         refused="bad_geopackage"),
    Case("srs unknown", edited("UPDATE gpkg_geometry_columns SET srs_id = -1"), "undefined",
         refused="crs_missing"),
    Case("plain SQLite", edited("DROP TABLE gpkg_geometry_columns"), "no GeoPackage",
         refused="bad_geopackage"),
    Case("cut at half", spoiled(lambda raw: raw[: len(raw) // 2]), "pages are missing",
         refused="bad_geopackage"),
    Case("cut in the header", spoiled(lambda raw: raw[:60]), "60 bytes", refused="bad_geopackage"),
    Case("cut by one byte", spoiled(lambda raw: raw[:-1]), "the last page is short",
         refused="bad_geopackage"),
    Case("rows' page blank", spoiled(zeroed(b"K5")), "five rows were there: none may vanish "
         "unsaid", refused="bad_geopackage"),
    Case("schema's page blank", spoiled(lambda raw: raw.__setitem__(slice(100, 4096), bytes(3996))),
         "nothing to be found", refused="bad_geopackage"),
    Case("page size of rubbish", spoiled(lambda raw: struct.pack_into(">H", raw, 16, 77)), "77",
         refused="bad_geopackage"),
    Case("not SQLite", lambda f: written(f, b"x" * 5000, "parcels.gpkg"), "rubbish",
         refused="not_a_geopackage"),
    Case("zip as .gpkg", lambda f: written(f, b"PK\3\4" + bytes(100), "parcels.gpkg"), "renamed",
         refused="not_a_geopackage"),
    Case("VRT as .gpkg", lambda f: written(f, b"<OGRVRTDataSource/>", "parcels.gpkg"),
         "would have other files read", refused="not_a_geopackage"),
]  # fmt: skip

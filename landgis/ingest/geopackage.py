"""The layers of a GeoPackage, counted through SQLite before GDAL reads them."""

import re
import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

import numpy as np

from landgis.errors import Refused
from landgis.ingest.gdal_reader import read_table
from landgis.ingest.records import CURVED, EXPECTED, NO_GEOMETRY, RECORD_TYPE

OTHER_TYPES = frozenset({"POINT", "MULTIPOINT", "LINESTRING", "MULTILINESTRING", "CURVE",
                         "CIRCULARSTRING", "COMPOUNDCURVE", "MULTICURVE"})  # fmt: skip

LAYERS_SQL = """
SELECT g.table_name, g.column_name, upper(g.geometry_type_name), s.srs_id, s.definition
FROM gpkg_geometry_columns AS g
JOIN sqlite_master AS m ON lower(m.name) = lower(g.table_name)
LEFT JOIN gpkg_spatial_ref_sys AS s ON s.srs_id = g.srs_id
WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%'
ORDER BY g.table_name
"""
"""Only plain tables: a view or a virtual table of a stranger is a program, not data."""

UNDEFINED = re.compile(r'\s*($|undefined|LOCAL_CS\["Undefined|ENGCRS\["Undefined)', re.IGNORECASE)
"""The last two are what GDAL writes for a layer without a CRS."""

HEAD_BYTES = 77
"""Longest GeoPackage geometry header (8 + 64) and the start of its WKB (1 + 4)."""

FIXED_HEAD_BYTES = 8
ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
"""OGC 12-128r19, 2.1.3: size of the envelope by its indicator."""

EMPTY_FLAG = 0x10
CURVED_TYPES = frozenset(range(8, 15))
TYPES_WITHOUT_AREA = frozenset({1, 2, 4, 5, 8, 9, 11, 13})
"""Points, lines and curves, by themselves or several (ISO 13249-3 numbers)."""


class GeoPackageLayer(NamedTuple):
    """A table that may hold polygons."""

    table: str
    column: str
    crs_wkt: str | None


def list_tables(path: Path) -> dict[str, Any]:
    """Answer ``{tables, others}``: names that may hold polygons; the rest with their type.

    A table of any geometry counts as one of polygons when one of its rows is of an areal type,
    or none of any.

    Raises
    ------
    Refused
        ``bad_geopackage``.
    """
    tables: list[str] = []
    others: list[str] = []
    try:
        with closing(_connect(path)) as database:
            for table, column, kind, *_ in database.execute(LAYERS_SQL).fetchall():
                if kind in OTHER_TYPES or _holds_no_area(database, table, column):
                    others.append(f"{table} ({kind.lower()})")
                else:
                    tables.append(table)
    except sqlite3.Error as problem:
        raise _unsound(problem) from problem
    return {"tables": tables, "others": others}


def _holds_no_area(database: sqlite3.Connection, table: str, column: str) -> bool:
    """Answer whether rows have geometries, and each is known to be no area."""
    kinds = {kind for _, head in _heads(database, table, column) if (kind := _kind(head))}
    return bool(kinds) and kinds <= TYPES_WITHOUT_AREA


def read_geopackage(path: Path, folder: Path, layer: str | None) -> list[dict[str, Any]]:
    """Write rows and record counts of every layer that may hold polygons into ``folder``.

    Raises
    ------
    Refused
        ``bad_geopackage``, ``no_polygon_layer``, ``no_such_layer``, ``reader_failed``.
    """
    try:
        with closing(_connect(path)) as database:
            layers = _layers(database, layer)
            answers = [
                _counted(database, one, folder, number)
                for number, one in enumerate(layers, start=1)
            ]
    except sqlite3.Error as problem:
        raise _unsound(problem) from problem
    return [
        answer | read_table(path, "GPKG", folder / f"{answer['files']}.arrow", layer=one.table)
        for one, answer in zip(layers, answers, strict=True)
    ]


def _unsound(problem: sqlite3.Error) -> Refused:
    return Refused(
        "bad_geopackage", f"this is not a sound GeoPackage ({problem}); export the layer again"
    )


def _connect(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA query_only = ON")
    database.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return database


def _layers(database: sqlite3.Connection, wanted: str | None) -> list[GeoPackageLayer]:
    found = [
        GeoPackageLayer(table, column, _definition(srs_id, definition))
        for table, column, kind, srs_id, definition in database.execute(LAYERS_SQL)
        if kind not in OTHER_TYPES
    ]
    if not found:
        raise Refused("no_polygon_layer", "the GeoPackage has no layer of polygons")
    if wanted is None:
        return found
    chosen = [layer for layer in found if layer.table == wanted]
    if not chosen:
        names = ", ".join(layer.table for layer in found)
        raise Refused("no_such_layer", f"there is no polygon layer {wanted!r}; there are: {names}")
    return chosen


def _definition(srs_id: int | None, definition: str | None) -> str | None:
    """-1 and 0 are the standard's words for an undefined plane and an undefined globe."""
    if srs_id in {None, -1, 0} or definition is None or UNDEFINED.match(definition):
        return None
    return definition


def _counted(
    database: sqlite3.Connection, layer: GeoPackageLayer, folder: Path, number: int
) -> dict[str, Any]:
    heads = _heads(database, layer.table, layer.column)
    records = np.array([(rowid, _state(head)) for rowid, head in heads], dtype=RECORD_TYPE)
    files = f"layer-{number}"
    np.save(folder / f"{files}.npy", records, allow_pickle=False)
    return {
        "name": layer.table,
        "crs": layer.crs_wkt,
        "files": files,
    }


def _heads(database: sqlite3.Connection, table: str, column: str) -> sqlite3.Cursor:
    table, column = (name.replace('"', '""') for name in (table, column))
    return database.execute(
        # With the table's name before it: SQLite takes an unknown name in quotes for a text.
        f'SELECT rowid, substr("{table}"."{column}", 1, {HEAD_BYTES}) '  # noqa: S608 - quoted names of the file itself
        f'FROM "{table}" ORDER BY rowid'
    )


def _state(head: object) -> int:
    if head is None or (_has_header(head) and head[3] & EMPTY_FLAG):
        return NO_GEOMETRY
    return CURVED if _kind(head) in CURVED_TYPES else EXPECTED


def _has_header(head: object) -> TypeGuard[bytes]:
    return isinstance(head, bytes) and head[:2] == b"GP" and len(head) >= FIXED_HEAD_BYTES


def _kind(head: object) -> int | None:
    """Answer the type of a geometry without its dimensions; None where there is none to see."""
    if not _has_header(head) or head[3] & EMPTY_FLAG:
        return None
    at = FIXED_HEAD_BYTES + ENVELOPE_BYTES.get(head[3] >> 1 & 7, 0)
    if len(head) < at + 5:
        return None
    (kind,) = struct.unpack_from("<I" if head[at] else ">I", head, at + 1)
    return int((kind & 0xFFFF) % 1000)

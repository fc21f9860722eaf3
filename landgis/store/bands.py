"""Simplified pictures of parcels, kept as if all were drawn anew with every change.

What becomes of a parcel follows from itself and from the parcels that have a vertex in common with
it. So a change draws anew what it writes and what touches what it wrote or took away, in its own
transaction; it holds the head of the history then, so no other change comes between. A parcel
without pictures is drawn in full until somebody fills them in: by blocks, each under the locks of
the cells under it, which a change of anything that touches it takes as well.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import numpy as np
import psycopg
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from landgis.cadastre.register import Bands
from landgis.geodesy import WEB_MERCATOR
from landgis.store.boxes import Boxes, area_m2, around, merged, near_in_order
from landgis.store.copying import Column, copy_columns
from landgis.store.database import Database, driver
from landgis.store.locks import lock
from landgis.store.rows import ewkb

Shapes: TypeAlias = NDArray[np.object_]
Fids: TypeAlias = NDArray[np.int64]

Draw: TypeAlias = Callable[[Shapes, Shapes], Bands]
"""Draws parcels; takes them, and every parcel that has a vertex in common with one of them."""

MOST_REDRAWN = 1_000
"""Pictures around a larger change are left out for now, to be filled in with others."""

BLOCK_PARCELS = 4_096
"""Drawn in one transaction: some tenths of a second in which editors of the place wait."""

FEW = 100
"""Written by one statement, which needs no thread beside it as COPY does."""

_COLUMNS = """
    fid, ST_AsBinary(geom_3857) AS shape, NOT withheld AS is_public, number, sheet, main_use
"""
_BOXES = """
    unnest(%(west)s::float8[], %(south)s::float8[], %(east)s::float8[], %(north)s::float8[])
        AS box (west, south, east, north)
"""
_LIVE = f"SELECT {_COLUMNS} FROM parcels"  # noqa: S608 - own words only, as below
GONE = f"{_LIVE} WHERE parcel_id = ANY(%(ids)s)"
NEAR = f"""
{_LIVE} WHERE fid IN (
    SELECT fid FROM {_BOXES}
    JOIN parcels ON geom_3857 && ST_MakeEnvelope(west, south, east, north, 3857)
)
"""  # noqa: S608
_MISSING = "NOT withheld AND NOT EXISTS (SELECT FROM parcel_bands AS b WHERE b.fid = parcels.fid)"
PLACES = f"SELECT fid, ST_X(label_3857), ST_Y(label_3857) FROM parcels WHERE {_MISSING}"  # noqa: S608
EXTENTS = """
SELECT ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom)
FROM parcels WHERE fid = ANY(%(fids)s)
"""
STILL_MISSING = f"{_LIVE} WHERE fid = ANY(%(fids)s) AND {_MISSING}"
DROP = "DELETE FROM parcel_bands WHERE fid = ANY(%(fids)s)"
DROP_BESIDE = f"""
DELETE FROM parcel_bands WHERE fid IN (
    SELECT old.fid FROM {_BOXES}
    JOIN parcels AS old ON old.geom_3857 && ST_MakeEnvelope(west, south, east, north, 3857)
    WHERE old.revision < %(revision)s AND EXISTS (
        SELECT FROM parcels AS new
        WHERE new.revision = %(revision)s AND new.geom_3857 && old.geom_3857
    )
)
"""  # noqa: S608
INSERT = """
INSERT INTO parcel_bands (fid, geom_13, snap_13, geom_15, snap_15, number, sheet, use)
SELECT fid, ST_GeomFromEWKB(shape_13), snap_13, ST_GeomFromEWKB(shape_15), snap_15,
    number, sheet, use
FROM unnest(
    %(fid)s::bigint[], %(geom_13)s::bytea[], %(snap_13)s::smallint[],
    %(geom_15)s::bytea[], %(snap_15)s::smallint[],
    %(number)s::text[], %(sheet)s::text[], %(use)s::text[]
) AS drawn (fid, shape_13, snap_13, shape_15, snap_15, number, sheet, use)
"""
DUE = "INSERT INTO bands_due DEFAULT VALUES"


class Parcels(NamedTuple):
    """Live parcels with what a picture of them carries; columns in one order."""

    fids: Fids
    shapes: Shapes
    """EPSG:3857."""

    is_public: NDArray[np.bool_]
    number: NDArray[np.object_]
    sheet: NDArray[np.object_]
    use: NDArray[np.object_]

    def take(self, chosen: NDArray[np.bool_]) -> "Parcels":
        """Answer some of them."""
        return Parcels._make(column[chosen] for column in self)


def before_change(connection: Connection, ids: Sequence[UUID]) -> Parcels:
    """Answer what ``after_change`` needs of live parcels; to be asked before they are deleted."""
    return _read(connection, GONE, ids=list(ids))


def after_change(
    connection: Connection, draw: Draw | None, before: Parcels, written: Sequence[Shapes]
) -> Boxes:
    """Bring the pictures up to date with a change whose parcels are written.

    Answers boxes around all parcels that are drawn otherwise now, in EPSG:3857: a neighbour's
    boundary may bend elsewhere between other ends.

    Parameters
    ----------
    draw
        None: pictures that are not right any more are only left out.
    written
        The parcels after the change in EPSG:3857.
    """
    changed = np.concatenate([before.shapes, *written])
    if not len(changed):
        return np.empty((0, 4))
    boxes = around(changed)
    found = _near(connection, boxes if len(boxes) <= MOST_REDRAWN else merged(boxes))
    parcels = found.take(_touching(found.shapes, changed))
    _drop(connection, np.concatenate([before.fids, parcels.fids]))
    if draw is not None and len(parcels.fids) <= MOST_REDRAWN:
        _write(connection, draw, parcels, _near(connection, around(parcels.shapes)))
    else:
        driver(connection).execute(DUE)
    return around(parcels.shapes)


def after_filling(connection: Connection, revision: int, boxes: Boxes) -> None:
    """Say that the new parcels of a revision have no pictures; leave out those that touch them.

    Parameters
    ----------
    boxes
        ``(n, 4)`` extents in EPSG:3857 that hold all of the new parcels.
    """
    hull = np.hstack([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)]).reshape(1, 4)
    if area_m2(boxes) > area_m2(hull):
        boxes = hull
    driver(connection).execute(DROP_BESIDE, {"revision": revision, **_sides(boxes)})
    driver(connection).execute(DUE)


class BandStore:
    """Fills in the pictures that are missing."""

    def __init__(self, database: Database, draw: Draw) -> None:
        self._database = database
        self._draw = draw

    def due(self) -> list[int]:
        """Answer the marks that pictures are missing; none: nothing is."""
        with self._database.begin() as connection:
            rows = driver(connection).execute("SELECT due FROM bands_due").fetchall()
        return [due for (due,) in rows]

    def done(self, due: Sequence[int]) -> None:
        """Take marks away; those that came meanwhile stay."""
        # The planner must not take a table that has just been filled for an empty one.
        with self._database.begin() as connection:
            gone = "DELETE FROM bands_due WHERE due = ANY(%(due)s)"
            driver(connection).execute(gone, {"due": list(due)})
            driver(connection).execute("ANALYZE parcel_bands")

    def blocks(self) -> list[Fids]:
        """Answer the fids of parcels without pictures, in blocks of parcels that lie together."""
        with self._database.begin() as connection:
            rows = _cursor(connection).execute(PLACES).fetchall()
        found = np.array(rows, dtype=np.float64).reshape(-1, 3)
        fids = found[near_in_order(found[:, 1:]), 0].astype(np.int64)
        return [fids[i : i + BLOCK_PARCELS] for i in range(0, len(fids), BLOCK_PARCELS)]

    def draw(self, fids: Fids) -> int:
        """Draw a block in a transaction of its own; answer how many were still missing."""
        with self._database.begin() as connection:
            rows = _cursor(connection).execute(EXTENTS, {"fids": fids.tolist()}).fetchall()
            lock(connection, (), np.array(rows, dtype=np.float64).reshape(-1, 4))
            missing = _read(connection, STILL_MISSING, fids=fids.tolist())
            if len(missing.fids):
                boxes = merged(around(missing.shapes))
                _write(connection, self._draw, missing, _near(connection, boxes))
        return len(missing.fids)


def _cursor(connection: Connection) -> psycopg.Cursor[Any]:
    """Answer a cursor that takes shapes as bytes, not as text that would have to be read."""
    return driver(connection).cursor(binary=True)


def _read(connection: Connection, query: str, **parameters: Any) -> Parcels:
    rows = _cursor(connection).execute(query, parameters).fetchall()
    columns = np.empty((len(rows), len(Parcels._fields)), dtype=object)
    columns[:] = rows or columns
    fids, shapes, is_public, *texts = columns.T
    return Parcels(
        fids.astype(np.int64), shapely.from_wkb(shapes), is_public.astype(np.bool_), *texts
    )


def _near(connection: Connection, boxes: Boxes) -> Parcels:
    """Answer the live parcels whose extents meet a box."""
    return _read(connection, NEAR, **_sides(boxes))


def _sides(boxes: Boxes) -> dict[str, list[float]]:
    return dict(zip(("west", "south", "east", "north"), boxes.T.tolist(), strict=True))


def _drop(connection: Connection, fids: Fids) -> None:
    driver(connection).execute(DROP, {"fids": fids.tolist()})


def _write(connection: Connection, draw: Draw, parcels: Parcels, near: Parcels) -> None:
    others = ~np.isin(near.fids, parcels.fids[parcels.is_public])
    shown = parcels.take(parcels.is_public)
    drawn = draw(shown.shapes, near.shapes[others])
    columns = [
        Column("fid", "int8", shown.fids),
        Column("geom_13", "geometry", ewkb(drawn.geom_13, WEB_MERCATOR)),
        Column("snap_13", "int2", drawn.snap_13),
        Column("geom_15", "geometry", ewkb(drawn.geom_15, WEB_MERCATOR)),
        Column("snap_15", "int2", drawn.snap_15),
        Column("number", "text", shown.number),
        Column("sheet", "text", shown.sheet),
        Column("use", "text", shown.use),
    ]
    if len(shown.fids) <= FEW:
        lists = {column.name: np.asarray(column.values, object).tolist() for column in columns}
        driver(connection).execute(INSERT, lists)
    else:
        copy_columns(connection, ("parcel_bands",), columns, len(shown.fids))


def _touching(shapes: Shapes, others: Shapes) -> NDArray[np.bool_]:
    """Answer which shapes have a vertex in common with one of the others."""
    places, owner = shapely.get_coordinates(shapes, return_index=True)
    shared = np.isin(_as_one(places), _as_one(shapely.get_coordinates(others)))
    touching = np.zeros(len(shapes), dtype=bool)
    touching[owner[shared]] = True
    return touching


def _as_one(places: NDArray[np.float64]) -> NDArray[np.complex128]:
    return places[:, 0] + 1j * places[:, 1]

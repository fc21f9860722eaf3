"""Blocks of parcels for the low zooms: marked with each change, drawn before a tile shows them.

A writer marks the blocks of everything old and new with its revision, under the lock of the head.
Who draws reads the mark first and the parcels after it, and his picture counts as that of the mark
he read: a change in between leaves the block stale, and still a picture is never older than what
was there when somebody asked for it. So nobody waits for a drawing, and two who draw the same block
write the same.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from landgis.cadastre.blocks import NO_CELL, BlockKey, BlockLand, BlockPicture, StaleBlock
from landgis.geodesy import WEB_MERCATOR
from landgis.store.database import Database, driver
from landgis.store.rows import ewkb

Box = tuple[float, float, float, float]
Boxes = NDArray[np.float64]

CELL_ZOOM = 15
"""Parcels without a sheet are put together by the tiles of this zoom, as ``map_block_cell`` has it:
1.2 km on the equator, about the side of a sheet at 1:2000."""

MARK = """
WITH named AS (
    SELECT unit_code, sheet, cell, ST_Extent(geom_3857)::geometry AS extent
    FROM (
        SELECT unit_code, sheet, map_block_cell(unit_code, sheet, label_3857) AS cell, geom_3857
        FROM parcels
        WHERE NOT withheld AND {which}
    ) AS public
    GROUP BY unit_code, sheet, cell
)
INSERT INTO map_blocks AS known (unit_code, sheet, cell, changed_revision, reach_3857)
SELECT
    coalesce(unit_code, ''),
    CASE WHEN cell = %(no_cell)s THEN sheet ELSE '' END,
    cell,
    %(revision)s,
    ST_SetSRID(ST_Extent(extent)::geometry, 3857)
FROM named
GROUP BY 1, 2, 3
ON CONFLICT (unit_code, sheet, cell) DO UPDATE SET
    changed_revision = EXCLUDED.changed_revision,
    reach_3857 = ST_Envelope(ST_Collect(known.reach_3857, EXCLUDED.reach_3857))
RETURNING
    ST_XMin(reach_3857), ST_YMin(reach_3857), ST_XMax(reach_3857), ST_YMax(reach_3857)
"""
MARK_CHANGED = MARK.format(which="parcel_id = ANY(%(ids)s)")
MARK_FILLED = MARK.format(which="fid BETWEEN %(first)s AND %(last)s")

STALE = """
SELECT unit_code, sheet, cell, changed_revision
FROM map_blocks
WHERE drawn_revision IS DISTINCT FROM changed_revision AND {where}
ORDER BY unit_code COLLATE "C", sheet COLLATE "C", cell
LIMIT %(limit)s
"""
STALE_IN = STALE.format(
    where="reach_3857 && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857)"
)
STALE_AFTER = STALE.format(
    where="""(unit_code COLLATE "C", sheet COLLATE "C", cell) > (%(unit)s, %(sheet)s, %(cell)s)"""
)
STALE_COUNT = """
SELECT count(*)
FROM map_blocks
WHERE drawn_revision IS DISTINCT FROM changed_revision
"""

LAND = """
SELECT array_agg(area_m2), array_agg(main_use), ST_AsBinary(ST_Collect(geom_3857))
FROM (
    SELECT area_m2, main_use, geom_3857
    FROM parcels
    WHERE NOT withheld AND {where}
    ORDER BY fid
) AS public
"""
LAND_OF_SHEET = LAND.format(where="unit_code = %(unit)s AND sheet = %(sheet)s")
LAND_OF_CELL = LAND.format(
    where="""geom_3857 && ST_TileEnvelope(%(zoom)s, %(x)s, %(y)s)
    AND coalesce(unit_code, '') = %(unit)s
    AND map_block_cell(unit_code, sheet, label_3857) = %(cell)s"""
)

DRAWN = """
UPDATE map_blocks
SET drawn_revision = %(seen)s,
    parcels = %(parcels)s,
    area_m2 = %(area_m2)s,
    use = %(use)s,
    geom_3857 = ST_GeomFromEWKB(%(outline)s),
    snap_zoom = %(snap_zoom)s,
    label_3857 = ST_GeomFromEWKB(%(label)s),
    reach_3857 = CASE
        WHEN changed_revision = %(seen)s THEN extent
        ELSE ST_Envelope(ST_Collect(reach_3857, extent))
    END
FROM ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857) AS extent
WHERE unit_code = %(unit)s AND sheet = %(sheet)s AND cell = %(cell)s
    AND coalesce(drawn_revision, 0) <= %(seen)s
"""
GONE = """
DELETE FROM map_blocks
WHERE unit_code = %(unit)s AND sheet = %(sheet)s AND cell = %(cell)s
    AND changed_revision = %(seen)s
"""


def mark_changed(connection: Connection, revision: int, ids: Iterable[UUID]) -> Boxes:
    """Mark the blocks of live parcels as changed, under the lock of the head.

    Answers ``(n, 4)`` west, south, east, north in EPSG:3857 metres: where these blocks are drawn.
    """
    wanted = list(ids)
    return _mark(connection, MARK_CHANGED, revision, ids=wanted) if wanted else np.empty((0, 4))


def mark_filled(connection: Connection, revision: int, fids: NDArray[np.int64]) -> None:
    """Mark the blocks of a run of new parcels, under the lock of the head."""
    if len(fids):
        # Few blocks of many parcels, which PostgreSQL cannot know: it would sort the parcels.
        connection.exec_driver_sql("SET LOCAL work_mem = '64MB'")
        _mark(connection, MARK_FILLED, revision, first=int(fids[0]), last=int(fids[-1]))


class BlockStore:
    """What is drawn of blocks, and what is to be drawn."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def stale_in(self, box_3857: Box, limit: int) -> list[StaleBlock]:
        """Answer stale blocks that are, or are to be, drawn in a box."""
        west, south, east, north = box_3857
        return self._stale(STALE_IN, limit, west=west, south=south, east=east, north=north)

    def stale_after(self, key: BlockKey, limit: int) -> list[StaleBlock]:
        """Answer stale blocks in the order of their keys, from after one of them on."""
        return self._stale(STALE_AFTER, limit, **_named(key))

    def stale_count(self) -> int:
        """Answer how many blocks are to be drawn."""
        with self._database.begin() as connection:
            return int(connection.exec_driver_sql(STALE_COUNT).scalar_one())

    def lands(self, keys: Sequence[BlockKey]) -> list[BlockLand]:
        """Answer the public parcels of each block as they are now."""
        with self._database.begin() as connection:
            cursor = driver(connection).cursor(binary=True)
            return [_land(cursor, key) for key in keys]

    def draw(self, block: StaleBlock, picture: BlockPicture | None) -> None:
        """Keep the picture of a block, which counts as that of when it was found stale.

        What changed since leaves it stale, with a picture that is newer than the last. A block
        without parcels goes. One transaction each: who holds several rows and waits for
        more could wait in a circle with a writer.
        """
        seen = {**_named(block.key), "seen": block.changed_revision}
        with self._database.begin() as connection:
            # A picture that a crash loses is drawn again: nobody waits for the disk.
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            if picture is None:
                connection.exec_driver_sql(GONE, seen)
            else:
                connection.exec_driver_sql(DRAWN, seen | _values(picture))

    def _stale(self, query: str, limit: int, **values: Any) -> list[StaleBlock]:
        with self._database.begin() as connection:
            rows = connection.exec_driver_sql(query, {**values, "limit": limit}).all()
        return [StaleBlock(BlockKey(*row[:3]), row[3]) for row in rows]


def _mark(connection: Connection, statement: str, revision: int, **values: Any) -> Boxes:
    values |= {"revision": revision, "no_cell": NO_CELL}
    rows = connection.exec_driver_sql(statement, values).all()
    return np.array([tuple(row) for row in rows], dtype=np.float64).reshape(-1, 4)


def _named(key: BlockKey) -> dict[str, Any]:
    return {"unit": key.unit_code, "sheet": key.sheet, "cell": key.cell}


def _land(cursor: Any, key: BlockKey) -> BlockLand:
    y, x = divmod(key.cell, 2**CELL_ZOOM)
    if key.cell == NO_CELL:
        cursor.execute(LAND_OF_SHEET, _named(key))
    else:
        cursor.execute(LAND_OF_CELL, {**_named(key), "zoom": CELL_ZOOM, "x": x, "y": y})
    areas, uses, wkb = cursor.fetchone()
    if wkb is None:
        return BlockLand((), (), np.empty(0, dtype=object))
    return BlockLand(areas, uses, shapely.get_parts(shapely.from_wkb(bytes(wkb))))


def _values(picture: BlockPicture) -> dict[str, Any]:
    shapes = np.array([picture.outline_3857, picture.label_3857], dtype=object)
    outline, label = ewkb(shapes, WEB_MERCATOR)
    extent = dict(
        zip(("west", "south", "east", "north"), picture.extent_3857.tolist(), strict=True)
    )
    return {
        "parcels": picture.parcels,
        "area_m2": picture.area_m2,
        "use": picture.use,
        "outline": outline,
        "snap_zoom": picture.snap_zoom,
        "label": label,
        **extent,
    }

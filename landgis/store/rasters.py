"""Which images there are, and what is being made of those handed in."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
import psycopg
import shapely
from sqlalchemy import Connection, Row, delete, func, insert, select, text, update

from landgis.cadastre.rasters import (
    Grid,
    Heights,
    Raster,
    RasterJob,
    Source,
    Wanted,
    missing,
    name_taken,
)
from landgis.geodesy import WEB_MERCATOR
from landgis.store.audit import append_note
from landgis.store.database import Database, driver
from landgis.store.locks import lock_head
from landgis.store.raster_tables import raster_jobs, rasters
from landgis.store.tile_changes import record_tile_change

ONE_WRITER = text("LOCK TABLE rasters IN SHARE ROW EXCLUSIVE MODE")
"""Two names may share one folder of pixels, so nobody may add one while another is removed."""

SAID = ("title_vi", "title_en", "attribution", "audience")
"""What a raster that is there already may be told anew."""


class RasterStore:
    """Rows of images; their pixels are moved and removed inside the same transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def listed(self) -> list[Raster]:
        """Answer all images by name."""
        with self._database.begin() as connection:
            rows = connection.execute(_query().order_by(rasters.c.name)).all()
        return [_raster(row) for row in rows]

    def get(self, name: str) -> Raster | None:
        """Answer an image."""
        with self._database.begin() as connection:
            row = connection.execute(_query().where(rasters.c.name == name)).first()
        return None if row is None else _raster(row)

    def add(self, raster: Raster, place: Callable[[], None]) -> Raster:
        """Write an image, its audit entry and the change of the tiles that show where it lies.

        Parameters
        ----------
        place
            Puts the pixels where they are looked for; called when nothing else can go wrong.

        Raises
        ------
        Conflict
            ``raster_exists``: the name is that of another image.
        """
        with self._database.begin() as connection:
            lock_head(connection)
            connection.execute(ONE_WRITER)
            known = connection.execute(_query().where(rasters.c.name == raster.wanted.name)).first()
            if known is not None:
                return self._say_again(connection, _raster(known), raster, place)
            connection.execute(insert(rasters).values(_values(raster)))
            self._note(connection, "raster_add", raster)
            place()
        return raster

    def _say_again(
        self, connection: Connection, known: Raster, raster: Raster, place: Callable[[], None]
    ) -> Raster:
        """Take the same image under its name once more: what is said of it counts from now on."""
        if known.content_key != raster.content_key:
            raise name_taken(raster.wanted.name)
        place()
        said, old = _values(raster), _values(known)
        new = {name: said[name] for name in SAID if said[name] != old[name]}
        if not new:
            return known
        connection.execute(update(rasters).where(rasters.c.name == raster.wanted.name).values(new))
        changed = replace(known, wanted=raster.wanted)
        self._note(connection, "raster_change", replace(changed, created_by=raster.created_by))
        return changed

    def remove(self, name: str, by: str, discard: Callable[[str], None]) -> None:
        """Remove an image; ``discard`` gets the folder of its pixels if no other name has it.

        Raises
        ------
        NotFound
            ``no_such_raster``.
        """
        with self._database.begin() as connection:
            lock_head(connection)
            connection.execute(ONE_WRITER)
            row = connection.execute(_query().where(rasters.c.name == name)).first()
            if row is None:
                raise missing(name)
            raster = _raster(row)
            connection.execute(delete(rasters).where(rasters.c.name == name))
            self._note(connection, "raster_remove", replace(raster, created_by=by))
            is_shared = rasters.c.content_key == raster.content_key
            if not connection.execute(select(rasters.c.fid).where(is_shared)).first():
                discard(raster.content_key)

    def _note(self, connection: Connection, action: str, raster: Raster) -> None:
        wanted, source = raster.wanted, raster.source
        facts = {
            "audience": wanted.audience,
            "epsg": source.epsg,
            "kind": wanted.kind,
            "name": wanted.name,
            "sha256": source.sha256,
        }
        append_note(connection, action, raster.created_by, facts)
        box = np.array([shapely.bounds(raster.footprint_3857)])
        record_tile_change(connection, None, box)

    def queue(self, job: RasterJob, enqueue: Callable[[psycopg.Connection[Any]], None]) -> None:
        """Write down an image that was handed in, together with the job that makes it."""
        with self._database.begin() as connection:
            connection.execute(
                insert(raster_jobs).values(
                    job_id=job.job_id, name=job.name, status=job.status, created_by=job.created_by
                )
            )
            enqueue(driver(connection))

    def job(self, job_id: UUID) -> RasterJob | None:
        """Answer what has come of an image that was handed in."""
        names = ("job_id", "name", "status", "error", "created_by")
        query = select(*(raster_jobs.c[name] for name in names))
        with self._database.begin() as connection:
            row = connection.execute(query.where(raster_jobs.c.job_id == job_id)).first()
        return None if row is None else RasterJob(*row)

    def settle(self, job_id: UUID, status: str, error: dict[str, Any] | None) -> None:
        """Say what has come of an image that was handed in."""
        settled = update(raster_jobs).where(raster_jobs.c.job_id == job_id)
        with self._database.begin() as connection:
            connection.execute(settled.values(status=status, error=error))


def _query() -> Any:
    columns = [column for column in rasters.c if column.name not in {"geom_3857", "fid"}]
    return select(*columns, func.ST_AsBinary(rasters.c.geom_3857).label("wkb"))


def _values(raster: Raster) -> dict[str, Any]:
    wanted, source, grid = raster.wanted, raster.source, raster.grid
    heights: Any = raster.heights or Heights(None, None, None, None, None)  # type: ignore[arg-type]
    west, south, east, north = raster.bounds
    return {
        "name": wanted.name,
        "kind": wanted.kind,
        **{name: getattr(wanted, name) for name in SAID},
        "content_key": raster.content_key,
        "sha256": source.sha256,
        "file_name": source.name,
        "bytes": source.bytes,
        "source_epsg": source.epsg,
        **{n: getattr(source, n) for n in ("width", "height", "dtype", "nodata", "resolution_m")},
        "maxzoom": grid.maxzoom,
        "levels": grid.levels,
        **{f"grid_{n}": getattr(grid, n) for n in ("column", "row", "width", "height")},
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "geom_3857": func.ST_GeomFromWKB(shapely.to_wkb(raster.footprint_3857), WEB_MERCATOR),
        "value_min": heights.low,
        "value_max": heights.high,
        "tint_low": heights.tint_low,
        "tint_high": heights.tint_high,
        "value_unit": heights.unit,
        "created_by": raster.created_by,
    }


def _raster(row: Row[Any]) -> Raster:
    said = row._mapping  # noqa: SLF001 - SQLAlchemy's own name for it
    heights = None
    if row.value_min is not None:
        ends = (row.value_min, row.value_max, row.tint_low, row.tint_high)
        heights = Heights(*ends, row.value_unit)
    texts = {name: said[name] for name in SAID}
    kept = {n: said[n] for n in ("width", "height", "dtype", "nodata", "resolution_m")}
    return Raster(
        wanted=Wanted(name=row.name, kind=row.kind, **texts),
        source=Source(
            name=row.file_name, sha256=row.sha256, bytes=row.bytes, epsg=row.source_epsg, **kept
        ),
        grid=Grid(
            *(row.maxzoom, row.levels),
            *(row.grid_column, row.grid_row, row.grid_width, row.grid_height),
        ),
        bounds=(row.west, row.south, row.east, row.north),
        footprint_3857=shapely.from_wkb(bytes(row.wkb)),
        heights=heights,
        content_key=row.content_key,
        created_by=row.created_by,
        created_at=row.created_at,
    )

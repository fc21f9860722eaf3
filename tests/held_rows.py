"""A file of twelve squares of which some are held back, each for another reason."""

import json
from pathlib import Path
from typing import Any

import shapely

from landgis.bootstrap import Services
from landgis.cadastre.batches import Batch
from landgis.cadastre.mends import Tried
from landgis.cadastre.register import Principal
from landgis.geodesy import transform
from landgis.ingest.evidence import Choices
from landgis.services.mended_values import Said
from landgis.services.mending import MendAsked
from tests.builders import EAST, NORTH, square

UNIT = "25645"
OWNER = "Trần Thị Hạ Vi"
CHAM = Principal.holding("user:cham", {"public", "import", "edit", "drafts"}, frozenset({UNIT}))
AN = Principal.holding("user:an", {"public", "import"})

BOWTIE, TWIN, ITS_TWIN, EMPTY, LINE = 3, 5, 6, 8, 9
"""Rows: crosses itself, carries the number of the next, has no geometry, is no polygon."""


def outline(number: int, **more: float) -> Any:
    """Square ``number`` of a row of squares, 10 m wide."""
    return square(10.0 * (number - 1), 0.0, **more)


def feature(number: int, geometry: Any = "own", **facts: object) -> dict[str, object]:
    shape = outline(number) if isinstance(geometry, str) else geometry
    values = {
        "XAID": UNIT,
        "SHBANDO": "4",
        "SHTHUA": str(number),
        "KHLOAIDAT": "ODT",
        "DIENTICHPL": 100.0,
        "TENCHU": OWNER,
        **facts,
    }
    drawn = None if shape is None else shapely.geometry.mapping(shape)
    return {"type": "Feature", "properties": values, "geometry": drawn}


def features() -> list[dict[str, object]]:
    rows = [feature(n) for n in range(1, 13)]
    x, y = EAST + 20, NORTH
    bowtie = shapely.Polygon([(x, y), (x + 10, y + 10), (x + 10, y), (x, y + 10)])
    rows[BOWTIE - 1] = feature(BOWTIE, bowtie)
    rows[TWIN - 1] = feature(TWIN, SHTHUA=str(ITS_TWIN))
    rows[EMPTY - 1] = feature(EMPTY, None)
    rows[LINE - 1] = feature(LINE, shapely.LineString([(EAST, NORTH), (EAST + 1, NORTH)]))
    return rows


def written(path: Path, rows: list[dict[str, object]] | None = None) -> Path:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9209"}}
    document = {
        "type": "FeatureCollection",
        "crs": crs,
        "features": features() if rows is None else rows,
    }
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def staged(services: Services, folder: Path, by: Principal = CHAM) -> Batch:
    """The file, examined: seven rows accepted, four quarantined, one unreadable."""
    rows = features()
    rows[0] = feature(1, GHICHU=folder.name)  # no two of them are one file
    batch = services.load.load(written(folder / "held.geojson", rows), Choices(), by).batch
    counts = batch.counts
    assert (counts.accepted, counts.quarantined, counts.unreadable) == (7, 4, 1), batch.by_rule
    return batch


def drawn(number: int, epsg: int = 9209, **more: float) -> Said:
    geom = transform(outline(number, **more), 9209, epsg)
    return Said(geometry=shapely.geometry.mapping(geom), epsg=epsg)


def mend(
    services: Services, batch: Batch, row: int, said: Said, version: int = 0, by: Principal = CHAM
) -> None:
    asked = MendAsked(by, version, "đối chiếu hồ sơ gốc")
    services.rows.mending.mend(batch.batch_id, row, said, asked)


def retry(services: Services, batch: Batch, *rows: int) -> dict[int, Tried]:
    done = services.rows.mending.retry(batch.batch_id, list(rows) or None, CHAM)
    return {tried.row: tried for tried in done.rows}


def one(services: Services, batch: Batch, row: int) -> Any:
    return services.rows.reading.one(batch.batch_id, row, CHAM, personal=False)


def counts(services: Services, batch: Batch) -> dict[str, int]:
    return services.load.get(batch.batch_id, CHAM).counts.as_dict()


def parts(said: Said) -> tuple[Any, Any]:
    return said.geometry, said.epsg

"""Writes a GeoPackage from a stream of blocks."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from make_samples.shapefile import MADE_ON
from numpy.typing import NDArray

from make_register.attributes import COLUMNS, Cells
from make_register.places import SURVEY_EPSG
from make_register.shapes import Shapes

_NAMES = [name for name, _ in COLUMNS]
_SCHEMA = pa.schema(
    [
        *(
            pa.field(name, pa.string() if field.decimals is None else pa.float64())
            for name, field in COLUMNS
        ),
        pa.field("geom", pa.binary()),
    ]
)


def write_geopackage(
    target: Path, layer: str, blocks: Iterator[tuple[Shapes, tuple[Cells, ...]]]
) -> None:
    """Write the layer ``layer``; the same blocks give the same bytes."""
    target.unlink(missing_ok=True)
    batches = (_batch(shapes, columns) for shapes, columns in blocks)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{MADE_ON.isoformat()}T00:00:00.000Z"})
    try:
        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(_SCHEMA, batches),
            target,
            layer=layer,
            driver="GPKG",
            geometry_name="geom",
            geometry_type="MultiPolygon",
            crs=f"EPSG:{SURVEY_EPSG}",
        )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _batch(shapes: Shapes, columns: tuple[Cells, ...]) -> pa.RecordBatch:
    arrays = [
        pa.array(column.values)
        if column.field.decimals is not None
        else pa.array(np.char.decode(column.values, "utf-8"))
        for column in columns
    ]
    return pa.RecordBatch.from_arrays([*arrays, pa.array(_wkb(shapes))], schema=_SCHEMA)


def _wkb(shapes: Shapes) -> NDArray[np.object_]:
    """Answer each row as a multipolygon; None where it has no ring."""
    owner = np.repeat(np.arange(len(shapes.ring_size)), shapes.ring_size)
    rings = shapely.linearrings(shapes.xy, indices=owner)
    # Outer rings run clockwise; a ring that crosses itself is never a hole here.
    hole = shapely.is_ccw(rings) & (shapes.ring_row == np.roll(shapes.ring_row, 1))
    polygon = np.cumsum(~hole) - 1
    polygons = shapely.polygons(rings[~hole])
    for one in np.unique(polygon[hole]):
        polygons[one] = shapely.polygons(rings[~hole][one], rings[hole & (polygon == one)])
    rows = shapes.ring_row[~hole]
    made = np.full(shapes.rows, None, dtype=object)
    filled = np.unique(rows)
    where = np.searchsorted(filled, rows)
    made[filled] = shapely.to_wkb(shapely.multipolygons(polygons, indices=where))
    return made

"""Small files to read, for the tests of each format."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import pytest
import shapely

from landgis.errors import Refused
from landgis.ingest.raw import RawLayer

Make = Callable[..., Path]
Read = Callable[..., list[RawLayer]]

SQUARE = [(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (10.0, 0.0), (0.0, 0.0)]
UTM = "EPSG:32648"


def code_of(read: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        read()
    assert "\n" not in refused.value.message
    return refused.value.code


def unreadable(layer: RawLayer) -> dict[int, str]:
    return {row.row: row.code for row in layer.unreadable}


def write_gpkg(
    path: Path, layer: str, geometry: Any, fields: dict[str, Any], **options: Any
) -> Path:
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(np.array(geometry, dtype=object)),
        field_data=list(fields.values()),
        fields=list(fields),
        layer=layer,
        driver="GPKG",
        geometry_type=options.pop("geometry_type", "Polygon"),
        crs=options.pop("crs", UTM),
        **options,
    )
    return path


def without_triggers(path: Path) -> sqlite3.Connection:
    """Open a GeoPackage for edits that its triggers, which need GDAL's functions, would stop."""
    database = sqlite3.connect(path)
    triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (name,) in triggers:
        database.execute(f'DROP TRIGGER "{name}"')
    return database


def collection(*features: Any, **members: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", **members, "features": list(features)}


def feature(ring: Any = SQUARE, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }

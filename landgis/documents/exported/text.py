"""GeoJSON and CSV: text, a line a parcel, numbers as short as they are exact."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import shapely

from landgis import geodesy
from landgis.documents.exported.table import Table
from landgis.documents.rows import BOM, harmless

WKT_COLUMN = "wkt"


def write_geojson(path: Path, tables: Sequence[Table], about: Mapping[str, Any]) -> None:
    """Write a FeatureCollection.

    In another plane than WGS 84 it says so by the ``crs`` member of GeoJSON 2008, which RFC 7946
    leaves to those who agree on it: survey coordinates stay as they are.
    """
    (table,) = tables
    head: dict[str, Any] = {"type": "FeatureCollection", "name": table.name, "landgis": dict(about)}
    if table.epsg != geodesy.LONLAT:
        crs = {"name": f"urn:ogc:def:crs:EPSG::{table.epsg}"}
        head["crs"] = {"type": "name", "properties": crs}
    names = [field.name for field in table.fields]
    comma = b"\n"
    with path.open("wb") as file:
        file.write(json.dumps(head, ensure_ascii=False).encode()[:-1] + b', "features": [')
        for rows in table.rows:
            shapes = shapely.to_geojson(shapely.from_wkb(list(rows.wkb)))
            for values, shape in zip(zip(*rows.columns, strict=True), shapes, strict=True):
                facts = orjson.dumps(dict(zip(names, values, strict=True)))
                file.write(comma + b'{"type":"Feature","properties":' + facts)
                file.write(b',"geometry":' + shape.encode() + b"}")
                comma = b",\n"
        file.write(b"\n]}\n")


def write_csv(path: Path, tables: Sequence[Table], _about: Mapping[str, Any]) -> None:
    """Write a table (RFC 4180, UTF-8 with its mark), the boundary as WKT with its EPSG code.

    No spreadsheet takes a cell for a formula.
    """
    (table,) = tables
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(BOM)
        writer = csv.writer(file)
        writer.writerow([*(field.name for field in table.fields), WKT_COLUMN])
        for rows in table.rows:
            shapes = shapely.to_wkt(shapely.from_wkb(list(rows.wkb)), rounding_precision=-1)
            for values, shape in zip(zip(*rows.columns, strict=True), shapes, strict=True):
                writer.writerow([*map(harmless, values), f"SRID={table.epsg};{shape}"])

"""Parcels as files that other programs read: CSV for spreadsheets, FlatGeobuf for maps."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.documents.rows import BOM, harmless

INTEGERS = ("fid", "revision")
FLOATS = ("area_m2", "register_area_m2", "common_boundary_m")

Row = Mapping[str, Any]


def as_csv(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Answer a CSV file (RFC 4180, UTF-8 with its mark), the names of the columns first.

    No spreadsheet takes a cell for a formula.
    """
    buffer = io.StringIO(newline="")
    buffer.write(BOM)
    writer = csv.writer(buffer)
    writer.writerow(columns)
    writer.writerows([harmless(row[name]) for name in columns] for row in rows)
    return buffer.getvalue()


def write_flatgeobuf(
    path: Path, columns: Sequence[str], rows: Sequence[Row], lonlat: NDArray[Any]
) -> None:
    """Write parcels to a FlatGeobuf file in the order given, in degrees of WGS 84."""
    import pyogrio

    values, masks = zip(*(_column(rows, name) for name in columns), strict=True)
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(lonlat),
        field_data=list(values),
        fields=np.array(columns),
        field_mask=list(masks),
        crs="EPSG:4326",
        driver="FlatGeobuf",
        layer="parcels",
        geometry_type="Unknown",
        layer_options={"SPATIAL_INDEX": "NO"},  # it would put them in another order
    )


def _column(rows: Sequence[Row], name: str) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Answer the values of a field, and where it is null unless the values say so themselves."""
    values = [row[name] for row in rows]
    if name in FLOATS or name in INTEGERS:
        kind = np.int64 if name in INTEGERS else np.float64
        mask = np.array([value is None for value in values], dtype=bool)
        return np.array([value or 0 for value in values], dtype=kind), mask
    texts = np.empty(len(values), dtype=object)
    texts[:] = values
    return texts, None

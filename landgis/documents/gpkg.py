"""The findings of imports as a GeoPackage: points, lines and areas for the surveyor's own GIS."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.documents.geojson import shapes_of
from landgis.documents.shown import ImportReport, finding_line
from landgis.documents.words import Words

LAYER = "findings"
FLOATS = ("measured", "limit", "x", "y", "lon", "lat")
INTEGERS = ("no", "srid")
ORDER = (
    *("no", "finding_id", "file", "rule", "severity", "outcome", "title", "message", "rows"),
    *("measured", "limit", "unit", "x", "y", "srid", "lon", "lat", "remedy", "basis", "parcels"),
    *("accepted_by", "accepted_at", "accepted_why"),
)
_CLOCK = "OGR_CURRENT_DATE"
_ONE_CLOCK = Lock()


def write(reports: Sequence[ImportReport], _jurisdiction: Jurisdiction, lang: str) -> bytes:
    """Answer a GeoPackage in WGS 84: a point for each finding, null without a place; in layers of
    their own the lines and the areas that are wrong, where there are any.

    The same findings give the same bytes: the file carries no time of its making.
    """
    words = Words(lang)
    lines = [
        finding_line(report, no, finding, words)
        for report in reports
        for no, finding in enumerate(report.findings, 1)
    ]
    shapes = shapes_of([f["shape"] for report in reports for f in report.findings])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "findings.gpkg"
        _write(path, LAYER, "Point", lines, _points(lines))
        for dimension, (layer, kind, gather) in SHAPES.items():
            at, gathered = _of_dimension(shapes, dimension, gather)
            if len(at):
                _write(path, layer, kind, [lines[i] for i in at], shapely.to_wkb(gathered))
        return path.read_bytes()


SHAPES: dict[int, tuple[str, str, Callable[..., Any]]] = {
    1: ("findings_lines", "MultiLineString", shapely.multilinestrings),
    2: ("findings_areas", "MultiPolygon", shapely.multipolygons),
}
"""Dimension of a shape -> its layer, what the layer holds, and what gathers parts to one."""


def _of_dimension(
    shapes: NDArray[Any], dimension: int, gather: Callable[..., Any]
) -> tuple[list[int], NDArray[Any]]:
    """Answer which shapes have parts of a dimension, and these parts of each as one geometry."""
    members, of = shapely.get_parts(shapes, return_index=True)
    parts, of_member = shapely.get_parts(members, return_index=True)
    of = of[of_member]
    wanted = shapely.get_dimensions(parts) == dimension
    at, numbered = np.unique(of[wanted], return_inverse=True)
    return at.tolist(), gather(parts[wanted], indices=numbered) if len(at) else parts[wanted]


def _write(
    path: Path, layer: str, kind: str, lines: list[dict[str, Any]], geometry: NDArray[Any]
) -> None:
    import pyogrio

    columns, masks = zip(*(_column(lines, name) for name in ORDER), strict=True)
    with _ONE_CLOCK:
        pyogrio.set_gdal_config_options({_CLOCK: "2000-01-01T00:00:00.000Z"})
        try:
            pyogrio.raw.write(
                path,
                geometry=geometry,
                field_data=list(columns),
                fields=np.array(ORDER),
                field_mask=list(masks),
                crs="EPSG:4326",
                driver="GPKG",
                layer=layer,
                geometry_type=kind,
            )
        finally:
            pyogrio.set_gdal_config_options({_CLOCK: None})


def _column(
    lines: list[dict[str, Any]], name: str
) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
    """Answer the values of a field, and where it is null unless the values say so themselves."""
    values = [line[name] for line in lines]
    if name in FLOATS:
        return np.array([np.nan if v is None else v for v in values], dtype=np.float64), None
    if name in INTEGERS:
        mask = np.array([v is None for v in values], dtype=bool)
        return np.array([v or 0 for v in values], dtype=np.int64), mask
    texts = np.empty(len(values), dtype=object)
    texts[:] = [v.encode("utf-8", "replace").decode() if v is not None else None for v in values]
    return texts, None


def _points(lines: list[dict[str, Any]]) -> NDArray[Any]:
    points = np.full(len(lines), None, dtype=object)
    placed = [i for i, line in enumerate(lines) if line["lon"] is not None]
    if placed:
        lonlat = [(lines[i]["lon"], lines[i]["lat"]) for i in placed]
        points[placed] = shapely.to_wkb(shapely.points(lonlat))
    return points

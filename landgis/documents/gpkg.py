"""The findings of imports as a GeoPackage: points for the surveyor's own GIS."""

from collections.abc import Sequence
from io import BytesIO
from threading import Lock
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.documents.shown import ImportReport, finding_line
from landgis.documents.words import Words

LAYER = "findings"
FLOATS = ("measured", "limit", "x", "y", "lon", "lat")
INTEGERS = ("no", "srid")
ORDER = (
    *("no", "finding_id", "file", "rule", "severity", "outcome", "title", "message", "rows"),
    *("measured", "limit", "unit", "x", "y", "srid", "lon", "lat", "remedy", "basis", "parcels"),
)
_CLOCK = "OGR_CURRENT_DATE"
_ONE_CLOCK = Lock()


def write(reports: Sequence[ImportReport], _jurisdiction: Jurisdiction, lang: str) -> bytes:
    """Answer a GeoPackage with one layer: a point in WGS 84 for each finding, null without place.

    The same findings give the same bytes: the file carries no time of its making.
    """
    import pyogrio

    words = Words(lang)
    lines = [
        finding_line(report, no, finding, words)
        for report in reports
        for no, finding in enumerate(report.findings, 1)
    ]
    out = BytesIO()
    columns, masks = zip(*(_column(lines, name) for name in ORDER), strict=True)
    with _ONE_CLOCK:
        pyogrio.set_gdal_config_options({_CLOCK: "2000-01-01T00:00:00.000Z"})
        try:
            pyogrio.raw.write(
                out,
                geometry=_points(lines),
                field_data=list(columns),
                fields=np.array(ORDER),
                field_mask=list(masks),
                crs="EPSG:4326",
                driver="GPKG",
                layer=LAYER,
                geometry_type="Point",
            )
        finally:
            pyogrio.set_gdal_config_options({_CLOCK: None})
    return out.getvalue()


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

"""The communes of Tây Ninh as small outlines for the jurisdiction's folder, borders kept shared."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from landgis import geodesy

SURVEY_EPSG = 9209
TOLERANCE_M = 20.0
"""Strength of the simplification (side of the triangles that are dropped), metres."""

DECIMALS = 6
"""Decimals of a degree that are kept (0.11 m); with five, some shared borders come apart."""


def make_outlines(source: Path, target: Path) -> float:
    """Write ``outlines.geojson`` and answer the largest deviation from the source, in metres."""
    meta, _, wkb, columns = pyogrio.raw.read(f"/vsizip/{source}", encoding="ISO-8859-1")
    codes = columns[list(meta["fields"]).index("MA_XA")]
    communes = shapely.from_wkb(wkb)
    # The source overlaps itself by centimetres at eight borders: only a clean coverage keeps the
    # borders shared while it is simplified.
    simple = shapely.coverage_simplify(shapely.coverage_clean(communes), TOLERANCE_M)
    outlines = _rounded(geodesy.transform(simple, SURVEY_EPSG, geodesy.LONLAT))
    target.write_text(_collection(codes, outlines), encoding="utf-8")
    back = geodesy.transform(outlines, geodesy.LONLAT, SURVEY_EPSG)
    return float(_deviation_m(communes, back).max())


def _rounded(geoms: NDArray[Any]) -> NDArray[Any]:
    rounded = shapely.transform(geoms, lambda xy: np.round(xy, DECIMALS))
    if not shapely.is_valid(rounded).all() or not shapely.coverage_is_valid(rounded):
        message = "rounding broke the borders: keep more decimals"
        raise ValueError(message)
    return rounded


def _deviation_m(before: NDArray[Any], after: NDArray[Any]) -> NDArray[np.float64]:
    return shapely.hausdorff_distance(shapely.boundary(before), shapely.boundary(after))


def _collection(codes: NDArray[Any], outlines: NDArray[Any]) -> str:
    features = (
        json.dumps(
            {
                "type": "Feature",
                "properties": {"code": str(code)},
                "geometry": shapely.geometry.mapping(outline),
            },
            separators=(",", ":"),
        )
        for code, outline in sorted(zip(codes, outlines, strict=True), key=lambda pair: pair[0])
    )
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(features) + "\n]}\n"

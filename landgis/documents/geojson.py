"""Where findings are, as GeoJSON in longitude and latitude: a point, and the line or area."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre.findings import Finding

GeoJSON: TypeAlias = dict[str, Any]

DECIMALS = 9
"""Of degrees: 0.1 mm, so that rounding adds nothing to the survey's own error."""

MOST_VERTICES = 10_000
"""A shape with more is thinned: one gap between two villages may follow every parcel of both."""

THINNED_BY = 1e-4
"""Of the larger side of a shape: how far the thinned line may leave it (own choice)."""


def lonlat_places(findings: Sequence[Finding]) -> list[GeoJSON | None]:
    """Answer a Point for each finding, None for one without a place on the globe."""
    points: list[GeoJSON | None] = [None] * len(findings)
    placed = [i for i, finding in enumerate(findings) if finding.place_xy is not None]
    for epsg, at in _by_plane(findings, placed):
        xy = np.array([findings[i].place_xy for i in at], dtype=np.float64)
        lonlat = np.column_stack(geodesy.transform_xy(xy[:, 0], xy[:, 1], epsg, geodesy.LONLAT))
        known = np.flatnonzero(np.isfinite(lonlat).all(axis=1))
        coordinates = lonlat[known].round(DECIMALS).tolist()
        for i, pair in zip(known.tolist(), coordinates, strict=True):
            points[at[i]] = {"type": "Point", "coordinates": pair}
    return points


def lonlat_shapes(findings: Sequence[Finding]) -> list[GeoJSON | None]:
    """Answer the line or area of each finding, exterior rings counter-clockwise; None for none."""
    shapes: list[GeoJSON | None] = [None] * len(findings)
    shaped = [i for i, finding in enumerate(findings) if finding.shape is not None]
    for epsg, at in _by_plane(findings, shaped):
        native = np.empty(len(at), dtype=object)
        native[:] = [findings[i].shape for i in at]
        known = is_finite(native)
        lonlat = geodesy.transform(_drawable(native[known]), epsg, geodesy.LONLAT)
        on_globe = is_finite(lonlat)
        rounded = shapely.transform(lonlat[on_globe], lambda xy: xy.round(DECIMALS))
        written = shapely.to_geojson(shapely.orient_polygons(rounded))
        indices = np.array(at)[known][on_globe]
        for i, text in zip(indices.tolist(), written.tolist(), strict=True):
            shapes[i] = orjson.loads(text)
    return shapes


def is_finite(shapes: NDArray[Any]) -> NDArray[np.bool_]:
    """Answer which shapes have vertices, and only such as are numbers."""
    xy, of = shapely.get_coordinates(shapes, return_index=True)
    finite = shapely.get_num_coordinates(shapes) > 0
    finite[of[~np.isfinite(xy).all(axis=1)]] = False
    return np.asarray(finite, dtype=bool)


def shapes_of(documents: Sequence[GeoJSON | None]) -> NDArray[Any]:
    """Answer ``(n,)`` shapely geometries in longitude and latitude, None for None."""
    texts = [
        None if document is None else orjson.dumps(document).decode() for document in documents
    ]
    shapes = np.empty(len(texts), dtype=object)
    shapes[:] = shapely.from_geojson(np.array(texts, dtype=object))
    return shapes


def _by_plane(
    findings: Sequence[Finding], indices: Sequence[int]
) -> Iterator[tuple[int, list[int]]]:
    """Answer each survey plane with the findings that lie in it."""
    planes: dict[int, list[int]] = {}
    for i in indices:
        epsg = findings[i].place_epsg
        if epsg is not None:
            planes.setdefault(epsg, []).append(i)
    yield from planes.items()


def _drawable(shapes: NDArray[Any]) -> NDArray[Any]:
    """Answer shapes without heights, very large ones with fewer vertices."""
    flat = shapely.force_2d(shapes)
    large = np.flatnonzero(shapely.get_num_coordinates(flat) > MOST_VERTICES)
    for i in large.tolist():
        west, south, east, north = shapely.bounds(flat[i])
        tolerance = max(east - west, north - south) * THINNED_BY
        flat[i] = shapely.simplify(flat[i], tolerance, preserve_topology=False)
    return np.asarray(flat, dtype=object)

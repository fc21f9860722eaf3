"""What is invalid, stacked and overlapping in a file, by plain shapely and no code of landgis."""

import zipfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

Pair = tuple[int, int]
SEMI_MAJOR_M, ECCENTRICITY2 = 6_378_137.0, 0.006_694_38  # WGS 84
POLYGON = 3


@dataclass(frozen=True)
class Plain:
    """Rows of a file, counted from 1."""

    rows: int
    invalid: frozenset[int]
    missing: frozenset[int]
    stacks: frozenset[frozenset[int]]
    """Rows on one polygon, vertex for vertex, wherever its rings begin."""

    touching: int
    """Pairs of valid parcels that meet, even in a point."""

    overlaps: dict[Pair, float]
    """Pairs of valid parcels, no stacks, that share ground -> width of its widest part, metres."""

    metric: NDArray[np.object_] = field(repr=False)
    """Geometries in metres, also the invalid ones."""

    scale: tuple[float, float]
    """Metres in a unit of the file, eastwards and northwards."""


def look(path: Path, layer: str | None = None) -> Plain:
    """Read a file with GDAL and compare every parcel with every other one near it."""
    meta, _, wkb, _ = pyogrio.raw.read(_inside(path), columns=[], layer=layer)
    geoms = shapely.from_wkb(wkb, on_invalid="ignore")
    missing = shapely.is_missing(geoms) | shapely.is_empty(geoms)
    valid = shapely.is_valid(geoms) & ~missing
    rows = np.arange(1, len(geoms) + 1)
    scale = _scale(geoms[valid], str(meta["crs"]))
    with np.errstate(invalid="ignore"):
        metric = shapely.transform(shapely.force_2d(geoms), lambda xy: xy * scale)
    touching, overlaps = _overlaps(shapely.force_2d(geoms[valid]), rows[valid], scale)
    return Plain(
        rows=len(geoms),
        invalid=frozenset(rows[~valid & ~missing].tolist()),
        missing=frozenset(rows[missing].tolist()),
        stacks=_stacks(geoms[~missing], rows[~missing]),
        touching=touching,
        overlaps=overlaps,
        metric=metric,
        scale=(float(scale[0]), float(scale[1])),
    )


def _inside(path: Path) -> str:
    """Answer how GDAL calls the layer in a zip, in whatever folder of it."""
    if path.suffix != ".zip":
        return str(path)
    with zipfile.ZipFile(path) as archive:
        (name,) = [n for n in archive.namelist() if n.lower().endswith(".shp")]
    return f"/vsizip/{path}/{name}"


def _stacks(geoms: NDArray[np.object_], rows: NDArray[np.int64]) -> frozenset[frozenset[int]]:
    with np.errstate(invalid="ignore"):
        keys = shapely.to_wkb(shapely.normalize(shapely.force_2d(geoms)))
    groups = defaultdict(list)
    for key, row in zip(keys, rows.tolist(), strict=True):
        groups[key].append(row)
    return frozenset(frozenset(group) for group in groups.values() if len(group) > 1)


def _overlaps(
    geoms: NDArray[np.object_], rows: NDArray[np.int64], scale: NDArray[np.float64]
) -> tuple[int, dict[Pair, float]]:
    one, other = shapely.STRtree(geoms).query(geoms, predicate="intersects")
    once = one < other
    one, other = one[once], other[once]
    shared = shapely.intersection(geoms[one], geoms[other])
    wide = np.flatnonzero(shapely.area(shared) > 0)
    found = {}
    for k in wide.tolist():
        a, b = geoms[one[k]], geoms[other[k]]
        if not a.equals(b):
            pair = (int(rows[one[k]]), int(rows[other[k]]))
            found[pair] = _width(shapely.transform(shared[k], lambda xy: xy * scale))
    return len(one), found


def _width(shape: shapely.Geometry) -> float:
    """Answer 2 · area ÷ perimeter of the widest polygon in a geometry."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    parts = parts[shapely.get_type_id(parts) == POLYGON]
    return float((2 * shapely.area(parts) / shapely.length(parts)).max())


def _scale(geoms: NDArray[np.object_], crs: str) -> NDArray[np.float64]:
    """Answer the metres of a degree at the median parcel; of a metre, 1."""
    if crs not in {"EPSG:4326", "EPSG:4269", "EPSG:4167"}:
        return np.ones(2)
    bounds = shapely.bounds(geoms)
    sine2 = np.sin(np.radians(np.median(bounds[:, [1, 3]].mean(axis=1)))) ** 2
    across = SEMI_MAJOR_M / np.sqrt(1 - ECCENTRICITY2 * sine2)
    along = across * (1 - ECCENTRICITY2) / (1 - ECCENTRICITY2 * sine2)
    return np.asarray(np.radians(1.0) * np.array([across * np.sqrt(1 - sine2), along]))

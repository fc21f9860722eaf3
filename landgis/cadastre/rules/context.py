"""What a rule needs to know beside the parcels themselves."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.parcels import Column, ParcelSet


@dataclass(frozen=True)
class RuleContext:
    """The surroundings in which a ParcelSet is judged."""

    identity_fields: tuple[str, ...]
    """ParcelSet columns that together name a parcel; empty: the source names none."""

    extent_lonlat: NDArray[np.float64]
    """``(n, 4)`` west, south, east, north of each parcel in degrees, NaN for null geometries."""

    territory_lonlat: shapely.Geometry
    """Where parcels of this deployment can lie, margin included, lon/lat."""

    territory_name: str
    storage_geom: Column | None = None
    """``(n,)`` geometries in the storage plane, None where that is the survey plane."""


def identity_keys(parcels: ParcelSet, fields: tuple[str, ...]) -> Column:
    """Answer one text per parcel that names it, None where a field is missing.

    Fields are joined by ``/`` in the given order; no fields give None for every parcel.
    """
    keys = np.full(len(parcels), None, dtype=object)
    if not fields:
        return keys
    columns = [getattr(parcels, name) for name in fields]
    for i, values in enumerate(zip(*columns, strict=True)):
        if all(v is not None for v in values):
            keys[i] = "/".join(values)
    return keys


def groups_of_equal(keys: Column) -> list[NDArray[np.int64]]:
    """Answer the index groups of two or more equal keys, None never equal; in source order."""
    seen: dict[Any, list[int]] = {}
    for i, key in enumerate(keys):
        if key is not None:
            seen.setdefault(key, []).append(i)
    return [np.array(group) for group in seen.values() if len(group) > 1]


def middle(parcels: ParcelSet, i: int) -> tuple[float, float] | None:
    """Answer the middle of a parcel's bounding box, None when it has no finite extent."""
    west, south, east, north = shapely.bounds(parcels.geom[i])
    x, y = (west + east) / 2, (south + north) / 2
    return (float(x), float(y)) if np.isfinite(x) and np.isfinite(y) else None

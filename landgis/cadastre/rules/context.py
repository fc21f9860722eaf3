"""What a rule needs to know beside the parcels themselves."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.limits import MapScale
from landgis.cadastre.parcels import Column, ParcelSet

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RuleContext:
    """The surroundings in which a ParcelSet is judged."""

    survey_epsg: int
    identity_fields: tuple[str, ...]
    """ParcelSet columns that together name a parcel; empty: the source names none."""

    identity: Column
    """``(n,)`` what ``identity_keys`` answers for the parcels that are judged."""

    extent_lonlat: NDArray[np.float64]
    """``(n, 4)`` west, south, east, north of each parcel in degrees, NaN for null geometries."""

    territory_lonlat: shapely.Geometry
    """Where parcels of this deployment can lie, margin included, lon/lat."""

    territory_name: str
    jurisdiction: Jurisdiction
    """Limits, land uses, units: what differs from one cadastre to the next."""

    area_m2: NDArray[np.float64]
    """``(n,)`` geometry area in the survey plane (geodesic where that is in degrees), not rounded;
    NaN for null geometries."""

    metres: tuple[float, float]
    """Metres in one unit of the survey plane, eastwards and northwards."""

    on: date
    """Day on which the parcels are judged: which code or unit is in force depends on it."""

    map_scale: MapScale | None = None
    """Scale of the map that the parcels were surveyed for; None: not known."""

    stated: Mapping[str, Column] = field(default_factory=dict)
    """What the source states beyond the parcels, by target: ``(n,)`` texts or None."""

    outlines: Mapping[str, shapely.Geometry] = field(default_factory=dict)
    """Outlines of the units in the survey plane, by code; empty: none are known."""

    to_lonlat: Callable[[Floats, Floats], tuple[Floats, Floats]] | None = None
    """East and north in the survey plane -> longitude and latitude; None: nothing can tell."""

    storage_geom: Column | None = None
    """``(n,)`` geometries in the storage plane, None where that is the survey plane."""


def identity_keys(parcels: ParcelSet, fields: tuple[str, ...]) -> Column:
    """Answer one text per parcel that names it, None where a field is missing.

    Fields are joined by ``/`` in the given order; no fields give None for every parcel.
    """
    keys = np.full(len(parcels), None, dtype=object)
    if fields:
        rows = zip(*(getattr(parcels, name) for name in fields), strict=True)
        keys[:] = ["/".join(row) if None not in row else None for row in rows]
    return keys


def groups_of_equal(keys: Column) -> list[NDArray[np.int64]]:
    """Answer the index groups of two or more equal keys, None never equal; in source order."""
    seen: dict[Any, list[int]] = {}
    for i, key in enumerate(keys):
        if key is not None:
            seen.setdefault(key, []).append(i)
    return [np.array(group) for group in seen.values() if len(group) > 1]

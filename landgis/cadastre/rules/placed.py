"""Findings on one row and on a group of rows, with their place and the keys that identify them."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Rule, Text
from landgis.cadastre.parcels import ParcelSet, geometry_hash
from landgis.cadastre.rules.context import RuleContext


@dataclass(frozen=True)
class Measure:
    """What was measured, and the limit it breaks."""

    measured: float
    limit: float
    unit: str


def on_row(
    rule: Rule,
    parcels: ParcelSet,
    i: int,
    context: RuleContext,
    message: Text,
    *,
    place: tuple[float, float] | None = None,
    measure: Measure | None = None,
    shape: shapely.Geometry | None = None,
) -> Finding:
    """Answer a failure of the parcel at index ``i``; its place is its middle unless said."""
    where = place or middle(parcels, i)
    return Finding(
        rule=rule,
        outcome="fail",
        message=message,
        rows=(int(parcels.row[i]),),
        place_xy=where,
        place_epsg=parcels.survey_epsg if where else None,
        shape=shape,
        measured=measure.measured if measure else None,
        limit=measure.limit if measure else None,
        unit=measure.unit if measure else None,
        keys=keys_of(parcels, [i], context),
    )


def on_group(
    rule: Rule, parcels: ParcelSet, group: NDArray[np.int64], keys: tuple[str, ...], message: Text
) -> Finding:
    """Answer a failure of several rows together; its place is the middle of the first."""
    where = middle(parcels, int(group[0]))
    return Finding(
        rule=rule,
        outcome="fail",
        message=message,
        rows=tuple(int(row) for row in parcels.row[group]),
        place_xy=where,
        place_epsg=parcels.survey_epsg if where else None,
        measured=float(len(group)),
        limit=1.0,
        unit="rows",
        keys=keys,
    )


def keys_of(parcels: ParcelSet, indices: Iterable[int], context: RuleContext) -> tuple[str, ...]:
    """Answer what names parcels in the next file, too, sorted: identities, else geometry hashes.

    A parcel with neither gives nothing.
    """
    names = (context.identity[i] or geometry_hash(parcels.geom[i]) for i in indices)
    return tuple(sorted({name for name in names if name}))


def middle(parcels: ParcelSet, i: int) -> tuple[float, float] | None:
    """Answer the middle of a parcel's bounding box, None when it has no finite extent."""
    west, south, east, north = shapely.bounds(parcels.geom[i])
    x, y = (west + east) / 2, (south + north) / 2
    return (float(x), float(y)) if np.isfinite(x) and np.isfinite(y) else None

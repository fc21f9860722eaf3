"""Small worlds for tests: parcels from a few numbers."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import shapely

from landgis.cadastre import jurisdiction as jurisdictions
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import Column, LandUseShare, ParcelSet
from landgis.cadastre.rules import RuleContext, identity_keys

EPSG = 9209
EAST, NORTH = 568_000.0, 1_246_000.0
"""A place in Hoà Thành, Tây Ninh."""


def square(x: float, y: float, size: float = 10.0) -> shapely.Polygon:
    """A square with its south-west corner x, y metres from the place."""
    return shapely.box(EAST + x, NORTH + y, EAST + x + size, NORTH + y + size)


def ring(*points: tuple[float, float]) -> shapely.Polygon:
    """A polygon through points given in metres from the place."""
    return shapely.Polygon([(EAST + x, NORTH + y) for x, y in points])


def parcel_set(
    geoms: Sequence[Any],
    names: Sequence[str | None] | None = None,
    *,
    uses: Sequence[Sequence[str]] | None = None,
    epsg: int = EPSG,
) -> ParcelSet:
    """Parcels named ``unit/sheet/number``; by default 25645/1/1, 25645/1/2, …"""
    n = len(geoms)
    full = [f"25645/1/{i + 1}" for i in range(n)] if names is None else names
    parts = [(None, None, None) if name is None else tuple(name.split("/")) for name in full]
    shares = np.empty(n, dtype=object)
    shares[:] = [tuple(LandUseShare(c, None) for c in u) for u in uses or [()] * n]
    return ParcelSet(
        survey_epsg=epsg,
        row=np.arange(1, n + 1),
        geom=column(list(geoms)),
        unit_code=column([p[0] for p in parts]),
        sheet=column([p[1] for p in parts]),
        number=column([p[2] for p in parts]),
        old_unit_code=column([None] * n),
        old_sheet=column([None] * n),
        old_number=column([None] * n),
        land_uses=shares,
        register_area_m2=np.full(n, np.nan),
        address=column([None] * n),
    )


def column(values: Sequence[Any]) -> Column:
    """An object column, whatever its values are."""
    made = np.empty(len(values), dtype=object)
    made[:] = list(values)
    return made


@cache
def vn_80() -> Jurisdiction:
    """The home case, read once."""
    return jurisdictions.load(jurisdictions.find("vn-80"))


def context(
    parcels: ParcelSet,
    fields: tuple[str, ...] = ("unit_code", "sheet", "number"),
    *,
    scale: int | None = None,
    stated: Mapping[str, Sequence[str | None]] | None = None,
) -> RuleContext:
    """A context whose territory is the plane itself: extents are taken as they are."""
    return RuleContext(
        survey_epsg=parcels.survey_epsg,
        identity_fields=fields,
        identity=identity_keys(parcels, fields),
        extent_lonlat=shapely.bounds(parcels.geom),
        territory_lonlat=shapely.box(EAST - 1000, NORTH - 1000, EAST + 1000, NORTH + 1000),
        territory_name="testland",
        jurisdiction=vn_80(),
        area_m2=shapely.area(parcels.geom),
        metres=(1.0, 1.0),
        on=date(2026, 11, 23),
        map_scale=vn_80().limits.scales[scale] if scale else None,
        stated={name: column(values) for name, values in (stated or {}).items()},
    )

"""The surroundings in which parcels are judged: where they may lie, and how they are stored."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType

import numpy as np
import shapely
import shapely.affinity

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import Column, ParcelSet
from landgis.cadastre.rules import RuleContext, identity_keys
from landgis.services.derive import extents_lonlat

BEYOND_DEG = 15.0
"""How far beyond its area of use a storage plane may hold parcels, where no outlines say more.

Storage is for comparing neighbours; areas are measured in the survey plane. A country a few UTM
zones wide must fit, a file with swapped axes or degrees for metres must not.
"""


class Surroundings:
    """What the rules must know beside the parcels, found once for all parcels of a file."""

    def __init__(
        self,
        identity_fields: tuple[str, ...],
        jurisdiction: Jurisdiction,
        storage_epsg: int,
        map_scale: int | None = None,
    ) -> None:
        self._jurisdiction = jurisdiction
        self._on = datetime.now(jurisdiction.time_zone).date()
        self._map_scale = jurisdiction.limits.scales.get(map_scale or 0)
        self._identity_fields = identity_fields
        self._storage_epsg = storage_epsg
        self._outlines: dict[int, Mapping[str, shapely.Geometry]] = {}
        self._territory, self._name = territory(jurisdiction, storage_epsg)

    def of(
        self, parcels: ParcelSet, stated: Mapping[str, Column] = MappingProxyType({})
    ) -> RuleContext:
        """Answer the surroundings of some parcels, with what their source states beside them."""
        epsg = parcels.survey_epsg
        return RuleContext(
            survey_epsg=parcels.survey_epsg,
            identity_fields=self._identity_fields,
            identity=identity_keys(parcels, self._identity_fields),
            extent_lonlat=extents_lonlat(parcels),
            territory_lonlat=self._territory,
            territory_name=self._name,
            jurisdiction=self._jurisdiction,
            area_m2=geodesy.area_m2(parcels.geom, epsg),
            metres=geodesy.metres_per_unit(epsg, _middle_ordinate(parcels)),
            on=self._on,
            map_scale=self._map_scale,
            stated=stated,
            outlines=self._outlines_in(epsg),
            to_lonlat=partial(geodesy.transform_xy, from_epsg=epsg, to_epsg=geodesy.LONLAT),
            storage_geom=_in_storage(parcels, self._storage_epsg),
        )

    def _outlines_in(self, epsg: int) -> Mapping[str, shapely.Geometry]:
        """Answer the outlines of the units in a plane, prepared for many questions."""
        if epsg not in self._outlines:
            codes = list(self._jurisdiction.outlines)
            there = np.array(list(self._jurisdiction.outlines.values()), dtype=object)
            here = geodesy.transform(there, geodesy.LONLAT, epsg)
            shapely.prepare(here)
            self._outlines[epsg] = dict(zip(codes, here, strict=True))
        return self._outlines[epsg]


def _middle_ordinate(parcels: ParcelSet) -> float:
    south, north = shapely.bounds(parcels.geom).T[[1, 3]]
    middles = (south + north) / 2
    middles = middles[np.isfinite(middles)]
    return float(np.median(middles)) if len(middles) else 0.0


def _in_storage(parcels: ParcelSet, storage_epsg: int) -> Column | None:
    if storage_epsg == parcels.survey_epsg:
        return None
    # A coordinate that is no number has no place in any plane; its own rule speaks of it.
    with np.errstate(invalid="ignore"):
        stored: Column = geodesy.transform(parcels.geom, parcels.survey_epsg, storage_epsg)
    return stored


def territory(jurisdiction: Jurisdiction, storage_epsg: int) -> tuple[shapely.Geometry, str]:
    """Answer where everything of a register lies, in degrees, and what people call that."""
    if jurisdiction.outlines:
        return _outlined(jurisdiction), jurisdiction.name[jurisdiction.languages[0]]
    plane = geodesy.plane(storage_epsg)
    return _box(plane.bounds), f"EPSG:{plane.epsg} ({plane.name})"


def _outlined(jurisdiction: Jurisdiction) -> shapely.Geometry:
    """Answer all outlines with the margin around them; the margin is measured in metres."""
    plane = jurisdiction.storage_epsg or geodesy.WEB_MERCATOR
    outlines = np.array(list(jurisdiction.outlines.values()), dtype=object)
    metric = geodesy.transform(outlines, geodesy.LONLAT, plane)
    widened = shapely.buffer(
        shapely.coverage_union_all(metric), jurisdiction.outside_margin_m, quad_segs=4
    )
    return geodesy.transform(widened, plane, geodesy.LONLAT)


def _box(bounds: tuple[float, float, float, float]) -> shapely.Geometry:
    """Answer a plane's area of use and what lies near it, also across the antimeridian."""
    west, south, east, north = bounds
    if east < west:
        east += 360
    south, north = max(south - BEYOND_DEG, -90), min(north + BEYOND_DEG, 90)
    whole = shapely.box(west - BEYOND_DEG, south, east + BEYOND_DEG, north)
    turns = [shapely.affinity.translate(whole, turn, 0) for turn in (-360, 0, 360)]
    return shapely.intersection(shapely.union_all(turns), shapely.box(-180, -90, 180, 90))

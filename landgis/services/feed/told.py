"""What the feed tells of parcels: the fields that anyone may see, and places in degrees."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import numpy as np
import shapely

from landgis import geodesy
from landgis.cadastre.feed import FeedEdge, FeedVersion, Point, Scope
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.register import Principal
from landgis.errors import NotAllowed

FACTS = (
    *("parcel_id", "fid", "unit_code", "sheet", "number"),
    *("old_unit_code", "old_sheet", "old_number", "area_m2", "register_area_m2"),
    *("land_uses", "address", "status", "revision", "effective_from"),
)
"""What the history itself holds. Names of units and of land uses change without a revision."""

NEEDED = frozenset({"parcel_id", "unit_code", "revision"})
"""Without these a reader could keep no copy."""

DECIMALS = 9
"""Of degrees: 0.1 mm, so that rounding adds nothing to the survey's own error."""

Key = tuple[UUID, int]
"""Of a version: its parcel, and the revision that began it."""

Geoms = Mapping[Key, Any]
"""In degrees."""

Pair = tuple[FeedVersion | None, FeedVersion | None]
"""A parcel before and after."""

Family = tuple[tuple[UUID, ...], tuple[UUID, ...]]
"""Parents and children."""


class Told:
    """Knows the jurisdiction's audience table and what it withholds."""

    def __init__(self, jurisdiction: Jurisdiction) -> None:
        self._withheld_uses = jurisdiction.withheld_uses
        public = jurisdiction.audience.public_fields()
        self._fields = tuple(name for name in FACTS if name in public)
        self._shows_geometry = "geometry" in public
        self._is_open = public >= NEEDED

    def scope(self, unit: str | None, by: Principal) -> Scope:
        """Answer what a principal is told of; ``NotAllowed`` ``feed_closed``."""
        if not self._is_open:
            raise NotAllowed("feed_closed", "The audience table keeps parcels' ids from the public")
        return Scope(unit, frozenset() if by.everywhere("withheld") else self._withheld_uses)

    def facts(self, version: FeedVersion) -> dict[str, Any]:
        """Answer what is said of a version beside its place."""
        day = version.effective_from
        said = {
            "parcel_id": str(version.parcel_id),
            "revision": version.revision_from,
            "land_uses": [share._asdict() for share in version.land_uses],
            "effective_from": None if day is None else day.isoformat(),
        }
        return {n: said[n] if n in said else getattr(version, n) for n in self._fields}

    def feature(self, version: FeedVersion | None, geoms: Geoms) -> dict[str, Any] | None:
        """Answer a version as a GeoJSON Feature."""
        if version is None:
            return None
        geom = geoms.get(key_of(version))
        shape = None if geom is None else shapely.geometry.mapping(geom)
        return {"type": "Feature", "geometry": shape, "properties": self.facts(version)}

    def lonlat(self, versions: Iterable[FeedVersion]) -> Geoms:
        """Answer geometries in degrees; none where they are not for everybody."""
        found: dict[Key, Any] = {}
        if not self._shows_geometry:
            return found
        ordered = sorted(versions, key=_plane)
        for epsg, group in groupby(ordered, key=_plane):
            mine = list(group)
            geoms = np.array([version.geom for version in mine], dtype=object)
            lonlat = geodesy.transform(geoms, epsg, geodesy.LONLAT)
            rounded = shapely.transform(lonlat, lambda xy: np.round(xy, DECIMALS))
            found |= zip(map(key_of, mine), shapely.orient_polygons(rounded), strict=True)
        return found


def key_of(version: FeedVersion) -> Key:
    """Answer what tells a version from all others."""
    return version.parcel_id, version.revision_from


def _plane(version: FeedVersion) -> int:
    return version.survey_epsg


def pairs_of(points: Iterable[Point], versions: Iterable[FeedVersion]) -> dict[Point, Pair]:
    """Answer for each change of a parcel what may be told of it before and after."""
    ended, begun = dict[Point, FeedVersion](), dict[Point, FeedVersion]()
    for version in versions:
        begun[Point(version.revision_from, version.parcel_id)] = version
        if version.revision_to is not None:
            ended[Point(version.revision_to, version.parcel_id)] = version
    return {point: _may_be_told(ended.get(point), begun.get(point)) for point in points}


def _may_be_told(before: FeedVersion | None, after: FeedVersion | None) -> Pair:
    is_hidden_now = any(v is not None and v.is_hidden_now for v in (before, after))
    if is_hidden_now or (after is not None and after.is_hidden):
        return None, None
    return None if before is not None and before.is_hidden else before, after


def families_of(edges: Iterable[FeedEdge]) -> dict[Point, Family]:
    """Answer parents and children of parcels in a revision."""
    found: dict[Point, Family] = {}
    for number, parent, child in edges:
        parents, children = found.get(Point(number, child), ((), ()))
        found[Point(number, child)] = (*parents, parent), children
        parents, children = found.get(Point(number, parent), ((), ()))
        found[Point(number, parent)] = parents, (*children, child)
    return found


def box_of(geoms: Sequence[Any]) -> tuple[float, float, float, float] | None:
    """Answer west, south, east, north of geometries; None for none."""
    if not geoms:
        return None
    west, south, east, north = map(float, shapely.total_bounds(geoms))
    return west, south, east, north

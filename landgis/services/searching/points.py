"""Search by coordinates: in degrees or in a survey plane, in either order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.search import wording
from landgis.cadastre.search.coordinates import DEGREES, Pair
from landgis.cadastre.search.found import Answer, Result, Said
from landgis.cadastre.search.names import UnitName, UnitNames
from landgis.errors import UsageError
from landgis.services.query import AT_POINT_LIMIT, Point, QueryService
from landgis.services.searching.asker import Asker
from landgis.services.searching.parcels import ParcelSearch
from landgis.services.searching.ports import Searched

ON_A_PARCEL, LIKELY, OTHER_PLANE, OUTSIDE = 1.0, 0.95, 0.5, 0.6
"""Scores: on a parcel, in the plane in which that land was surveyed; there, on none; in the
territory by a plane of other land (on a parcel: as ``LIKELY``); nowhere near. Own choice."""

NEAR_DEG = 1.5
"""A place farther from the territory than this is a misreading. Own choice."""

METRES_PER_DEGREE = 111_000.0


@dataclass(frozen=True)
class Spot:
    """A place, and how it was read."""

    lon: float
    lat: float
    epsg: int = geodesy.LONLAT
    said: Said | None = None


class PointSearch:
    """Finds what lies at coordinates."""

    def __init__(
        self,
        store: Searched,
        query: QueryService,
        jurisdiction: Jurisdiction,
        names: UnitNames,
        parcels: ParcelSearch,
    ) -> None:
        self._store = store
        self._query = query
        self._jurisdiction = jurisdiction
        self._names = names
        self._parcels = parcels

    def results(self, asked: Sequence[Pair], answer: Answer, asker: Asker) -> list[Result]:
        """Answer the parcels and places that two numbers may mean; the territory decides."""
        spots = [spot for pair in asked for spot in self._spots(pair)]
        inside = [spot for spot in spots if self.inside(spot)]
        if inside:
            results = [r for spot in inside for r in self.at(spot, self._fit(spot), asker)]
            if len({result.epsg for result in results}) > 1:
                answer.next.append(wording.ADD_PLANE)
            return results
        name = self._jurisdiction.name
        beyond = wording.both(*(wording.outside(name[lang])[lang] for lang in ("vi", "en")))
        near = [spot for spot in spots if self._within(spot, NEAR_DEG)]
        if not near:
            answer.assumed += [spot.said for spot in spots[:1] if spot.said]
            answer.next.append(beyond)
        return [self._point(spot, OUTSIDE, None, beyond) for spot in near]

    def inside(self, spot: Spot) -> bool:
        """Answer whether a place lies in the territory."""
        return self._within(spot, self._jurisdiction.outside_margin_m / METRES_PER_DEGREE)

    def at(self, spot: Spot, fit: float, asker: Asker) -> list[Result]:
        """Answer the parcels that cover a place, or the place itself."""
        unit = self._unit_at(spot)
        try:
            places = self._query.places(Point(spot.lon, spot.lat, geodesy.LONLAT))
        except UsageError:
            return []
        found = (
            self._store.at(*places, withheld=asker.withheld, limit=AT_POINT_LIMIT) if places else []
        )
        if not found:
            return [self._point(spot, fit, unit, None)]
        score = ON_A_PARCEL if fit >= LIKELY else LIKELY
        why = (spot.said,) if spot.said else ()
        results = [self._parcels.result(parcel, score, why) for parcel in found]
        return [replace(r, point=(spot.lon, spot.lat), epsg=spot.epsg) for r in results]

    def _point(self, spot: Spot, score: float, unit: UnitName | None, why: Said | None) -> Result:
        return Result(
            kind="point",
            key=f"point {spot.lat:.6f},{spot.lon:.6f}",
            title=wording.point_title(spot.lon, spot.lat),
            score=score,
            detail=wording.in_unit(unit) if unit else None,
            why=tuple(said for said in (spot.said, why) if said),
            unit=unit,
            bbox=(spot.lon, spot.lat, spot.lon, spot.lat),
            point=(spot.lon, spot.lat),
            epsg=spot.epsg,
        )

    def _spots(self, pair: Pair) -> Iterator[Spot]:
        """Answer a pair in both orders and in every plane that it may be of."""
        for north_first in (True, False):
            x, y = (pair.second, pair.first) if north_first else (pair.first, pair.second)
            if pair.unit == DEGREES:
                if abs(y) <= 90:  # noqa: PLR2004 - of latitude
                    yield Spot(x, y, said=wording.degrees_read(y, x))
                continue
            for epsg in [pair.epsg] if pair.epsg else self._planes():
                yield from self._in_plane(x, y, epsg, north_first=north_first)

    def _planes(self) -> tuple[int, ...]:
        planes = self._jurisdiction.survey_epsgs
        if not planes and (own := self._query.known_plane()):
            planes = (own,)
        return tuple(epsg for epsg in planes if not geodesy.plane(epsg).is_geographic)

    def _in_plane(self, x: float, y: float, epsg: int, *, north_first: bool) -> Iterator[Spot]:
        if epsg not in self._planes():
            return
        lon, lat = geodesy.transform_xy(np.array([x]), np.array([y]), epsg, geodesy.LONLAT)
        if np.isfinite(lon[0]) and np.isfinite(lat[0]):
            label = self._jurisdiction.survey_plane_labels.get(epsg)
            texts = [(label or {}).get(lang, f"EPSG:{epsg}") for lang in ("vi", "en")]
            said = [wording.plane_read(x, y, name, north_first=north_first) for name in texts]
            both = wording.both(said[0]["vi"], said[1]["en"])
            yield Spot(float(lon[0]), float(lat[0]), epsg, both)

    def _fit(self, spot: Spot) -> float:
        """Answer how likely a reading is, by what was surveyed in its plane."""
        parents = self._jurisdiction.vocabulary.plane_parents
        if spot.epsg == geodesy.LONLAT or not parents:
            return LIKELY
        unit = self._unit_at(spot)
        before = self._names.predecessors(unit.code) if unit else []
        held = {one.old_parent_code for old in before for one in old.became}
        return LIKELY if held & parents.get(spot.epsg, frozenset()) else OTHER_PLANE

    def _unit_at(self, spot: Spot) -> UnitName | None:
        tree, codes = self._tree
        hits = tree.query(shapely.Point(spot.lon, spot.lat), predicate="intersects")
        return self._names.present.get(codes[int(hits[0])]) if len(hits) else None

    def _within(self, spot: Spot, margin_deg: float) -> bool:
        if not (np.isfinite(spot.lon) and np.isfinite(spot.lat)):
            return False
        tree, codes = self._tree
        point = shapely.Point(spot.lon, spot.lat)
        if codes:
            if len(tree.query(point, predicate="intersects")):
                return True
            return bool(len(tree.query(point, predicate="dwithin", distance=margin_deg)))
        extent = self._query.extent_lonlat()
        return extent is None or bool(shapely.distance(shapely.box(*extent), point) <= margin_deg)

    @cached_property
    def _tree(self) -> tuple[shapely.STRtree, list[str]]:
        codes = [code for code in self._jurisdiction.outlines if code in self._names.present]
        outlines = [self._jurisdiction.outlines[code] for code in codes]
        shapely.prepare(outlines)
        return shapely.STRtree(outlines), codes

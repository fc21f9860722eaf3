"""Stated identifiers against the register or against given points: distance and likely cause."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np
import shapely

from landgis import geodesy
from landgis.cadastre.identifier import causes, comparison, geohash
from landgis.cadastre.identifier.borne import Bearer
from landgis.cadastre.identifier.causes import Cause, Where
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.register import Principal
from landgis.errors import NotAllowed, Refused, UsageError
from landgis.services.identifiers import identify_geoms
from landgis.services.identifying.claims import Claim, Claimed, plane_of_place
from landgis.services.identifying.mistakes import Floats, Placed, suspects
from landgis.services.identifying.named import NamedParcels
from landgis.services.identifying.once import FormerPlaces
from landgis.services.searching.asker import Asker


@dataclass(frozen=True)
class Canonical:
    """The identifier that a parcel or a point has by the procedure."""

    national_id: str
    epsg: int
    x: float
    y: float


@dataclass(frozen=True)
class Verified:
    """What came of one claim."""

    claim: Claim
    cause: Cause
    bearer: Bearer | None = None
    """The parcel that it was compared with; None: none, or a given point."""

    canonical: Canonical | None = None
    distance_m: float | None = None
    """From the canonical feature point to the middle of the stated cell; 0 in the same cell."""

    @property
    def is_right(self) -> bool:
        """Answer whether the identifier is the one that the procedure gives, or the register's."""
        return self.cause.code in ("same", "kept")


class VerifyingService:
    """Compares stated identifiers with what the procedure gives."""

    def __init__(
        self, named: NamedParcels, former: FormerPlaces, jurisdiction: Jurisdiction
    ) -> None:
        self._named = named
        self._former = former
        self._jurisdiction = jurisdiction
        self._same_m = jurisdiction.limits["identifier_same_m"].value
        self._limits = (self._same_m, jurisdiction.limits["identifier_near_m"].value)

    def verify(self, claims: Sequence[Claim], by: Principal) -> list[Verified]:
        """Answer what came of each claim, in their order.

        Raises
        ------
        NotAllowed
            ``identifiers_withheld``: the asker may not see identifiers of parcels.
        Refused
            ``unknown_crs``, ``no_such_place``: of a claim's point, with its row.
        """
        if not Asker.of(by, self._jurisdiction).sees("national_id"):
            raise NotAllowed("identifiers_withheld", "Identifiers of parcels are not public here")
        found: dict[int, Verified] = {}
        texts = np.array([c.text for c in claims], dtype=object)
        are_sound = np.isfinite(geohash.decode(texts)[0]).tolist()
        sound = [c for c, is_sound in zip(claims, are_sound, strict=True) if is_sound]
        unsound = (c for c, is_sound in zip(claims, are_sound, strict=True) if not is_sound)
        found |= {c.row: Verified(c, causes.NO_IDENTIFIER) for c in unsound}
        at_points = [_at_point(c) for c in sound if c.place is not None]
        of_names = self._named.of([c for c in sound if c.place is None], by)
        found |= {one.claim.row: one for one in self._compared([*at_points, *of_names], by)}
        return [found[claim.row] for claim in claims]

    def _compared(self, claimed: Sequence[Claimed], by: Principal) -> Iterator[Verified]:
        for one in claimed:
            if one.geom is None:
                yield Verified(one.claim, causes.NO_PARCEL)
        there = sorted((c for c in claimed if c.geom is not None), key=lambda c: c.epsg)
        for epsg, group in groupby(there, key=lambda c: c.epsg):
            members = list(group)
            geoms = np.array([c.geom for c in members], dtype=object)
            points = self._points(geoms, epsg)
            has_point = np.asarray(np.isfinite(points).all(axis=1))
            for one in (c for c, has in zip(members, has_point, strict=True) if not has):
                yield Verified(one.claim, causes.NO_POINT, one.bearer)
            placed = [c for c, has in zip(members, has_point, strict=True) if has]
            if placed:
                yield from self._judged(placed, points[has_point], epsg, by)

    def _points(self, geoms: Any, epsg: int) -> Floats:
        """Answer the feature points of polygons, each found once; a given point is its own."""
        points = np.full((len(geoms), 2), np.nan)
        is_point = shapely.get_type_id(geoms) == 0
        points[is_point] = shapely.get_coordinates(geoms[is_point])
        if not is_point.all():
            polygons = geoms[~is_point]
            _, first, again = np.unique(
                [id(geom) for geom in polygons], return_index=True, return_inverse=True
            )
            points[~is_point] = identify_geoms(polygons[first], epsg, epsg).points[again]
        return points

    def _judged(
        self, claimed: Sequence[Claimed], points: Floats, epsg: int, by: Principal
    ) -> Iterator[Verified]:
        texts = np.array([c.claim.text for c in claimed], dtype=object)
        to_lonlat = partial(geodesy.transform_xy, from_epsg=epsg, to_epsg=geodesy.LONLAT)
        distance = comparison.apart(points, texts, to_lonlat, (1.0, 1.0)).distance
        canonical = geohash.encode(*to_lonlat(*points.T)).tolist()
        off = np.flatnonzero(distance > self._same_m)
        told = self._causes(
            [claimed[i] for i in off.tolist()], points[off], distance[off].tolist(), by
        )
        for i, one in enumerate(claimed):
            metres, (x, y) = float(distance[i]), points[i].tolist()
            cause = told.get(one.claim.row) or causes.cause_of(metres, (), "outside", *self._limits)
            if metres and one.bearer and one.bearer.national_id == one.claim.text:
                cause = causes.KEPT
            yield Verified(
                one.claim, cause, one.bearer, Canonical(canonical[i], epsg, x, y), metres
            )

    def _causes(
        self, off: Sequence[Claimed], points: Floats, distances: Sequence[float], by: Principal
    ) -> dict[int, Cause]:
        """Answer by row what may have moved identifiers off their points, all in one plane."""
        if not off:
            return {}
        epsg, texts = off[0].epsg, np.array([c.claim.text for c in off], dtype=object)
        lon, lat = geohash.decode(texts)
        there = np.column_stack(geodesy.transform_xy(lon, lat, geodesy.LONLAT, epsg))
        placed = Placed(epsg, points, np.column_stack([lon, lat]))
        misled = suspects(placed, self._jurisdiction)
        former = self._former.suspects([c for c in off if c.bearer is not None], by)
        others = self._named.others_there(off, by)
        return {
            one.claim.row: causes.cause_of(
                distances[i],
                [*misled[i], *former.get(one.claim.row, ())],
                self._where(one, points[i], there[i]),
                *self._limits,
                in_another=one.claim.row in others,
            )
            for i, one in enumerate(off)
        }

    def _where(self, claimed: Claimed, point: Floats, there: Floats) -> Where:
        if claimed.bearer is None or not np.isfinite(there).all():
            return "outside"
        places = shapely.points([point, there])
        if not shapely.intersects(claimed.geom, places[1]):
            return "outside"
        here, stated = shapely.distance(shapely.boundary(claimed.geom), places).tolist()
        return "deepest" if here - stated <= self._same_m else "inside"


def _at_point(claim: Claim) -> Claimed:
    """Answer a claim about a given point, in a plane of metres."""
    if claim.place is None:
        raise ValueError(f"row {claim.row} names no point")
    try:
        epsg, x, y = plane_of_place(claim.place)
    except UsageError as problem:
        raise Refused(
            problem.code,
            f"Row {claim.row}: {problem.message}",
            **{**problem.data, "row": claim.row},
        ) from problem
    return Claimed(claim, None, shapely.Point(x, y), epsg)


def counts_of(verified: Sequence[Verified]) -> Mapping[str, int]:
    """Answer how many claims there are, how many are right, and how many for each cause."""
    by_cause: dict[str, int] = {}
    for one in verified:
        by_cause[one.cause.code] = by_cause.get(one.cause.code, 0) + 1
    right = sum(one.is_right for one in verified)
    return {"rows": len(verified), "right": right, **dict(sorted(by_cause.items()))}

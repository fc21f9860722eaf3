"""Collections and their members, as far as the public may see them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import shapely

from landgis import geodesy
from landgis.cadastre.filters import Box, Member, Wanted
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.register import ParcelRecord, Principal
from landgis.cadastre.served import COLLECTIONS, PARCELS, Collection
from landgis.errors import NotFound
from landgis.services.deployment import DeploymentService
from landgis.services.ogc.asked import Asked, token_of, wanted_of
from landgis.services.ogc.crs import ANYWHERE, CRS, CRS84, named
from landgis.services.paging import require_shallow
from landgis.services.ports import Features, Parcels, Surveyed

COUNT_CAP = 10_000
"""Members beyond this are not counted: nobody pages through them, and counting reads them all."""

DEGREE_DECIMALS = 9
METRE_DECIMALS = 4
"""0.1 mm of what was transformed, so that rounding adds nothing to the survey's own error."""

MAX_FID = 2**63
OUTWARDS = 1e-7
"""Degrees by which extents are widened: nothing may lie outside of what rounding made of them."""


@dataclass(frozen=True)
class Extent:
    """Where and since when the members of a collection are."""

    lonlat: Box | None
    first_day: date | None


@dataclass(frozen=True)
class Placed:
    """A member with its geometry in a plane, east first, exteriors counter-clockwise."""

    member: Member
    geom: Any


@dataclass(frozen=True)
class Page:
    """Members in the asked order and plane."""

    collection: Collection
    crs: CRS
    members: list[Placed]
    matched: int | None
    """Of all pages together; None: more than ``COUNT_CAP``."""

    after: str | None
    """Where the next page begins; None: this was the last."""


class FeatureService:
    """Answers what OGC API asks."""

    def __init__(
        self,
        features: Features,
        surveyed: Surveyed,
        parcels: Parcels,
        deployments: DeploymentService,
        jurisdiction: Jurisdiction,
    ) -> None:
        self._features = features
        self._surveyed = surveyed
        self._parcels = parcels
        self._deployments = deployments
        self._fixed_plane: int | None = None
        self._jurisdiction = jurisdiction
        seen = (c.seen_by_public(jurisdiction.audience) for c in COLLECTIONS.values())
        self._collections = {collection.name: collection for collection in seen}
        self._extents: dict[tuple[str, int], Extent] = {}

    def collections(self) -> list[Collection]:
        """Answer every collection with the fields that anyone may see."""
        return list(self._collections.values())

    def collection(self, name: str) -> Collection:
        """Answer one collection; ``NotFound`` ``no_such_collection``."""
        found = self._collections.get(name)
        if found is None:
            there = ", ".join(self._collections)
            raise NotFound(
                "no_such_collection", f"There is no collection {name[:64]!r}; there are: {there}"
            )
        return found

    def storage_crs(self, collection: Collection) -> CRS:
        """Answer the plane that nothing has to be transformed for."""
        return CRS.of_epsg(self._storage_epsg(collection))

    def known_crs(self, collection: Collection) -> tuple[CRS, ...]:
        """Answer what a collection can be asked for in, the default first."""
        if not collection.is_surveyed:
            return ANYWHERE
        epsgs = dict.fromkeys((self._storage_epsg(collection), *self._jurisdiction.survey_epsgs))
        known = {crs.epsg for crs in ANYWHERE}
        return (*ANYWHERE, *(CRS.of_epsg(epsg) for epsg in epsgs if epsg not in known))

    def _storage_epsg(self, collection: Collection) -> int:
        if not collection.is_surveyed:
            return geodesy.WEB_MERCATOR
        if self._fixed_plane is None:  # once fixed it never changes
            deployment = self._deployments.current()
            self._fixed_plane = deployment.storage_epsg if deployment else None
        return self._fixed_plane or self._jurisdiction.storage_epsg or geodesy.LONLAT

    def extent(self, collection: Collection) -> Extent:
        """Answer where and since when the members are; kept until the register changes."""
        key = (collection.name, self._parcels.state().sequence)
        if key not in self._extents:
            found = Extent(self._lonlat(collection), self._first_day(collection))
            self._extents = {k: v for k, v in self._extents.items() if k[1] == key[1]} | {
                key: found
            }
        return self._extents[key]

    def _lonlat(self, collection: Collection) -> Box | None:
        box = self._features.box_3857(collection.name) if collection.shows_geometry else None
        if box is None:
            return None
        x, y = np.array([box[0], box[2]]), np.array([box[1], box[3]])
        lon, lat = geodesy.transform_xy(x, y, geodesy.WEB_MERCATOR, geodesy.LONLAT)
        low, high = -OUTWARDS, OUTWARDS
        sides = (lon[0] + low, lat[0] + low, lon[1] + high, lat[1] + high)
        west, south, east, north = (round(float(side), 8) for side in sides)
        return west, south, east, north

    def _first_day(self, collection: Collection) -> date | None:
        is_public = any(f.role == "primary-interval-start" for f in collection.fields)
        return self._features.first_day(collection.name) if is_public else None

    @property
    def most_paged(self) -> int:
        """Answer how many parcels of one answer anybody may page through."""
        return self._jurisdiction.audience.most_paged

    def page(self, name: str, asked: Asked, by: Principal) -> Page:
        """Answer the members that a request asks for.

        Raises
        ------
        NotFound
            ``no_such_collection``.
        UsageError
            What is wrong with a parameter, by its code.
        NotAuthenticated, NotAllowed
            ``too_deep``: of parcels only, what else there is are lists of names.
        """
        collection = self.collection(name)
        known = self.known_crs(collection)
        crs = named(asked.crs, known, "crs")
        wanted = wanted_of(asked, collection, known, self._jurisdiction.time_zone)
        if wanted.after is not None and name == PARCELS.name:
            require_shallow(by, self.most_paged, lambda cap: self._features.passed(wanted, cap))
        one_more = self._features.page(_one_more(wanted))
        members = one_more[: wanted.limit]
        is_last = len(one_more) == len(members)
        return Page(
            collection,
            crs,
            self._placed(members, collection, crs),
            self._matched(wanted, len(members), is_whole=is_last and wanted.after is None),
            None if is_last else token_of(members[-1].place_in_order),
        )

    def _matched(self, wanted: Wanted, returned: int, *, is_whole: bool) -> int | None:
        return returned if is_whole else self._features.count(wanted, COUNT_CAP)

    def item(self, name: str, key: str, crs_uri: str) -> tuple[Collection, CRS, Placed]:
        """Answer one member; ``NotFound`` ``no_such_item``, also for withheld land."""
        collection = self.collection(name)
        crs = named(crs_uri, self.known_crs(collection), "crs")
        found = self._one(collection, key)
        if found is None:
            raise NotFound("no_such_item", f"There is no {key[:64]!r} in {name}", item=key[:64])
        return collection, crs, self._placed([found], collection, crs)[0]

    def _one(self, collection: Collection, key: str) -> Member | None:
        if not key.isprintable() or (not key.isascii() and collection.is_surveyed):
            return None
        if not collection.is_surveyed:
            return self._features.one(Wanted(collection), key)
        if not key.isdigit() or str(int(key[:20])) != key or int(key) >= MAX_FID:
            return None
        return self._features.one(Wanted(collection), int(key))

    def _placed(self, members: Sequence[Member], collection: Collection, crs: CRS) -> list[Placed]:
        if not collection.shows_geometry:
            return [Placed(member, None) for member in members]
        epsg = self._storage_epsg(collection)
        geoms = np.array([member.geom for member in members], dtype=object)
        geoms = in_plane(geoms, epsg, crs.epsg).copy()
        if collection.is_surveyed:
            surveyed = self._as_surveyed(members, crs, epsg)
            for n, member in enumerate(members):
                geoms[n] = surveyed.get(member.key, geoms[n])
        turned = shapely.orient_polygons(geoms)
        return [Placed(m, geom) for m, geom in zip(members, turned, strict=True)]

    def _as_surveyed(
        self, members: Sequence[Member], crs: CRS, storage_epsg: int
    ) -> dict[int | str, Any]:
        """Answer the boundaries that were surveyed in a plane, as they were, by fid.

        In the storage plane that is what the register holds; WGS 84 and Web Mercator are derived.
        Where the table of audiences keeps the survey from the public there are none.
        """
        is_public = self._jurisdiction.audience.may_see("public", "survey_geometry")
        if not is_public or crs.epsg in {storage_epsg, geodesy.LONLAT, geodesy.WEB_MERCATOR}:
            return {}
        records = [m.values for m in members if isinstance(m.values, ParcelRecord)]
        known = self._surveyed.by_ids(record.parcel_id for record in records)
        found = ((record, known.get(record.parcel_id)) for record in records)
        return {
            record.fid: parcel.geom
            for record, parcel in found
            if parcel and parcel.survey_epsg == crs.epsg and parcel.revision == record.revision
        }


def in_plane(geom: Any, from_epsg: int, to_epsg: int) -> Any:
    """Answer geometries, one or an array, in a plane; rounded where they had to be transformed."""
    if from_epsg == to_epsg:
        return geom
    decimals = DEGREE_DECIMALS if geodesy.plane(to_epsg).is_geographic else METRE_DECIMALS
    placed = geodesy.transform(geom, from_epsg, to_epsg)
    return shapely.transform(placed, lambda xy: np.round(xy, decimals))


def in_crs84(placed: Placed, crs: CRS) -> Any:
    """Answer a member's geometry in degrees, whatever plane it was placed in."""
    return None if placed.geom is None else in_plane(placed.geom, crs.epsg, CRS84.epsg)


def _one_more(wanted: Wanted) -> Wanted:
    """Ask for one member beyond the page: whether there is a next page follows from it."""
    return replace(wanted, limit=wanted.limit + 1)

"""The parcels that claims are about: by name, by the identifier they bear, or by where it lies."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import numpy as np

from landgis import geodesy
from landgis.cadastre.identifier import geohash
from landgis.cadastre.identifier.borne import Bearer
from landgis.cadastre.identifier.drift import Spot
from landgis.cadastre.register import Principal
from landgis.services.deployment import DeploymentService
from landgis.services.identifiers import metric_plane
from landgis.services.identifying.claims import Claim, Claimed
from landgis.services.identifying.ports import Identifiers

LONGEST_FID = 18
"""Digits of a tile id at most."""

NO_PLANE = 0


class NamedParcels:
    """Finds the land of claims in the register, as far as the asker may know of it."""

    def __init__(self, store: Identifiers, deployments: DeploymentService) -> None:
        self._store = store
        self._deployments = deployments

    def of(self, claims: Sequence[Claim], by: Principal) -> list[Claimed]:
        """Answer the parcel of each claim that names no point."""
        withheld = by.everywhere("withheld")
        called = self._called([c.parcel for c in claims if c.parcel is not None], withheld=withheld)
        unnamed = [c for c in claims if c.parcel is None]
        texts = [c.text for c in unnamed]
        bearing = {b.national_id: b for b in self._store.bearing(texts, withheld=withheld)}
        there = self.at(texts, withheld=withheld)
        lands: dict[UUID, tuple[Any, int]] = {}
        found = []
        for claim in claims:
            if claim.parcel is not None:
                bearer = called.get(name_of(claim.parcel))
            else:
                lying = next(iter(there.get(claim.text, ())), None)
                bearer = bearing.get(claim.text) or lying
            if bearer is None:
                found.append(Claimed(claim, None, None, NO_PLANE))
                continue
            name = bearer.parcel.parcel_id
            if name not in lands:
                lands[name] = self.in_metres(bearer)
            found.append(Claimed(claim, bearer, *lands[name]))
        return found

    def ids_of(self, names: Iterable[str]) -> dict[str, UUID]:
        """Answer the live parcels called by UUID, tile id or unit/sheet/number; unknown: absent."""
        wanted = list(names)
        called = self._called(wanted, withheld=True)
        return {n: called[k].parcel.parcel_id for n in wanted if (k := name_of(n)) in called}

    def at(self, texts: Sequence[str], *, withheld: bool) -> dict[str, list[Bearer]]:
        """Answer the parcels that lie where identifiers say."""
        deployment = self._deployments.current()
        if deployment is None or not texts:
            return {}
        lon, lat = geohash.decode(np.array(texts, dtype=object))
        storage, mercator = (
            np.column_stack(geodesy.transform_xy(lon, lat, geodesy.LONLAT, epsg))
            for epsg in (deployment.storage_epsg, geodesy.WEB_MERCATOR)
        )
        known = np.flatnonzero(np.isfinite(storage).all(axis=1) & np.isfinite(mercator).all(axis=1))
        srid = geodesy.srid(deployment.storage_epsg)
        found = self._store.covering(storage[known], srid, mercator[known], withheld=withheld)
        return {texts[known[i]]: bearers for i, bearers in found.items()}

    def others_there(self, claimed: Sequence[Claimed], by: Principal) -> set[int]:
        """Answer the rows whose identifier lies in another parcel than the one it is said of."""
        texts = [c.claim.text for c in claimed]
        there = self.at(texts, withheld=by.everywhere("withheld"))
        return {
            c.claim.row
            for c in claimed
            if c.bearer is not None
            and any(
                b.parcel.parcel_id != c.bearer.parcel.parcel_id for b in there.get(c.claim.text, ())
            )
        }

    def in_metres(self, bearer: Bearer) -> tuple[Any, int]:
        """Answer a parcel's polygon in the plane of its feature point, and that plane."""
        parcel = bearer.parcel
        geoms = np.array([parcel.geom], dtype=object)
        storage = self._deployments.require().storage_epsg
        epsg = metric_plane(geoms, parcel.survey_epsg, storage)
        return geodesy.transform(geoms, parcel.survey_epsg, epsg)[0], epsg

    def spots(self, bearers: Iterable[Bearer]) -> Iterator[Spot]:
        """Give the places of the identifiers that parcels bear."""
        for bearer in bearers:
            lon, lat = geohash.decode(np.array([bearer.national_id], dtype=object))
            geom, epsg = self.in_metres(bearer)
            x, y = geodesy.transform_xy(lon, lat, geodesy.LONLAT, epsg)
            yield Spot(bearer, geom, epsg, float(x[0]), float(y[0]))

    def _called(self, names: Iterable[str], *, withheld: bool) -> dict[object, Bearer]:
        wanted = {name_of(name) for name in names}
        ids = [w for w in wanted if isinstance(w, UUID)]
        fids = [w for w in wanted if isinstance(w, int)]
        keys = [w for w in wanted if isinstance(w, str)]
        found: dict[object, Bearer] = {}
        for bearer, key in self._store.called(ids, fids, keys, withheld=withheld):
            named = (bearer.parcel.parcel_id, bearer.parcel.fid, key)
            found |= {name: bearer for name in named if name is not None and name in wanted}
        return found


def name_of(text: str) -> UUID | int | str:
    """Answer a parcel's name as the register looks for it: UUID, tile id, or identity key."""
    name = text.strip()
    if name.isascii() and name.isdigit() and len(name) <= LONGEST_FID:
        return int(name)
    try:
        return UUID(name)
    except ValueError:
        return name

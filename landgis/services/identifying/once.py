"""Where parcels had their feature points before, and whose an identifier once was."""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

import numpy as np

from landgis import geodesy
from landgis.cadastre.identifier import causes, geohash
from landgis.cadastre.identifier.causes import Suspect
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.register import Principal
from landgis.services.identifiers import identify_geoms, metric_plane
from landgis.services.identifying.claims import Claim, Claimed
from landgis.services.identifying.mistakes import Floats, metres_between
from landgis.services.identifying.ports import Identifiers
from landgis.services.past_ports import Past

MOST_LOOKED_UP = 2_000
"""Claims of one answer whose parcels' past is looked through: each version is computed anew."""


class FormerPlaces:
    """Looks through the past of parcels for what a stated identifier may be of."""

    def __init__(self, store: Identifiers, past: Past, jurisdiction: Jurisdiction) -> None:
        self._store = store
        self._past = past
        self._hidden_uses = jurisdiction.withheld_uses

    def suspects(self, claimed: Sequence[Claimed], by: Principal) -> dict[int, list[Suspect]]:
        """Answer by row what an earlier boundary, or another parcel, would have put there."""
        if not claimed:
            return {}
        found: dict[int, list[Suspect]] = {c.claim.row: [] for c in claimed}
        withheld = by.everywhere("withheld")
        self._of_bearers(claimed, found, withheld=withheld)
        self._of_versions(claimed[:MOST_LOOKED_UP], found, withheld=withheld)
        return found

    def _of_bearers(
        self, claimed: Sequence[Claimed], found: dict[int, list[Suspect]], *, withheld: bool
    ) -> None:
        texts = sorted({c.claim.text for c in claimed})
        bearing = self._store.bearing(texts, withheld=withheld)
        owners = {b.national_id: b.parcel.parcel_id for b in bearing}
        for one in claimed:
            owner = owners.get(one.claim.text)
            if owner is not None and one.bearer and owner != one.bearer.parcel.parcel_id:
                found[one.claim.row].append(Suspect(causes.OTHER_PARCEL, 0.0))

    def _of_versions(
        self, claimed: Sequence[Claimed], found: dict[int, list[Suspect]], *, withheld: bool
    ) -> None:
        """Compute where the feature points of ended versions lay, and what was given once."""
        rows: dict[UUID, list[Claim]] = {}
        for one in claimed:
            if one.bearer is not None:
                rows.setdefault(one.bearer.parcel.parcel_id, []).append(one.claim)
        hidden = frozenset[str]() if withheld else self._hidden_uses
        ended = [
            version
            for versions in self._past.versions(rows).values()
            for version in versions
            if version.revision_to and hidden.isdisjoint(u.code for u in version.land_uses)
        ]
        for survey, group in groupby(
            sorted(ended, key=lambda v: v.survey_epsg), key=lambda v: v.survey_epsg
        ):
            members = list(group)
            geoms = np.array([v.geom for v in members], dtype=object)
            epsg = metric_plane(geoms, survey, claimed[0].epsg)
            lonlat = identify_geoms(geoms, survey, epsg).lonlat
            for version, there in zip(members, lonlat, strict=True):
                for claim in rows[version.parcel_id]:
                    found[claim.row].append(_suspect(claim, there))
        for parcel_id, given in self._store.borne(rows).items():
            for borne in given:
                if borne.x is not None and borne.y is not None:
                    place = np.array([borne.x]), np.array([borne.y])
                    lon, lat = geodesy.transform_xy(*place, borne.epsg, geodesy.LONLAT)
                    for claim in rows[parcel_id]:
                        found[claim.row].append(_suspect(claim, np.array([lon[0], lat[0]])))


def _suspect(claim: Claim, there: Floats) -> Suspect:
    stated = np.column_stack(geohash.decode(np.array([claim.text], dtype=object)))
    return Suspect(causes.OLD, float(metres_between(stated, there[None])[0]))

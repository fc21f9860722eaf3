"""Which national identifier a parcel is given: once, and again only where the jurisdiction says."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from uuid import UUID

import numpy as np
import shapely

from landgis import geodesy
from landgis.cadastre.changes import ChangeSet, SurveyedParcel
from landgis.cadastre.identifier import PROCEDURE, fates
from landgis.cadastre.identifier.borne import Borne, geometry_sha256, has_moved
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.services.deployment import DeploymentService
from landgis.services.identifiers import identify_geoms, metric_plane
from landgis.services.identifying.ports import Identifiers
from landgis.services.ports import Progress, Surveyed, silent
from landgis.services.pyramid import for_ever

AT_ONCE = 2_000
"""Parcels in one transaction: who changes one of them meanwhile is not kept waiting."""

Land = tuple[UUID, int, int, shapely.Geometry]
"""A parcel, the revision of its version, its survey plane and its geometry there."""


class GivingService:
    """Gives the parcels of the register their identifiers."""

    def __init__(
        self,
        store: Identifiers,
        surveyed: Surveyed,
        deployments: DeploymentService,
        jurisdiction: Jurisdiction,
    ) -> None:
        self._store = store
        self._surveyed = surveyed
        self._deployments = deployments
        self._jurisdiction = jurisdiction

    def give_missing(
        self, progress: Progress = silent, is_over: Callable[[], bool] = for_ever
    ) -> tuple[int, bool]:
        """Give every live parcel that has none an identifier.

        Parameters
        ----------
        is_over
            Asked after every ``AT_ONCE`` parcels; True ends the work, which may go on later.

        Returns
        -------
        tuple
            How many were given one, or found to have none; and whether that was all.
        """
        done, after = 0, 0
        deployment = self._deployments.current()
        if self._jurisdiction.identifier is None or deployment is None:
            return 0, True
        while waiting := self._store.unidentified(after, AT_ONCE):
            lands = [_land(b.parcel) for b in waiting]
            done += self._store.assign(computed(lands, deployment.storage_epsg))
            progress("identifying", done, None)
            after = waiting[-1].parcel.fid or 0
            if is_over():
                return done, False
        return done, True

    def of_change(self, changeset: ChangeSet) -> list[Borne]:
        """Answer the identifiers that a change gives, before it is made.

        Parcels that are not in the answer go on bearing what they bore. Their revision is 0: it is
        not known yet.
        """
        if self._jurisdiction.identifier is None:
            return []
        change = _Change(
            changeset, self._store, self._surveyed, self._jurisdiction.identifier_fates
        )
        lands = [
            (parcel_id, 0, part.parcels.survey_epsg, geom)
            for part in changeset.after
            for parcel_id, geom in zip(part.ids, part.parcels.geom, strict=True)
        ]
        given = change.heirs(lands) + [b for land in lands if (b := change.as_once(land))]
        settled = {b.parcel_id for b in given}
        to_compute = [land for land in lands if land[0] not in settled and change.gives_new(land)]
        return given + computed(to_compute, self._deployments.require().storage_epsg)


class _Change:
    """What a change does to the identifiers of its parcels, by the fates of the jurisdiction."""

    def __init__(
        self, changeset: ChangeSet, store: Identifiers, surveyed: Surveyed, by: fates.Fates
    ) -> None:
        self._fates = by
        before = [b.parcel_id for b in changeset.before]
        after = set(changeset.ids_after())
        self._families = _families(changeset)
        self._borne = store.borne([*after.difference(before), *before])
        self._live = surveyed.by_ids(before)
        self._is_undo = changeset.kind == "undo"

    def gives_new(self, land: Land) -> bool:
        parcel_id, _, epsg, geom = land
        before = self._live.get(parcel_id)
        if before is None:  # made by the change, or brought back by it: then it had one
            return parcel_id not in self._borne
        if parcel_id not in self._borne:  # nobody has given it one yet: it waits for that
            return False
        moved = has_moved(before, geom, epsg)
        return self._fates["boundary" if moved else "attributes"] == "new"

    def heirs(self, lands: Sequence[Land]) -> list[Borne]:
        """Answer what parcels that the change makes take over of their parents.

        An identifier goes to one of them, the largest that its point lies in: a cut may run through
        the point itself. Of several parents the largest hands its own on.
        """
        pairs = []
        for land in lands:
            parcel_id, _, epsg, geom = land
            parents, change = self._families.get(parcel_id, ((), "split"))
            is_made = parcel_id not in self._live and parcel_id not in self._borne
            if is_made and parents and self._fates[change] == "keep":
                of_parents = [self._borne[p][-1] for p in parents if p in self._borne]
                pairs += [(b, land) for b in of_parents if _lies_in(b, geom, epsg)]
        pairs.sort(key=lambda p: (-p[1][3].area, -self._area(p[0].parcel_id), str(p[1][0])))
        found: dict[UUID, Borne] = {}
        handed = set[str | None]()
        for borne, (parcel_id, _, _, geom) in pairs:
            if parcel_id not in found and borne.national_id not in handed:
                found[parcel_id] = _handed_on(borne, parcel_id, geom)
                handed.add(borne.national_id)
        return list(found.values())

    def as_once(self, land: Land) -> Borne | None:
        """Answer the identifier of an earlier boundary that comes back, where it was replaced."""
        parcel_id, _, epsg, geom = land
        own = self._borne.get(parcel_id, [])
        before = self._live.get(parcel_id)
        if not self._is_undo or not own or before is None or not has_moved(before, geom, epsg):
            return None
        wanted = geometry_sha256(geom)
        earlier = next((b for b in reversed(own) if b.geom_sha256 == wanted), None)
        if earlier is None or earlier.national_id == own[-1].national_id:
            return None
        return _handed_on(earlier, parcel_id, geom)

    def _area(self, parcel_id: UUID) -> float:
        parcel = self._live.get(parcel_id)
        return 0.0 if parcel is None else float(parcel.geom.area)


def computed(lands: Iterable[Land], storage_epsg: int) -> list[Borne]:
    """Answer the identifiers that parcels have by the procedure; ``none`` where they have none."""
    found: list[Borne] = []
    for survey, group in groupby(sorted(lands, key=lambda land: land[2]), key=lambda land: land[2]):
        members = list(group)
        geoms = np.array([geom for *_, geom in members], dtype=object)
        identified = identify_geoms(geoms, survey, metric_plane(geoms, survey, storage_epsg))
        for land, point, name in zip(
            members, identified.points.tolist(), identified.identifiers.tolist(), strict=True
        ):
            x, y = (None, None) if name is None else point
            found.append(
                Borne(
                    parcel_id=land[0],
                    revision=land[1],
                    national_id=name,
                    status="none" if name is None else "proposed",
                    procedure=PROCEDURE,
                    epsg=identified.epsg,
                    x=x,
                    y=y,
                    geom_sha256=geometry_sha256(land[3]),
                )
            )
    return found


def _land(parcel: SurveyedParcel) -> Land:
    return parcel.parcel_id, parcel.revision or 0, parcel.survey_epsg, parcel.geom


Family = tuple[Sequence[UUID], fates.Change]


def _families(changeset: ChangeSet) -> Mapping[UUID, Family]:
    """Answer of each child its parents, and whether it came of a split or of a merger."""
    parents: dict[UUID, list[UUID]] = {}
    children: dict[UUID, set[UUID]] = {}
    for edge in changeset.lineage:
        parents.setdefault(edge.child, []).append(edge.parent)
        children.setdefault(edge.parent, set()).add(edge.child)
    return {
        child: (of, fates.descent(len(of), len(set().union(*(children[p] for p in of)))))
        for child, of in parents.items()
    }


def _lies_in(borne: Borne, geom: shapely.Geometry, epsg: int) -> bool:
    if borne.x is None or borne.y is None:
        return False
    x, y = geodesy.transform_xy(np.array([borne.x]), np.array([borne.y]), borne.epsg, epsg)
    return bool(shapely.intersects_xy(geom, x[0], y[0]))


def _handed_on(borne: Borne, parcel_id: UUID, geom: shapely.Geometry) -> Borne:
    return Borne(
        parcel_id,
        0,
        borne.national_id,
        borne.status,
        borne.procedure,
        borne.epsg,
        borne.x,
        borne.y,
        geometry_sha256(geom),
        borne.issuer,
        borne.decision,
    )

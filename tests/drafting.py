"""A register of a few parcels, two persons, and what they do with drafts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from sqlalchemy import select

from landgis.bootstrap import Services
from landgis.cadastre.changes import ChangeSet, Entry, Part, SurveyedParcel
from landgis.cadastre.drafts import Heading, Preview
from landgis.cadastre.edits import Allotment, NetChange
from landgis.cadastre.parcels import LandUseShare, ParcelSet
from landgis.cadastre.register import Principal
from landgis.services.derive import derive
from landgis.services.editing.asked import Asked
from landgis.services.editing.operations import Merge, Split
from landgis.services.editing.previews import Previewed
from landgis.services.editing.showing import Shown
from landgis.store.database import Database
from landgis.store.drafts import DraftStore
from landgis.store.history import HistoryStore
from landgis.store.surveyed import SurveyedStore
from landgis.store.tables import parcels
from tests.builders import EAST, EPSG, NORTH, column

UNIT = "25645"
OTHER_UNIT = "25630"
HEADING = Heading("HS-01", "chia cho con", "Hợp đồng 12/2026")


def person(name: str, *scopes: str, units: Sequence[str] | None = (UNIT,)) -> Principal:
    """Somebody who holds scopes in units."""
    return Principal.holding(
        f"user:{name}", {"public", *scopes}, None if units is None else frozenset(units)
    )


LAN = person("lan", "edit", "drafts")
MINH = person("minh", "review", "drafts")


class Office:
    """The services, with short words for what people do."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.drafts = services.editing.drafts
        self.previews = services.editing.previews
        self.approvals = services.editing.approvals
        self.surroundings = services.editing.surroundings

    @property
    def database(self) -> Database:
        return self.services.database

    def publish(self, *sets: ParcelSet) -> int:
        """Put parcels into the register."""
        deployment = self.services.deployments.require()
        parts = tuple(Part(s, column([uuid4() for _ in range(len(s))])) for s in sets)
        identity = self.services.jurisdiction.identity_fields
        storage = deployment.storage_epsg
        derived = [derive(s, storage, self.services.jurisdiction, identity) for s in sets]
        return HistoryStore(self.database).append(
            ChangeSet("publish", (), parts), derived, deployment, Entry("user:founder")
        )

    def by_fid(self) -> list[SurveyedParcel]:
        """Every live parcel, in the order they came into the register."""
        with self.database.begin() as connection:
            ids = connection.execute(select(parcels.c.parcel_id)).scalars().all()
        found = SurveyedStore(self.database).by_ids(ids).values()
        return sorted(found, key=lambda parcel: parcel.fid or 0)

    def live(self) -> dict[str, SurveyedParcel]:
        """Every live parcel, by ``sheet/number``."""
        return {f"{p.sheet}/{p.number}": p for p in self.by_fid()}

    def open(self, by: Principal = LAN, heading: Heading = HEADING) -> Shown:
        return self.drafts.create(heading, by, None)

    def split(
        self,
        shown: Shown,
        parcel_id: UUID,
        *line: tuple[float, float],
        allocation: Any = "proposed",
        by: Principal = LAN,
        epsg: int = EPSG,
    ) -> Previewed:
        """Try a cut along points in metres from the place, allotted as proposed unless said."""
        drawn = tuple((EAST + x, NORTH + y) for x, y in line)
        given = None if allocation == "proposed" else allocation
        op = Split(parcel_id, drawn, epsg, given)
        tried = self.previews.attempt(shown.draft.draft_id, asked(shown, by), op)
        if allocation != "proposed":
            return tried
        op = Split(parcel_id, drawn, epsg, tried.proposal)
        return self.previews.attempt(shown.draft.draft_id, asked(shown, by), op)

    def merge(self, shown: Shown, *ids: UUID, address: str | None = None) -> Previewed:
        op = Merge(ids, address)
        return self.previews.attempt(shown.draft.draft_id, asked(shown), op)

    def commit(self, shown: Shown, tried: Previewed, by: Principal = LAN) -> Shown:
        return self.drafts.commit(shown.draft.draft_id, asked(shown, by), tried.token)

    def cut(self, shown: Shown, parcel_id: UUID, *line: tuple[float, float]) -> Shown:
        """Split and take the step."""
        return self.commit(shown, self.split(shown, parcel_id, *line))

    def submit(self, shown: Shown, by: Principal = LAN) -> Shown:
        return self.drafts.submit(shown.draft.draft_id, asked(shown, by))

    def approve(self, shown: Shown, by: Principal = MINH) -> Shown:
        assert shown.sha256 is not None
        return self.approvals.approve(shown.draft.draft_id, asked(shown, by), shown.sha256)

    def draft_of(self, net: NetChange, record_no: str, by: Principal = LAN) -> Shown:
        """A draft whose one step was put there below the page; no tool moves a boundary yet."""
        shown = self.open(by, Heading(record_no, "ranh giới mới", "Biên bản 3"))
        with DraftStore(self.database).held(shown.draft.draft_id) as held:
            held.take_step(Preview("below", shown.draft.rev, {}, net, None), None)
        return self.drafts.get(shown.draft.draft_id, by)


def asked(shown: Shown, by: Principal = LAN, key: str | None = None) -> Asked:
    """A request of somebody who has just read the draft."""
    return Asked(by, shown.draft.rev, key)


def with_areas(
    parcels: ParcelSet, register_m2: float, *uses: tuple[str, float | None]
) -> ParcelSet:
    """The parcels, each with a register area and land uses."""
    parcels.register_area_m2[:] = register_m2
    for i in range(len(parcels)):
        parcels.land_uses[i] = tuple(LandUseShare(*use) for use in uses)
    return parcels


def allotment(register_m2: float | None, *uses: tuple[str, float | None]) -> Allotment:
    return Allotment(register_m2, tuple(LandUseShare(*use) for use in uses))


def coordinates(parcel: SurveyedParcel) -> set[tuple[float, float]]:
    """The vertices, to compare bit for bit."""
    return {(x, y) for x, y in np.array(parcel.geom.exterior.coords).tolist()}

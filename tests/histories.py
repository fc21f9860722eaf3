"""Registers with a past: published, split, merged, taken back, written by the one writer."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import numpy as np
from sqlalchemy import Connection, text

from landgis.cadastre import jurisdiction
from landgis.cadastre.changes import ChangeSet, Descent, Entry, Part
from landgis.cadastre.parcels import LandUseShare
from landgis.cadastre.register import Deployment
from landgis.services.derive import derive
from landgis.store.database import Database
from landgis.store.history import HistoryStore
from landgis.store.setup import SetupStore
from landgis.store.surveyed import SurveyedStore
from landgis.tiling.bands import draw
from tests.builders import column, parcel_set

VN_80 = jurisdiction.load(jurisdiction.find("vn-80"))
DEPLOYMENT = Deployment("vn-80", 9209, is_demo=False)
IDENTITY = ("unit_code", "sheet", "number")


def disarm(connection: Connection) -> None:
    """Take away what guards the history, as the owner of its tables can."""
    for table in ("revisions", "audit_log"):
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    key = "audit_log_revision_fkey"
    connection.execute(text(f"ALTER TABLE audit_log DROP CONSTRAINT IF EXISTS {key}"))


class Land(NamedTuple):
    """What a parcel is to be after a change."""

    geom: Any
    name: str
    """``unit/sheet/number``"""

    uses: tuple[tuple[str, float | None], ...] = (("ODT", 60.0), ("CLN", None))
    register_area_m2: float = 100.0
    epsg: int = 9209
    address: str | None = None


class Register:
    """A register of parcels in Hoà Thành, written change by change."""

    def __init__(self, database: Database) -> None:
        self.database = database
        if SetupStore(database).deployment() is None:
            SetupStore(database).fix_deployment(DEPLOYMENT)

    def publish(self, *lands: Land, **entry: Any) -> list[UUID]:
        """Load parcels and answer their ids."""
        ids = [uuid4() for _ in lands]
        self.change("publish", (), dict(zip(ids, lands, strict=True)), **entry)
        return ids

    def split(self, parent: UUID, *children: Land, **entry: Any) -> list[UUID]:
        """Divide a parcel and answer the ids of its children."""
        return self.divide([parent], *children, **entry)

    def divide(self, parents: Sequence[UUID], *children: Land, **entry: Any) -> list[UUID]:
        """Make new parcels out of others and answer their ids."""
        ids = [uuid4() for _ in children]
        edges = [Descent(p, c) for p in parents for c in ids]
        self.change("edit", parents, dict(zip(ids, children, strict=True)), edges, **entry)
        return ids

    def undo(self, revision: int, **entry: Any) -> int:
        """Take back a revision: what it wrote goes, what it ended comes back."""
        surveyed = SurveyedStore(self.database)
        made, ended = surveyed.written_by(revision), surveyed.ended_by(revision)
        back = {p.parcel_id: p for p in ended}
        lands = {i: self._as_land(p) for i, p in back.items()}
        edges = [
            Descent(m.parcel_id, e.parcel_id)
            for m in made
            for e in ended
            if m.parcel_id not in back and e.parcel_id not in {x.parcel_id for x in made}
        ]
        gone = [p.parcel_id for p in made]
        return self.change("undo", gone, lands, edges, undoes=revision, **entry)

    def change(
        self,
        kind: Any,
        before: Iterable[UUID],
        after: Mapping[UUID, Land],
        edges: Iterable[Descent] = (),
        undoes: int | None = None,
        **entry: Any,
    ) -> int:
        """Append one ChangeSet and answer its revision."""
        live = SurveyedStore(self.database).by_ids(before)
        parts = tuple(
            self._part({i: land for i, land in after.items() if land.epsg == epsg})
            for epsg in sorted({land.epsg for land in after.values()})
        )
        changeset = ChangeSet(
            kind, tuple(p.as_before() for p in live.values()), parts, tuple(edges), undoes
        )
        derived = [derive(part.parcels, 9209, VN_80, IDENTITY) for part in parts]
        author = entry.pop("author", "user:lan")
        return HistoryStore(self.database, draw).append(
            changeset, derived, DEPLOYMENT, Entry(author, **entry)
        )

    def link(
        self,
        kind: Any,
        before: Sequence[UUID],
        after: Mapping[UUID, Land],
        pairs: Iterable[tuple[UUID, UUID]],
    ) -> int:
        """Append a change whose families are given as pairs of parent and child."""
        return self.change(kind, before, after, [Descent(p, c) for p, c in pairs])

    def fid(self, parcel_id: UUID) -> int:
        """Answer the tile id that a parcel has or had."""
        query = text("SELECT fid FROM parcel_versions WHERE parcel_id = :id LIMIT 1")
        with self.database.begin() as connection:
            fid: int = connection.execute(query, {"id": parcel_id}).scalar_one()
        return fid

    def tamper(self, statement: str, **values: Any) -> None:
        """Change what nobody may change, as the owner of the server could."""
        with self.database.begin() as connection:
            disarm(connection)
            done = connection.execute(text(statement), values)
            assert done.rowcount > 0, statement

    def _part(self, lands: Mapping[UUID, Land]) -> Part:
        rows = list(lands.values())
        made = parcel_set([r.geom for r in rows], [r.name for r in rows], epsg=rows[0].epsg)
        made.land_uses[:] = [tuple(LandUseShare(*share) for share in r.uses) for r in rows]
        made.register_area_m2[:] = np.array([r.register_area_m2 for r in rows])
        made.address[:] = [r.address for r in rows]
        return Part(made, column(list(lands)))

    def _as_land(self, was: Any) -> Land:
        name = f"{was.unit_code}/{was.sheet}/{was.number}"
        area = float("nan") if was.register_area_m2 is None else was.register_area_m2
        return Land(was.geom, name, was.land_uses, area, was.survey_epsg, was.address)

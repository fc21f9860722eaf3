"""Random changes of a register through its one writer: split, merge, move, describe, retire, undo.

No drafts, so that ten thousand of them are a matter of minutes; what the writer does is the same.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.bootstrap import Services
from landgis.cadastre import edits
from landgis.cadastre.changes import Descent, Entry, SurveyedParcel
from landgis.cadastre.edits import NetChange, Step
from landgis.cadastre.parcels import LandUseShare
from landgis.errors import LandgisError
from landgis.geodesy import WEB_MERCATOR, transform
from landgis.services.derive import derive
from landgis.services.editing.undoing import Undo, undo
from landgis.store.history import HistoryStore
from landgis.store.past import PastStore
from landgis.store.surveyed import SurveyedStore
from landgis.tiling import bands
from proofs import land

Boxes = NDArray[np.float64]

KINDS = {"split": 5, "merge": 4, "move": 5, "describe": 4, "retire": 1, "undo": 3}
"""How often each kind is tried, beside the others."""

WITHHELD_ONE_IN = 4
"""Of the changes of a land use, those that make the land secret."""

REACH_M = 40.0
MOST_MOVED_M = 3.0
RECENT = 40
TRIES = 60
NUMBERS_APART = 50


@dataclass(frozen=True)
class Planned:
    """A change that is ready to be written."""

    kind: str
    net: NetChange
    boxes: Boxes
    """``(n, 4)`` extents before and after, EPSG:3857 metres."""

    fids: frozenset[int]
    """Of the parcels as they were before."""


class Changes:
    """Plans and writes changes of a register."""

    def __init__(self, services: Services, chance: Random, fids: Iterable[int]) -> None:
        self._services = services
        self._chance = chance
        self._surveyed = SurveyedStore(services.database)
        self._past = PastStore(services.database)
        self._history = HistoryStore(services.database, bands.draw)
        self._fids = list(fids)
        self._recent: list[int] = []
        self._number = 0
        self._kinds: dict[str, Callable[[], NetChange | None]] = {
            "split": self._split,
            "merge": self._merge,
            "move": self._move,
            "describe": self._describe,
            "retire": self._retire,
            "undo": self._undo,
        }

    def plan(self) -> Planned:
        """Answer a change that the register, as it is, would take."""
        for _ in range(TRIES):
            (kind,) = self._chance.choices(list(KINDS), list(KINDS.values()))
            try:
                net = self._kinds[kind]()
            except LandgisError:
                continue
            if net is not None and len(net):
                before = self._surveyed.by_ids([b.parcel_id for b in net.before])
                touched = [*before.values(), *net.after]
                fids = frozenset(p.fid for p in before.values() if p.fid is not None)
                return Planned(kind, net, extents(touched), fids)
        raise RuntimeError("no parcel of the register can be changed any more")

    def write(self, planned: Planned) -> tuple[int, frozenset[int]]:
        """Append a change; answer its revision and the fids before and after it."""
        services, changeset = self._services, edits.change_set(planned.net)
        deployment = services.deployments.require()
        jurisdiction = services.jurisdiction
        derived = [
            derive(
                part.parcels, deployment.storage_epsg, jurisdiction, jurisdiction.identity_fields
            )
            for part in changeset.after
        ]
        entry = Entry("user:proof", approver="user:other", basis="proof")
        revision = self._history.append(changeset, derived, deployment, entry)
        return revision, planned.fids | self.written(revision)

    def written(self, revision: int) -> frozenset[int]:
        """Take note of a revision, whoever wrote it; answer the fids that are live by it."""
        made = {p.fid for p in self._surveyed.written_by(revision) if p.fid is not None}
        self._fids += sorted(made)
        self._recent = [*self._recent, revision][-RECENT:]
        return frozenset(made)

    def any_parcel(self) -> SurveyedParcel:
        """Answer a live parcel by chance."""
        while True:
            at = self._chance.randrange(len(self._fids))
            found = self._surveyed.by_fid(self._fids[at])
            if found is not None:
                return found
            self._fids[at] = self._fids[-1]
            self._fids.pop()

    def _around(self, parcel: SurveyedParcel) -> list[SurveyedParcel]:
        near = self._surveyed.near(extents([parcel]) + np.array([-1, -1, 1, 1]) * REACH_M)
        return [p for p in near if p.parcel_id != parcel.parcel_id]

    def _split(self) -> NetChange | None:
        parent = self.any_parcel()
        line = np.array(land.cut(parent.geom, self._chance))
        children = [
            replace(
                parent, parcel_id=uuid4(), fid=None, revision=None, geom=geom, number=self._next()
            )
            for geom in edits.split(parent.geom, line).children
        ]
        return _net([parent], [], children)

    def _merge(self) -> NetChange | None:
        one = self.any_parcel()
        others = [p for p in self._around(one) if _touch(one, p)]
        if not others:
            return None
        other = self._chance.choice(others)
        made = self._new(one, edits.merge([one.geom, other.geom]))
        return _net([one, other], [], [made])

    def _move(self) -> NetChange | None:
        """Move one corner, in every parcel that has it."""
        one = self.any_parcel()
        corners = shapely.get_coordinates(one.geom)
        at = corners[self._chance.randrange(len(corners))]
        shift = np.array([self._chance.uniform(-1, 1) * MOST_MOVED_M for _ in "xy"])
        moved = [
            replace(p, geom=_moved(p.geom, at, shift))
            for p in [one, *self._around(one)]
            if p.survey_epsg == one.survey_epsg and _has(p.geom, at)
        ]
        if not all(p.geom.is_valid and not p.geom.is_empty for p in moved):
            return None
        return _net([], moved, [])

    def _describe(self) -> NetChange | None:
        one = self.any_parcel()
        if self._chance.random() < 0.3:
            return _net([], [replace(one, number=self._next())], [])
        jurisdiction = self._services.jurisdiction
        hidden = jurisdiction.withheld_uses
        is_hidden = self._chance.randrange(WITHHELD_ONE_IN) == 0
        codes = [u.code for u in jurisdiction.land_uses.latest() if (u.code in hidden) == is_hidden]
        uses = (LandUseShare(self._chance.choice(codes), None),)
        return _net([], [replace(one, land_uses=uses)], [])

    def _retire(self) -> NetChange | None:
        return _net([self.any_parcel()], [], [])

    def _undo(self) -> NetChange | None:
        if not self._recent:
            return None
        return undo(Undo(self._chance.choice(self._recent)), self._surveyed, self._past)

    def _new(self, like: SurveyedParcel, geom: Any) -> SurveyedParcel:
        number = self._next()
        return replace(like, parcel_id=uuid4(), fid=None, revision=None, geom=geom, number=number)

    def _next(self) -> str:
        """Answer a number that no approval takes: those follow the highest of their sheet."""
        self._number += 1
        return f"{90_000 + NUMBERS_APART * self._number}"


def extents(parcels: Sequence[SurveyedParcel]) -> Boxes:
    """Answer ``(n, 4)`` extents in EPSG:3857 metres."""
    boxes = [shapely.bounds(transform(p.geom, p.survey_epsg, WEB_MERCATOR)) for p in parcels]
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def _net(
    gone: Sequence[SurveyedParcel],
    changed: Sequence[SurveyedParcel],
    made: Sequence[SurveyedParcel],
) -> NetChange:
    live: dict[UUID, SurveyedParcel] = {p.parcel_id: p for p in [*gone, *changed]}
    descents = tuple(Descent(g.parcel_id, m.parcel_id) for g in gone for m in made)
    step = Step(tuple(g.parcel_id for g in gone), (*changed, *made), descents)
    return edits.compose(edits.EMPTY, step, live)


def _touch(one: SurveyedParcel, other: SurveyedParcel) -> bool:
    is_same = (one.survey_epsg, one.unit_code, one.sheet) == (
        *(other.survey_epsg, other.unit_code, other.sheet),
    )
    return is_same and shapely.intersection(one.geom, other.geom).length > land.LEAST_SHARED_M


def _has(geom: Any, corner: NDArray[np.float64]) -> bool:
    return bool((shapely.get_coordinates(geom) == corner).all(axis=1).any())


def _moved(geom: Any, corner: NDArray[np.float64], shift: NDArray[np.float64]) -> Any:
    def onto(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        hit = (xy == corner).all(axis=1)
        return xy + hit[:, None] * shift

    return shapely.transform(geom, onto)

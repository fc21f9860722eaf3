"""Take back what a batch brought into the register, as a draft for a second person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from landgis.cadastre.batches import Batch
from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.drafts import Heading, Preview
from landgis.cadastre.edits import EMPTY, NetChange, compose
from landgis.cadastre.edits.undo import inverse
from landgis.cadastre.register import Principal
from landgis.cadastre.resend import differing
from landgis.errors import Conflict
from landgis.services.access import check
from landgis.services.editing.ports import EditingStores
from landgis.services.editing.register import boxes_of
from landgis.services.editing.showing import NEAR_M, DraftShowing, Shown
from landgis.services.editing.topology import named, topology
from landgis.services.editing.work_plane import WorkPlane

Why = Literal["changed_since", "gone_since", "ground_taken", "number_taken"]

NAMED_IN_MESSAGE = 5


@dataclass(frozen=True)
class Kept:
    """A parcel that the batch wrote or retired and that stays as it is now."""

    parcel: SurveyedParcel
    why: Why
    revision: int | None
    """Which changed or retired it since; None where the ground or the number is another's now."""

    def document(self) -> dict[str, object]:
        """Answer it as JSON values."""
        return {
            "parcel_id": str(self.parcel.parcel_id),
            "fid": self.parcel.fid,
            "unit_code": self.parcel.unit_code,
            "sheet": self.parcel.sheet,
            "number": self.parcel.number,
            "why": self.why,
            "revision": self.revision,
        }


@dataclass(frozen=True)
class UndoProposed:
    """A batch's undo, handed to people as a draft."""

    kept: tuple[Kept, ...]
    """Conflicts: what others changed since is not overwritten."""

    shown: Shown
    """Without its change: a batch may have brought a hundred thousand parcels."""


@dataclass
class _Undone:
    """What a batch did, and what of it can still be taken back."""

    made: dict[UUID, SurveyedParcel]
    """Live parcels that it wrote, as they are now."""

    earlier: dict[UUID, SurveyedParcel]
    """Parcels that it replaced or retired, as they were before it."""

    kept: list[Kept]

    def keep(self, parcel: SurveyedParcel, why: Why, revision: int | None = None) -> None:
        self.made.pop(parcel.parcel_id, None)
        self.earlier.pop(parcel.parcel_id, None)
        self.kept.append(Kept(parcel, why, revision))


class BatchUndoService:
    """Takes batches back."""

    def __init__(self, stores: EditingStores, showing: DraftShowing) -> None:
        self._stores = stores
        self._showing = showing

    def propose(
        self, batch_id: UUID, by: Principal, heading: Heading, key: str | None
    ) -> UndoProposed:
        """Open a draft that takes a batch back; its author hands it in, another person approves it.

        What the batch created goes, what it replaced or retired comes back as it was. Parcels that
        others changed since stay as they are and are named.

        Raises
        ------
        Conflict
            ``batch_not_published``, ``batch_taken_back``; ``nothing_to_undo``: others have changed
            all of it since.
        NotAllowed
            ``other_unit``.
        """
        draft_id = uuid4() if key is None else uuid5(NAMESPACE_URL, f"landgis:undo:{key}")
        batch, revisions = self._published(batch_id)
        undone = self._undone(revisions, batch)
        net = self._net(undone, batch)
        for unit in {p.unit_code or "" for p in net.after} | {b.unit_code for b in net.before}:
            check(by, "edit", unit)
        self._stores.drafts.create(draft_id, heading, by, key)
        op = {
            "op": "undo_batch",
            "batch_id": str(batch_id),
            "kept": [kept.document() for kept in undone.kept],
        }
        with self._stores.drafts.held(draft_id) as held:
            if not held.draft.steps:  # else the same request has been here before
                held.take_step(Preview(f"undo {batch_id}", held.draft.rev, op, net, None), key)
        shown = self._showing.heading(self._stores.drafts.get(draft_id), by)
        return UndoProposed(tuple(undone.kept), shown)

    def _published(self, batch_id: UUID) -> tuple[Batch, list[int]]:
        """Answer a batch in the register, and the revisions that brought its rows."""
        batch = self._stores.staging.get(batch_id)
        if batch.published_revision is None:
            raise Conflict(
                "batch_not_published",
                f"Batch {batch_id} is {batch.status}: nothing of it is in the register; cancel it",
                state=batch.status,
            )
        undone_by = self._stores.mends.undone_by(batch_id)
        if undone_by is not None:
            raise Conflict(
                "batch_taken_back",
                f"Revision {undone_by} has taken batch {batch_id} back already",
                revision=undone_by,
            )
        return batch, self._stores.mends.revisions_of(batch_id)

    def _undone(self, revisions: Sequence[int], batch: Batch) -> _Undone:
        surveyed = self._stores.surveyed
        written = {p.parcel_id: p for r in revisions for p in surveyed.written_by(r)}
        earlier = {p.parcel_id: p for r in revisions for p in surveyed.ended_by(r)}
        live = surveyed.by_ids([*written, *earlier])
        undone = _Undone({i: live[i] for i in written if i in live}, dict(earlier), [])
        gone = [i for i in written if i not in live]
        ended = self._ended(gone)
        for parcel_id in gone:
            undone.keep(written[parcel_id], "gone_since", ended[parcel_id])
        for parcel_id, was in written.items():
            now = undone.made.get(parcel_id)
            if now is not None and _is_changed(was, now, is_restored=parcel_id in earlier):
                undone.keep(now, "changed_since", now.revision)
        for parcel_id in earlier.keys() & live.keys() - written.keys():
            undone.keep(live[parcel_id], "changed_since", live[parcel_id].revision)
        self._keep_taken_numbers(undone, batch)
        self._keep_taken_ground(undone)
        return undone

    def _ended(self, ids: Iterable[UUID]) -> Mapping[UUID, int | None]:
        """Answer the revision that retired each of these parcels."""
        versions = self._stores.past.versions(ids)
        return {parcel_id: found[-1].revision_to for parcel_id, found in versions.items()}

    def _keep_taken_numbers(self, undone: _Undone, batch: Batch) -> None:
        """Leave parcels retired whose name another one bears now."""
        back = {_key(p, batch): p for i, p in undone.earlier.items() if i not in undone.made}
        taken = self._stores.mends.named([key for key in back if key is not None])
        for key, name in taken.items():
            is_another = name.parcel_id not in {back[key].parcel_id, *undone.made}
            if name.is_live and is_another:
                undone.keep(back[key], "number_taken")

    def _keep_taken_ground(self, undone: _Undone) -> None:
        """Leave parcels as they are whose earlier ground others hold now."""
        while undone.earlier:
            after = list(undone.earlier.values())
            near = self._stores.surveyed.near(boxes_of(after, NEAR_M))
            beside = [p for p in near if p.parcel_id not in undone.made]
            plane = WorkPlane(after[0].survey_epsg, self._showing.storage_epsg())
            found = topology(list(undone.made.values()), after, beside, plane).overlaps
            if not found:
                return
            for parcel in {o.parcel.parcel_id: o.parcel for o in found}.values():
                undone.keep(undone.made.get(parcel.parcel_id, parcel), "ground_taken")

    def _net(self, undone: _Undone, batch: Batch) -> NetChange:
        if not undone.made and not undone.earlier:
            listed = ", ".join(named(k.parcel) for k in undone.kept[:NAMED_IN_MESSAGE])
            raise Conflict(
                "nothing_to_undo",
                f"Others have changed since what batch {batch.batch_id} brought: {listed}; take "
                "their revisions back first",
                kept=[kept.document() for kept in undone.kept],
            )
        step = inverse(list(undone.made.values()), list(undone.earlier.values()))
        net = compose(EMPTY, step, undone.made)
        return replace(net, kind="undo", undoes=batch.published_revision)


def _is_changed(was: SurveyedParcel, now: SurveyedParcel, *, is_restored: bool) -> bool:
    """Answer whether others changed a parcel since a batch wrote it.

    Nodes that a neighbour's cut has put on its boundary are no change where the parcel goes.
    """
    if was.revision == now.revision:
        return False
    return is_restored or bool(differing(was, now))


def _key(parcel: SurveyedParcel, batch: Batch) -> str | None:
    """Answer what names a parcel, by the same fields as the batch's rows."""
    parts: list[Any] = [getattr(parcel, name) for name in batch.identity_fields]
    return None if None in parts or not parts else "/".join(parts)

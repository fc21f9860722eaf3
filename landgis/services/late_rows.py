"""Rows accepted after their batch had been published: a revision of their own."""

from dataclasses import dataclass
from uuid import UUID

import numpy as np

from landgis.cadastre.batches import Batch
from landgis.cadastre.changes import ChangeSet, Entry, Part
from landgis.cadastre.ids import new_ids
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.mends import Tried, as_surveyed
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.register import Principal
from landgis.cadastre.resend import differing
from landgis.cadastre.rules import identity_keys
from landgis.errors import Conflict
from landgis.services.access import check
from landgis.services.deployment import DeploymentService
from landgis.services.derive import derive
from landgis.services.load import LoadService
from landgis.services.past_ports import Past
from landgis.services.ports import History, Mends, Surveyed
from landgis.services.retrying import Retrying


@dataclass(frozen=True)
class LetIn:
    """What a late publication did."""

    revision: int | None
    """None: no row was new."""

    rows: tuple[int, ...]
    """Rows that entered the register now."""

    known: tuple[int, ...]
    """Rows that say what the register says already."""

    held: tuple[Tried, ...]
    """Rows that the register holds back by now."""


@dataclass(frozen=True)
class Sifted:
    """The accepted rows of a published batch that are not in the register."""

    late: ParcelSet
    """Those that may enter it."""

    known: tuple[int, ...]
    held: tuple[Tried, ...]
    """As in ``LetIn``."""


class Sifting:
    """Sorts the rows that were accepted after their batch had been published."""

    def __init__(
        self,
        mends: Mends,
        surveyed: Surveyed,
        loads: LoadService,
        deployments: DeploymentService,
        retrying: Retrying,
    ) -> None:
        self._mends = mends
        self._surveyed = surveyed
        self._loads = loads
        self._deployments = deployments
        self._retrying = retrying

    def waiting(self, batch_id: UUID, by: Principal) -> list[int]:
        """Answer the rows that were accepted after their batch had been published."""
        batch = self._loads.get(batch_id, by)
        if batch.published_revision is None or self._mends.undone_by(batch_id) is not None:
            return []
        return [int(row) for row in self._mends.late(batch).row]

    def published(self, batch_id: UUID, by: Principal) -> tuple[Batch, int]:
        """Answer a batch that is in the register, and its revision.

        Raises
        ------
        Conflict
            ``batch_not_published``, ``batch_taken_back``.
        """
        batch = self._loads.get(batch_id, by)
        taken_back = self._mends.undone_by(batch_id)
        if taken_back is not None:
            raise Conflict(
                "batch_taken_back",
                f"Revision {taken_back} took batch {batch_id} back; hand its file in again",
                revision=taken_back,
            )
        if batch.published_revision is None:
            raise Conflict(
                "batch_not_published",
                f"Batch {batch_id} is {batch.status}; publish it, its mended rows go with it",
            )
        return batch, batch.published_revision

    def sift(self, batch: Batch, revision: int, by: Principal) -> Sifted:
        """Sort a batch's late rows; those that the register speaks against wait again.

        Raises
        ------
        Conflict
            ``nothing_to_publish``, ``rows_changing``.
        """
        late = self._mends.late(batch)
        if not len(late):
            raise Conflict(
                "nothing_to_publish",
                f"Every accepted row of batch {batch.batch_id} is in the register; mend and retry "
                "others",
            )
        known = self._known(batch, late)
        if known:
            self._mends.settled(batch.batch_id, known, revision)
        late = late.take(~np.isin(late.row, known))
        held = self._held(batch, late, by) if len(late) else []
        late = late.take(~np.isin(late.row, [tried.row for tried in held]))
        return Sifted(late, tuple(known), tuple(held))

    def _known(self, batch: Batch, late: ParcelSet) -> list[int]:
        """Answer the rows that say what the register says: a dossier has brought them."""
        keys = identity_keys(late, batch.identity_fields)
        named = self._mends.named([key for key in keys if key is not None])
        ids = {key: name.parcel_id for key, name in named.items() if name.is_live}
        live = self._surveyed.by_ids(ids.values())
        rows = as_surveyed(late, late.row.tolist())
        return [
            int(late.row[i])
            for i, key in enumerate(keys)
            if key in ids and not differing(rows[i], live[ids[key]])
        ]

    def _held(self, batch: Batch, late: ParcelSet, by: Principal) -> list[Tried]:
        storage_epsg = self._deployments.require().storage_epsg
        seen = self._mends.stamp(batch.batch_id)
        tried = self._retrying.judge(batch, late, storage_epsg, by)
        held = [t for t in tried if not t.is_accepted]
        if held and not self._mends.settle(batch.batch_id, seen, held, by.name):
            raise Conflict(
                "rows_changing", f"Others mend rows of batch {batch.batch_id} now; try again"
            )
        return held


class LateRowService:
    """Lets rows into the register after the rest of their batch."""

    def __init__(
        self,
        sifting: Sifting,
        past: Past,
        history: History,
        deployments: DeploymentService,
        jurisdiction: Jurisdiction,
        retrying: Retrying,
    ) -> None:
        self._sifting = sifting
        self._past = past
        self._history = history
        self._deployments = deployments
        self._jurisdiction = jurisdiction
        self._retrying = retrying

    def waiting(self, batch_id: UUID, by: Principal) -> list[int]:
        """Answer the rows that were accepted after their batch had been published."""
        return self._sifting.waiting(batch_id, by)

    def publish(self, batch_id: UUID, by: Principal) -> LetIn:
        """Let the rows into the register that were accepted after their batch had been published.

        They become a revision of their own. Those that the register meanwhile speaks against are
        held back again, with the reason.

        Raises
        ------
        Conflict
            ``batch_not_published``, ``batch_taken_back``; ``nothing_to_publish``;
            ``second_person_needed``: the batch came in by a dossier; ``identity_taken``,
            ``already_published``: lost races.
        Refused
            ``new_overlap``: a parcel came to lie there meanwhile.
        NotAllowed
            ``other_unit``.
        """
        batch, revision = self._sifting.published(batch_id, by)
        if self._past.revisions([revision])[revision].approver is not None:
            raise Conflict(
                "second_person_needed",
                f"Batch {batch_id} came in by a dossier that another person approved; propose its "
                "mended rows as another one (landgis propose)",
            )
        sifted = self._sifting.sift(batch, revision, by)
        written = self._append(batch, sifted.late, by) if len(sifted.late) else None
        return LetIn(written, tuple(sifted.late.row.tolist()), sifted.known, sifted.held)

    def _append(self, batch: Batch, late: ParcelSet, by: Principal) -> int:
        deployment = self._deployments.require()
        ids = new_ids(len(late))
        changeset = ChangeSet("publish", (), (Part(late, ids),))
        for unit in changeset.units():
            check(by, "import", unit)
        storage = deployment.storage_epsg
        derived = derive(late, storage, self._jurisdiction, batch.identity_fields)
        rows = as_surveyed(late, list(ids))
        return self._history.append(
            changeset,
            [derived],
            deployment,
            Entry(
                author=by.name,
                basis=f"file {batch.file_name}, sha256 {batch.sha256}, rows mended",
                batch_id=batch.batch_id,
                is_late=True,
            ),
            check=lambda now: self._retrying.refuse_overlap(now, rows, storage, by),
        )

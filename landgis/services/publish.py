"""Publish a staged batch: what was accepted fills units that are empty, as one revision."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from landgis.cadastre.batches import Batch
from landgis.cadastre.changes import Entry, Filling, NewParcels
from landgis.cadastre.ids import new_id_bytes
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.register import Deployment, Principal
from landgis.errors import Conflict, Unavailable
from landgis.services.access import check
from landgis.services.deployment import DeploymentService
from landgis.services.derive import derive
from landgis.services.displaced import BesideLive, Displaced
from landgis.services.pace import ahead, collecting_little
from landgis.services.ports import History, Mends, Progress, Staging, silent


@dataclass(frozen=True)
class Published:
    """What a publication did."""

    batch_id: UUID
    revision: int
    created: int
    already: bool
    """True: the batch had been published before and nothing happened now."""


class PublishService:
    """Moves staged parcels into the register."""

    def __init__(
        self,
        staging: Staging,
        history: History,
        deployments: DeploymentService,
        jurisdiction: Jurisdiction,
        mends: Mends,
    ) -> None:
        self._mends = mends
        self._staging = staging
        self._history = history
        self._deployments = deployments
        self._jurisdiction = jurisdiction

    def publish(
        self,
        batch_id: UUID,
        by: Principal,
        progress: Progress = silent,
        accepted: Sequence[ParcelSet] | None = None,
    ) -> Published:
        """Make a staged batch part of the register; a published one answers with its revision.

        One person may do so only into units that are still empty; the check happens under the
        units' locks, so two publications cannot both find a unit empty.

        Parameters
        ----------
        accepted
            The batch's accepted rows by blocks, from whoever staged them a moment ago; None: read
            them.

        Raises
        ------
        Conflict
            ``batch_not_staged``, ``nothing_to_publish``, ``unit_not_empty``, ``identity_taken``;
            ``register_overlap``: parcels came to lie where some rows do; these wait from now on.
        """
        batch = self.request(batch_id)
        if batch.published_revision is not None:
            return Published(batch_id, batch.published_revision, 0, already=True)
        if not self._staging.move(batch_id, "staged", "publishing"):
            self.request(batch_id)  # raises when it was cancelled meanwhile
        try:
            with collecting_little():
                return self._publish(batch, by, progress, accepted)
        except Displaced as displaced:
            self.release(batch_id)
            self._hold_back(batch, displaced, by)
            raise
        except BaseException:
            with suppress(Unavailable):  # then it stays so, and may be published again
                self.release(batch_id)
            raise

    def release(self, batch_id: UUID) -> None:
        """Say of a batch whose publication ended without one that it is staged as before."""
        self._staging.move(batch_id, "publishing", "staged")

    def request(self, batch_id: UUID) -> Batch:
        """Answer a batch that may be published, or has been.

        Raises
        ------
        Conflict
            ``batch_not_staged``, ``dry_run``.
        """
        batch = self._staging.get(batch_id)
        if batch.status not in ("staged", "publishing", "published"):
            raise Conflict(
                "batch_not_staged",
                f"Batch {batch_id} is {batch.status}; only a staged one can be published",
            )
        if batch.options.get("dry_run"):
            raise Conflict("dry_run", f"Batch {batch_id} is a dry run; import the file itself")
        return batch

    def _publish(
        self,
        batch: Batch,
        by: Principal,
        progress: Progress,
        accepted: Sequence[ParcelSet] | None,
    ) -> Published:
        units, total = self._staging.acceptance(batch.batch_id)
        if not total:
            raise Conflict(
                "nothing_to_publish",
                f"Batch {batch.batch_id} holds no accepted row; mend the file first",
            )
        for unit in units:
            check(by, "import", unit)
        progress("publishing", 0, total)
        entry = Entry(
            author=by.name,
            basis=f"file {batch.file_name}, sha256 {batch.sha256}",
            batch_id=batch.batch_id,
        )
        deployment = self._deployments.require()
        rows = partial(self._rows, batch, accepted)
        live = BesideLive(batch, total, rows, deployment.storage_epsg, self._jurisdiction)
        blocks = ahead(self._new_parcels(rows(), deployment, batch.identity_fields))
        revision = self._history.fill(
            Filling(units, total, blocks, batch.base_revision, live.refuse),
            deployment,
            entry,
            lambda done: progress("publishing", done, total),
        )
        return Published(batch.batch_id, revision, total, already=False)

    def _rows(self, batch: Batch, accepted: Sequence[ParcelSet] | None) -> Iterator[ParcelSet]:
        return self._staging.accepted_blocks(batch) if accepted is None else iter(accepted)

    def _hold_back(self, batch: Batch, displaced: Displaced, by: Principal) -> None:
        """Let the rows wait to be mended, unless others are at them right now."""
        seen = self._mends.stamp(batch.batch_id)
        self._mends.settle(batch.batch_id, seen, displaced.tried, by.name)

    def _new_parcels(
        self, source: Iterator[ParcelSet], deployment: Deployment, fields: tuple[str, ...]
    ) -> Iterator[NewParcels]:
        last: bytes | None = None
        for parcels in source:
            if len(parcels):
                ids = new_id_bytes(len(parcels), last)
                last = ids[-1].tobytes()
                derived = derive(parcels, deployment.storage_epsg, self._jurisdiction, fields)
                yield NewParcels(parcels, ids, derived)

"""Publish a staged batch: the difference to the register becomes one ChangeSet."""

from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from landgis.cadastre.batches import Batch
from landgis.cadastre.changes import ChangeSet, Entry, Part
from landgis.cadastre.ids import new_ids
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.register import Principal
from landgis.errors import Conflict, Unavailable
from landgis.services.access import check
from landgis.services.deployment import DeploymentService
from landgis.services.derive import derive
from landgis.services.ports import History, Progress, Staging, silent


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
    ) -> None:
        self._staging = staging
        self._history = history
        self._deployments = deployments
        self._jurisdiction = jurisdiction

    def publish(
        self,
        batch_id: UUID,
        by: Principal,
        progress: Progress = silent,
        accepted: ParcelSet | None = None,
    ) -> Published:
        """Make a staged batch part of the register; a published one answers with its revision.

        One person may do so only into units that are still empty; the check happens under the
        units' locks, so two publications cannot both find a unit empty.

        Parameters
        ----------
        accepted
            The batch's accepted rows, from whoever staged them a moment ago; None: read them.

        Raises
        ------
        Conflict
            ``batch_not_staged``, ``nothing_to_publish``, ``unit_not_empty``, ``identity_taken``.
        """
        batch = self.request(batch_id)
        if batch.published_revision is not None:
            return Published(batch_id, batch.published_revision, 0, already=True)
        if not self._staging.move(batch_id, "staged", "publishing"):
            self.request(batch_id)  # raises when it was cancelled meanwhile
        try:
            return self._publish(batch, by, progress, accepted)
        except BaseException:
            with suppress(Unavailable):  # then it stays so, and may be published again
                self.release(batch_id)
            raise

    def release(self, batch_id: UUID) -> None:
        """Say of a batch whose publication ended without one that it is staged as before."""
        self._staging.move(batch_id, "publishing", "staged")

    def request(self, batch_id: UUID) -> Batch:
        """Answer a batch that may be published, or has been; ``Conflict`` ``batch_not_staged``."""
        batch = self._staging.get(batch_id)
        if batch.status not in ("staged", "publishing", "published"):
            raise Conflict(
                "batch_not_staged",
                f"Batch {batch_id} is {batch.status}; only a staged one can be published",
            )
        return batch

    def _publish(
        self, batch: Batch, by: Principal, progress: Progress, accepted: ParcelSet | None
    ) -> Published:
        parcels = self._staging.accepted(batch) if accepted is None else accepted
        if not len(parcels):
            raise Conflict(
                "nothing_to_publish",
                f"Batch {batch.batch_id} holds no accepted row; mend the file first",
            )
        total = len(parcels)
        progress("publishing", 0, total)
        deployment = self._deployments.require()
        derived = derive(
            parcels, deployment.storage_epsg, self._jurisdiction, batch.identity_fields
        )
        changeset = ChangeSet("publish", (), (Part(parcels, new_ids(len(parcels))),))
        for unit in changeset.units():
            check(by, "import", unit)
        entry = Entry(
            author=by.name,
            basis=f"file {batch.file_name}, sha256 {batch.sha256}",
            batch_id=batch.batch_id,
            into_empty_units=True,
        )
        revision = self._history.append(
            changeset,
            [derived],
            deployment,
            entry,
            lambda done: progress("publishing", done, total),
        )
        progress("publishing", total, total)
        return Published(batch.batch_id, revision, total, already=False)

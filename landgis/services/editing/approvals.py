"""The second person's story: return a draft, or make its change the register's next revision."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from landgis.cadastre import edits
from landgis.cadastre.changes import Approved, Entry, Neighbourhood
from landgis.cadastre.drafts import Draft, State
from landgis.cadastre.edits import NetChange
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.register import Principal
from landgis.errors import Conflict, NotAllowed
from landgis.services.deployment import DeploymentService
from landgis.services.derive import derive
from landgis.services.editing.asked import Asked
from landgis.services.editing.ports import EditingStores
from landgis.services.editing.rights import check_reviewer
from landgis.services.editing.showing import DraftShowing, Shown, digest
from landgis.services.editing.topology import overlap_refused, topology
from landgis.services.editing.view import fates_of, plane_of
from landgis.services.identifying.giving import GivingService

SUBMITTED: tuple[State, ...] = ("submitted",)


class ApprovalService:
    """Decides on what another person submitted."""

    def __init__(
        self,
        stores: EditingStores,
        showing: DraftShowing,
        deployments: DeploymentService,
        jurisdiction: Jurisdiction,
    ) -> None:
        self._stores = stores
        self._showing = showing
        self._deployments = deployments
        self._jurisdiction = jurisdiction
        self._giving = GivingService(stores.identifiers, stores.surveyed, deployments, jurisdiction)

    def give_back(self, draft_id: UUID, asked: Asked, comment: str) -> Shown:
        """Return a draft to its author, with the reason.

        Raises
        ------
        NotAllowed
            ``own_draft``, ``other_unit``.
        Conflict
            ``stale_draft``, ``draft_not_submitted``.
        """
        with self._stores.drafts.held(draft_id) as held:
            check_reviewer(held.draft, asked.by)
            if not asked.is_done(held.draft):
                _check(held.draft, asked)
                held.give_back(asked.by, comment, asked.key)
        return self._showing.draft(draft_id, asked.by)

    def approve(self, draft_id: UUID, asked: Asked, sha256: bytes) -> Shown:
        """Make a draft's change permanent, if it still is what the approver was shown.

        Raises
        ------
        NotAllowed
            ``own_draft``, ``other_unit``; ``scope_missing``: it changes land that is withheld.
        Conflict
            ``stale_draft``, ``draft_not_submitted``, ``changed_since_shown``; ``stale``: a parcel
            changed meanwhile; ``identity_taken``.
        Refused
            ``new_overlap``: it would overlap a parcel that came to lie there meanwhile.
        """
        draft = self._stores.drafts.get(draft_id)
        check_reviewer(draft, asked.by)
        if not asked.is_done(draft):
            _check(draft, asked)
            net = self._stores.drafts.net(draft)
            self._check_seen(draft, net, asked.by)
            if digest(draft, net) != sha256:
                raise Conflict(
                    "changed_since_shown",
                    f"Dossier {draft.heading.record_no} is not what you were shown; open it again "
                    "and read it",
                )
            self._append(draft, net, asked, sha256)
        return self._showing.draft(draft_id, asked.by)

    def _append(self, draft: Draft, net: NetChange, asked: Asked, sha256: bytes) -> None:
        deployment = self._deployments.require()
        changeset = edits.change_set(net)
        batch_id = self._stores.drafts.batch_of(draft)
        identity = self._jurisdiction.identity_fields
        if batch_id is not None:
            identity = self._stores.staging.get(batch_id).identity_fields
        derived = [
            derive(part.parcels, deployment.storage_epsg, self._jurisdiction, identity)
            for part in changeset.after
        ]
        entry = Entry(
            author=draft.author,
            approver=asked.by.name,
            basis=_basis(draft),
            record_no=draft.heading.record_no,
            batch_id=batch_id,
            draft=Approved(draft.draft_id, sha256, asked.by.shown_as, asked.key),
            effective_on=datetime.now(self._jurisdiction.time_zone).date(),
        )
        self._stores.history.append(
            changeset,
            derived,
            deployment,
            entry,
            check=self._ground(net, asked.by, deployment.storage_epsg),
            identifiers=self._giving.of_change(changeset),
        )

    def _ground(
        self, net: NetChange, by: Principal, storage_epsg: int
    ) -> Callable[[Neighbourhood], None]:
        """Answer what is asked under the locks: whether anything overlaps now."""

        def check(now: Neighbourhood) -> None:
            if not net.after:
                return  # what only takes parcels away makes no overlap, however many they are
            before = {parcel.parcel_id: parcel for parcel in now.before}
            plane = plane_of(net, before, storage_epsg)
            found = topology(now.before, net.after, now.neighbours, plane)
            for overlap in found.overlaps:
                hidden = not self._showing.sees(by, overlap.other)
                raise overlap_refused(overlap, is_hidden=hidden)

        return check

    def _check_seen(self, draft: Draft, net: NetChange, by: Principal) -> None:
        """Nobody approves what he may not see; a node in withheld land changes none of it."""
        seen = self._showing.seen(net)
        fates = fates_of(net, seen, plane_of(net, seen, self._showing.storage_epsg()))
        own = [p for p in (*seen.values(), *net.after) if fates[p.parcel_id] != "node_added"]
        if not all(self._showing.sees(by, parcel) for parcel in own):
            raise NotAllowed(
                "scope_missing",
                f"Dossier {draft.heading.record_no} changes land that is withheld; approving it "
                "needs the scope 'withheld'",
                scope="withheld",
            )


def _check(draft: Draft, asked: Asked) -> None:
    if draft.state != "submitted":
        raise Conflict(
            "draft_not_submitted",
            f"Dossier {draft.heading.record_no} is {draft.state}; only a submitted one is decided",
            state=draft.state,
        )
    asked.check(draft, SUBMITTED)


def _basis(draft: Draft) -> str:
    """Answer what a draft rests on, in one line; files by hash, as their names may name people."""
    files = [f"file sha256 {paper.sha256.hex()}" for paper in draft.papers]
    return "; ".join(filter(None, [draft.heading.basis, *files]))

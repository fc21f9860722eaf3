"""Rows accepted after their batch had been published, as a dossier for a second person."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from landgis.cadastre.drafts import Heading, Preview
from landgis.cadastre.edits import NetChange
from landgis.cadastre.mends import Tried, as_surveyed
from landgis.cadastre.register import Principal
from landgis.errors import Conflict
from landgis.services.access import check
from landgis.services.editing.drafting import DraftService
from landgis.services.editing.ports import Drafts
from landgis.services.editing.showing import Shown
from landgis.services.late_rows import Sifting


@dataclass(frozen=True)
class LateProposed:
    """Late rows, handed to people as a draft."""

    rows: tuple[int, ...]
    held: tuple[Tried, ...]
    """Rows that the register holds back by now."""

    shown: Shown


class LateProposalService:
    """Proposes late rows of batches that came in by a dossier."""

    def __init__(self, sifting: Sifting, drafts: Drafts, drafting: DraftService) -> None:
        self._sifting = sifting
        self._drafts = drafts
        self._drafting = drafting

    def propose(
        self, batch_id: UUID, by: Principal, heading: Heading, key: str | None
    ) -> LateProposed:
        """Open a draft with a batch's late rows; another person approves it.

        Raises
        ------
        Conflict
            ``batch_not_published``, ``batch_taken_back``, ``nothing_to_publish``.
        NotAllowed
            ``other_unit``.
        """
        batch, revision = self._sifting.published(batch_id, by)
        sifted = self._sifting.sift(batch, revision, by)
        late = sifted.late
        rows = tuple(late.row.tolist())
        if not rows:
            raise Conflict(
                "nothing_to_publish", f"The register holds every late row of batch {batch_id} back"
            )
        for unit in {code or "" for code in late.unit_code}:
            check(by, "edit", unit)
        net = NetChange((), tuple(as_surveyed(late, [uuid4() for _ in rows])), ())
        draft_id = self._drafting.create(heading, by, key).draft.draft_id
        op = {"op": "late_rows", "batch_id": str(batch_id), "rows": list(rows)}
        with self._drafts.held(draft_id) as held:
            if not held.draft.steps:  # else the same request has been here before
                held.take_step(Preview(f"rows {batch_id}", held.draft.rev, op, net, None), key)
        return LateProposed(rows, sifted.held, self._drafting.get(draft_id, by))

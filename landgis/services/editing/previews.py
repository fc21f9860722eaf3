"""Steps of a draft, tried before they are taken."""

import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from landgis.cadastre import edits
from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.drafts import CHANGEABLE, Draft, Preview
from landgis.cadastre.edits import EMPTY, Allotment, NetChange
from landgis.cadastre.register import Principal
from landgis.errors import Conflict, NotFound, Refused
from landgis.services.access import check
from landgis.services.editing.asked import Asked
from landgis.services.editing.operations import Admit, Merge, Outcome, Split, merge, split
from landgis.services.editing.ports import EditingStores
from landgis.services.editing.register import DraftRegister
from landgis.services.editing.rights import check_author, check_targets
from landgis.services.editing.showing import DraftShowing, ShownChange
from landgis.services.editing.undoing import Undo, undo

Op = Split | Merge | Undo


@dataclass(frozen=True)
class Previewed:
    """A step that was tried."""

    token: str
    refusal: Refused | None
    """What keeps it from being taken; None: nothing does."""

    proposal: tuple[Allotment, ...] | None
    change: ShownChange


class PreviewService:
    """Tries steps."""

    def __init__(self, stores: EditingStores, showing: DraftShowing) -> None:
        self._stores = stores
        self._drafts = stores.drafts
        self._showing = showing

    def attempt(self, draft_id: UUID, asked: Asked, op: Op) -> Previewed:
        """Try a step and keep it; the one tried last may be taken.

        Raises
        ------
        NotFound
            ``no_such_draft``, ``no_such_parcel``, ``no_such_revision``.
        NotAllowed
            ``not_author``, ``other_unit``.
        Conflict
            ``stale_draft``, ``draft_not_open``, ``undo_alone``; see ``undoing.undo``.
        Refused
            Why the operation is none on these parcels.
        """
        draft = self._drafts.get(draft_id)
        check_author(draft, asked.by)
        asked.check(draft, CHANGEABLE)
        net, outcome = self._tried(draft, op, asked.by)
        net = self._numbered(draft, net)
        refusal = outcome.refusal if outcome else None
        change, refusal = self._showing.change(draft, net, asked.by, refusal)
        preview = Preview(
            token=secrets.token_urlsafe(16),
            rev=draft.rev,
            op=_op_document(op),
            net=net,
            refusal=_refusal_document(refusal),
        )
        with self._drafts.held(draft_id) as held:
            asked.check(held.draft, CHANGEABLE)
            held.keep_preview(preview)
        return Previewed(preview.token, refusal, outcome.proposal if outcome else None, change)

    def _tried(self, draft: Draft, op: Op, by: Principal) -> tuple[NetChange, Outcome | None]:
        """Answer the draft's whole change with one more step."""
        net = self._drafts.net(draft)
        if (isinstance(op, Undo) and net != EMPTY) or net.kind == "undo":
            raise Conflict(
                "undo_alone",
                "Taking a revision back is a draft of its own; undo the other steps or open a new "
                "draft",
            )
        if isinstance(op, Undo):
            net = undo(op, self._stores.surveyed, self._stores.past)
            check_targets(net, by)
            return net, None
        register = DraftRegister(self._stores.surveyed, net)
        storage_epsg = self._showing.storage_epsg()
        admit = self._admit(by)
        outcome = (
            split(op, register, storage_epsg, admit)
            if isinstance(op, Split)
            else merge(op, register, storage_epsg, admit)
        )
        return edits.compose(net, outcome.step, register.live), outcome

    def _admit(self, by: Principal) -> Admit:
        def admit(parcel: SurveyedParcel) -> None:
            if not self._showing.sees(by, parcel):
                raise NotFound(
                    "no_such_parcel", f"There is no parcel {parcel.parcel_id} in the register"
                )
            check(by, "edit", parcel.unit_code or "")

        return admit

    def _numbered(self, draft: Draft, net: NetChange) -> NetChange:
        """Give what the change creates numbers: those the draft holds, then the next free ones."""
        held = self._stores.numbers.held(draft.draft_id)
        free: dict[tuple[str, str], list[str]] = {}
        for sheet, count in edits.wanted(net).items():
            mine = list(held.get(sheet, []))
            missing = count - len(mine)
            highest = self._stores.numbers.highest(*sheet) if missing > 0 else 0
            free[sheet] = mine + [str(highest + i + 1) for i in range(missing)]
        return edits.number(net, free)


def _op_document(op: Op) -> dict[str, Any]:
    values = {"op": type(op).__name__.lower(), **asdict(op)}
    document: dict[str, Any] = json.loads(json.dumps(values, default=str))
    return document


def _refusal_document(refusal: Refused | None) -> dict[str, Any] | None:
    if refusal is None:
        return None
    return {"code": refusal.code, "detail": refusal.message, **refusal.data}

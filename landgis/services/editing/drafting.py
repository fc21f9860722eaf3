"""Drafts: opened, changed step by step, handed in; approval is another person's story."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from landgis.cadastre import edits
from landgis.cadastre.drafts import CHANGEABLE, PENDING, Draft, Heading, Paper, State
from landgis.cadastre.edits import NetChange
from landgis.cadastre.register import Principal
from landgis.errors import Conflict, NotFound, Refused
from landgis.services.editing.asked import Asked
from landgis.services.editing.ports import EditingStores, HeldDraft
from landgis.services.editing.rights import (
    check_author,
    check_reader,
    check_reviewer,
    check_targets,
    units_read,
)
from landgis.services.editing.showing import DraftShowing, Shown, digest

LIST_LIMIT = 200
"""Most drafts a list answers."""

MOST_BYTES = 20 * 1024**2
"""Largest file that a draft may rest on."""

MAGIC: Mapping[bytes, str] = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
"""First bytes of the kinds of files that are taken."""


class DraftService:
    """What an author does with his drafts."""

    def __init__(self, stores: EditingStores, showing: DraftShowing) -> None:
        self._stores = stores
        self._drafts = stores.drafts
        self._showing = showing

    def create(self, heading: Heading, by: Principal, key: str | None) -> Shown:
        """Open a draft; the same request again answers with the draft it opened."""
        draft_id = uuid4() if key is None else uuid5(NAMESPACE_URL, f"landgis:draft:{key}")
        self._drafts.create(draft_id, heading, by, key)
        return self._showing.draft(draft_id, by)

    def listed(self, by: Principal, state: State | None, *, mine: bool) -> list[Shown]:
        """Answer the drafts that somebody may read, the newest first, without their changes."""
        drafts = self._drafts.listed(
            state=state,
            author=by.name if mine else None,
            reader=by.name,
            units=units_read(by),
            limit=LIST_LIMIT,
        )
        return [self._showing.heading(draft, by) for draft in drafts]

    def get(self, draft_id: UUID, by: Principal) -> Shown:
        """Answer a draft with its whole change; ``NotFound`` ``no_such_draft``."""
        self.readable(draft_id, by)
        return self._showing.draft(draft_id, by)

    def readable(self, draft_id: UUID, by: Principal) -> Draft:
        """Answer a draft that somebody may read.

        Raises
        ------
        NotFound
            ``no_such_draft``.
        NotAllowed
            ``other_unit``.
        """
        draft = self._drafts.get(draft_id)
        check_reader(draft, by)
        return draft

    def admit(self, draft_id: UUID, scope: str | None, by: Principal) -> None:
        """Let pass whoever may act on a draft by a scope: its author, its reviewers, its readers.

        Raises
        ------
        NotFound
            ``no_such_draft``.
        NotAllowed
            ``other_unit``, ``not_author``, ``own_draft``.
        """
        draft = self._drafts.get(draft_id)
        {"edit": check_author, "review": check_reviewer}.get(scope or "", check_reader)(draft, by)

    def rename(self, draft_id: UUID, asked: Asked, changes: Mapping[str, Any]) -> Shown:
        """Give some of a draft's ``record_no``, ``reason`` and ``basis`` another value."""

        def change(held: HeldDraft) -> None:
            held.rename(replace(held.draft.heading, **changes), asked.key)

        return self._write(draft_id, asked, change)

    def attach(self, draft_id: UUID, asked: Asked, name: str, content: bytes) -> Shown:
        """Rest a draft on a file.

        Raises
        ------
        Refused
            ``not_a_document``: neither PDF nor PNG nor JPEG.
        """
        check_author(self._drafts.get(draft_id), asked.by)
        kind = next((kind for magic, kind in MAGIC.items() if content.startswith(magic)), None)
        if kind is None:
            raise Refused("not_a_document", f"{name} is neither a PDF nor a PNG nor a JPEG file")
        paper = Paper(hashlib.sha256(content).digest(), name, kind, len(content))
        self._stores.documents.put(paper.sha256, kind, content)
        if asked.key is not None:  # another file under the same key is another request
            asked = replace(asked, key=f"{asked.key} {paper.sha256.hex()}")
        return self._write(
            draft_id, asked, lambda held: held.attach(paper, asked.by.name, asked.key)
        )

    def paper(self, draft_id: UUID, sha256: bytes, by: Principal) -> tuple[Paper, bytes]:
        """Answer a file that a draft rests on; ``NotFound`` ``no_such_document``."""
        draft = self.readable(draft_id, by)
        for paper in draft.papers:
            if paper.sha256 == sha256:
                return paper, self._stores.documents.content(sha256)
        raise NotFound(
            "no_such_document",
            f"Dossier {draft.heading.record_no} rests on no document {sha256.hex()}",
        )

    def consent(self, draft_id: UUID, asked: Asked, parcel_id: UUID, text: str) -> Shown:
        """Keep what the holders of a parcel say to a boundary that the draft moves.

        Raises
        ------
        Refused
            ``no_consent_needed``: the draft does not move that parcel's boundary.
        """

        def change(held: HeldDraft) -> None:
            if parcel_id not in {consent.parcel_id for consent in held.draft.consents}:
                raise Refused(
                    "no_consent_needed",
                    f"Dossier {held.draft.heading.record_no} needs no consent of parcel "
                    f"{parcel_id}",
                )
            held.consent(parcel_id, text, asked.by.name, asked.key)

        return self._write(draft_id, asked, change)

    def commit(self, draft_id: UUID, asked: Asked, token: str) -> Shown:
        """Take the step that was tried last.

        Raises
        ------
        Conflict
            ``preview_gone``: another was tried since, or the draft stands at another step.
        Refused
            What the preview said keeps it from being taken.
        """

        def change(held: HeldDraft) -> None:
            preview = held.preview()
            if preview is None or preview.token != token:
                raise Conflict(
                    "preview_gone", "This preview is no longer the newest; try the step again"
                )
            if preview.refusal is not None:
                raise Refused(preview.refusal["code"], preview.refusal["detail"])
            held.take_step(preview, asked.key)

        return self._write(draft_id, asked, change)

    def undo(self, draft_id: UUID, asked: Asked) -> Shown:
        """Go back a step; ``Conflict`` ``nothing_to_undo``."""

        def change(held: HeldDraft) -> None:
            if held.draft.step == 0:
                raise Conflict("nothing_to_undo", "The draft stands before its first step")
            held.go_to(held.draft.step - 1, asked.key)

        return self._write(draft_id, asked, change)

    def redo(self, draft_id: UUID, asked: Asked) -> Shown:
        """Take a step again that was undone; ``Conflict`` ``nothing_to_redo``."""

        def change(held: HeldDraft) -> None:
            if held.draft.step == held.draft.steps:
                raise Conflict("nothing_to_redo", "The draft stands at its last step")
            held.go_to(held.draft.step + 1, asked.key)

        return self._write(draft_id, asked, change)

    def submit(self, draft_id: UUID, asked: Asked) -> Shown:
        """Hand a draft in: its numbers are held for it, and what is shown is fixed.

        Raises
        ------
        Refused
            ``draft_empty``, ``basis_missing``, ``consent_missing``.
        Conflict
            ``stale``: a parcel changed since the draft first saw it.
        """
        draft = self._drafts.get(draft_id)
        check_author(draft, asked.by)
        if not asked.is_done(draft):
            asked.check(draft, CHANGEABLE)
            net = self._drafts.net(draft)
            self._check_complete(draft, net, asked.by)
            # In a transaction of its own, before the draft is locked: what two requests at once
            # take twice is held by the draft, and void when it is decided.
            numbers = self._stores.numbers.reserve(draft_id, edits.wanted(net))
            final = edits.number(net, numbers)
            self._change(
                draft_id,
                asked,
                lambda held: held.submit(final, digest(held.draft, final), asked.key),
            )
        return self._showing.draft(draft_id, asked.by)

    def abandon(self, draft_id: UUID, asked: Asked) -> Shown:
        """Give a draft up; the numbers it holds are void."""
        shown = self._write(draft_id, asked, lambda held: held.abandon(asked.key), PENDING)
        self._stores.numbers.release(draft_id)
        return shown

    def _write(
        self,
        draft_id: UUID,
        asked: Asked,
        change: Callable[[HeldDraft], None],
        states: tuple[State, ...] = CHANGEABLE,
    ) -> Shown:
        """Change a draft and answer it as it is then."""
        self._change(draft_id, asked, change, states)
        return self._showing.draft(draft_id, asked.by)

    def _change(
        self,
        draft_id: UUID,
        asked: Asked,
        change: Callable[[HeldDraft], None],
        states: tuple[State, ...] = CHANGEABLE,
    ) -> None:
        """Change a draft under its lock, unless this very request has done so before."""
        with self._drafts.held(draft_id) as held:
            check_author(held.draft, asked.by)
            if not asked.is_done(held.draft):
                asked.check(held.draft, states)
                change(held)

    def _check_complete(self, draft: Draft, net: NetChange, by: Principal) -> None:
        name = draft.heading.record_no
        if not len(net):
            raise Refused("draft_empty", f"Dossier {name} changes nothing yet")
        if not draft.heading.basis and not draft.papers:
            raise Refused(
                "basis_missing",
                f"Dossier {name} rests on nothing: name its document or attach it",
            )
        if unheard := [str(c.parcel_id) for c in draft.consents if c.text is None]:
            raise Refused(
                "consent_missing",
                f"Dossier {name} moves the boundary of {len(unheard)} parcel(s) whose holders have "
                "not been heard: enter what they say",
                parcels=unheard,
            )
        check_targets(net, by)
        live = self._stores.surveyed.by_ids([b.parcel_id for b in net.before])
        stale = [
            str(b.parcel_id)
            for b in net.before
            if b.parcel_id not in live or live[b.parcel_id].revision != b.revision
        ]
        if stale:
            raise Conflict(
                "stale",
                f"{len(stale)} parcel(s) of dossier {name} changed since it was drawn; undo its "
                "steps and draw them again",
                parcels=stale,
            )

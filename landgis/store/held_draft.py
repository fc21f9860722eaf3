"""A draft whose row is locked, and everything that may be written to it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from landgis.cadastre.drafts import Draft, Heading, Paper, Preview
from landgis.cadastre.edits import EMPTY, NetChange, from_json, to_json
from landgis.cadastre.register import Principal
from landgis.store.draft_tables import (
    draft_consents,
    draft_documents,
    draft_previews,
    draft_steps,
    drafts,
)


class HeldDraft:
    """One draft under ``FOR UPDATE``; each write but a preview's makes its ``rev`` grow by one."""

    def __init__(self, connection: Connection, draft: Draft) -> None:
        self._connection = connection
        self.draft = draft

    def preview(self) -> Preview | None:
        """Answer what was tried last at this step, None when nothing was."""
        query = select(draft_previews).where(draft_previews.c.draft_id == self.draft.draft_id)
        row = self._connection.execute(query).first()
        if row is None:
            return None
        return Preview(row.token, row.rev, row.op, from_json(row.net), row.refusal)

    def keep_preview(self, preview: Preview) -> None:
        """Keep what was tried; it replaces what was tried before."""
        values = {
            "token": preview.token,
            "rev": preview.rev,
            "op": preview.op,
            "net": to_json(preview.net),
            "refusal": preview.refusal,
        }
        put = upsert(draft_previews).values(draft_id=self.draft.draft_id, **values)
        self._connection.execute(
            put.on_conflict_do_update(
                index_elements=["draft_id"], set_={**values, "at": func.clock_timestamp()}
            )
        )

    def take_step(self, preview: Preview, key: str | None) -> None:
        """Make what was tried the next step; steps that had been undone are gone."""
        draft_id, step = self.draft.draft_id, self.draft.step + 1
        self._connection.execute(
            delete(draft_steps)
            .where(draft_steps.c.draft_id == draft_id)
            .where(draft_steps.c.step >= step)
        )
        self._connection.execute(
            insert(draft_steps).values(
                draft_id=draft_id,
                step=step,
                op=preview.op,
                net=to_json(preview.net),
                token=preview.token,
            )
        )
        self._forget_preview()
        self._write(key, step=step, steps=step, **_reach(preview.net))

    def go_to(self, step: int, key: str | None) -> None:
        """Stand at another step of those there are; 0: before the first."""
        net = net_at(self._connection, self.draft.draft_id, step)
        self._forget_preview()
        self._write(key, step=step, **_reach(net))

    def rename(self, heading: Heading, key: str | None) -> None:
        """Say otherwise what it is about."""
        self._write(key, record_no=heading.record_no, reason=heading.reason, basis=heading.basis)

    def attach(self, paper: Paper, by: str, key: str | None) -> None:
        """Rest it on a file that is kept already; the same file twice is one."""
        put = upsert(draft_documents).values(
            draft_id=self.draft.draft_id, sha256=paper.sha256, file_name=paper.name, added_by=by
        )
        self._connection.execute(put.on_conflict_do_nothing(index_elements=["draft_id", "sha256"]))
        self._write(key)

    def consent(self, parcel_id: UUID, text: str, by: str, key: str | None) -> None:
        """Keep what the holders of a parcel say; it replaces what was said before."""
        put = upsert(draft_consents).values(
            draft_id=self.draft.draft_id, parcel_id=parcel_id, text=text, by=by
        )
        self._connection.execute(
            put.on_conflict_do_update(
                index_elements=["draft_id", "parcel_id"],
                set_={"text": text, "by": by, "at": func.clock_timestamp()},
            )
        )
        self._write(key)

    def submit(self, net: NetChange, sha256: bytes, key: str | None) -> None:
        """Hand it in with its final numbers, as the hash says it was shown."""
        self._connection.execute(
            update(draft_steps)
            .where(draft_steps.c.draft_id == self.draft.draft_id)
            .where(draft_steps.c.step == self.draft.step)
            .values(net=to_json(net))
        )
        self._forget_preview()
        self._write(
            key,
            state="submitted",
            submitted_sha256=sha256,
            submitted_at=datetime.now(UTC),
            **_reach(net),
        )

    def give_back(self, by: Principal, comment: str, key: str | None) -> None:
        """Return it to its author, with the reason."""
        self._write(
            key,
            state="returned",
            reviewer=by.name,
            reviewer_shown_as=by.shown_as,
            comment=comment,
            decided_at=datetime.now(UTC),
        )

    def abandon(self, key: str | None) -> None:
        """Give it up for good."""
        self._write(key, state="abandoned", decided_at=datetime.now(UTC))

    def _forget_preview(self) -> None:
        """Forget what was tried on another step than the draft stands at now."""
        self._connection.execute(
            delete(draft_previews).where(draft_previews.c.draft_id == self.draft.draft_id)
        )

    def _write(self, key: str | None, **values: Any) -> None:
        self._connection.execute(
            update(drafts)
            .where(drafts.c.draft_id == self.draft.draft_id)
            .values(rev=drafts.c.rev + 1, last_key=key, updated_at=func.clock_timestamp(), **values)
        )


def net_at(connection: Connection, draft_id: UUID, step: int) -> NetChange:
    """Answer the net change after a step of a draft; step 0 changes nothing."""
    if step == 0:
        return EMPTY
    query = select(draft_steps.c.net).where(
        draft_steps.c.draft_id == draft_id, draft_steps.c.step == step
    )
    return from_json(connection.execute(query).scalar_one())


def _reach(net: NetChange) -> dict[str, Any]:
    """Answer every parcel of a change and their units, as the draft's row keeps them."""
    ids = {b.parcel_id for b in net.before} | {p.parcel_id for p in net.after}
    units = {b.unit_code for b in net.before} | {p.unit_code or "" for p in net.after}
    return {"touched": sorted(ids), "units": sorted(units)}

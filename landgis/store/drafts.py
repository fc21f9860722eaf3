"""Drafts, their steps and the papers they rest on."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    Connection,
    Row,
    ScalarSelect,
    Select,
    Text,
    bindparam,
    cast,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert

from landgis.cadastre.drafts import PENDING, Consent, Draft, Heading, Paper, Pending, State
from landgis.cadastre.edits import NetChange
from landgis.cadastre.register import Principal, Units
from landgis.errors import NotFound
from landgis.store.database import Database
from landgis.store.draft_tables import (
    documents,
    draft_consents,
    draft_documents,
    draft_steps,
    drafts,
)
from landgis.store.held_draft import HeldDraft, net_at

PLAIN = (
    *("draft_id", "author", "author_person", "author_shown_as", "state", "rev", "step", "steps"),
    *("submitted_sha256", "submitted_at", "reviewer", "reviewer_shown_as", "comment"),
    *("decided_at", "revision", "last_key", "created_at", "updated_at"),
)
"""Columns that a Draft carries as they are."""


_PENDING: BindParameter[Any] = bindparam("pending", PENDING, expanding=True, literal_execute=True)
"""Written into the statement: only so does it match the condition of the partial index."""


class DraftStore:
    """Work in progress."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, draft_id: UUID, heading: Heading, by: Principal, key: str | None) -> None:
        """Open a draft; one that is there already stays as it is."""
        row = upsert(drafts).values(
            draft_id=draft_id,
            record_no=heading.record_no,
            reason=heading.reason,
            basis=heading.basis,
            author=by.name,
            author_person=by.person,
            author_shown_as=by.shown_as,
            state="open",
            rev=1,
            step=0,
            steps=0,
            touched=[],
            units=[],
            last_key=key,
        )
        with self._database.begin() as connection:
            connection.execute(row.on_conflict_do_nothing(index_elements=["draft_id"]))

    def get(self, draft_id: UUID) -> Draft:
        """Answer a draft; ``NotFound`` ``no_such_draft``."""
        with self._database.begin() as connection:
            return _read(connection, draft_id)

    def listed(
        self, *, state: State | None, author: str | None, reader: str, units: Units, limit: int
    ) -> list[Draft]:
        """Answer drafts that somebody may read, the newest first.

        Parameters
        ----------
        author
            Only drafts of this principal; None: of everybody.
        reader
            Principal who asks; may read his own.
        units
            Units whose drafts the reader may read; None: all.
        """
        query = _drafts().order_by(drafts.c.created_at.desc(), drafts.c.draft_id).limit(limit)
        if state is not None:
            query = query.where(drafts.c.state == state)
        if author is not None:
            query = query.where(drafts.c.author == author)
        if units is not None:
            own = drafts.c.author == reader
            query = query.where(or_(own, drafts.c.units.overlap(sorted(units))))
        with self._database.begin() as connection:
            return [_draft(row) for row in connection.execute(query)]

    def net(self, draft: Draft) -> NetChange:
        """Answer the whole change of a draft at the step it stands at."""
        with self._database.begin() as connection:
            return net_at(connection, draft.draft_id, draft.step)

    def batch_of(self, draft: Draft) -> UUID | None:
        """Answer the batch whose difference a draft began with, None for one drawn by hand."""
        query = (
            select(draft_steps.c.op["batch_id"].astext)
            .where(draft_steps.c.draft_id == draft.draft_id)
            .where(draft_steps.c.step <= draft.step)
            .where(draft_steps.c.op["op"].astext == "resend")
        )
        with self._database.begin() as connection:
            found = connection.execute(query).scalar()
        return None if found is None else UUID(found)

    def pending(self, ids: Iterable[UUID], but: UUID) -> Mapping[UUID, Pending]:
        """Answer which of these parcels other drafts than ``but`` are about to change."""
        wanted = list(ids)
        if not wanted:
            return {}
        query = (
            select(drafts)
            .where(drafts.c.touched.overlap(wanted))
            .where(drafts.c.state.in_(_PENDING))
            .where(drafts.c.draft_id != but)
            .order_by(drafts.c.created_at.desc())
        )
        found: dict[UUID, Pending] = {}
        with self._database.begin() as connection:
            for row in connection.execute(query):
                who = Pending(row.record_no, row.author_shown_as, row.created_at)
                found.update(dict.fromkeys(set(wanted).intersection(row.touched), who))
        return found

    @contextmanager
    def held(self, draft_id: UUID) -> Iterator[HeldDraft]:
        """Lock a draft for a transaction; ``NotFound`` ``no_such_draft``."""
        with self._database.begin() as connection:
            yield HeldDraft(connection, _read(connection, draft_id, is_write=True))


def _read(connection: Connection, draft_id: UUID, *, is_write: bool = False) -> Draft:
    query = _drafts().where(drafts.c.draft_id == draft_id)
    row = connection.execute(query.with_for_update(of=drafts) if is_write else query).first()
    if row is None:
        raise NotFound("no_such_draft", f"There is no draft {draft_id}")
    return _draft(row)


def _drafts() -> Select[Any]:
    """Answer the query for drafts with their papers, in the order they came."""
    paper = func.json_build_array(
        func.encode(draft_documents.c.sha256, "hex"),
        draft_documents.c.file_name,
        documents.c.media_type,
        func.octet_length(documents.c.content),
    )
    order = (draft_documents.c.added_at, draft_documents.c.sha256)
    papers = (
        select(func.json_agg(aggregate_order_by(paper, *order)))
        .join(documents, documents.c.sha256 == draft_documents.c.sha256)
        .where(draft_documents.c.draft_id == drafts.c.draft_id)
        .scalar_subquery()
    )
    return select(drafts, papers.label("papers"), _consents().label("consents"))


def _consents() -> ScalarSelect[Any]:
    """Answer the query for the consents that a draft's present steps need, each with its text."""
    parcels = func.jsonb_array_elements_text(draft_steps.c.op["consent_of"])
    needed = parcels.table_valued("value").lateral("needed")
    of_step = draft_consents.c.draft_id == draft_steps.c.draft_id
    said = of_step & (cast(draft_consents.c.parcel_id, Text) == needed.c.value)
    entry = func.json_build_array(needed.c.value, draft_consents.c.text)
    return (
        select(func.json_agg(aggregate_order_by(entry, needed.c.value)))
        .select_from(draft_steps)
        .join(needed, true())
        .join(draft_consents, said, isouter=True)
        .where(draft_steps.c.draft_id == drafts.c.draft_id)
        .where(draft_steps.c.step <= drafts.c.step)
        .where(draft_steps.c.op["op"].astext == "fix")
        .scalar_subquery()
    )


def _draft(row: Row[Any]) -> Draft:
    values = {name: getattr(row, name) for name in PLAIN}
    sha256 = row.submitted_sha256
    values["submitted_sha256"] = None if sha256 is None else bytes(sha256)
    return Draft(
        heading=Heading(row.record_no, row.reason, row.basis),
        papers=tuple(
            Paper(bytes.fromhex(digest), name, media_type, size)
            for digest, name, media_type, size in row.papers or ()
        ),
        touched=tuple(row.touched),
        units=tuple(row.units),
        consents=tuple(Consent(UUID(parcel), text) for parcel, text in row.consents or ()),
        **values,
    )

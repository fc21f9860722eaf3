"""The tables of work in progress: drafts, their steps, their papers, and numbers held for them."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from landgis.store.tables import metadata, moment

PENDING = ("open", "submitted", "returned")
"""States in which a draft may still change the register."""

drafts = Table(
    "drafts",
    metadata,
    Column("draft_id", UUID, primary_key=True),
    Column("record_no", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("basis", Text),
    Column("author", Text, nullable=False),
    Column("author_person", Text, nullable=False),
    Column("author_shown_as", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("rev", BigInteger, nullable=False),
    Column("step", Integer, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("touched", ARRAY(UUID), nullable=False),
    Column("units", ARRAY(Text), nullable=False),
    Column("submitted_sha256", LargeBinary),
    Column("submitted_at", DateTime(timezone=True)),
    Column("reviewer", Text),
    Column("reviewer_shown_as", Text),
    Column("comment", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("revision", BigInteger, ForeignKey("revisions.revision")),
    Column("last_key", Text),
    moment("created_at"),
    moment("updated_at"),
    CheckConstraint(
        "state IN ('open', 'submitted', 'returned', 'approved', 'abandoned')", name="drafts_state"
    ),
    Index(
        "drafts_touched",
        "touched",
        postgresql_using="gin",
        postgresql_where=text("state IN ('open', 'submitted', 'returned')"),
    ),
    Index("drafts_state_created", "state", "created_at"),
)

draft_steps = Table(
    "draft_steps",
    metadata,
    Column("draft_id", UUID, ForeignKey("drafts.draft_id"), primary_key=True),
    Column("step", Integer, primary_key=True),
    Column("op", JSONB, nullable=False),
    Column("net", JSONB, nullable=False),
    Column("token", Text, nullable=False),
    moment("at"),
)

draft_consents = Table(
    "draft_consents",
    metadata,
    Column("draft_id", UUID, ForeignKey("drafts.draft_id"), primary_key=True),
    Column("parcel_id", UUID, primary_key=True),
    Column("text", Text, nullable=False),
    Column("by", Text, nullable=False),
    moment("at"),
)

draft_previews = Table(
    "draft_previews",
    metadata,
    Column("draft_id", UUID, ForeignKey("drafts.draft_id"), primary_key=True),
    Column("token", Text, nullable=False),
    Column("rev", BigInteger, nullable=False),
    Column("op", JSONB, nullable=False),
    Column("net", JSONB, nullable=False),
    Column("refusal", JSONB),
    moment("at"),
)

documents = Table(
    "documents",
    metadata,
    Column("sha256", LargeBinary, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    moment("created_at"),
)

draft_documents = Table(
    "draft_documents",
    metadata,
    Column("draft_id", UUID, ForeignKey("drafts.draft_id"), primary_key=True),
    Column("sha256", LargeBinary, ForeignKey("documents.sha256"), primary_key=True),
    Column("file_name", Text, nullable=False),
    Column("added_by", Text, nullable=False),
    moment("added_at"),
)

sheet_numbers = Table(
    "sheet_numbers",
    metadata,
    Column("unit_code", Text, primary_key=True),
    Column("sheet", Text, primary_key=True),
    Column("highest", BigInteger, nullable=False),
)

number_reservations = Table(
    "number_reservations",
    metadata,
    Column("unit_code", Text, primary_key=True),
    Column("sheet", Text, primary_key=True),
    Column("number", Text, primary_key=True),
    Column("draft_id", UUID, ForeignKey("drafts.draft_id"), nullable=False),
    Column("state", Text, nullable=False),
    CheckConstraint("state IN ('reserved', 'used', 'void')", name="number_reservations_state"),
    Index("number_reservations_draft", "draft_id"),
)

"""The tables of what findings share, and of what people accept as it is."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from landgis.store.tables import metadata, moment

finding_kinds = Table(
    "finding_kinds",
    metadata,
    Column("batch_id", UUID, ForeignKey("import_batches.batch_id"), primary_key=True),
    Column("kind", Integer, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("words", JSONB, nullable=False),
    Column("findings", Integer, nullable=False),
)

finding_acceptances = Table(
    "finding_acceptances",
    metadata,
    Column("acceptance_id", BigInteger, Identity(always=True), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("lon", Double),
    Column("lat", Double),
    Column("measured", Double),
    Column("finding_id", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("batch_id", UUID, ForeignKey("import_batches.batch_id"), nullable=False),
    moment("at"),
    Column("by", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("taken_back_at", DateTime(timezone=True)),
    Column("taken_back_by", Text),
    CheckConstraint("why <> ''", name="finding_acceptances_why"),
    CheckConstraint(
        "(taken_back_at IS NULL) = (taken_back_by IS NULL)",
        name="finding_acceptances_taken_back",
    ),
    Index("finding_acceptances_subject", "subject", postgresql_where=text("taken_back_at IS NULL")),
)

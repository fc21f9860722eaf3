"""The tables of what people did about rows that were held back."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, LargeBinary, Table
from sqlalchemy import Text as TextType
from sqlalchemy.dialects.postgresql import JSONB, UUID

from landgis.store.tables import metadata, moment

import_mends = Table(
    "import_mends",
    metadata,
    Column("batch_id", UUID, primary_key=True),
    Column("row_no", BigInteger, primary_key=True),
    Column("version", Integer, primary_key=True),
    moment("at"),
    Column("by", TextType, nullable=False),
    Column("reason", TextType, nullable=False),
    Column("before", JSONB, nullable=False),
    Column("after", JSONB, nullable=False),
    Column("geom_before", LargeBinary),
    Column("geom_after", LargeBinary),
    CheckConstraint("version > 0", name="import_mends_version"),
)

import_retries = Table(
    "import_retries",
    metadata,
    Column("batch_id", UUID, primary_key=True),
    Column("row_no", BigInteger, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    moment("at"),
    Column("by", TextType, nullable=False),
    Column("state", TextType, nullable=False),
    Column("findings", JSONB, nullable=False),
    Column("revision", BigInteger, ForeignKey("revisions.revision")),
    CheckConstraint("state IN ('accepted', 'quarantined')", name="import_retries_state"),
)

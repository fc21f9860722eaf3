"""The tables of certificates, and of how often somebody asked for one."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from landgis.store.tables import metadata, moment

certificates = Table(
    "certificates",
    metadata,
    Column("entry_id", BigInteger, Identity(always=True), primary_key=True),
    Column("serial_key", Text, nullable=False),
    Column("parcel_id", UUID, nullable=False),
    Column("serial", Text, nullable=False),
    Column("book_no", Text),
    Column("issued_on", Date),
    Column("ended_on", Date),
    moment("noted_at"),
    Column("noted_by", Text, nullable=False),
    Column("replaced_at", DateTime(timezone=True)),
    Index(
        "certificates_serial_parcel",
        *("serial_key", "parcel_id"),
        unique=True,
        postgresql_where=text("replaced_at IS NULL"),
    ),
)

certificate_questions = Table(
    "certificate_questions",
    metadata,
    Column("asker_sha256", LargeBinary, primary_key=True),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("asked", Integer, nullable=False),
)

"""The tables of people, their sessions, and the answers kept for requests sent twice."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from landgis.store.tables import metadata, moment

accounts = Table(
    "accounts",
    metadata,
    Column("account_id", UUID, primary_key=True),
    Column("login", Text, nullable=False),
    Column("shown_as", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("totp_secret", Text),
    Column("totp_step", BigInteger),
    Column("failed", Integer, nullable=False),
    Column("locked_until", DateTime(timezone=True)),
    Column("disabled_at", DateTime(timezone=True)),
    moment("created_at"),
    Index("accounts_login", "login", unique=True),
)

account_roles = Table(
    "account_roles",
    metadata,
    Column("account_id", UUID, ForeignKey("accounts.account_id"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("units", ARRAY(Text)),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_sha256", LargeBinary, primary_key=True),
    Column("account_id", UUID, ForeignKey("accounts.account_id"), nullable=False),
    Column("csrf", Text, nullable=False),
    Column("awaits_totp", Boolean, nullable=False),
    moment("created_at"),
    moment("seen_at"),
    Index("sessions_account", "account_id"),
)

stored_answers = Table(
    "stored_answers",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("route", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body_sha256", LargeBinary, nullable=False),
    Column("status", Integer),
    Column("headers", JSONB),
    Column("body", LargeBinary),
    moment("created_at"),
    Index("stored_answers_created", "created_at"),
)

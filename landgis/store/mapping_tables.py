"""The table of what senders chose for files of one form."""

from sqlalchemy import Column, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from landgis.store.tables import metadata, moment

remembered_choices = Table(
    "remembered_choices",
    metadata,
    Column("sender", Text, primary_key=True),
    Column("fields_sha256", LargeBinary, primary_key=True),
    Column("choice", Text, primary_key=True),
    Column("value", JSONB, nullable=False),
    Column("declared_crs", Text),
    Column("file_name", Text, nullable=False),
    Column("batch_id", UUID, nullable=False),
    moment("chosen_at"),
)

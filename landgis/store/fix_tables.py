"""The table of fixes that were made on rows; their geometries are in ``import_mends``."""

from sqlalchemy import Column, Double, ForeignKey, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB, UUID

from landgis.store.tables import metadata, moment

import_fixes = Table(
    "import_fixes",
    metadata,
    Column("fix_id", UUID, primary_key=True),
    Column("batch_id", UUID, ForeignKey("import_batches.batch_id"), nullable=False),
    Column("finding_id", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("kind", Text, nullable=False),
    moment("at"),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("moved_m", Double, nullable=False),
    Column("rows", JSONB, nullable=False),
    Column("undoes", UUID, ForeignKey("import_fixes.fix_id")),
    Index("import_fixes_batch", "batch_id", "at"),
    Index("import_fixes_undoes", "undoes", unique=True),
)

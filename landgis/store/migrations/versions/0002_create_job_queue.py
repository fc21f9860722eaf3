"""Create the job queue's own tables and functions (procrastinate)."""

from alembic import op
from procrastinate.schema import SchemaManager

from landgis.store.database import driver

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply the schema that the pinned procrastinate ships."""
    driver(op.get_bind()).execute(SchemaManager.get_schema())

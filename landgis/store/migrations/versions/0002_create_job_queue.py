"""Create the job queue's own tables and functions (procrastinate)."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply the schema that the pinned procrastinate ships."""
    op.get_bind().connection.driver_connection.execute(SchemaManager.get_schema())

"""One index for a unit and its sheets instead of two: each costs every bulk load."""

from alembic import op

from landgis.store.database import driver

revision = "0007"
down_revision = "0006"

INDEXES = """
CREATE INDEX parcels_unit_sheet ON parcels (unit_code, sheet);
DROP INDEX parcels_unit;
DROP INDEX parcels_sheet_unit;
"""


def upgrade() -> None:
    """Serve ``unit`` and ``unit, sheet`` by one index; a number without a unit has its own."""
    driver(op.get_bind()).execute(INDEXES)

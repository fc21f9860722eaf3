"""Keep from which day on a revision holds in law, and find what held on a day."""

from alembic import op

from landgis.store.database import driver

revision = "0016"
down_revision = "0015"

LEGAL_DAYS = """
ALTER TABLE revisions ADD COLUMN effective_on date;
COMMENT ON COLUMN revisions.effective_on IS
    'First day on which the change is so in law; NULL: as if it had always been so';
CREATE INDEX versions_ended ON parcel_versions (effective_to)
    WHERE effective_to IS NOT NULL;
"""
# Revisions from before have no day: what they made holds as if it had always been so, as was told.


def upgrade() -> None:
    """Add the day, and the index of versions that ended on one."""
    driver(op.get_bind()).execute(LEGAL_DAYS)

"""Keep who made a national identifier official, beside the one that was proposed."""

from alembic import op

from landgis.store.database import driver

revision = "0017"
down_revision = "0016"

ISSUED = """
ALTER TABLE parcel_identifiers
    ADD COLUMN issuer text,
    ADD COLUMN decision text,
    DROP CONSTRAINT parcel_identifiers_pkey,
    ADD PRIMARY KEY (parcel_id, revision, status),
    ADD CONSTRAINT parcel_identifiers_issued CHECK (
        (status = 'official') = (issuer IS NOT NULL)
        AND (status = 'official') = (decision IS NOT NULL)
    );
COMMENT ON COLUMN parcel_identifiers.issuer IS 'Who made it official';
COMMENT ON COLUMN parcel_identifiers.decision IS 'By which document';
"""
# What was proposed for the same boundary stays: people may have used it, and it still leads there.


def upgrade() -> None:
    """Add issuer and document."""
    driver(op.get_bind()).execute(ISSUED)

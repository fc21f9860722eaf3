"""Keep the national identifiers of parcels, with what each was computed from."""

from alembic import op

from landgis.store.database import driver

revision = "0014"
down_revision = "0013"

IDENTIFIERS = """
CREATE TABLE parcel_identifiers (
    parcel_id uuid NOT NULL,
    revision bigint NOT NULL,
    national_id text,
    status text NOT NULL,
    procedure text NOT NULL,
    point_epsg integer NOT NULL,
    point_x double precision,
    point_y double precision,
    geom_sha256 bytea NOT NULL,
    assigned_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (parcel_id, revision),
    CONSTRAINT parcel_identifiers_status CHECK (
        status IN ('proposed', 'official', 'none') AND (status = 'none') = (national_id IS NULL)
    )
);
COMMENT ON TABLE parcel_identifiers IS
    'Every national identifier that a parcel was given, with the revision whose geometry it was '
    'computed from; the last one is in force, and parcels.national_id repeats it';
CREATE INDEX parcel_identifiers_national_id ON parcel_identifiers (national_id)
    WHERE national_id IS NOT NULL;
CREATE INDEX parcels_unidentified ON parcels (fid) WHERE national_id_status IS NULL;
"""
# Rows are only added: an identifier that went out of use still says what it stood for. The index of
# parcels without one is empty as a rule, so to look for them costs nothing.


def upgrade() -> None:
    """Add the table, and the index of parcels that are to be given an identifier."""
    driver(op.get_bind()).execute(IDENTIFIERS)

"""Keep certificates by their serials, and count who asks for them."""

from alembic import op

from landgis.store.database import driver

revision = "0015"
down_revision = "0014"

CERTIFICATES = """
CREATE TABLE certificates (
    entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    serial_key text NOT NULL,
    parcel_id uuid NOT NULL,
    serial text NOT NULL,
    book_no text,
    issued_on date,
    ended_on date,
    noted_at timestamptz NOT NULL DEFAULT now(),
    noted_by text NOT NULL,
    replaced_at timestamptz
);
COMMENT ON TABLE certificates IS
    'One row a certificate and parcel; what is said otherwise later replaces it and keeps the row';
CREATE UNIQUE INDEX certificates_serial_parcel ON certificates (serial_key, parcel_id)
    WHERE replaced_at IS NULL;
CREATE TABLE certificate_questions (
    asker_sha256 bytea PRIMARY KEY,
    began_at timestamptz NOT NULL,
    asked integer NOT NULL
);
COMMENT ON TABLE certificate_questions IS
    'How often an address asked for certificates; forgotten when its time is over';
"""
# No foreign key to parcels: a certificate outlives the parcel that it was issued for, and is then
# the way to what became of it.


def upgrade() -> None:
    """Add both tables."""
    driver(op.get_bind()).execute(CERTIFICATES)

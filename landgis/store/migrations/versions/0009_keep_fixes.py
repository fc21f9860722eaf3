"""Keep which fixes were made, which of them were taken back, and what neighbours say to some."""

from alembic import op

from landgis.store.database import driver

revision = "0009"
down_revision = "0008"

FIXES = """
CREATE TABLE import_fixes (
    fix_id uuid NOT NULL PRIMARY KEY,
    batch_id uuid NOT NULL REFERENCES import_batches,
    finding_id text NOT NULL,
    rule text NOT NULL,
    kind text NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    by text NOT NULL,
    reason text NOT NULL,
    moved_m double precision NOT NULL,
    rows jsonb NOT NULL,
    undoes uuid REFERENCES import_fixes
);
CREATE INDEX import_fixes_batch ON import_fixes (batch_id, at);
CREATE UNIQUE INDEX import_fixes_undoes ON import_fixes (undoes);
COMMENT ON TABLE import_fixes IS
    'Fixes made on rows; rows: each with its version once fixed; undoes: the fix it takes back';
CREATE TRIGGER import_fixes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON import_fixes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

CONSENTS = """
CREATE TABLE draft_consents (
    draft_id uuid NOT NULL REFERENCES drafts,
    parcel_id uuid NOT NULL,
    text text NOT NULL,
    by text NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    PRIMARY KEY (draft_id, parcel_id)
);
COMMENT ON TABLE draft_consents IS 'What those say whose boundary a draft moves';
"""


def upgrade() -> None:
    """Add what makes a fix of several rows one thing that can be taken back."""
    connection = driver(op.get_bind())
    connection.execute(FIXES)
    connection.execute(CONSENTS)

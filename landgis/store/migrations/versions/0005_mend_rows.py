"""Keep what people mend in rows that were held back, and what became of them then."""

from alembic import op

from landgis.store.database import driver

revision = "0005"
down_revision = "0004"

MENDS = """
CREATE TABLE import_mends (
    batch_id uuid NOT NULL,
    row_no bigint NOT NULL,
    version integer NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    by text NOT NULL,
    reason text NOT NULL,
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    geom_before bytea,
    geom_after bytea,
    PRIMARY KEY (batch_id, row_no, version),
    CONSTRAINT import_mends_version CHECK (version > 0)
);
COMMENT ON TABLE import_mends IS 'What was said otherwise of a row that was held back, and why';
CREATE TRIGGER import_mends_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON import_mends
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE import_retries (
    batch_id uuid NOT NULL,
    row_no bigint NOT NULL,
    attempt integer NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    by text NOT NULL,
    state text NOT NULL,
    findings jsonb NOT NULL,
    revision bigint REFERENCES revisions,
    PRIMARY KEY (batch_id, row_no, attempt),
    CONSTRAINT import_retries_state CHECK (state IN ('accepted', 'quarantined'))
);
COMMENT ON TABLE import_retries IS
    'Rows that were examined again; revision: in which an accepted one entered the register';
"""


def upgrade() -> None:
    """Add what is needed to mend a row without sending the file again."""
    driver(op.get_bind()).execute(MENDS)

"""Remember how the files of a sender were understood."""

from alembic import op

from landgis.store.database import driver

revision = "0004"
down_revision = "0003"

REMEMBERED = """
CREATE TABLE remembered_choices (
    sender text NOT NULL,
    fields_sha256 bytea NOT NULL,
    choice text NOT NULL,
    value jsonb NOT NULL,
    declared_crs text,
    file_name text NOT NULL,
    batch_id uuid NOT NULL,
    chosen_at timestamptz DEFAULT now() NOT NULL,
    PRIMARY KEY (sender, fields_sha256, choice)
);
COMMENT ON TABLE remembered_choices IS
    'What a sender last chose for files with these fields; fields_sha256 of their sorted names';
"""


def upgrade() -> None:
    """Add what is proposed for the next file of the same form."""
    driver(op.get_bind()).execute(REMEMBERED)

"""Create accounts, sessions, drafts, documents, numbers and stored answers."""

from alembic import op

from landgis.store.database import driver

revision = "0003"
down_revision = "0002"

ACCOUNTS = """
CREATE TABLE accounts (
    account_id uuid NOT NULL PRIMARY KEY,
    login text NOT NULL,
    shown_as text NOT NULL,
    person text NOT NULL,
    password_hash text NOT NULL,
    must_change boolean DEFAULT false NOT NULL,
    totp_secret text,
    totp_step bigint,
    failed integer DEFAULT 0 NOT NULL,
    locked_until timestamptz,
    disabled_at timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL
);
CREATE UNIQUE INDEX accounts_login ON accounts (login);

CREATE TABLE account_roles (
    account_id uuid NOT NULL REFERENCES accounts,
    role text NOT NULL,
    units text[],
    PRIMARY KEY (account_id, role)
);

CREATE TABLE sessions (
    token_sha256 bytea NOT NULL PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts,
    csrf text NOT NULL,
    awaits_totp boolean NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    seen_at timestamptz DEFAULT now() NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
"""

DRAFTS = """
CREATE TABLE drafts (
    draft_id uuid NOT NULL PRIMARY KEY,
    record_no text NOT NULL,
    reason text NOT NULL,
    basis text,
    author text NOT NULL,
    author_person text NOT NULL,
    author_shown_as text NOT NULL,
    state text NOT NULL,
    rev bigint NOT NULL,
    step integer NOT NULL,
    steps integer NOT NULL,
    touched uuid[] NOT NULL,
    units text[] NOT NULL,
    submitted_sha256 bytea,
    submitted_at timestamptz,
    reviewer text,
    reviewer_shown_as text,
    comment text,
    decided_at timestamptz,
    revision bigint REFERENCES revisions,
    last_key text,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT drafts_state CHECK (
        state IN ('open', 'submitted', 'returned', 'approved', 'abandoned')
    )
);
CREATE INDEX drafts_touched ON drafts USING gin (touched)
    WHERE state IN ('open', 'submitted', 'returned');
CREATE INDEX drafts_state_created ON drafts (state, created_at);

CREATE TABLE draft_steps (
    draft_id uuid NOT NULL REFERENCES drafts,
    step integer NOT NULL,
    op jsonb NOT NULL,
    net jsonb NOT NULL,
    token text NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    PRIMARY KEY (draft_id, step)
);

CREATE TABLE draft_previews (
    draft_id uuid NOT NULL PRIMARY KEY REFERENCES drafts,
    token text NOT NULL,
    rev bigint NOT NULL,
    op jsonb NOT NULL,
    net jsonb NOT NULL,
    refusal jsonb,
    at timestamptz DEFAULT now() NOT NULL
);

CREATE TABLE documents (
    sha256 bytea NOT NULL PRIMARY KEY,
    media_type text NOT NULL,
    content bytea NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL
);

CREATE TABLE draft_documents (
    draft_id uuid NOT NULL REFERENCES drafts,
    sha256 bytea NOT NULL REFERENCES documents,
    file_name text NOT NULL,
    added_by text NOT NULL,
    added_at timestamptz DEFAULT now() NOT NULL,
    PRIMARY KEY (draft_id, sha256)
);
"""

NUMBERS = """
CREATE TABLE sheet_numbers (
    unit_code text NOT NULL,
    sheet text NOT NULL,
    highest bigint NOT NULL,
    PRIMARY KEY (unit_code, sheet)
);
COMMENT ON TABLE sheet_numbers IS 'Highest parcel number ever used or reserved; "" for no unit';
INSERT INTO sheet_numbers (unit_code, sheet, highest)
    SELECT coalesce(unit_code, ''), coalesce(sheet, ''),
           max((substring(number FROM '^[0-9]+'))::bigint)
    FROM parcel_versions
    WHERE number ~ '^[0-9]{1,9}[^0-9]{0,3}$'
    GROUP BY 1, 2;

CREATE TABLE number_reservations (
    unit_code text NOT NULL,
    sheet text NOT NULL,
    number text NOT NULL,
    draft_id uuid NOT NULL REFERENCES drafts,
    state text NOT NULL,
    PRIMARY KEY (unit_code, sheet, number),
    CONSTRAINT number_reservations_state CHECK (state IN ('reserved', 'used', 'void'))
);
CREATE INDEX number_reservations_draft ON number_reservations (draft_id);
"""

ANSWERS = """
CREATE TABLE stored_answers (
    principal text NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    body_sha256 bytea NOT NULL,
    status integer,
    headers jsonb,
    body bytea,
    created_at timestamptz DEFAULT now() NOT NULL,
    PRIMARY KEY (principal, route, key)
);
COMMENT ON TABLE stored_answers IS 'Answers by Idempotency-Key; status NULL: still running';
CREATE INDEX stored_answers_created ON stored_answers (created_at);
"""

REVISIONS = """
ALTER TABLE revisions ADD COLUMN record_no text;
ALTER TABLE revisions ADD COLUMN draft_id uuid;
ALTER TABLE revisions ADD COLUMN undoes bigint;
CREATE INDEX parcel_versions_revision_from ON parcel_versions USING brin (revision_from);
CREATE INDEX parcel_versions_revision_to ON parcel_versions (revision_to)
    WHERE revision_to IS NOT NULL;
CREATE INDEX parcel_versions_fid ON parcel_versions USING brin (fid);
CREATE INDEX lineage_parent ON lineage (parent_id);
CREATE INDEX lineage_child ON lineage (child_id);
"""


def upgrade() -> None:
    """Add what people need to change the register."""
    connection = driver(op.get_bind())
    for statements in (ACCOUNTS, DRAFTS, NUMBERS, ANSWERS, REVISIONS):
        connection.execute(statements)

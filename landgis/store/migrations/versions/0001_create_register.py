"""Create the register: units, batches, parcels, versions, revisions, lineage, tiles, audit."""

from alembic import op

from landgis.store.database import driver

revision = "0001"
down_revision = None

REGISTER = """
CREATE TABLE deployment (
    singleton boolean DEFAULT true NOT NULL PRIMARY KEY,
    jurisdiction text NOT NULL,
    storage_epsg integer NOT NULL,
    storage_srid integer NOT NULL,
    is_demo boolean DEFAULT false NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT deployment_one_row CHECK (singleton)
);

CREATE TABLE units (
    code text NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL,
    kind text NOT NULL,
    parent_code text,
    valid_from date NOT NULL,
    valid_to date,
    geom_3857 geometry,
    geom_3857_low geometry,
    label_3857 geometry,
    PRIMARY KEY (code, valid_from)
);

CREATE TABLE revisions (
    revision bigint NOT NULL PRIMARY KEY,
    kind text NOT NULL,
    author text NOT NULL,
    approver text,
    basis text,
    batch_id uuid,
    parcels integer NOT NULL,
    west double precision,
    south double precision,
    east double precision,
    north double precision,
    changeset_sha256 bytea NOT NULL,
    committed_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT revisions_kind CHECK (kind IN ('publish', 'edit', 'undo'))
);

CREATE SEQUENCE parcel_fids AS bigint;

CREATE TABLE parcels (
    parcel_id uuid NOT NULL PRIMARY KEY,
    fid bigint NOT NULL,
    revision bigint NOT NULL,
    identity_key text,
    national_id text,
    national_id_status text,
    unit_code text,
    sheet text,
    number text,
    old_unit_code text,
    old_sheet text,
    old_number text,
    land_uses jsonb NOT NULL,
    register_area_m2 double precision,
    area_m2 double precision NOT NULL,
    address text,
    status text NOT NULL,
    withheld boolean NOT NULL,
    main_use text,
    effective_from date,
    geom geometry NOT NULL,
    geom_3857 geometry NOT NULL,
    label_3857 geometry NOT NULL,
    CONSTRAINT parcels_geom_valid CHECK (ST_IsValid(geom)),
    CONSTRAINT parcels_geom_vertices CHECK (ST_NPoints(geom) <= 10000),
    CONSTRAINT parcels_mercator CHECK (
        ST_SRID(geom_3857) = 3857 AND ST_SRID(label_3857) = 3857
    )
);
CREATE UNIQUE INDEX parcels_fid ON parcels (fid);
CREATE UNIQUE INDEX parcels_identity_key ON parcels (identity_key);
CREATE INDEX parcels_number_sheet_unit ON parcels (number, sheet, unit_code);
CREATE INDEX parcels_sheet_unit ON parcels (sheet, unit_code);
CREATE INDEX parcels_unit ON parcels (unit_code);
CREATE INDEX parcels_national_id ON parcels (national_id) WHERE national_id IS NOT NULL;
CREATE INDEX parcels_geom_3857 ON parcels USING gist (geom_3857);

CREATE TABLE parcel_versions (
    parcel_id uuid NOT NULL,
    revision_from bigint NOT NULL,
    revision_to bigint,
    fid bigint NOT NULL,
    identity_key text,
    unit_code text,
    sheet text,
    number text,
    old_unit_code text,
    old_sheet text,
    old_number text,
    land_uses jsonb NOT NULL,
    register_area_m2 double precision,
    area_m2 double precision NOT NULL,
    address text,
    status text NOT NULL,
    effective_from date,
    effective_to date,
    survey_srid integer NOT NULL,
    geom_survey geometry NOT NULL,
    batch_id uuid,
    row_no bigint,
    PRIMARY KEY (parcel_id, revision_from),
    CONSTRAINT parcel_versions_srid CHECK (ST_SRID(geom_survey) = survey_srid)
);

CREATE TABLE lineage (
    revision bigint NOT NULL REFERENCES revisions,
    parent_id uuid NOT NULL,
    child_id uuid NOT NULL,
    PRIMARY KEY (revision, parent_id, child_id)
);

CREATE TABLE tile_state (
    scope text NOT NULL PRIMARY KEY,
    sequence bigint NOT NULL,
    revision bigint NOT NULL,
    changed_at timestamptz DEFAULT now() NOT NULL
);
INSERT INTO tile_state (scope, sequence, revision) VALUES ('register', 0, 0);

CREATE TABLE audit_log (
    seq bigint NOT NULL PRIMARY KEY,
    at timestamptz DEFAULT now() NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    revision bigint REFERENCES revisions,
    body text NOT NULL,
    previous_sha256 bytea NOT NULL,
    sha256 bytea NOT NULL
);
"""

IMPORTS = """
CREATE TABLE import_batches (
    batch_id uuid NOT NULL PRIMARY KEY,
    file_name text NOT NULL,
    sha256 text NOT NULL,
    bytes bigint NOT NULL,
    options jsonb NOT NULL,
    status text NOT NULL,
    progress jsonb NOT NULL,
    counts jsonb NOT NULL,
    evidence jsonb NOT NULL,
    by_rule jsonb NOT NULL,
    survey_epsg integer,
    identity_fields text[] NOT NULL,
    base_revision bigint NOT NULL,
    published_revision bigint REFERENCES revisions,
    error jsonb,
    timings jsonb NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL
);
CREATE INDEX import_batches_sha256 ON import_batches (sha256);

CREATE TABLE import_rows (
    batch_id uuid NOT NULL,
    row_no bigint NOT NULL,
    state text NOT NULL,
    reasons text[] NOT NULL,
    unit_code text,
    sheet text,
    number text,
    old_unit_code text,
    old_sheet text,
    old_number text,
    land_uses jsonb,
    register_area_m2 double precision,
    address text,
    geom_wkb bytea,
    PRIMARY KEY (batch_id, row_no),
    CONSTRAINT import_rows_state CHECK (state IN ('accepted', 'quarantined', 'unreadable'))
);

CREATE SCHEMA pii;
COMMENT ON SCHEMA pii IS 'Personal data: never read by tiles, search, feeds or the public API';

CREATE TABLE pii.import_raw (
    batch_id uuid NOT NULL,
    row_no bigint NOT NULL,
    attributes jsonb NOT NULL,
    record bytea,
    PRIMARY KEY (batch_id, row_no)
);

CREATE TABLE findings (
    batch_id uuid NOT NULL REFERENCES import_batches,
    position integer NOT NULL,
    finding_id text NOT NULL,
    rule text NOT NULL,
    severity text NOT NULL,
    outcome text NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (batch_id, position)
);
"""

ACCESS = """
CREATE TABLE api_keys (
    key_id text NOT NULL PRIMARY KEY,
    name text NOT NULL,
    secret_sha256 bytea NOT NULL,
    scopes text[] NOT NULL,
    units text[],
    created_at timestamptz DEFAULT now() NOT NULL,
    revoked_at timestamptz
);
"""

STORAGE_PLANE = """
CREATE FUNCTION refuse_other_plane() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted integer := (SELECT storage_srid FROM deployment);
BEGIN
    IF EXISTS (SELECT 1 FROM added WHERE ST_SRID(geom) IS DISTINCT FROM wanted) THEN
        RAISE EXCEPTION 'parcels are stored in SRID %, not in another', wanted
            USING ERRCODE = 'check_violation', CONSTRAINT = 'parcels_storage_srid';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER parcels_storage_srid AFTER INSERT ON parcels
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_other_plane();
CREATE TRIGGER parcels_storage_srid_update AFTER UPDATE ON parcels
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_other_plane();
"""
# A CHECK cannot look into deployment, and a function in one would be asked row by row and break
# a restore; the trigger asks once a statement, COPY included.

APPEND_ONLY = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER revisions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON revisions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    """Create everything from empty."""
    connection = driver(op.get_bind())
    for statements in (REGISTER, IMPORTS, ACCESS, STORAGE_PLANE, APPEND_ONLY):
        connection.execute(statements)

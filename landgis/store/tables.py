"""The schema in one file: SQLAlchemy Core tables as the application sees them.

Migrations never import this; a test upgrades an empty database and compares the two.
"""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

metadata = MetaData()


def _geom(name: str, *, nullable: bool = False) -> Column[object]:
    """Answer a geometry column without SRID modifier: the plane is the deployment's choice."""
    return Column(name, Geometry(spatial_index=False), nullable=nullable)


def moment(name: str) -> Column[object]:
    """Answer a column of points in time that defaults to the transaction's."""
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


deployment = Table(
    "deployment",
    metadata,
    Column("singleton", Boolean, primary_key=True, server_default=text("true")),
    Column("jurisdiction", Text, nullable=False),
    Column("storage_epsg", Integer, nullable=False),
    Column("storage_srid", Integer, nullable=False),
    Column("is_demo", Boolean, nullable=False, server_default=text("false")),
    moment("created_at"),
    CheckConstraint("singleton", name="deployment_one_row"),
)

units = Table(
    "units",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("parent_code", Text),
    Column("valid_from", Date, primary_key=True),
    Column("valid_to", Date),
    _geom("geom_3857", nullable=True),
    _geom("geom_3857_low", nullable=True),
    _geom("label_3857", nullable=True),
)

revisions = Table(
    "revisions",
    metadata,
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("approver", Text),
    Column("basis", Text),
    Column("record_no", Text),
    Column("effective_on", Date),
    Column("draft_id", UUID),
    Column("undoes", BigInteger),
    Column("batch_id", UUID),
    Column("parcels", Integer, nullable=False),
    Column("west", Double),
    Column("south", Double),
    Column("east", Double),
    Column("north", Double),
    Column("changeset_sha256", LargeBinary, nullable=False),
    moment("committed_at"),
    CheckConstraint("kind IN ('publish', 'edit', 'undo')", name="revisions_kind"),
)

import_batches = Table(
    "import_batches",
    metadata,
    Column("batch_id", UUID, primary_key=True),
    Column("file_name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("options", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    Column("progress", JSONB, nullable=False),
    Column("counts", JSONB, nullable=False),
    Column("evidence", JSONB, nullable=False),
    Column("by_rule", JSONB, nullable=False),
    Column("survey_epsg", Integer),
    Column("identity_fields", ARRAY(Text), nullable=False),
    Column("base_revision", BigInteger, nullable=False),
    Column("published_revision", BigInteger, ForeignKey("revisions.revision")),
    Column("error", JSONB),
    Column("timings", JSONB, nullable=False),
    Column("created_by", Text, nullable=False),
    moment("created_at"),
    Index("import_batches_sha256", "sha256"),
)

import_rows = Table(
    "import_rows",
    metadata,
    # No foreign key: rows are written and removed with their batch, and are many.
    Column("batch_id", UUID, primary_key=True),
    Column("row_no", BigInteger, primary_key=True),
    Column("state", Text, nullable=False),
    Column("reasons", ARRAY(Text), nullable=False),
    Column("unit_code", Text),
    Column("sheet", Text),
    Column("number", Text),
    Column("old_unit_code", Text),
    Column("old_sheet", Text),
    Column("old_number", Text),
    Column("land_uses", JSONB),
    Column("register_area_m2", Double),
    Column("address", Text),
    Column("geom_wkb", LargeBinary),
    CheckConstraint("state IN ('accepted', 'quarantined', 'unreadable')", name="import_rows_state"),
)

import_raw = Table(
    "import_raw",
    metadata,
    Column("batch_id", UUID, primary_key=True),
    Column("first_row", BigInteger, primary_key=True),
    Column("last_row", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    schema="pii",
)

findings = Table(
    "findings",
    metadata,
    # No foreign key: as of rows.
    Column("batch_id", UUID, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("finding_id", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("kind", Integer, nullable=False),
    Column("subject", Text, nullable=False),
    Column("lon", Double),
    Column("lat", Double),
    Column("measured", Double),
    Index("findings_rule", "batch_id", "rule", "position"),
    Index("findings_name", "batch_id", "finding_id"),
    Index("findings_subject", "batch_id", "subject"),
    Index("findings_place", "batch_id", "lon", "lat"),
)


def _facts() -> list[Column[object]]:
    """Answer the columns that ``parcels`` and ``parcel_versions`` both carry."""
    return [
        Column("unit_code", Text),
        Column("sheet", Text),
        Column("number", Text),
        Column("old_unit_code", Text),
        Column("old_sheet", Text),
        Column("old_number", Text),
        Column("land_uses", JSONB, nullable=False),
        Column("register_area_m2", Double),
        Column("area_m2", Double, nullable=False),
        Column("address", Text),
    ]


parcels = Table(
    "parcels",
    metadata,
    Column("parcel_id", UUID, primary_key=True),
    Column("fid", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("identity_key", Text),
    Column("national_id", Text),
    Column("national_id_status", Text),
    *_facts(),
    Column("status", Text, nullable=False),
    Column("withheld", Boolean, nullable=False),
    Column("main_use", Text),
    Column("effective_from", Date),
    _geom("geom"),
    _geom("geom_3857"),
    _geom("label_3857"),
    Column("snap_zoom", SmallInteger),
    CheckConstraint("ST_IsValid(geom)", name="parcels_geom_valid"),
    CheckConstraint("ST_NPoints(geom) <= 10000", name="parcels_geom_vertices"),
    CheckConstraint(
        "ST_SRID(geom_3857) = 3857 AND ST_SRID(label_3857) = 3857", name="parcels_mercator"
    ),
    Index("parcels_fid", "fid", unique=True),
    Index("parcels_identity_key", "identity_key", unique=True),
    Index("parcels_number_sheet_unit", "number", "sheet", "unit_code"),
    Index("parcels_unit_sheet", "unit_code", "sheet"),
    Index("parcels_national_id", "national_id", postgresql_where=text("national_id IS NOT NULL")),
    Index("parcels_unidentified", "fid", postgresql_where=text("national_id_status IS NULL")),
    Index("parcels_geom_3857", "geom_3857", postgresql_using="gist"),
    Index(
        "parcels_old_name",
        *("old_number", "old_sheet", "old_unit_code"),
        postgresql_where=text("old_number IS NOT NULL"),
    ),
    Index(
        "parcels_address_key",
        text("address_key(unit_code, address)"),
        postgresql_where=text("address IS NOT NULL AND NOT withheld"),
    ),
)

parcel_versions = Table(
    "parcel_versions",
    metadata,
    Column("parcel_id", UUID, primary_key=True),
    # No foreign keys: revisions are append-only by trigger and written in the same transaction,
    # and a bulk load would look each one up row by row (0.6 s per 100,000).
    Column("revision_from", BigInteger, primary_key=True),
    Column("revision_to", BigInteger),
    Column("fid", BigInteger, nullable=False),
    Column("identity_key", Text),
    *_facts(),
    Column("status", Text, nullable=False),
    Column("effective_from", Date),
    Column("effective_to", Date),
    Column("survey_srid", Integer, nullable=False),
    _geom("geom_survey"),
    Column("batch_id", UUID),
    Column("row_no", BigInteger),
    CheckConstraint("ST_SRID(geom_survey) = survey_srid", name="parcel_versions_srid"),
    # Both grow with the table, so a block range index is small and costs a bulk load nothing.
    Index("parcel_versions_revision_from", "revision_from", postgresql_using="brin"),
    Index("parcel_versions_fid", "fid", postgresql_using="brin"),
    Index("versions_ended", "effective_to", postgresql_where=text("effective_to IS NOT NULL")),
    Index(
        "parcel_versions_revision_to",
        "revision_to",
        postgresql_where=text("revision_to IS NOT NULL"),
    ),
)

lineage = Table(
    "lineage",
    metadata,
    Column("revision", BigInteger, ForeignKey("revisions.revision"), primary_key=True),
    Column("parent_id", UUID, primary_key=True),
    Column("child_id", UUID, primary_key=True),
    Index("lineage_parent", "parent_id"),
    Index("lineage_child", "child_id"),
)

tile_state = Table(
    "tile_state",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    moment("changed_at"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    moment("at"),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("revision", BigInteger, ForeignKey("revisions.revision")),
    Column("body", Text, nullable=False),
    Column("previous_sha256", LargeBinary, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("secret_sha256", LargeBinary, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("units", ARRAY(Text)),
    moment("created_at"),
    Column("revoked_at", DateTime(timezone=True)),
)

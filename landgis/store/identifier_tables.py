"""The table of national identifiers; see ``tables``."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from landgis.store.tables import metadata, moment

parcel_identifiers = Table(
    "parcel_identifiers",
    metadata,
    # No foreign key: rows are written beside many versions at once, and never removed.
    Column("parcel_id", UUID, primary_key=True),
    Column("revision", BigInteger, primary_key=True),
    Column("national_id", Text),
    Column("status", Text, primary_key=True),
    Column("procedure", Text, nullable=False),
    Column("point_epsg", Integer, nullable=False),
    Column("point_x", Double),
    Column("point_y", Double),
    Column("geom_sha256", LargeBinary, nullable=False),
    moment("assigned_at"),
    Column("issuer", Text),
    Column("decision", Text),
    CheckConstraint(
        "(status = 'official') = (issuer IS NOT NULL)"
        " AND (status = 'official') = (decision IS NOT NULL)",
        name="parcel_identifiers_issued",
    ),
    CheckConstraint(
        "status IN ('proposed', 'official', 'none') AND (status = 'none') = (national_id IS NULL)",
        name="parcel_identifiers_status",
    ),
    Index(
        "parcel_identifiers_national_id",
        "national_id",
        postgresql_where=text("national_id IS NOT NULL"),
    ),
)

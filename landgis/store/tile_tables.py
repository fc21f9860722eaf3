"""What tiles are drawn from, and the log of what became of them; see ``tables``."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from landgis.store.tables import metadata

tile_changes = Table(
    "tile_changes",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("token", UUID, nullable=False, server_default=func.gen_random_uuid()),
    Column("boxes", ARRAY(Double)),
    Column("wide_boxes", ARRAY(Double), nullable=False, server_default=text("'{}'")),
)

parcel_bands = Table(
    "parcel_bands",
    metadata,
    Column("fid", BigInteger, primary_key=True, autoincrement=False),
    Column("geom_13", Geometry(spatial_index=False), nullable=False),
    Column("snap_13", SmallInteger, nullable=False),
    Column("geom_15", Geometry(spatial_index=False), nullable=False),
    Column("snap_15", SmallInteger, nullable=False),
    Column("number", Text),
    Column("sheet", Text),
    Column("use", Text),
    Index("parcel_bands_geom_15", "geom_15", postgresql_using="gist"),
)

bands_due = Table(
    "bands_due",
    metadata,
    Column("due", BigInteger, Identity(always=True), primary_key=True),
)

map_blocks = Table(
    "map_blocks",
    metadata,
    Column("unit_code", Text, primary_key=True),
    Column("sheet", Text, primary_key=True),
    Column("cell", Integer, primary_key=True, autoincrement=False),
    Column("fid", BigInteger, Identity(always=True), nullable=False),
    Column("changed_revision", BigInteger, nullable=False),
    Column("drawn_revision", BigInteger),
    Column("reach_3857", Geometry(spatial_index=False), nullable=False),
    Column("parcels", Integer),
    Column("area_m2", Double),
    Column("use", Text),
    Column("geom_3857", Geometry(spatial_index=False)),
    Column("snap_zoom", SmallInteger),
    Column("label_3857", Geometry(spatial_index=False)),
    Index("map_blocks_geom_3857", "geom_3857", postgresql_using="gist"),
    Index(
        "map_blocks_stale",
        *("unit_code", "sheet", "cell"),
        postgresql_where=text("drawn_revision IS DISTINCT FROM changed_revision"),
    ),
)

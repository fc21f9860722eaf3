"""What tiles are drawn from, and the log of what became of them; see ``tables``."""

from geoalchemy2 import Geometry
from sqlalchemy import BigInteger, Column, Double, SmallInteger, Table, func
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from landgis.store.tables import metadata

tile_changes = Table(
    "tile_changes",
    metadata,
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("token", UUID, nullable=False, server_default=func.gen_random_uuid()),
    Column("boxes", ARRAY(Double)),
)

parcel_bands = Table(
    "parcel_bands",
    metadata,
    Column("fid", BigInteger, primary_key=True, autoincrement=False),
    Column("geom_13", Geometry(spatial_index=False), nullable=False),
    Column("snap_13", SmallInteger, nullable=False),
    Column("geom_15", Geometry(spatial_index=False), nullable=False),
    Column("snap_15", SmallInteger, nullable=False),
)

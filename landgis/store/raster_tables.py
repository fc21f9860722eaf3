"""The tables of images below the map."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from landgis.store.tables import metadata, moment

rasters = Table(
    "rasters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("fid", BigInteger, Identity(always=True), nullable=False),
    Column("kind", Text, nullable=False),
    Column("title_vi", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("attribution", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("content_key", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("source_epsg", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("dtype", Text, nullable=False),
    Column("nodata", Double),
    Column("resolution_m", Double, nullable=False),
    Column("maxzoom", SmallInteger, nullable=False),
    Column("levels", SmallInteger, nullable=False),
    Column("grid_column", BigInteger, nullable=False),
    Column("grid_row", BigInteger, nullable=False),
    Column("grid_width", Integer, nullable=False),
    Column("grid_height", Integer, nullable=False),
    Column("west", Double, nullable=False),
    Column("south", Double, nullable=False),
    Column("east", Double, nullable=False),
    Column("north", Double, nullable=False),
    Column("geom_3857", Geometry(spatial_index=False), nullable=False),
    Column("value_min", Double),
    Column("value_max", Double),
    Column("tint_low", Double),
    Column("tint_high", Double),
    Column("value_unit", Text),
    Column("created_by", Text, nullable=False),
    moment("created_at"),
    CheckConstraint("kind IN ('orthophoto', 'map', 'dem')", name="rasters_kind"),
    CheckConstraint("audience IN ('public', 'officers')", name="rasters_audience"),
    CheckConstraint("ST_SRID(geom_3857) = 3857", name="rasters_mercator"),
    Index("rasters_fid", "fid", unique=True),
    Index("rasters_geom_3857", "geom_3857", postgresql_using="gist"),
)

raster_jobs = Table(
    "raster_jobs",
    metadata,
    Column("job_id", UUID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("error", JSONB),
    Column("created_by", Text, nullable=False),
    moment("created_at"),
    CheckConstraint(
        "status IN ('queued', 'ready', 'refused', 'failed')", name="raster_jobs_status"
    ),
)

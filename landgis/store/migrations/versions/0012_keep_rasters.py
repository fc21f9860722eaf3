"""Keep which orthophotos, scanned maps and elevation models there are, and which are being made."""

from alembic import op

from landgis.store.database import driver

revision = "0012"
down_revision = "0011"

RASTERS = """
CREATE TABLE rasters (
    name text NOT NULL PRIMARY KEY,
    fid bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    title_vi text NOT NULL,
    title_en text NOT NULL,
    attribution text NOT NULL,
    audience text NOT NULL,
    content_key text NOT NULL,
    sha256 text NOT NULL,
    file_name text NOT NULL,
    bytes bigint NOT NULL,
    source_epsg integer NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    dtype text NOT NULL,
    nodata double precision,
    resolution_m double precision NOT NULL,
    maxzoom smallint NOT NULL,
    levels smallint NOT NULL,
    grid_column bigint NOT NULL,
    grid_row bigint NOT NULL,
    grid_width integer NOT NULL,
    grid_height integer NOT NULL,
    west double precision NOT NULL,
    south double precision NOT NULL,
    east double precision NOT NULL,
    north double precision NOT NULL,
    geom_3857 geometry NOT NULL,
    value_min double precision,
    value_max double precision,
    tint_low double precision,
    tint_high double precision,
    value_unit text,
    created_by text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT rasters_kind CHECK (kind IN ('orthophoto', 'map', 'dem')),
    CONSTRAINT rasters_audience CHECK (audience IN ('public', 'officers')),
    CONSTRAINT rasters_mercator CHECK (ST_SRID(geom_3857) = 3857)
);
CREATE UNIQUE INDEX rasters_fid ON rasters (fid);
CREATE INDEX rasters_geom_3857 ON rasters USING gist (geom_3857);
COMMENT ON TABLE rasters IS
    'Images shown below the map; their pixels lie in the folder content_key of the home';
COMMENT ON COLUMN rasters.grid_column IS
    'grid_*: what part of the pixels of maxzoom, 256 a tile, counted from the north-west corner '
    'of the world, the picture covers';
"""

JOBS = """
CREATE TABLE raster_jobs (
    job_id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL,
    status text NOT NULL,
    error jsonb,
    created_by text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT raster_jobs_status CHECK (status IN ('queued', 'ready', 'refused', 'failed'))
);
COMMENT ON TABLE raster_jobs IS 'Images handed in over HTTP, and what came of each';
"""


def upgrade() -> None:
    """Add the table of images and that of the work on them."""
    connection = driver(op.get_bind())
    connection.execute(RASTERS)
    connection.execute(JOBS)

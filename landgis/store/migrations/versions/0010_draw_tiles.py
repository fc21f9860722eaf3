"""Draw parcels quickly, and know of every stored tile whether it is still right."""

from alembic import op

from landgis.store.database import driver

revision = "0010"
down_revision = "0009"

PICTURES = """
ALTER TABLE parcels ADD COLUMN snap_zoom smallint;
COMMENT ON COLUMN parcels.snap_zoom IS
    'Lowest zoom at which geom_3857 stays valid when rounded to the tile grid; NULL: not known';
CREATE TABLE parcel_bands (
    fid bigint NOT NULL PRIMARY KEY,
    geom_13 geometry NOT NULL,
    snap_13 smallint NOT NULL,
    geom_15 geometry NOT NULL,
    snap_15 smallint NOT NULL,
    number text,
    sheet text,
    use text
);
CREATE INDEX parcel_bands_geom_15 ON parcel_bands USING gist (geom_15);
COMMENT ON TABLE parcel_bands IS
    'Public parcels as zoom 13 and zooms 14 to 15 draw them; without a row they are drawn in full';
CREATE TABLE bands_due (due bigint GENERATED ALWAYS AS IDENTITY NOT NULL PRIMARY KEY);
COMMENT ON TABLE bands_due IS 'A row says that parcels may be without a row in parcel_bands';
INSERT INTO bands_due DEFAULT VALUES;
"""

CHANGES = """
CREATE TABLE tile_changes (
    sequence bigint NOT NULL PRIMARY KEY,
    token uuid DEFAULT gen_random_uuid() NOT NULL,
    boxes double precision[],
    wide_boxes double precision[] DEFAULT '{}' NOT NULL
);
COMMENT ON TABLE tile_changes IS
    'Where tiles changed with each sequence: west, south, east, north in EPSG:3857, one box after '
    'the other; NULL: everywhere; wide_boxes: what is drawn otherwise with them below zoom 16. '
    'The token tells this history from that of a restored copy';
INSERT INTO tile_changes (sequence) SELECT sequence FROM tile_state WHERE scope = 'register';
"""


def upgrade() -> None:
    """Add what tiles are drawn from, and the log of what became of them."""
    connection = driver(op.get_bind())
    connection.execute(PICTURES)
    connection.execute(CHANGES)

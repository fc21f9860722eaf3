"""Keep what maps show of many parcels at once: one row a sheet, or a square where sheets lack."""

from alembic import op

from landgis.store.database import driver

revision = "0011"
down_revision = "0010"

CELL = """
CREATE FUNCTION map_block_cell(unit_code text, sheet text, label_3857 geometry) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN coalesce(unit_code, '') <> '' AND coalesce(sheet, '') <> '' THEN -1
        ELSE floor((20037508.342789244 - ST_Y(label_3857)) / 40075016.685578488 * 32768)::integer
            * 32768
            + floor((20037508.342789244 + ST_X(label_3857)) / 40075016.685578488 * 32768)::integer
    END
$$;
COMMENT ON FUNCTION map_block_cell IS
    'y * 32768 + x of the tile of zoom 15 that the label lies in; -1: the sheet is its block';
"""

TABLE = """
CREATE TABLE map_blocks (
    unit_code text NOT NULL,
    sheet text NOT NULL,
    cell integer NOT NULL,
    fid bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    changed_revision bigint NOT NULL,
    drawn_revision bigint,
    reach_3857 geometry NOT NULL,
    parcels integer,
    area_m2 double precision,
    use text,
    geom_3857 geometry,
    snap_zoom smallint,
    label_3857 geometry,
    PRIMARY KEY (unit_code, sheet, cell)
);
CREATE INDEX map_blocks_geom_3857 ON map_blocks USING gist (geom_3857);
CREATE INDEX map_blocks_stale ON map_blocks (unit_code, sheet, cell)
    WHERE drawn_revision IS DISTINCT FROM changed_revision;
COMMENT ON TABLE map_blocks IS
    'The public parcels of a sheet, without one those of a square of zoom 15, as zooms 5 to 12 '
    'show them; drawn again where drawn_revision is not changed_revision';
COMMENT ON COLUMN map_blocks.cell IS 'Of map_block_cell';
COMMENT ON COLUMN map_blocks.fid IS
    'The id in tiles; a number counted up is three bytes there, a hash of the key was nine';
COMMENT ON COLUMN map_blocks.reach_3857 IS
    'Extent of its parcels when it was drawn, and of all that changed since';
"""

# What was published before is drawn by the next who asks.
FIRST = """
INSERT INTO map_blocks (unit_code, sheet, cell, changed_revision, reach_3857)
SELECT coalesce(unit_code, ''), CASE WHEN place = -1 THEN sheet ELSE '' END, place, max(revision),
    ST_SetSRID(ST_Extent(geom_3857)::geometry, 3857)
FROM parcels
CROSS JOIN LATERAL map_block_cell(unit_code, sheet, label_3857) AS place
WHERE NOT withheld
GROUP BY 1, 2, 3
"""


def upgrade() -> None:
    """Make the table, with a block to be drawn for everything that is public now."""
    connection = driver(op.get_bind())
    connection.execute(CELL)
    connection.execute(TABLE)
    connection.execute(FIRST)

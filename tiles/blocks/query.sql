-- Blocks of public parcels: a sheet of a unit, or a square of 1.2 km where parcels name no such.
-- Below z12 so many are in a tile that their names would be a fifth of it.
-- Parameters: :box_3857 buffered tile box, :z zoom. Index: map_blocks_geom_3857.
SELECT
    fid,
    geom_3857,
    snap_zoom,
    parcels,
    use,
    CASE WHEN :z >= 12 THEN nullif(unit_code, '') END AS unit,
    CASE WHEN :z >= 12 THEN nullif(sheet, '') END AS sheet
FROM map_blocks
WHERE geom_3857 && :box_3857
ORDER BY fid

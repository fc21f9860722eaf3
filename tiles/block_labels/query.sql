-- One point inside each block that is a sheet, for its number; half-open bounds: never in two tiles.
-- Parameters: :box_3857, and :west :south :east :north of the tile itself. The point lies inside its
-- outline, so the outlines' index finds it: map_blocks_geom_3857.
SELECT
    fid,
    label_3857 AS geom_3857,
    NULL::smallint AS snap_zoom,
    normalize(sheet, NFC) AS sheet,
    parcels
FROM map_blocks
WHERE geom_3857 && :box_3857
    AND ST_X(label_3857) >= :west
    AND ST_X(label_3857) < :east
    AND ST_Y(label_3857) >= :south
    AND ST_Y(label_3857) < :north
    AND sheet <> ''
ORDER BY fid

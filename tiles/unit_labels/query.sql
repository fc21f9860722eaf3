-- One point per unit in force, for its name; half-open bounds so that no tile repeats it.
-- Parameters: :west :south :east :north of the tile itself (EPSG:3857 metres).
SELECT
    label_3857 AS geom_3857,
    NULL::smallint AS snap_zoom,
    code,
    normalize(name, NFC) AS name,
    kind
FROM units
WHERE valid_to IS NULL
    AND ST_X(label_3857) >= :west
    AND ST_X(label_3857) < :east
    AND ST_Y(label_3857) >= :south
    AND ST_Y(label_3857) < :north
ORDER BY code

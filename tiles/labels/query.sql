-- One point inside each live public parcel, for its number; half-open bounds: never in two tiles.
-- Parameters: :box_3857, and :west :south :east :north of the tile itself. The point lies inside its
-- parcel, so the parcels' own index finds it: parcels_geom_3857.
SELECT
    fid,
    label_3857 AS geom_3857,
    normalize(number, NFC) AS number
FROM parcels
WHERE geom_3857 && :box_3857
    AND ST_X(label_3857) >= :west
    AND ST_X(label_3857) < :east
    AND ST_Y(label_3857) >= :south
    AND ST_Y(label_3857) < :north
    AND NOT withheld
    AND number IS NOT NULL
ORDER BY fid

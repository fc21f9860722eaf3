-- One point inside each live public parcel, for its number; half-open bounds: never in two tiles.
-- Parameters: :box_3857, and :west :south :east :north of the tile itself. The point lies inside its
-- parcel, so the parcels' own index finds it: parcels_geom_3857.
SELECT
    fid,
    label_3857 AS geom_3857,
    NULL::smallint AS snap_zoom,
    normalize(number, NFC) AS number,
    -- Area by diagonal is the width of a long parcel, which the number wants some pixels of; 512 to a
    -- tile, the whole equator to that of zoom 0. cosh²(y / R) is what Web Mercator makes of areas.
    greatest(16, least(21, ceil(ln(
        greatest(7, 2 + 2.2 * length(number))::float8 * (40075016.69 / 512)::float8
        * sqrt(
            (ST_XMax(geom_3857) - ST_XMin(geom_3857)) ^ 2
            + (ST_YMax(geom_3857) - ST_YMin(geom_3857)) ^ 2
        ) / greatest(area_m2 * cosh(:north / 6378137.0) ^ 2, 1e-9)
    ) / ln(2::float8))))::integer AS fits
FROM parcels
WHERE geom_3857 && :box_3857
    AND ST_X(label_3857) >= :west
    AND ST_X(label_3857) < :east
    AND ST_Y(label_3857) >= :south
    AND ST_Y(label_3857) < :north
    AND NOT withheld
    AND number IS NOT NULL
ORDER BY fid

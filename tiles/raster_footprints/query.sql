-- Extents of the registered images, public or not.
-- Parameters: :box_3857 buffered tile box. Index: rasters_geom_3857.
SELECT
    fid,
    geom_3857,
    NULL::smallint AS snap_zoom,
    name,
    kind,
    normalize(title_vi, NFC) AS title_vi,
    normalize(title_en, NFC) AS title_en
FROM rasters
WHERE geom_3857 && :box_3857
ORDER BY fid

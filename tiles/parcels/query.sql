-- Live parcels that anyone may see (defence and security land is withheld).
-- Below zoom 16 from their simplified pictures, which are of public parcels only; while pictures
-- are due after a bulk load, a parcel that has none is drawn in full.
-- Parameters: :box_3857 buffered tile box, :z. Index: parcel_bands_geom_15, parcels_geom_3857.
SELECT
    b.fid,
    CASE WHEN :z >= 14 THEN b.geom_15 ELSE b.geom_13 END AS geom_3857,
    CASE WHEN :z >= 14 THEN b.snap_15 ELSE b.snap_13 END AS snap_zoom,
    CASE WHEN :z >= 14 THEN b.number END AS number,
    CASE WHEN :z >= 14 THEN b.sheet END AS sheet,
    b.use
FROM parcel_bands AS b
WHERE :z < 16
    AND b.geom_15 && :box_3857
UNION ALL
SELECT
    p.fid,
    p.geom_3857,
    p.snap_zoom,
    CASE WHEN :z >= 14 THEN p.number END AS number,
    CASE WHEN :z >= 14 THEN p.sheet END AS sheet,
    p.main_use AS use
FROM parcels AS p
WHERE p.geom_3857 && :box_3857
    AND NOT p.withheld
    AND (
        :z >= 16
        OR EXISTS (SELECT FROM bands_due)
        AND NOT EXISTS (SELECT FROM parcel_bands AS b WHERE b.fid = p.fid)
    )
ORDER BY fid

-- Outlines of the units in force; below z10 the simplified coverage, with what the blocks sum up to.
-- Parameters: :box_3857 buffered tile box, :z zoom. Some hundred rows: no index needed.
WITH by_use AS (
    SELECT
        unit_code,
        use,
        sum(parcels) AS parcels,
        sum(area_m2::numeric) AS area_m2
    FROM map_blocks
    WHERE :z < 10
        AND parcels IS NOT NULL
    GROUP BY unit_code, use
),
summed AS (
    SELECT
        unit_code,
        sum(parcels)::bigint AS parcels,
        (array_agg(use ORDER BY area_m2 DESC, use))[1] AS use
    FROM by_use
    GROUP BY unit_code
)
SELECT
    CASE WHEN :z < 10 THEN units.geom_3857_low ELSE units.geom_3857 END AS geom_3857,
    NULL::smallint AS snap_zoom,
    units.code,
    normalize(units.name, NFC) AS name,
    units.kind,
    summed.parcels,
    summed.use
FROM units
LEFT JOIN summed ON summed.unit_code = units.code
WHERE units.valid_to IS NULL
    AND units.geom_3857 && :box_3857
ORDER BY units.code

-- Outlines of the units in force; below z10 the simplified coverage.
-- Parameters: :box_3857 buffered tile box, :z zoom. Some hundred rows: no index needed.
SELECT
    CASE WHEN :z < 10 THEN geom_3857_low ELSE geom_3857 END AS geom_3857,
    code,
    normalize(name, NFC) AS name,
    kind
FROM units
WHERE valid_to IS NULL
    AND geom_3857 && :box_3857
ORDER BY code

-- Live parcels that anyone may see (defence and security land is withheld).
-- Parameters: :box_3857 buffered tile box. Index: parcels_geom_3857.
SELECT
    fid,
    geom_3857,
    number,
    sheet,
    main_use AS use
FROM parcels
WHERE geom_3857 && :box_3857
    AND NOT withheld
ORDER BY fid

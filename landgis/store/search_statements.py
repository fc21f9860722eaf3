"""The statements by which search finds map sheets, addresses and their words."""

from sqlalchemy import text

SHEETS = text("""
    -- Sheets of a number in each unit that has parcels: the units are stepped through by the index
    -- parcels_unit_sheet, so a sheet without a unit costs no look at every parcel.
    WITH RECURSIVE step (unit_code) AS (
        SELECT min(unit_code) FROM parcels
        UNION ALL
        SELECT (SELECT min(p.unit_code) FROM parcels AS p WHERE p.unit_code > step.unit_code)
        FROM step WHERE step.unit_code IS NOT NULL
    ), met AS (
        SELECT DISTINCT p.unit_code, p.sheet
        FROM step JOIN LATERAL (
            SELECT unit_code, sheet FROM parcels
            WHERE unit_code = step.unit_code AND sheet = ANY(:sheets)
              AND (:withheld OR NOT withheld)
            LIMIT 1
        ) AS p ON true
        WHERE CAST(:units AS text[]) IS NULL OR step.unit_code = ANY(:units)
        UNION ALL
        (SELECT unit_code, sheet FROM parcels
         WHERE unit_code IS NULL AND sheet = ANY(:sheets) AND (:withheld OR NOT withheld)
           AND CAST(:units AS text[]) IS NULL
         LIMIT 1)
        ORDER BY 1
        LIMIT :limit
    )
    SELECT met.unit_code, met.sheet AS name, few.parcels, few.fid,
           ST_XMin(few.box) AS west, ST_YMin(few.box) AS south,
           ST_XMax(few.box) AS east, ST_YMax(few.box) AS north
    FROM met CROSS JOIN LATERAL (
        SELECT count(*) AS parcels, min(fid) AS fid, ST_Extent(geom_3857) AS box
        FROM (
            SELECT fid, geom_3857 FROM parcels
            WHERE unit_code = met.unit_code AND sheet = met.sheet AND (:withheld OR NOT withheld)
            UNION ALL
            SELECT fid, geom_3857 FROM parcels
            WHERE met.unit_code IS NULL AND unit_code IS NULL AND sheet = met.sheet
              AND (:withheld OR NOT withheld)
            LIMIT (SELECT :most / count(*) FROM met)
        ) AS seen
    ) AS few
    ORDER BY met.unit_code
""")

ADDRESSES = text("""
    -- Addresses with all the words, the shortest first, that a live public parcel bears.
    WITH named AS MATERIALIZED (
        SELECT met.* FROM (
            SELECT * FROM address_names WHERE words @@ CAST(:words AS tsquery) LIMIT :names
        ) AS met
        WHERE EXISTS (
            SELECT FROM parcels
            WHERE address_key(unit_code, address) = met.address_key
              AND address IS NOT NULL AND NOT withheld
        )
        ORDER BY length(address), address, unit_code
        LIMIT :limit
    )
    SELECT named.unit_code, named.address AS name, few.parcels, few.fid,
           ST_XMin(few.box) AS west, ST_YMin(few.box) AS south,
           ST_XMax(few.box) AS east, ST_YMax(few.box) AS north
    FROM named CROSS JOIN LATERAL (
        SELECT count(*) AS parcels, min(fid) AS fid, ST_Extent(geom_3857) AS box
        FROM (
            SELECT fid, geom_3857 FROM parcels
            WHERE address_key(unit_code, address) = named.address_key
              AND address IS NOT NULL AND NOT withheld
            LIMIT (SELECT :most / count(*) FROM named)
        ) AS seen
    ) AS few
    ORDER BY length(named.address), named.address, named.unit_code
""")

KNOWN_WORDS = text("""
    SELECT word FROM address_words WHERE word = ANY(:words)
    UNION
    (SELECT word FROM address_words WHERE word >= :begun AND word < :beyond LIMIT :limit)
""")

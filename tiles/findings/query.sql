-- What failed in imports that are staged or published and nobody has accepted as it is. From z15 on
-- every finding is a point; below, those in one 64th of a tile's side are one point with a count.
-- Parameters: :west :south :east :north of the tile (EPSG:3857 metres), half-open; :units NULL when the
-- asker may import everywhere, else only what :asker handed in is shown, as in the reports.
-- 6378137 m: radius of Web Mercator (EPSG:3857). Index: findings_place.
WITH box AS (
    SELECT
        degrees(:west / 6378137.0) AS lon_min,
        degrees(:east / 6378137.0) AS lon_max,
        degrees(2 * atan(exp(:south / 6378137.0)) - pi() / 2) AS lat_min,
        degrees(2 * atan(exp(:north / 6378137.0)) - pi() / 2) AS lat_max
), here AS (
    SELECT
        f.batch_id, f.position, f.finding_id, f.rule, f.severity,
        radians(f.lon) * 6378137.0 AS x,
        ln(tan(pi() / 4 + radians(f.lat) / 2)) * 6378137.0 AS y
    FROM import_batches AS b
    CROSS JOIN box
    JOIN findings AS f
        ON f.batch_id = b.batch_id
        AND f.lon BETWEEN box.lon_min - 1e-9 AND box.lon_max + 1e-9
        AND f.lat BETWEEN box.lat_min - 1e-9 AND box.lat_max + 1e-9
    WHERE b.status IN ('staged', 'published')
        AND (:units IS NULL OR b.created_by = :asker)
        AND f.outcome = 'fail'
        AND f.severity IN ('error', 'warning', 'info')
        -- Accepted: the same rule on the same parcels within a metre and a tenth of the measure.
        AND NOT EXISTS (
            SELECT 1
            FROM finding_acceptances AS a
            WHERE a.subject = f.subject
                AND a.taken_back_at IS NULL
                AND f.severity IN ('warning', 'info')
                AND abs(f.lat - a.lat) <= 1 / 111195.0
                AND abs(f.lon - a.lon) * cos(radians(a.lat)) <= 1 / 111195.0
                AND (
                    (f.measured IS NULL AND a.measured IS NULL)
                    OR abs(f.measured - a.measured) <= 0.1 * abs(a.measured)
                )
        )
), placed AS (
    SELECT
        *,
        CASE WHEN :z < 15 THEN floor((x - :west) / (:east - :west) * 64) ELSE position END AS cell_x,
        CASE WHEN :z < 15 THEN floor((y - :south) / (:north - :south) * 64) ELSE 0 END AS cell_y,
        CASE WHEN :z < 15 THEN NULL ELSE batch_id END AS cell_batch
    FROM here
    WHERE x >= :west AND x < :east AND y >= :south AND y < :north
)
SELECT
    ST_SetSRID(ST_MakePoint(avg(x), avg(y)), 3857) AS geom_3857,
    NULL::smallint AS snap_zoom,
    severity,
    count(*)::integer AS count,
    min(rule) AS rule,
    CASE WHEN count(*) = 1 THEN min(batch_id::text) END AS batch,
    CASE WHEN count(*) = 1 THEN min(finding_id) END AS finding
FROM placed
GROUP BY severity, cell_x, cell_y, cell_batch
ORDER BY severity DESC, cell_batch, cell_x, cell_y

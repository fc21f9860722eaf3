"""What must hold between the rows of the register: one statement for each, answering what does not.

Every statement answers ``place`` and ``what`` for each contradiction and nothing when all is well.
They read whole tables and need no index: PostgreSQL sorts and hashes within its own bounds.
"""

from sqlalchemy import Executable, Select, case, func, or_, select, text

from landgis.store.tables import parcel_versions, parcels
from landgis.store.taken_back import was_taken_back

AREA_TOLERANCE_M2 = 0.1
"""For each parcel that a family of parents and children counts. Areas are rounded to 0.1 m²."""

PLANE_TOLERANCE = 0.001
"""Share of the area that may differ where parents and children lie in different survey planes.

The scale of a 3° zone at k 0.9999 grows by 0.0003 to its edge, areas by twice that.
"""

VERSIONS_OVERLAP = """
    SELECT 'parcel ' || parcel_id AS place,
           format('the version of revision %s ends with %s, the next begins with %s',
                  revision_from, coalesce(revision_to::text, 'none'),
                  coalesce(following::text, 'none')) AS what
    FROM (
        SELECT parcel_id, revision_from, revision_to,
               lead(revision_from) OVER (PARTITION BY parcel_id ORDER BY revision_from) AS following
        FROM parcel_versions
    ) AS versions
    WHERE revision_to <= revision_from
       OR following IS NOT NULL AND (revision_to IS NULL OR revision_to > following)
"""

REVISION_GAP = """
    SELECT 'revision ' || revision AS place,
           format('follows revision %s', coalesce(previous::text, 'none')) AS what
    FROM (
        SELECT revision, lag(revision) OVER (ORDER BY revision) AS previous FROM revisions
    ) AS numbered
    WHERE revision <> coalesce(previous, 0) + 1
"""

REVISION_UNKNOWN = """
    SELECT 'revision ' || revision AS place, 'versions or lineage name it, and it is not there'
           AS what
    FROM (
        SELECT revision_from AS revision FROM parcel_versions
        UNION SELECT revision_to FROM parcel_versions WHERE revision_to IS NOT NULL
        UNION SELECT revision FROM lineage
    ) AS named
    WHERE NOT EXISTS (SELECT FROM revisions WHERE revisions.revision = named.revision)
"""

REVISION_COUNT = """
    SELECT 'revision ' || revision AS place,
           format('states %s parcels, history has %s', parcels, touched) AS what
    FROM (
        SELECT revision, parcels, count(parcel_id) AS touched
        FROM revisions
        LEFT JOIN (
            SELECT revision_from AS revision, parcel_id FROM parcel_versions
            UNION SELECT revision_to, parcel_id FROM parcel_versions WHERE revision_to IS NOT NULL
        ) AS changes USING (revision)
        GROUP BY revision, parcels
    ) AS counted
    WHERE parcels <> touched
"""

FID_CHANGED = """
    SELECT 'parcel ' || parcel_id AS place,
           format('carries fid %s and fid %s', min(fid), max(fid)) AS what
    FROM parcel_versions
    GROUP BY parcel_id
    HAVING min(fid) <> max(fid)
"""

FID_REUSED = """
    SELECT 'fid ' || fid AS place, format('stands for %s parcels', count(DISTINCT parcel_id))
           AS what
    FROM parcel_versions
    GROUP BY fid
    HAVING count(DISTINCT parcel_id) > 1
"""

FID_UNISSUED = """
    SELECT 'fid ' || fid AS place, format('was never issued, the last one is %s', last_value)
           AS what
    FROM parcel_versions, parcel_fids
    WHERE fid > last_value OR NOT is_called OR fid < 1
"""

LINEAGE_DANGLING = """
    SELECT format('revision %s, parcel %s to parcel %s', edge.revision, parent_id, child_id)
           AS place,
           'the revision did not end the one or did not begin the other' AS what
    FROM lineage AS edge
    LEFT JOIN parcel_versions AS parent
           ON parent.parcel_id = parent_id AND parent.revision_to = edge.revision
    LEFT JOIN parcel_versions AS child
           ON child.parcel_id = child_id AND child.revision_from = edge.revision
    WHERE parent.parcel_id IS NULL OR child.parcel_id IS NULL
"""

NO_SUCCESSOR = """
    -- A newer file that is complete for its sheet may leave a parcel out; a drawn edit may not.
    SELECT 'parcel ' || ended.parcel_id AS place,
           format('revision %s retired it and names no successor', revision) AS what
    FROM parcel_versions AS ended
    JOIN revisions ON revision = ended.revision_to AND kind = 'edit' AND revisions.batch_id IS NULL
    WHERE NOT EXISTS (
              SELECT FROM parcel_versions AS next
              WHERE next.parcel_id = ended.parcel_id AND next.revision_from = ended.revision_to
          )
      AND NOT EXISTS (
              SELECT FROM lineage
              WHERE lineage.revision = ended.revision_to AND parent_id = ended.parcel_id
          )
"""

LINEAGE_CYCLE = """
    -- A child that is new at its edge is younger than its parent, so a circle needs an edge whose
    -- child was there before. Only below those edges is anything to search, and there are few.
    WITH RECURSIVE edges AS (
        SELECT revision, parent_id, child_id
        FROM lineage JOIN revisions USING (revision)
        WHERE kind = 'edit'
    ), descent (revision, parent_id, reached) AS (
        SELECT revision, parent_id, child_id
        FROM edges
        WHERE EXISTS (
            SELECT FROM parcel_versions
            WHERE parcel_id = child_id AND revision_from < edges.revision
        )
        UNION
        SELECT descent.revision, descent.parent_id, edges.child_id
        FROM descent JOIN edges ON edges.parent_id = descent.reached
        WHERE descent.reached <> descent.parent_id
    )
    SELECT 'parcel ' || parent_id AS place,
           format('descends from itself through revision %s', revision) AS what
    FROM descent
    WHERE reached = parent_id
"""

AREA_UNBALANCED = """
    WITH members AS (
        SELECT revision, parent_id AS parcel_id, TRUE AS is_parent FROM lineage
        UNION SELECT revision, child_id, FALSE FROM lineage
    ), measured AS (
        SELECT members.revision, is_parent, area_m2, survey_srid
        FROM members
        JOIN parcel_versions AS version
          ON version.parcel_id = members.parcel_id
         AND members.revision = CASE WHEN is_parent THEN revision_to ELSE revision_from END
    ), families AS (
        SELECT revision, count(*) AS members, count(DISTINCT survey_srid) AS planes,
               coalesce(sum(area_m2) FILTER (WHERE is_parent), 0) AS before_m2,
               coalesce(sum(area_m2) FILTER (WHERE NOT is_parent), 0) AS after_m2
        FROM measured JOIN revisions USING (revision)
        WHERE kind = 'edit'
        GROUP BY revision
    )
    SELECT 'revision ' || revision AS place,
           format('parents have %s m², children %s m²',
                  round(before_m2::numeric, 1), round(after_m2::numeric, 1)) AS what
    FROM families
    WHERE abs(after_m2 - before_m2)
          > :area_m2 * members + CASE WHEN planes > 1 THEN :plane_share * before_m2 ELSE 0 END
"""

NUMBER_ABOVE_HIGHEST = """
    WITH used AS (
        SELECT coalesce(unit_code, '') AS unit_code, coalesce(sheet, '') AS sheet, number
        FROM parcel_versions
        UNION ALL SELECT unit_code, sheet, number FROM number_reservations
    ), reached AS (
        SELECT unit_code, sheet, max((substring(number FROM '^[0-9]{1,9}'))::bigint) AS number
        FROM used
        WHERE number ~ '^[0-9]{1,9}[^0-9]{0,3}$'
        GROUP BY unit_code, sheet
    )
    SELECT format('unit %s, sheet %s', unit_code, sheet) AS place,
           format('number %s is in use, the highest kept is %s', number,
                  coalesce(highest::text, 'none')) AS what
    FROM reached
    LEFT JOIN sheet_numbers USING (unit_code, sheet)
    WHERE highest IS NULL OR highest < number
"""

IDENTIFIER_DIFFERS = """
    SELECT 'parcel ' || parcel_id AS place,
           format('bears the identifier %s, the last it was given is %s',
                  coalesce(parcels.national_id, 'none'), coalesce(last.national_id, 'none'))
           AS what
    FROM parcels
    LEFT JOIN (
        SELECT DISTINCT ON (parcel_id) parcel_id, national_id, status
        FROM parcel_identifiers
        ORDER BY parcel_id, revision DESC, status = 'official' DESC
    ) AS last USING (parcel_id)
    WHERE (parcels.national_id, parcels.national_id_status)
          IS DISTINCT FROM (last.national_id, last.status)
"""

LEGAL_DAY_DIFFERS = """
    SELECT 'parcel ' || parcel_id AS place,
           format('its version of revision %s holds from %s to %s, the revisions say %s to %s',
                  revision_from, coalesce(v.effective_from::text, 'ever'),
                  coalesce(v.effective_to::text, 'none'),
                  coalesce(made.effective_on::text, 'ever'),
                  coalesce(ended.effective_on::text, 'none')) AS what
    FROM parcel_versions AS v
    JOIN revisions AS made ON made.revision = v.revision_from
    LEFT JOIN revisions AS ended ON ended.revision = v.revision_to
    WHERE v.effective_from IS DISTINCT FROM made.effective_on
       OR v.effective_to IS DISTINCT FROM ended.effective_on
"""

TILES_BEHIND = """
    SELECT 'tiles' AS place,
           format('show revision %s, the newest is %s', revision, newest) AS what
    FROM tile_state,
         (SELECT coalesce(max(revision), 0) AS newest FROM revisions) AS head
    WHERE scope = 'register' AND revision <> newest
"""


def _live_differs() -> Select[tuple[str, str]]:
    """Compare every column that live parcels and versions share, whatever columns will come."""
    shared = [c.name for c in parcels.c if c.name in parcel_versions.c and c.name != "parcel_id"]
    version = parcel_versions.c
    opened = select(parcel_versions).where(version.revision_to.is_(None)).subquery("opened")
    pairs = [(parcels.c[name], opened.c[name]) for name in shared]
    pairs.append((parcels.c.revision, opened.c.revision_from))
    differing = [case((live.is_distinct_from(kept), live.name)) for live, kept in pairs]
    what = case(
        (opened.c.parcel_id.is_(None), "is live and no open version is behind it"),
        (parcels.c.parcel_id.is_(None), "has an open version and is not live"),
        else_=func.concat("differs from its open version in ", func.concat_ws(", ", *differing)),
    )
    place = func.concat("parcel ", func.coalesce(parcels.c.parcel_id, opened.c.parcel_id))
    return (
        select(place.label("place"), what.label("what"))
        .select_from(parcels.join(opened, opened.c.parcel_id == parcels.c.parcel_id, full=True))
        .where(or_(*(live.is_distinct_from(kept) for live, kept in pairs)))
    )


def _identity_reused() -> Select[tuple[str, str]]:
    """Find names that several parcels bore; what was taken back with its batch bore none."""
    version = parcel_versions.c
    count = func.count(version.parcel_id.distinct())
    return (
        select(
            func.concat("identity ", version.identity_key).label("place"),
            func.format("has named %s parcels", count).label("what"),
        )
        .where(version.identity_key.is_not(None))
        .where(~was_taken_back())
        .group_by(version.identity_key)
        .having(count > 1)
    )


CHECKS: dict[str, Executable] = {
    "versions_overlap": text(VERSIONS_OVERLAP),
    "revision_gap": text(REVISION_GAP),
    "revision_unknown": text(REVISION_UNKNOWN),
    "revision_count": text(REVISION_COUNT),
    "live_differs": _live_differs(),
    "fid_changed": text(FID_CHANGED),
    "fid_reused": text(FID_REUSED),
    "fid_unissued": text(FID_UNISSUED),
    "identity_reused": _identity_reused(),
    "lineage_dangling": text(LINEAGE_DANGLING),
    "lineage_cycle": text(LINEAGE_CYCLE),
    "no_successor": text(NO_SUCCESSOR),
    "area_unbalanced": text(AREA_UNBALANCED).bindparams(
        area_m2=AREA_TOLERANCE_M2, plane_share=PLANE_TOLERANCE
    ),
    "number_above_highest": text(NUMBER_ABOVE_HIGHEST),
    "identifier_differs": text(IDENTIFIER_DIFFERS),
    "legal_day_differs": text(LEGAL_DAY_DIFFERS),
    "tiles_behind": text(TILES_BEHIND),
}
"""Code -> the statement that finds it."""

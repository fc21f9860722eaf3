"""Reads of the history: every version of a parcel, its family, the revisions that made them."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import shapely
from sqlalchemy import RowMapping, func, select, text

from landgis.cadastre.past import Edge, PastRevision, PastVersion
from landgis.geodesy import epsg_of
from landgis.store.database import Database
from landgis.store.draft_tables import drafts
from landgis.store.identifier_tables import parcel_identifiers
from landgis.store.rows import among, shares
from landgis.store.tables import parcel_versions, revisions, units

FACTS = (
    *("parcel_id", "fid", "revision_from", "revision_to", "unit_code", "sheet", "number"),
    *("old_unit_code", "old_sheet", "old_number", "land_uses", "register_area_m2"),
    *("area_m2", "address", "effective_from", "survey_srid"),
)

REVISION = ("revision", "kind", "basis", "record_no", "undoes", "committed_at")

FAMILY = text("""
    -- The edges of each revision that hang together with one parcel: a revision may split this
    -- parcel here and others elsewhere. Parameter: parcel_id. Indexes: lineage_parent,
    -- lineage_child.
    WITH RECURSIVE members (revision, parcel_id) AS (
        SELECT revision, :parcel_id
        FROM lineage
        WHERE parent_id = :parcel_id OR child_id = :parcel_id
        UNION
        SELECT edge.revision,
               CASE WHEN edge.parent_id = members.parcel_id
                    THEN edge.child_id ELSE edge.parent_id END
        FROM members
        JOIN lineage AS edge
          ON edge.revision = members.revision
         AND (edge.parent_id = members.parcel_id OR edge.child_id = members.parcel_id)
    )
    SELECT edge.revision, edge.parent_id, edge.child_id
    FROM members
    JOIN lineage AS edge
      ON edge.revision = members.revision AND edge.parent_id = members.parcel_id
    ORDER BY edge.revision, edge.parent_id, edge.child_id
""")


class PastStore:
    """What the register knew, and when."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def id_of(self, fid: int) -> UUID | None:
        """Answer the parcel that has, or had, a tile id."""
        query = select(parcel_versions.c.parcel_id).where(parcel_versions.c.fid == fid).limit(1)
        with self._database.begin() as connection:
            found: UUID | None = connection.execute(query).scalar()
        return found

    def last_called(self, national_id: str) -> UUID | None:
        """Answer the parcel that was given a national identifier last."""
        query = (
            select(parcel_identifiers.c.parcel_id)
            .where(parcel_identifiers.c.national_id == national_id)
            .order_by(parcel_identifiers.c.revision.desc())
            .limit(1)
        )
        with self._database.begin() as connection:
            found: UUID | None = connection.execute(query).scalar()
        return found

    def versions(self, ids: Iterable[UUID]) -> dict[UUID, list[PastVersion]]:
        """Answer every version of these parcels, by revision; unknown ids are left out."""
        live_unit = (units.c.code == parcel_versions.c.unit_code) & units.c.valid_to.is_(None)
        query = (
            select(
                *(parcel_versions.c[name] for name in FACTS),
                units.c.name.label("unit_name"),
                func.ST_AsBinary(parcel_versions.c.geom_survey).label("wkb"),
            )
            .join(units, live_unit, isouter=True)
            .where(among(parcel_versions.c.parcel_id, ids))
            .order_by(parcel_versions.c.parcel_id, parcel_versions.c.revision_from)
        )
        found: dict[UUID, list[PastVersion]] = {}
        with self._database.begin() as connection:
            for row in connection.execute(query).mappings():
                found.setdefault(row["parcel_id"], []).append(_version(row))
        return found

    def revisions(self, numbers: Sequence[int]) -> dict[int, PastRevision]:
        """Answer revisions by their number; people by the names their colleagues read."""
        query = (
            select(
                *(revisions.c[name] for name in REVISION),
                func.coalesce(drafts.c.author_shown_as, revisions.c.author).label("author"),
                func.coalesce(drafts.c.reviewer_shown_as, revisions.c.approver).label("approver"),
            )
            .join(drafts, drafts.c.draft_id == revisions.c.draft_id, isouter=True)
            .where(revisions.c.revision.in_(numbers))
        )
        with self._database.begin() as connection:
            found = [PastRevision(**row) for row in connection.execute(query).mappings()]
        return {revision.revision: revision for revision in found}

    def family(self, parcel_id: UUID) -> list[Edge]:
        """Answer the lineage of every revision that a parcel came out of or went into."""
        with self._database.begin() as connection:
            rows = connection.execute(FAMILY, {"parcel_id": parcel_id}).all()
        return [Edge(row.revision, row.parent_id, row.child_id) for row in rows]


def _version(row: RowMapping) -> PastVersion:
    values: dict[str, Any] = dict(row)
    values["geom"] = shapely.from_wkb(bytes(values.pop("wkb")))
    values["survey_epsg"] = epsg_of(values.pop("survey_srid"))
    values["land_uses"] = shares(values["land_uses"])
    return PastVersion(**values)

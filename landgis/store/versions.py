"""The rows a ChangeSet becomes: live parcels, their versions, their lineage."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, text

from landgis.cadastre.changes import ChangeSet, Entry
from landgis.cadastre.register import Deployment, Derived
from landgis.geodesy import srid
from landgis.store.rows import copy_rows, ewkb, no_nan, shares_json
from landgis.store.tables import lineage, parcel_versions

FACT_COLUMNS = (
    ("unit_code", "text"),
    ("sheet", "text"),
    ("number", "text"),
    ("old_unit_code", "text"),
    ("old_sheet", "text"),
    ("old_number", "text"),
    ("land_uses", "jsonb"),
    ("register_area_m2", "float8"),
    ("area_m2", "float8"),
    ("address", "text"),
)
PARCEL_COLUMNS = (
    ("parcel_id", "uuid"),
    ("fid", "int8"),
    ("revision", "int8"),
    ("identity_key", "text"),
    *FACT_COLUMNS,
    ("status", "text"),
    ("withheld", "bool"),
    ("main_use", "text"),
    ("geom", "bytea"),
    ("geom_3857", "bytea"),
    ("label_3857", "bytea"),
)
VERSION_COLUMNS = (
    ("parcel_id", "uuid"),
    ("fid", "int8"),
    ("revision_from", "int8"),
    ("identity_key", "text"),
    *FACT_COLUMNS,
    ("status", "text"),
    ("survey_srid", "int4"),
    ("geom_survey", "bytea"),
    ("batch_id", "uuid"),
    ("row_no", "int8"),
)
CURRENT = "current"


def write_versions(
    connection: Connection,
    revision: int,
    changeset: ChangeSet,
    derived: Derived,
    deployment: Deployment,
    entry: Entry,
) -> None:
    """Write the parcels after a change, live and as versions of ``revision``."""
    fids = _fids(connection, changeset)
    facts = list(_facts(changeset, derived))
    copy_rows(
        connection,
        ("parcels",),
        PARCEL_COLUMNS,
        _parcel_rows(revision, changeset, derived, deployment, fids, facts),
    )
    copy_rows(
        connection,
        ("parcel_versions",),
        VERSION_COLUMNS,
        _version_rows(revision, changeset, derived, entry, fids, facts),
    )
    if changeset.lineage:
        connection.execute(
            insert(lineage),
            [
                {"revision": revision, "parent_id": d.parent, "child_id": d.child}
                for d in changeset.lineage
            ],
        )


def _fids(connection: Connection, changeset: ChangeSet) -> list[int]:
    """Answer a fid per parcel: the old one where the parcel lives on, else a new one."""
    ids = list(changeset.after_ids)
    kept: dict[UUID, int] = {}
    if changeset.before:
        query = select(parcel_versions.c.parcel_id, parcel_versions.c.fid).where(
            parcel_versions.c.parcel_id.in_([b.parcel_id for b in changeset.before])
        )
        kept = {r.parcel_id: r.fid for r in connection.execute(query)}
    missing = [i for i in ids if i not in kept]
    take = text("SELECT nextval('parcel_fids') FROM generate_series(1, :n)")
    new = dict(zip(missing, connection.execute(take, {"n": len(missing)}).scalars(), strict=True))
    return [kept.get(i) or new[i] for i in ids]


def _facts(changeset: ChangeSet, derived: Derived) -> Iterable[tuple[Any, ...]]:
    after = changeset.after
    return zip(
        after.unit_code,
        after.sheet,
        after.number,
        after.old_unit_code,
        after.old_sheet,
        after.old_number,
        (shares_json(s) for s in after.land_uses),
        no_nan(after.register_area_m2),
        derived.area_m2.tolist(),
        after.address,
        strict=True,
    )


def _parcel_rows(
    revision: int,
    changeset: ChangeSet,
    derived: Derived,
    deployment: Deployment,
    fids: Sequence[int],
    facts: Sequence[tuple[Any, ...]],
) -> Iterable[tuple[Any, ...]]:
    geom = ewkb(derived.geom, srid(deployment.storage_epsg))
    mercator = ewkb(derived.geom_3857, 3857)
    label = ewkb(derived.label_3857, 3857)
    for i, parcel_id in enumerate(changeset.after_ids):
        yield (
            parcel_id,
            fids[i],
            revision,
            derived.identity_key[i],
            *facts[i],
            CURRENT,
            bool(derived.withheld[i]),
            derived.main_use[i],
            geom[i],
            mercator[i],
            label[i],
        )


def _version_rows(
    revision: int,
    changeset: ChangeSet,
    derived: Derived,
    entry: Entry,
    fids: Sequence[int],
    facts: Sequence[tuple[Any, ...]],
) -> Iterable[tuple[Any, ...]]:
    survey_srid = srid(changeset.after.survey_epsg)
    surveyed = ewkb(changeset.after.geom, survey_srid)
    for i, parcel_id in enumerate(changeset.after_ids):
        yield (
            parcel_id,
            fids[i],
            revision,
            derived.identity_key[i],
            *facts[i],
            CURRENT,
            survey_srid,
            surveyed[i],
            entry.batch_id,
            int(changeset.after.row[i]) if entry.batch_id is not None else None,
        )

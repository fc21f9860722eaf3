"""The rows a ChangeSet becomes: live parcels, their versions, their lineage."""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import Connection, insert, select, text

from landgis.cadastre.changes import ChangeSet, Entry, Part
from landgis.cadastre.parcels import TEXT_COLUMNS
from landgis.cadastre.register import Deployment, Derived
from landgis.geodesy import WEB_MERCATOR, srid
from landgis.store.copying import Column, Same, copy_columns
from landgis.store.rows import ewkb, shares_json
from landgis.store.tables import lineage, parcel_versions

CURRENT = "current"


def write_versions(
    connection: Connection,
    revision: int,
    changeset: ChangeSet,
    derived: Sequence[Derived],
    deployment: Deployment,
    entry: Entry,
    tell: Callable[[int], None],
) -> None:
    """Write the parcels after a change, live and as versions of ``revision``.

    ``tell`` is told how many parcels are done; a parcel in one of two tables is half done.
    """
    known = _known_fids(connection, changeset)
    done = 0
    for part, derivation in zip(changeset.after, derived, strict=True):
        n = len(part.parcels)
        facts = _facts(part, derivation, _fids(connection, part, known))
        live = _live_columns(revision, derivation, deployment)
        kept = _version_columns(revision, part, entry)

        def half(rows: int, base: int = done) -> None:
            tell(base + rows // 2)

        def rest(rows: int, base: int = done, n: int = n) -> None:
            tell(base + (n + rows) // 2)

        copy_columns(connection, ("parcels",), (*facts, *live), n, half)
        copy_columns(connection, ("parcel_versions",), (*facts, *kept), n, rest)
        done += n
    if changeset.lineage:
        connection.execute(
            insert(lineage),
            [
                {"revision": revision, "parent_id": d.parent, "child_id": d.child}
                for d in changeset.lineage
            ],
        )


def _known_fids(connection: Connection, changeset: ChangeSet) -> dict[UUID, int]:
    """Answer the fids of parcels that were in the register before: changed, or brought back."""
    if not changeset.before:
        return {}
    query = select(parcel_versions.c.parcel_id, parcel_versions.c.fid).where(
        parcel_versions.c.parcel_id.in_(changeset.ids_after())
    )
    return {r.parcel_id: r.fid for r in connection.execute(query)}


def _fids(connection: Connection, part: Part, known: dict[UUID, int]) -> list[int]:
    """Answer a fid per parcel: the one it ever had, else a new one."""
    ids = list(part.ids)
    missing = [i for i in ids if i not in known]
    take = text("SELECT nextval('parcel_fids') FROM generate_series(1, :n)")
    new = dict(zip(missing, connection.execute(take, {"n": len(missing)}).scalars(), strict=True))
    return [known.get(i) or new[i] for i in ids]


def _facts(part: Part, derived: Derived, fids: Sequence[int]) -> list[Column | Same]:
    """Answer the columns that a live parcel and its version share."""
    after = part.parcels
    texts = [Column(name, "text", getattr(after, name)) for name in TEXT_COLUMNS]
    return [
        Column("parcel_id", "uuid", part.ids),
        Column("fid", "int8", fids),
        Column("identity_key", "text", derived.identity_key),
        *texts,
        Column("land_uses", "jsonb", shares_json(after.land_uses)),
        Column("register_area_m2", "float8", after.register_area_m2),
        Column("area_m2", "float8", derived.area_m2),
        Same("status", "text", CURRENT),
    ]


def _live_columns(revision: int, derived: Derived, deployment: Deployment) -> list[Column | Same]:
    return [
        Same("revision", "int8", revision),
        Column("withheld", "bool", derived.withheld),
        Column("main_use", "text", derived.main_use),
        Column("geom", "geometry", ewkb(derived.geom, srid(deployment.storage_epsg))),
        Column("geom_3857", "geometry", ewkb(derived.geom_3857, WEB_MERCATOR)),
        Column("label_3857", "geometry", ewkb(derived.label_3857, WEB_MERCATOR)),
    ]


def _version_columns(revision: int, part: Part, entry: Entry) -> list[Column | Same]:
    after = part.parcels
    survey_srid = srid(after.survey_epsg)
    return [
        Same("revision_from", "int8", revision),
        Same("survey_srid", "int4", survey_srid),
        Column("geom_survey", "geometry", ewkb(after.geom, survey_srid)),
        Same("batch_id", "uuid", entry.batch_id),
        # The parcels of a draft are not the rows of its batch: many of them said nothing new.
        Same("row_no", "int8", None)
        if entry.batch_id is None or entry.draft is not None
        else Column("row_no", "int8", after.row),
    ]

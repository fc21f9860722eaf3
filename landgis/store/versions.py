"""The rows a ChangeSet becomes: live parcels, their versions, their lineage."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, insert, select, text

from landgis.cadastre.changes import ChangeSet, Entry, Part
from landgis.cadastre.parcels import TEXT_COLUMNS, ParcelSet
from landgis.cadastre.register import Deployment, Derived
from landgis.geodesy import WEB_MERCATOR, srid
from landgis.store.copying import Column, Same, copy_columns, copying, spooled
from landgis.store.rows import among, ewkb, ewkb_of, shares_text
from landgis.store.tables import lineage, parcel_versions

CURRENT = "current"

FACTS = (
    *("parcel_id", "fid", "identity_key", *TEXT_COLUMNS),
    *("land_uses", "register_area_m2", "area_m2", "status", "effective_from"),
)
LIVE = (*FACTS, "revision", "withheld", "main_use", "geom", "geom_3857", "label_3857", "snap_zoom")
KEPT = (*FACTS, "revision_from", "survey_srid", "geom_survey", "batch_id", "row_no")
"""Columns of ``parcels`` and of ``parcel_versions`` in the order in which they are loaded."""

Columns: TypeAlias = Sequence[Column | Same]
Take: TypeAlias = Callable[[tuple[Columns, Columns], int], None]
"""Takes the columns of some parcels, live and as versions, and how many they are."""


def write_versions(
    connection: Connection,
    written: "Written",
    changeset: ChangeSet,
    derived: Sequence[Derived],
    tell: Callable[[int], None],
) -> None:
    """Write the parcels after a change, live and as versions of its revision.

    ``tell`` is told after each part how many parcels are done.
    """
    known = _known_fids(connection, changeset)
    done = 0
    for part, derivation in zip(changeset.after, derived, strict=True):
        fids = _fids(connection, part, known)
        write_parcels(connection, written, part.parcels, part.ids, derivation, fids)
        done += len(part.parcels)
        tell(done)
    if changeset.lineage:
        connection.execute(
            insert(lineage),
            [
                {"revision": written.revision, "parent_id": d.parent, "child_id": d.child}
                for d in changeset.lineage
            ],
        )


class Written(NamedTuple):
    """What is the same for everything that one revision writes."""

    revision: int
    deployment: Deployment
    entry: Entry
    day: date | None = None
    """See ``legal_days``."""


def write_parcels(
    connection: Connection,
    written: Written,
    parcels: ParcelSet,
    ids: NDArray[Any],
    derived: Derived,
    fids: Sequence[int] | NDArray[np.int64],
) -> None:
    """Write some parcels, live and as versions; ``ids`` as COPY takes a ``uuid`` column."""
    live, kept = columns_of(written, parcels, ids, derived, fids)
    copy_columns(connection, ("parcels",), live, len(parcels))
    copy_columns(connection, ("parcel_versions",), kept, len(parcels))


@contextmanager
def writing(connection: Connection) -> Iterator[Take]:
    """Give what takes the columns of many parcels, block by block; nothing else can be asked of the
    connection until the end.

    Live ones go to PostgreSQL at once; their versions, which it takes after them, wait in a file.
    """
    with spooled(KEPT) as (keep, copy_kept):
        with copying(connection, ("parcels",), LIVE) as load:

            def take(columns: tuple[Columns, Columns], rows: int) -> None:
                load(columns[0], rows)
                keep(columns[1], rows)

            yield take
        copy_kept(connection, "parcel_versions")


def columns_of(
    written: Written,
    parcels: ParcelSet,
    ids: NDArray[Any],
    derived: Derived,
    fids: Sequence[int] | NDArray[np.int64],
) -> tuple[Columns, Columns]:
    """Answer the columns of ``parcels`` and of ``parcel_versions``."""
    facts = _facts(written, parcels, ids, derived, fids)
    live = _live_columns(written, derived)
    kept = _version_columns(written, parcels)
    return [*facts, *live], [*facts, *kept]


def new_fids(connection: Connection, n: int) -> NDArray[np.int64]:
    """Answer ``n`` fids that no parcel ever had, for who holds the register for himself."""
    take = text(
        "SELECT min(fid), max(fid) FROM (SELECT nextval('parcel_fids') AS fid"
        " FROM generate_series(1, :n)) AS taken"
    )
    first, last = connection.execute(take, {"n": n}).one()
    if n and last - first != n - 1:
        raise ValueError(f"{n} fids are not a run: {first} to {last}")
    return np.arange(n) + (first or 0)


def _known_fids(connection: Connection, changeset: ChangeSet) -> dict[UUID, int]:
    """Answer the fids of parcels that were in the register before: changed, or brought back."""
    if not changeset.before:
        return {}
    query = select(parcel_versions.c.parcel_id, parcel_versions.c.fid).where(
        among(parcel_versions.c.parcel_id, changeset.ids_after())
    )
    return {r.parcel_id: r.fid for r in connection.execute(query)}


def _fids(connection: Connection, part: Part, known: dict[UUID, int]) -> list[int]:
    """Answer a fid per parcel: the one it ever had, else a new one."""
    ids = list(part.ids)
    missing = [i for i in ids if i not in known]
    take = text("SELECT nextval('parcel_fids') FROM generate_series(1, :n)")
    new = dict(zip(missing, connection.execute(take, {"n": len(missing)}).scalars(), strict=True))
    return [known.get(i) or new[i] for i in ids]


def _facts(
    written: Written,
    after: ParcelSet,
    ids: NDArray[Any],
    derived: Derived,
    fids: Sequence[int] | NDArray[np.int64],
) -> list[Column | Same]:
    """Answer the columns that a live parcel and its version share."""
    texts = [Column(name, "text", getattr(after, name)) for name in TEXT_COLUMNS]
    return [
        Column("parcel_id", "uuid", ids),
        Column("fid", "int8", fids),
        Column("identity_key", "text", derived.identity_key),
        *texts,
        Column("land_uses", "json text", shares_text(after.land_uses)),
        Column("register_area_m2", "float8", after.register_area_m2),
        Column("area_m2", "float8", derived.area_m2),
        Same("status", "text", CURRENT),
        Same("effective_from", "date", written.day),
    ]


def _live_columns(written: Written, derived: Derived) -> list[Column | Same]:
    return [
        Same("revision", "int8", written.revision),
        Column("withheld", "bool", derived.withheld),
        Column("main_use", "text", derived.main_use),
        Column("geom", "geometry", ewkb(derived.geom, srid(written.deployment.storage_epsg))),
        Column("geom_3857", "geometry", ewkb(derived.geom_3857, WEB_MERCATOR)),
        Column("label_3857", "geometry", ewkb(derived.label_3857, WEB_MERCATOR)),
        Column("snap_zoom", "int2", derived.snap_zoom),
    ]


def _version_columns(written: Written, after: ParcelSet) -> list[Column | Same]:
    survey_srid, entry = srid(after.survey_epsg), written.entry
    return [
        Same("revision_from", "int8", written.revision),
        Same("survey_srid", "int4", survey_srid),
        Column("geom_survey", "geometry", ewkb_of(after.wkb, survey_srid)),
        Same("batch_id", "uuid", entry.batch_id),
        # The parcels of a draft are not the rows of its batch: many of them said nothing new.
        Same("row_no", "int8", None)
        if entry.batch_id is None or entry.draft is not None
        else Column("row_no", "int8", after.row),
    ]

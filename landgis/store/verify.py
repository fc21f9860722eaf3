"""Reads of the whole register for its verification: one snapshot, in pieces of bounded size."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
import shapely
from sqlalchemy import Connection, Executable, Row, Select, Text, cast, func, select, text

from landgis.cadastre.parcels import TEXT_COLUMNS, Column
from landgis.cadastre.truth import Difference, Head, Kept, Size
from landgis.geodesy import epsg_of
from landgis.store.database import Database
from landgis.store.digest import FACTS, After, digest
from landgis.store.rows import shares
from landgis.store.staged_rows import parcel_set
from landgis.store.tables import (
    audit_log,
    import_batches,
    lineage,
    parcel_versions,
    parcels,
    revisions,
)
from landgis.store.verify_audit import broken_links, head_of
from landgis.store.verify_checks import CHECKS

BLOCK_ROWS = 5_000
"""Rows of parcels in memory at once."""

TOLD_REVISIONS = 1_000
"""After so many revisions somebody is told that it goes on."""

GEOMETRIES = ("geom", "geom_3857", "label_3857")
LIVE_ONLY = (*GEOMETRIES, "withheld", "main_use", "snap_zoom")
ALWAYS = ("area_m2", "identity_key")
"""What is derived from a version and kept with it; a live parcel has more."""

Found: TypeAlias = Row[Any]


class TruthStore:
    """The register as a whole, for whoever doubts it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def snapshot(self) -> Iterator["Snapshot"]:
        """Open the register as it is now; what others commit meanwhile is not in it."""
        with self._database.begin() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            # A cursor is read to its end here, so the plan that ends first is the best one.
            connection.execute(text("SET LOCAL cursor_tuple_fraction = 1"))
            yield Snapshot(connection)


class Snapshot:
    """One moment of the register."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def size(self) -> Size:
        """Answer how much there is."""
        counted = [
            select(func.count()).select_from(table).scalar_subquery()
            for table in (parcels, parcel_versions, revisions, audit_log)
        ]
        newest = select(func.coalesce(func.max(revisions.c.revision), 0)).scalar_subquery()
        row = self._connection.execute(select(*counted, newest)).one()
        return Size(*map(int, row))

    def contradictions(self, tell: Callable[[int, int], None]) -> Iterator[Difference]:
        """Find rows that contradict other rows; ``tell`` gets checks done and all."""
        for done, (code, statement) in enumerate(CHECKS.items()):
            tell(done, len(CHECKS))
            for row in self._stream(statement):
                yield Difference(code, row.what, row.place)
        tell(len(CHECKS), len(CHECKS))

    def changed_digests(self, tell: Callable[[int], None]) -> Iterator[Difference]:
        """Find revisions whose change is not the one that was hashed; ``tell``: revisions done.

        The history is read once, sorted by revision and parcel as the hash wants it.
        """
        ended = _ByRevision(self._stream(_ended()))
        begun = _ByRevision(self._stream(_begun()))
        edges = _ByRevision(self._stream(_edges()))
        query = select(revisions.c.revision, revisions.c.kind, revisions.c.changeset_sha256)
        numbered = self._stream(query.order_by(revisions.c.revision))
        for done, row in enumerate(numbered, 1):
            anew = digest(
                row.kind,
                ((r.parcel_id, r.revision_from) for r in ended.of(row.revision)),
                _after(begun.of(row.revision)),
                ((r.parent_id, r.child_id) for r in edges.of(row.revision)),
            )
            if anew != bytes(row.changeset_sha256):
                what = f"hashes to {anew.hex()[:16]}…, not to {row.changeset_sha256.hex()[:16]}…"
                yield Difference("digest_differs", what, f"revision {row.revision}")
            if not done % TOLD_REVISIONS:
                tell(done)

    def kept(self) -> Iterator[Kept]:
        """Answer every version, once, in blocks that share plane, batch kind and fate."""
        result = self._stream(_kept())
        for block in _blocks(result):
            groups: dict[tuple[Any, ...], list[Found]] = {}
            for row in block:
                fields = None if row.identity_fields is None else tuple(row.identity_fields)
                groups.setdefault((row.survey_srid, fields, row.is_live), []).append(row)
            for (srid, fields, is_live), rows in groups.items():
                names = (*ALWAYS, *LIVE_ONLY) if is_live else ALWAYS
                yield Kept(
                    ids=_column(rows, "parcel_id"),
                    revisions=np.array([r.revision_from for r in rows], dtype=np.int64),
                    parcels=parcel_set(epsg_of(srid), rows),
                    identity_fields=fields,
                    derived={name: _derived(rows, name) for name in names},
                )

    def broken_links(self, head: Head | None) -> Iterator[Difference]:
        """Find what breaks the audit chain, or its ties to the revisions and to a known head."""
        return broken_links(self._connection, head)

    def head(self) -> Head | None:
        """Answer the newest entry of the audit log."""
        return head_of(self._connection)

    def _stream(self, statement: Executable) -> Iterator[Found]:
        options = {"stream_results": True, "yield_per": BLOCK_ROWS}
        return iter(self._connection.execute(statement, execution_options=options))


class _ByRevision:
    """Rows sorted by revision, handed out one revision at a time and only forward."""

    def __init__(self, rows: Iterator[Found]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def of(self, revision: int) -> Iterator[Found]:
        # Rows of a revision that is not there are passed over; a check of its own names them.
        while self._next is not None and self._next.revision <= revision:
            if self._next.revision == revision:
                yield self._next
            self._next = next(self._rows, None)


def _ended() -> Select[Any]:
    version = parcel_versions.c
    return (
        select(version.revision_to.label("revision"), version.parcel_id, version.revision_from)
        .where(version.revision_to.is_not(None))
        .order_by(version.revision_to, version.parcel_id)
    )


def _begun() -> Select[Any]:
    version = parcel_versions.c
    return select(
        version.revision_from.label("revision"),
        version.parcel_id,
        version.survey_srid,
        *(version[name] for name in FACTS),
        func.ST_AsBinary(version.geom_survey).label("wkb"),
    ).order_by(version.revision_from, version.parcel_id)


def _edges() -> Select[Any]:
    edge = lineage.c
    return select(edge.revision, edge.parent_id, edge.child_id).order_by(
        edge.revision, edge.parent_id, edge.child_id
    )


def _after(rows: Iterable[Found]) -> Iterator[After]:
    for row in rows:
        facts = [getattr(row, name) for name in FACTS]
        facts[FACTS.index("land_uses")] = [list(share) for share in shares(row.land_uses)]
        # Written again by the same hand as when it was hashed: there is more than one form of WKB.
        wkb = shapely.to_wkb(shapely.from_wkb(bytes(row.wkb)))
        yield row.parcel_id, epsg_of(row.survey_srid), facts, wkb


def _kept() -> Select[Any]:
    version = parcel_versions.c
    is_its_own = (parcels.c.parcel_id == version.parcel_id) & (
        parcels.c.revision == version.revision_from
    )
    return (
        select(
            *(version[name] for name in ("parcel_id", "revision_from", "survey_srid")),
            *(version[name] for name in (*TEXT_COLUMNS, "register_area_m2", *ALWAYS)),
            func.coalesce(version.row_no, 0).label("row_no"),
            cast(version.land_uses, Text).label("land_uses"),
            func.ST_AsBinary(version.geom_survey).label("geom_wkb"),
            import_batches.c.identity_fields,
            parcels.c.parcel_id.is_not(None).label("is_live"),
            *(parcels.c[name] for name in ("withheld", "main_use", "snap_zoom")),
            *(func.ST_AsBinary(parcels.c[name]).label(name) for name in GEOMETRIES),
        )
        .join(parcels, is_its_own, isouter=True)
        .join(import_batches, import_batches.c.batch_id == version.batch_id, isouter=True)
    )


def _blocks(rows: Iterator[Found]) -> Iterator[list[Found]]:
    while block := list(islice(rows, BLOCK_ROWS)):
        yield block


def _derived(rows: list[Found], name: str) -> Column:
    values = _column(rows, name)
    return shapely.from_wkb(values) if name in GEOMETRIES else values


def _column(rows: list[Found], name: str) -> Column:
    values = np.empty(len(rows), dtype=object)
    values[:] = [getattr(row, name) for row in rows]
    return values

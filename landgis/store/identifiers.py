"""National identifiers: what each parcel bore, who bears one, and how they are given."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    Text,
    or_,
    select,
    text,
)
from sqlalchemy.sql import ColumnElement

from landgis.cadastre.identifier.borne import Bearer, Borne
from landgis.errors import Conflict
from landgis.store.audit import append_note
from landgis.store.database import Database, driver
from landgis.store.identifier_tables import parcel_identifiers
from landgis.store.locks import lock_head
from landgis.store.parcels import INDEX_MARGIN_M
from landgis.store.rows import among
from landgis.store.surveyed import live
from landgis.store.tables import parcels

FACTS = ("parcel_id", "revision", "national_id", "status", "procedure", "issuer", "decision")

GIVEN = """
    WITH given AS (
        SELECT *
        FROM unnest(%(parcel_id)s::uuid[], %(revision)s::bigint[], %(national_id)s::text[],
                    %(status)s::text[], %(procedure)s::text[], %(epsg)s::integer[],
                    %(x)s::double precision[], %(y)s::double precision[], %(geom_sha256)s::bytea[],
                    %(issuer)s::text[], %(decision)s::text[])
             AS given (parcel_id, revision, national_id, status, procedure, point_epsg, point_x,
                       point_y, geom_sha256, issuer, decision)
    )
"""

ASSIGN = f"""{GIVEN}
    , held AS (
        -- Whoever changes such a parcel right now gives it an identifier himself, or the next look
        -- does: nobody waits here, so no two writers wait for each other.
        SELECT parcel_id, revision
        FROM parcels
        WHERE (parcel_id, revision) IN (SELECT parcel_id, revision FROM given)
          AND national_id_status IS NULL
        FOR NO KEY UPDATE SKIP LOCKED
    ), noted AS (
        INSERT INTO parcel_identifiers (parcel_id, revision, national_id, status, procedure,
                                        point_epsg, point_x, point_y, geom_sha256, issuer, decision)
        SELECT given.* FROM given JOIN held USING (parcel_id, revision)
    )
    UPDATE parcels
    SET national_id = given.national_id, national_id_status = given.status
    FROM given JOIN held USING (parcel_id, revision)
    WHERE parcels.parcel_id = given.parcel_id
"""  # noqa: S608 - constants

NOTE = f"""{GIVEN}
    INSERT INTO parcel_identifiers (parcel_id, revision, national_id, status, procedure,
                                    point_epsg, point_x, point_y, geom_sha256, issuer, decision)
    SELECT * FROM given
"""  # noqa: S608 - constants

CARRY = """
    UPDATE parcels
    SET national_id = borne.national_id, national_id_status = borne.status
    FROM (
        SELECT DISTINCT ON (parcel_id) parcel_id, national_id, status
        FROM parcel_identifiers
        WHERE parcel_id = ANY(%(ids)s::uuid[])
        ORDER BY parcel_id, revision DESC, status = 'official' DESC
    ) AS borne
    WHERE parcels.parcel_id = borne.parcel_id
"""

COVERING = text("""
    -- Which live parcels cover each of some points. Parameters: the points in the storage plane and
    -- in EPSG:3857, a margin in metres. Index: parcels_geom_3857.
    SELECT point.i, parcels.parcel_id
    FROM unnest(CAST(:x AS float8[]), CAST(:y AS float8[]), CAST(:mx AS float8[]),
                CAST(:my AS float8[])) WITH ORDINALITY AS point (x, y, mx, my, i)
    JOIN parcels
      ON parcels.geom_3857 && ST_MakeEnvelope(mx - :margin, my - :margin, mx + :margin,
                                              my + :margin, 3857)
     AND ST_Covers(parcels.geom, ST_SetSRID(ST_MakePoint(point.x, point.y), :srid))
    WHERE :withheld OR NOT parcels.withheld
    ORDER BY point.i, parcels.fid
""")

Points = NDArray[np.float64]


class IdentifierStore:
    """Reads and gives national identifiers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unidentified(self, after_fid: int, limit: int) -> list[Bearer]:
        """Answer live parcels that were never given an identifier, by fid."""
        waiting = parcels.c.national_id_status.is_(None) & (parcels.c.fid > after_fid)
        with self._database.begin() as connection:
            return _bearers(connection, _page(waiting, limit), withheld=True)

    def identified(self, after_fid: int, limit: int) -> list[Bearer]:
        """Answer live parcels that bear an identifier, by fid."""
        bearing = parcels.c.national_id.is_not(None) & (parcels.c.fid > after_fid)
        with self._database.begin() as connection:
            return _bearers(connection, _page(bearing, limit), withheld=True)

    def assign(self, given: Sequence[Borne]) -> int:
        """Give identifiers to live parcels that have none, and answer to how many.

        Parcels that changed since they were read, or that somebody changes, are left out.
        """
        with self._database.begin() as connection:
            return int(driver(connection).execute(ASSIGN, _columns(given)).rowcount)

    def issue(self, given: Sequence[Borne], by: str) -> None:
        """Note official identifiers of live parcels, with one audit entry.

        Raises
        ------
        Conflict
            ``stale``: a parcel has changed since its identifier was looked at.
        """
        ids = [one.parcel_id for one in given]
        seen = {one.parcel_id: one.revision for one in given}
        query = select(parcels.c.parcel_id, parcels.c.revision).with_for_update(key_share=True)
        with self._database.begin() as connection:
            lock_head(connection)  # before the rows: so does whoever changes these parcels
            rows = connection.execute(query.where(among(parcels.c.parcel_id, ids)))
            now = {row.parcel_id: row.revision for row in rows}
            stale = sorted(str(i) for i, revision in seen.items() if now.get(i) != revision)
            if stale:
                raise Conflict(
                    "stale",
                    f"{len(stale)} parcel(s) changed meanwhile; send it again",
                    parcels=stale,
                )
            driver(connection).execute(NOTE, _columns(given))
            driver(connection).execute(CARRY, {"ids": ids})
            facts = {"issuer": given[0].issuer, "decision": given[0].decision}
            append_note(connection, "identifiers_issued", by, facts | {"parcels": len(given)})

    def borne(self, ids: Iterable[UUID]) -> dict[UUID, list[Borne]]:
        """Answer every identifier that these parcels bore, the last one at the end."""
        with self._database.begin() as connection:
            return _borne(connection, among(parcel_identifiers.c.parcel_id, ids))

    def ever_borne(self, national_ids: Sequence[str]) -> list[Borne]:
        """Answer who was ever given one of these identifiers, the oldest first."""
        with self._database.begin() as connection:
            wanted = among(parcel_identifiers.c.national_id, national_ids, Text)
            found = _borne(connection, wanted)
        return sorted((b for one in found.values() for b in one), key=lambda b: b.revision)

    def bearing(self, national_ids: Sequence[str], *, withheld: bool) -> list[Bearer]:
        """Answer the live parcels that bear one of these identifiers, by fid."""
        query = _ids().where(among(parcels.c.national_id, national_ids, Text))
        with self._database.begin() as connection:
            return _bearers(connection, query, withheld=withheld)

    def called(
        self, ids: Sequence[UUID], fids: Sequence[int], keys: Sequence[str], *, withheld: bool
    ) -> list[tuple[Bearer, str | None]]:
        """Answer live parcels by id, tile id or identity key, each with its key, by fid."""
        wanted = or_(
            among(parcels.c.parcel_id, ids),
            among(parcels.c.fid, fids, BigInteger),
            among(parcels.c.identity_key, keys, Text),
        )
        with self._database.begin() as connection:
            found = _bearers(connection, _ids().where(wanted), withheld=withheld)
            named = select(parcels.c.parcel_id, parcels.c.identity_key).where(
                among(parcels.c.parcel_id, [b.parcel.parcel_id for b in found])
            )
            key_of = {row.parcel_id: row.identity_key for row in connection.execute(named)}
        return [(b, key_of.get(b.parcel.parcel_id)) for b in found]

    def covering(
        self, storage: Points, srid: int, mercator: Points, *, withheld: bool
    ) -> dict[int, list[Bearer]]:
        """Answer the live parcels that cover points, boundary included: index -> parcels.

        Parameters
        ----------
        storage, mercator
            ``(n, 2)`` the same points in the storage plane, whose SRID is told, and in EPSG:3857.
        """
        values = {
            "x": storage[:, 0].tolist(),
            "y": storage[:, 1].tolist(),
            "mx": mercator[:, 0].tolist(),
            "my": mercator[:, 1].tolist(),
            "margin": INDEX_MARGIN_M,
            "srid": srid,
            "withheld": withheld,
        }
        found: dict[int, list[Bearer]] = {}
        with self._database.begin() as connection:
            pairs = connection.execute(COVERING, values).all()
            query = _ids().where(among(parcels.c.parcel_id, {row.parcel_id for row in pairs}))
            bearers = _bearers(connection, query, withheld=withheld)
        by_id = {b.parcel.parcel_id: b for b in bearers}
        for row in pairs:
            if row.parcel_id in by_id:
                found.setdefault(row.i - 1, []).append(by_id[row.parcel_id])
        return found


def give_identifiers(
    connection: Connection, revision: int, ids: Iterable[UUID], given: Sequence[Borne]
) -> None:
    """Note the identifiers that a change gives, and have what it wrote bear the last of its own.

    A parcel that was never given one is left to ``IdentifierStore.assign``.
    """
    if given:
        values = _columns(given) | {"revision": [revision] * len(given)}
        driver(connection).execute(NOTE, values)
    driver(connection).execute(CARRY, {"ids": list(ids)})


def _ids() -> Select[Any]:
    return select(parcels.c.parcel_id, parcels.c.national_id, parcels.c.national_id_status)


def _page(condition: ColumnElement[bool], limit: int) -> Select[Any]:
    return _ids().where(condition).order_by(parcels.c.fid).limit(limit)


def _bearers(connection: Connection, query: Select[Any], *, withheld: bool) -> list[Bearer]:
    if not withheld:
        query = query.where(~parcels.c.withheld)
    rows = {row.parcel_id: row for row in connection.execute(query)}
    return [
        Bearer(p, rows[p.parcel_id].national_id, rows[p.parcel_id].national_id_status)
        for p in live(connection, list(rows))
    ]


def _borne(connection: Connection, condition: ColumnElement[bool]) -> dict[UUID, list[Borne]]:
    named = (parcel_identifiers.c[name] for name in FACTS)
    point = (parcel_identifiers.c[f"point_{name}"].label(name) for name in ("epsg", "x", "y"))
    query = (
        select(*named, *point, parcel_identifiers.c.geom_sha256)
        .where(condition)
        .order_by(
            parcel_identifiers.c.parcel_id,
            parcel_identifiers.c.revision,
            parcel_identifiers.c.status == "official",
        )
    )
    found: dict[UUID, list[Borne]] = {}
    for row in connection.execute(query).mappings():
        one = Borne(**{**row, "geom_sha256": bytes(row["geom_sha256"])})
        found.setdefault(one.parcel_id, []).append(one)
    return found


def _columns(given: Sequence[Borne]) -> dict[str, list[Any]]:
    names = (*FACTS, "epsg", "x", "y", "geom_sha256")
    return {name: [getattr(one, name) for one in given] for name in names}

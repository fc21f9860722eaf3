"""Certificates: by serial, never removed; and how often somebody asked for one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Text, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from landgis.cadastre.certificates import Certificate, Noted
from landgis.store.audit import append_note
from landgis.store.certificate_tables import certificate_questions, certificates
from landgis.store.database import Database
from landgis.store.locks import lock_head
from landgis.store.rows import among

FACTS = ("serial", "parcel_id", "book_no", "issued_on", "ended_on")


class CertificateStore:
    """Certificates, in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, said: Sequence[Certificate], by: str) -> Counter[Noted]:
        """Keep what is new in a list, one row a serial and parcel, with one audit entry."""
        counts: Counter[Noted] = Counter()
        with self._database.begin() as connection:
            lock_head(connection)
            known = {
                (one.key, one.parcel_id): one
                for one in _read(connection, among(certificates.c.serial_key, _keys(said), Text))
            }
            new = []
            for one in said:
                before = known.get((one.key, one.parcel_id))
                if before is not None and before.says_the_same(one):
                    counts["unchanged"] += 1
                    continue
                if before is not None:
                    _replace(connection, before)
                counts["changed" if before is not None else "added"] += 1
                new.append(asdict(one) | {"serial_key": one.key, "noted_by": by})
            if new:
                connection.execute(insert(certificates), new)
                append_note(
                    connection,
                    "certificates",
                    by,
                    {str(what): count for what, count in counts.items()},
                )
        return counts

    def of_serial(self, key: str) -> list[Certificate]:
        """Answer what is known of a serial; a row for each parcel."""
        with self._database.begin() as connection:
            return _read(connection, certificates.c.serial_key == key)

    def count_question(self, asker: bytes, window_s: int) -> tuple[int, int]:
        """Count a question; how many that makes in its window, and seconds until that is over.

        Whose window is over is forgotten.
        """
        table, now = certificate_questions, func.clock_timestamp()
        window = timedelta(seconds=window_s)
        order = upsert(table).values(asker_sha256=asker, began_at=now, asked=1)
        order = order.on_conflict_do_update(
            index_elements=["asker_sha256"], set_={"asked": table.c.asked + 1}
        )
        left = func.extract("epoch", table.c.began_at + window - now)
        with self._database.begin() as connection:
            connection.execute(delete(table).where(table.c.began_at <= now - window))
            row = connection.execute(order.returning(table.c.asked, left.label("left"))).one()
        return int(row.asked), max(1, round(row.left))


def _keys(said: Sequence[Certificate]) -> list[str]:
    return sorted({one.key for one in said})


def _read(connection: Connection, condition: Any) -> list[Certificate]:
    query = (
        select(*(certificates.c[name] for name in FACTS))
        .where(condition, certificates.c.replaced_at.is_(None))
        .order_by(certificates.c.entry_id)
    )
    return [Certificate(**row) for row in connection.execute(query).mappings()]


def _replace(connection: Connection, before: Certificate) -> None:
    is_it = (certificates.c.serial_key == before.key, certificates.c.parcel_id == before.parcel_id)
    connection.execute(
        update(certificates)
        .where(*is_it, certificates.c.replaced_at.is_(None))
        .values(replaced_at=func.now())
    )

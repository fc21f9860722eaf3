"""Remembered choices: for each sender and form of file, what was said about the last one."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from landgis.cadastre.batches import Batch
from landgis.cadastre.memory import RememberedChoice
from landgis.store.database import Database
from landgis.store.mapping_tables import remembered_choices
from landgis.store.staged_rows import batch_of
from landgis.store.staging import OPEN_STATUSES
from landgis.store.tables import import_batches
from landgis.store.taken_back import batch_was_taken_back


class MappingStore:
    """What senders chose, in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def remembered(self, sender: str, fields_sha256: bytes) -> list[RememberedChoice]:
        """Answer what a sender chose for files with these fields, in the order of the names."""
        table = remembered_choices
        query = (
            select(*(table.c[name] for name in RememberedChoice._fields))
            .where(table.c.sender == sender)
            .where(table.c.fields_sha256 == fields_sha256)
            .order_by(table.c.choice)
        )
        with self._database.begin() as connection:
            return [RememberedChoice(*row) for row in connection.execute(query)]

    def remember(
        self, sender: str, fields_sha256: bytes, choices: Sequence[RememberedChoice]
    ) -> None:
        """Keep what a sender chose; a choice of the same kind made earlier is replaced."""
        if not choices:
            return
        own = {"sender": sender, "fields_sha256": fields_sha256}
        order = insert(remembered_choices)
        replaced = {
            name: order.excluded[name] for name in RememberedChoice._fields if name != "choice"
        }
        order = order.on_conflict_do_update(
            index_elements=["sender", "fields_sha256", "choice"], set_=replaced
        )
        with self._database.begin() as connection:
            connection.execute(order, [own | choice._asdict() for choice in choices])

    def forget(self, sender: str, fields_sha256: bytes) -> None:
        """Forget everything that a sender chose for files with these fields."""
        table = remembered_choices
        with self._database.begin() as connection:
            connection.execute(
                delete(table)
                .where(table.c.sender == sender)
                .where(table.c.fields_sha256 == fields_sha256)
            )

    def same_bytes(self, sha256: str, sender: str) -> list[Batch]:
        """Answer the batches that a sender's file of these bytes gave, oldest first."""
        query = (
            select(import_batches)
            .where(import_batches.c.sha256 == sha256)
            .where(import_batches.c.created_by == sender)
            .where(import_batches.c.status.in_(OPEN_STATUSES))
            .where(~batch_was_taken_back())
            .order_by(import_batches.c.created_at)
        )
        with self._database.begin() as connection:
            return [batch_of(row) for row in connection.execute(query).mappings()]

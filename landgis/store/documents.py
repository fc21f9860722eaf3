"""Files that drafts rest on, kept by their content."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert

from landgis.errors import NotFound
from landgis.store.database import Database
from landgis.store.draft_tables import documents


class DocumentStore:
    """Content-addressed files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, sha256: bytes, media_type: str, content: bytes) -> None:
        """Keep a file; the same content again changes nothing."""
        put = upsert(documents).values(sha256=sha256, media_type=media_type, content=content)
        with self._database.begin() as connection:
            connection.execute(put.on_conflict_do_nothing(index_elements=["sha256"]))

    def content(self, sha256: bytes) -> bytes:
        """Answer the bytes of a file; ``NotFound`` ``no_such_document``."""
        query = select(documents.c.content).where(documents.c.sha256 == sha256)
        with self._database.begin() as connection:
            found = connection.execute(query).scalar()
        if found is None:
            raise NotFound("no_such_document", f"There is no document {sha256.hex()}")
        return bytes(found)

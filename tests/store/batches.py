"""Batches that no file gave."""

from datetime import UTC, datetime
from uuid import uuid4

from landgis.cadastre.batches import Batch


def a_batch() -> Batch:
    """A staged batch without a row."""
    return Batch(
        batch_id=uuid4(),
        file_name="a.zip",
        sha256="0" * 64,
        bytes=1,
        options={},
        status="staged",
        created_by="tester",
        created_at=datetime(2026, 11, 23, tzinfo=UTC),
    )

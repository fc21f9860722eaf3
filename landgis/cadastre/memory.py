"""What a sender chose for an earlier file, as a value."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID


class RememberedChoice(NamedTuple):
    """One choice that was said for a file, kept for the next one of the same form."""

    choice: str
    """``crs``, ``axis_order``, ``encoding``, ``profile`` or ``map``."""

    value: Any
    """As a batch's options hold it."""

    declared_crs: str | None
    """What that file declared of its coordinates: a correction holds for the same label only."""

    file_name: str
    batch_id: UUID
    chosen_at: datetime

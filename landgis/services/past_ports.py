"""What the stories of the past need from the store: one parcel's history, and the whole truth."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol
from uuid import UUID

from landgis.cadastre.past import Edge, PastRevision, PastVersion
from landgis.cadastre.truth import Difference, Head, Kept, Size


class Past(Protocol):
    """Reads of the history of single parcels."""

    def id_of(self, fid: int) -> UUID | None:
        """Answer the parcel that has, or had, a tile id."""

    def versions(self, ids: Iterable[UUID]) -> dict[UUID, list[PastVersion]]:
        """Answer every version of these parcels, by revision."""

    def revisions(self, numbers: Sequence[int]) -> dict[int, PastRevision]:
        """Answer revisions by their number."""

    def family(self, parcel_id: UUID) -> list[Edge]:
        """Answer the lineage of every revision that a parcel came out of or went into."""

    def last_called(self, national_id: str) -> UUID | None:
        """Answer the parcel that was given a national identifier last."""


class Snapshot(Protocol):
    """The whole register as it was at one moment, read in pieces of bounded size."""

    def size(self) -> Size:
        """Answer how much there is."""

    def contradictions(self, tell: Callable[[int, int], None]) -> Iterator[Difference]:
        """Find rows that contradict other rows; ``tell`` gets checks done and all."""

    def changed_digests(self, tell: Callable[[int], None]) -> Iterator[Difference]:
        """Find revisions whose change is not the one that was hashed; ``tell``: revisions done."""

    def kept(self) -> Iterator[Kept]:
        """Answer every version, once."""

    def broken_links(self, head: Head | None) -> Iterator[Difference]:
        """Find what breaks the audit chain, or its ties to the revisions and to a known head."""

    def head(self) -> Head | None:
        """Answer the newest entry of the audit log."""


class Truth(Protocol):
    """Where snapshots come from."""

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """Open one; nothing in it changes until it is closed."""

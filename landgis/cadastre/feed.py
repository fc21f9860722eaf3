"""The change feed's own values: where a reader stands, and what changed behind that place."""

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from landgis.cadastre.parcels import LandUseShare
from landgis.errors import UsageError

SINCE = re.compile(r"([0-9]{1,18})(?:-([0-9a-f]{8})(?:-([0-9a-f]{32}))?)?")
HASH_DIGITS = 8


class Point(NamedTuple):
    """A place in the order of the feed: a parcel's change by a revision."""

    revision: int
    parcel_id: UUID


@dataclass(frozen=True)
class Position:
    """How far a reader has come."""

    revision: int
    hash: str = ""
    """First hex digits of the revision's hash, by which a register that was put back to an earlier
    state knows readers of its lost future; ``""``: not said."""

    parcel_id: UUID | None = None
    """Last parcel of the revision that was told of; None: all of them were."""

    @classmethod
    def parse(cls, text: str) -> "Position":
        """Answer a position from a revision number or from a ``next``.

        Raises
        ------
        UsageError
            ``bad_since``.
        """
        found = SINCE.fullmatch(text)
        if found is None:
            raise UsageError(
                "bad_since", f"since is a revision number or the next of a page, not {text[:64]!r}"
            )
        parcel_id = None if found[3] is None else UUID(found[3])
        return cls(int(found[1]), found[2] or "", parcel_id)

    def __str__(self) -> str:
        hashed = f"-{self.hash}" if self.hash else ""
        inside = "" if self.parcel_id is None else f"-{self.parcel_id.hex}"
        return f"{self.revision}{hashed}{inside}"


@dataclass(frozen=True)
class FeedAsked:
    """What a reader wants to know."""

    since: Position
    limit: int
    """Parcels at most."""

    unit: str | None = None
    """Only parcels that were or are in this unit."""

    geometry: bool = True


@dataclass(frozen=True)
class Scope:
    """What of the register one reader is told."""

    unit: str | None
    hidden_uses: frozenset[str]
    """Land with any of these uses is kept from the reader."""


@dataclass(frozen=True)
class FeedVersion:
    """A parcel as the register held it from one revision until another."""

    parcel_id: UUID
    fid: int
    revision_from: int
    revision_to: int | None
    unit_code: str | None
    sheet: str | None
    number: str | None
    old_unit_code: str | None
    old_sheet: str | None
    old_number: str | None
    land_uses: tuple[LandUseShare, ...]
    register_area_m2: float | None
    area_m2: float
    address: str | None
    status: str
    effective_from: date | None
    survey_epsg: int
    geom: Any
    """shapely Polygon or MultiPolygon in the survey plane."""

    is_hidden: bool = False
    """This version is kept from the reader."""

    is_hidden_now: bool = False
    """The parcel's newest version is, and so is everything that was told of it before."""


class FeedRevision(NamedTuple):
    """A revision, as the feed tells of it."""

    revision: int
    kind: str
    undoes: int | None
    record_no: str | None
    committed_at: datetime


class FeedEdge(NamedTuple):
    """One edge of the lineage whose ends the reader may both know."""

    revision: int
    parent: UUID
    child: UUID


@dataclass(frozen=True)
class FeedParcel:
    """What one revision did to one parcel, as one reader is told."""

    parcel_id: UUID
    before: dict[str, Any] | None
    """A GeoJSON Feature in degrees; its geometry is null where it was not asked for."""

    after: dict[str, Any] | None
    parents: tuple[UUID, ...] = ()
    children: tuple[UUID, ...] = ()

    @property
    def event(self) -> str:
        """Answer created, changed, retired, or removed: no more to be told of, whatever it is."""
        if self.after is not None:
            return "created" if self.before is None else "changed"
        return "removed" if self.before is None else "retired"

    def document(self) -> dict[str, Any]:
        """Answer it as the API writes it."""
        return {
            "parcel_id": str(self.parcel_id),
            "event": self.event,
            "before": self.before,
            "after": self.after,
            "parents": [str(i) for i in self.parents],
            "children": [str(i) for i in self.children],
        }


@dataclass(frozen=True)
class FeedChange:
    """What one revision did, or the part of it that one page has room for."""

    revision: int
    committed_at: str | None
    kind: str
    undoes: int | None
    record_no: str | None
    """None for whoever may not know."""

    bbox: tuple[float, float, float, float] | None
    """West, south, east, north in degrees of the parcels told of here, before and after."""

    parcels: tuple[FeedParcel, ...]
    continues: bool = False
    """More parcels of this revision are on the next page."""

    def going_on(self) -> "FeedChange":
        """Answer it as one that more is to be told of."""
        return replace(self, continues=True)

    def document(self) -> dict[str, Any]:
        """Answer it as the API writes it."""
        said: dict[str, Any] = {
            "revision": self.revision,
            "committed_at": self.committed_at,
            "kind": self.kind,
        }
        said |= {} if self.undoes is None else {"undoes": self.undoes}
        said |= {} if self.record_no is None else {"record_no": self.record_no}
        return said | {
            "bbox": None if self.bbox is None else list(self.bbox),
            "continues": self.continues,
            "parcels": [parcel.document() for parcel in self.parcels],
        }


@dataclass(frozen=True)
class FeedPage:
    """Some changes in commit order, and where to go on."""

    since: Position
    next: Position
    more: bool
    newest: int
    """Revision of the register."""

    changes: list[FeedChange] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Answer it as the API writes it."""
        return {
            "since": str(self.since),
            "next": str(self.next),
            "more": self.more,
            "revision": self.newest,
            "changes": [change.document() for change in self.changes],
        }


class UnitDigest(NamedTuple):
    """What a copy of a unit's live parcels is compared with."""

    unit_code: str | None
    parcels: int
    sha256: str


class RegisterDigest(NamedTuple):
    """The digests of units at one revision."""

    revision: int
    units: tuple[UnitDigest, ...]

    def document(self) -> dict[str, Any]:
        """Answer it as the API writes it."""
        return {"revision": self.revision, "units": [unit._asdict() for unit in self.units]}

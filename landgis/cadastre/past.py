"""What the register's history says of one parcel: its versions, and the events between them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

import shapely

from landgis.cadastre.parcels import LandUseShare

NODE_TOLERANCE_M = 0.001
"""A boundary that moved less did not move. Source: design §5, nodes are matched at 1 mm."""

What = Literal[
    "published", "split", "merged", "changed", "node_added", "undone", "restored", "retired"
]


@dataclass(frozen=True)
class PastRevision:
    """A revision, as the history of a parcel tells of it."""

    revision: int
    kind: str
    author: str
    approver: str | None
    basis: str | None
    record_no: str | None
    undoes: int | None
    committed_at: datetime


@dataclass(frozen=True)
class PastVersion:
    """What the register said of a parcel from one revision until another."""

    parcel_id: UUID
    fid: int
    revision_from: int
    revision_to: int | None
    """Revision that ended it; None: it is the live one."""

    unit_code: str | None
    unit_name: str | None
    sheet: str | None
    number: str | None
    old_unit_code: str | None
    old_sheet: str | None
    old_number: str | None
    land_uses: tuple[LandUseShare, ...]
    register_area_m2: float | None
    area_m2: float
    address: str | None
    effective_from: date | None
    survey_epsg: int
    geom: Any
    """shapely Polygon or MultiPolygon in the survey plane."""

    @property
    def facts(self) -> tuple[object, ...]:
        """Answer everything that is said beside the boundary and what is measured from it."""
        return (
            *(self.unit_code, self.sheet, self.number),
            *(self.old_unit_code, self.old_sheet, self.old_number),
            *(self.land_uses, self.register_area_m2, self.address),
        )


class Edge(NamedTuple):
    """One edge of the lineage, with the revision that made it."""

    revision: int
    parent: UUID
    child: UUID


@dataclass(frozen=True)
class Event:
    """Something that happened to a parcel."""

    revision: int
    what: What
    version: PastVersion
    """The version of the parcel that it began, or where the parcel went out, ended."""

    parents: tuple[UUID, ...] = ()
    children: tuple[UUID, ...] = ()


def events(
    versions: Sequence[PastVersion],
    kinds: Mapping[int, str],
    edges: Sequence[Edge],
) -> list[Event]:
    """Answer what happened to a parcel, oldest first.

    Parameters
    ----------
    versions
        Every version of the parcel, by revision.
    kinds
        Kind of every revision that began or ended one of them.
    edges
        The parcel's families: all edges of a revision that hang together with the parcel.
    """
    told: list[Event] = []
    for i, version in enumerate(versions):
        earlier = versions[i - 1] if i else None
        began = version.revision_from
        what = _beginning(version, earlier, kinds[began], _family(began, edges))
        told.append(_event(began, what, version, edges))
        ended = version.revision_to
        goes_on = i + 1 < len(versions) and versions[i + 1].revision_from == ended
        if ended is not None and not goes_on:
            what = _end(kinds[ended], _family(ended, edges))
            told.append(_event(ended, what, version, edges))
    return told


def _event(revision: int, what: What, version: PastVersion, edges: Sequence[Edge]) -> Event:
    parents, children = _family(revision, edges)
    return Event(revision, what, version, parents, children)


Family = tuple[tuple[UUID, ...], tuple[UUID, ...]]


def _family(revision: int, edges: Sequence[Edge]) -> Family:
    mine = [edge for edge in edges if edge.revision == revision]
    parents, children = {e.parent for e in mine}, {e.child for e in mine}
    return tuple(sorted(parents)), tuple(sorted(children))


def _beginning(
    version: PastVersion, earlier: PastVersion | None, kind: str, family: Family
) -> What:
    goes_on = earlier is not None and earlier.revision_to == version.revision_from
    if kind == "undo":
        return "undone" if goes_on else "restored"
    if any(family):
        return _descent(family)
    if earlier is None or not goes_on:
        return "published"
    return "node_added" if _only_nodes(earlier, version) else "changed"


def _end(kind: str, family: Family) -> What:
    if kind == "undo":
        return "undone"
    return _descent(family) if any(family) else "retired"


def _descent(family: Family) -> What:
    parents, children = map(len, family)
    if parents == children:
        return "changed"
    return "split" if children > parents else "merged"


def _only_nodes(old: PastVersion, new: PastVersion) -> bool:
    """Answer whether the boundary only got nodes: every old one is there, and nothing moved."""
    if old.facts != new.facts or old.survey_epsg != new.survey_epsg:
        return False
    nodes = [set(map(tuple, shapely.get_coordinates(v.geom))) for v in (old, new)]
    moved = shapely.hausdorff_distance(old.geom.boundary, new.geom.boundary)
    return nodes[0] <= nodes[1] and bool(moved <= NODE_TOLERANCE_M)


@dataclass(frozen=True)
class Ref:
    """A parcel as another one's history names it."""

    parcel_id: UUID
    fid: int
    sheet: str | None
    number: str | None
    is_current: bool


@dataclass(frozen=True)
class Ground:
    """By whom and on what ground something was done; not for everybody's eyes."""

    record_no: str | None
    basis: str | None
    author: str
    approver: str | None


@dataclass(frozen=True)
class ToldEvent:
    """An event as one asker may know it."""

    revision: int
    kind: str
    at: datetime
    what: What
    parents: tuple[Ref, ...]
    children: tuple[Ref, ...]
    undoes: int | None
    ground: Ground | None
    """None for whoever may not know."""


@dataclass(frozen=True)
class ParcelHistory:
    """Everything that happened to a parcel, oldest first, as one asker may know it."""

    last: PastVersion
    """The live version, or the one it went out with."""

    events: tuple[ToldEvent, ...]

    @property
    def is_current(self) -> bool:
        """Answer whether the parcel is live."""
        return self.last.revision_to is None

    @property
    def successors(self) -> tuple[Ref, ...]:
        """Answer what a retired parcel became, as far as it is known; none for a live one."""
        if self.is_current or not self.events:
            return ()
        end = self.events[-1]
        return end.children if end.revision == self.last.revision_to else ()


def ref_to(
    parcel_id: UUID,
    revision: int,
    versions: Mapping[UUID, Sequence[PastVersion]],
    hidden: Callable[[PastVersion], bool],
) -> Ref | None:
    """Answer a parcel as it was called when it took part in a revision.

    None where the asker may not know of it: it is withheld now, or was in that revision.
    """
    known = versions.get(parcel_id, ())
    took_part = [v for v in known if revision in (v.revision_from, v.revision_to)]
    if not took_part or hidden(known[-1]) or any(map(hidden, took_part)):
        return None
    then = took_part[-1]
    is_current = known[-1].revision_to is None
    return Ref(then.parcel_id, then.fid, then.sheet, then.number, is_current)

"""A change as people are shown it: every parcel before and after, with what must add up."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

import numpy as np
import shapely

from landgis import geodesy
from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.drafts import Pending
from landgis.cadastre.edits.net import NetChange
from landgis.cadastre.edits.nodes import NODE_TOLERANCE_M, Edges, vertices
from landgis.services.editing.work_plane import Points, WorkPlane

Fate = Literal["retired", "created", "node_added", "changed"]


@dataclass(frozen=True)
class Face:
    """One parcel as a draft sees it."""

    parcel: SurveyedParcel
    fate: Fate | None
    """What the draft does to it; None: nothing."""

    is_provisional: bool
    """True: its number is only proposed, and held by nobody yet."""

    area_m2: float
    """Geometry area in the survey plane, not rounded."""

    lonlat: Any
    pending: Pending | None = None
    """Another draft that is about to change it."""


@dataclass(frozen=True)
class Neighbour:
    """A parcel that only gets nodes."""

    parcel: SurveyedParcel
    nodes_added: int
    before_m2: float
    after_m2: float


@dataclass(frozen=True)
class ChangeView:
    """Everything a draft does."""

    net: NetChange
    plane_epsg: int
    """Plane in metres that points and lengths are told in."""

    before: tuple[Face, ...]
    after: tuple[Face, ...]
    points: Points
    """``(n, 2)`` vertices of the parcels that come or change, each once."""

    is_new: tuple[bool, ...]
    """For each point: no parcel had it before."""

    edges: tuple[Any, ...]
    """LineStrings between parcels that come, in the plane."""

    neighbours: tuple[Neighbour, ...]

    @property
    def own_before(self) -> tuple[Face, ...]:
        """Answer the parcels before that the change is about: not those that only get nodes."""
        return tuple(face for face in self.before if face.fate != "node_added")

    @property
    def own_after(self) -> tuple[Face, ...]:
        """Answer the parcels after that the change is about."""
        return tuple(face for face in self.after if face.fate != "node_added")

    def only(self, sees: Callable[[SurveyedParcel], bool]) -> "ChangeView":
        """Answer it without the parcels that somebody may not see."""
        is_whole = all(sees(face.parcel) for face in (*self.own_before, *self.own_after))
        return replace(
            self,
            before=tuple(face for face in self.before if sees(face.parcel)),
            after=tuple(face for face in self.after if sees(face.parcel)),
            points=self.points if is_whole else self.points[:0],
            is_new=self.is_new if is_whole else (),
            edges=self.edges if is_whole else (),
            neighbours=tuple(n for n in self.neighbours if sees(n.parcel)),
        )

    def with_fids(self, fids: Mapping[UUID, int | None]) -> "ChangeView":
        """Answer it with the tile ids that the parcels got when they entered the register."""
        named = (
            replace(face, parcel=replace(face.parcel, fid=fids.get(face.parcel.parcel_id)))
            for face in self.after
        )
        return replace(self, after=tuple(named))


def view(
    net: NetChange,
    seen: Mapping[UUID, SurveyedParcel],
    *,
    provisional: frozenset[UUID],
    pending: Mapping[UUID, Pending],
    storage_epsg: int,
) -> ChangeView:
    """Answer a change, not an empty one, as it is shown.

    Parameters
    ----------
    seen
        The parcels of ``net.before``, as they were at the revision they were seen at.
    provisional
        Parcels whose number is only proposed.
    """
    plane = plane_of(net, seen, storage_epsg)
    fates = fates_of(net, seen, plane)
    before = faces(
        [seen[b.parcel_id] for b in net.before], fates, pending=pending, provisional=frozenset()
    )
    after = faces(net.after, fates, pending=pending, provisional=provisional)
    shown = [f.parcel for f in after if f.fate != "node_added"]
    points = np.unique(_vertices(shown, plane), axis=0)
    known = set(map(tuple, _vertices(seen.values(), plane).tolist()))
    return ChangeView(
        net=net,
        plane_epsg=plane.epsg,
        before=tuple(before),
        after=tuple(after),
        points=points,
        is_new=tuple(tuple(point) not in known for point in points.tolist()),
        edges=_between([f.parcel for f in after if f.fate == "created"], plane),
        neighbours=_neighbours(before, after),
    )


def plane_of(net: NetChange, seen: Mapping[UUID, SurveyedParcel], storage_epsg: int) -> WorkPlane:
    """Answer the plane of a change: that of the first parcel that goes, else of any."""
    kept = {parcel.parcel_id for parcel in net.after}
    goes = [seen[b.parcel_id] for b in net.before if b.parcel_id not in kept]
    return WorkPlane((goes or net.after or list(seen.values()))[0].survey_epsg, storage_epsg)


def fates_of(
    net: NetChange, seen: Mapping[UUID, SurveyedParcel], plane: WorkPlane
) -> dict[UUID, Fate]:
    """Answer what becomes of every parcel of a change."""
    fates: dict[UUID, Fate] = dict.fromkeys((b.parcel_id for b in net.before), "retired")
    for parcel in net.after:
        earlier = seen.get(parcel.parcel_id)
        if earlier is None:
            fates[parcel.parcel_id] = "created"
        else:
            only_nodes = _only_nodes(earlier, parcel, plane)
            fates[parcel.parcel_id] = "node_added" if only_nodes else "changed"
    return fates


def faces(
    parcels: Sequence[SurveyedParcel],
    fates: Mapping[UUID, Fate],
    *,
    pending: Mapping[UUID, Pending],
    provisional: frozenset[UUID],
) -> list[Face]:
    """Answer parcels with their area, their place in degrees, and who else is at them."""
    return [
        Face(
            parcel=parcel,
            fate=fates.get(parcel.parcel_id),
            is_provisional=parcel.parcel_id in provisional,
            area_m2=area,
            lonlat=geodesy.transform(parcel.geom, parcel.survey_epsg, geodesy.LONLAT),
            pending=pending.get(parcel.parcel_id),
        )
        for parcel, area in zip(parcels, areas_of(parcels), strict=True)
    ]


def areas_of(parcels: Sequence[SurveyedParcel]) -> list[float]:
    """Answer geometry areas in square metres, each in its survey plane, not rounded."""
    areas = np.zeros(len(parcels))
    epsgs = np.array([parcel.survey_epsg for parcel in parcels])
    for epsg in set(epsgs.tolist()):
        mine = np.flatnonzero(epsgs == epsg).tolist()
        areas[mine] = geodesy.area_m2(np.array([parcels[i].geom for i in mine], dtype=object), epsg)
    return [float(area) for area in areas]


def _only_nodes(old: SurveyedParcel, new: SurveyedParcel, plane: WorkPlane) -> bool:
    """Answer whether a parcel only got nodes: all else is as it was, and nothing moved."""
    if replace(old, geom=None, revision=None) != replace(new, geom=None, revision=None):
        return False
    was, now = (set(map(tuple, vertices(p.geom).tolist())) for p in (old, new))
    boundaries = [plane.lay(p.geom, p.survey_epsg).boundary for p in (old, new)]
    return was < now and bool(shapely.hausdorff_distance(*boundaries) <= NODE_TOLERANCE_M)


def _neighbours(before: Iterable[Face], after: Iterable[Face]) -> tuple[Neighbour, ...]:
    earlier = {face.parcel.parcel_id: face for face in before}
    return tuple(
        Neighbour(
            parcel=face.parcel,
            nodes_added=len(vertices(face.parcel.geom)) - len(vertices(was.parcel.geom)),
            before_m2=was.area_m2,
            after_m2=face.area_m2,
        )
        for face in after
        if face.fate == "node_added" and (was := earlier[face.parcel.parcel_id])
    )


def _vertices(parcels: Iterable[SurveyedParcel], plane: WorkPlane) -> Points:
    laid = [vertices(plane.lay(p.geom, p.survey_epsg)) for p in parcels]
    return np.concatenate([np.empty((0, 2)), *laid])


def _between(parcels: Iterable[SurveyedParcel], plane: WorkPlane) -> tuple[Any, ...]:
    """Answer the boundary lines that two of the parcels share."""
    sides: Counter[tuple[tuple[float, ...], ...]] = Counter()
    for parcel in parcels:
        edges = Edges.of(plane.lay(parcel.geom, parcel.survey_epsg))
        for a, b in zip(edges.a.tolist(), edges.b.tolist(), strict=True):
            sides[tuple(sorted((tuple(a), tuple(b))))] += 1
    shared = [shapely.LineString(side) for side, times in sides.items() if times > 1]
    merged = shapely.line_merge(shapely.MultiLineString(shared))
    return tuple(shapely.get_parts(merged))

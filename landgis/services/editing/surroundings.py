"""What an officer draws on: parcels around a place, their nodes and their boundary lines."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import shapely

from landgis import geodesy
from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.drafts import PENDING, Draft
from landgis.cadastre.edits import NODE_TOLERANCE_M, NetChange
from landgis.cadastre.edits.nodes import Edges
from landgis.cadastre.register import Principal
from landgis.errors import NotFound, UsageError
from landgis.services.editing.ports import EditingStores
from landgis.services.editing.register import Boxes, DraftRegister, boxes_of
from landgis.services.editing.rights import check_reader
from landgis.services.editing.showing import DraftShowing
from landgis.services.editing.view import Face, faces, fates_of
from landgis.services.editing.work_plane import Points, WorkPlane

MOST_FACES = 500
"""More parcels are more than anybody draws on at once."""

MOST_WIDE_M = 2_000.0
"""Widest box asked for, in Web Mercator: a city has thousands of parcels in it already."""

AROUND_M = 1.0
"""A parcel's surroundings are what lies this near to it."""

MM = 1000


@dataclass(frozen=True)
class Node:
    """A vertex of boundaries, to the millimetre; boundaries that meet there share it."""

    x_mm: int
    y_mm: int

    @property
    def name(self) -> str:
        """Answer its id."""
        return f"{self.x_mm}:{self.y_mm}"


@dataclass(frozen=True)
class Surroundings:
    """The register around a place, as a draft has changed it."""

    plane_epsg: int
    tolerance_m: float
    faces: tuple[Face, ...]
    nodes: tuple[Node, ...]
    lonlat: Points
    """``(n, 2)`` the nodes' places in degrees."""

    edges: tuple[tuple[Node, Node, float], ...]
    """Boundary lines with their length in metres."""


class SurroundingsService:
    """Answers what lies around a place."""

    def __init__(self, stores: EditingStores, showing: DraftShowing) -> None:
        self._stores = stores
        self._showing = showing

    def of_parcel(self, draft_id: UUID, name: str, by: Principal) -> Surroundings:
        """Answer a parcel, by canonical or tile id, and what touches it.

        Raises
        ------
        NotFound
            ``no_such_draft``, ``no_such_parcel``.
        UsageError
            ``bad_parcel``, ``too_wide``.
        """
        draft, register = self._register(draft_id, by)
        target = _named(register, name)
        if not self._showing.sees(by, target):
            raise NotFound("no_such_parcel", f"There is no parcel {name} in the register")
        plane = WorkPlane(target.survey_epsg, self._showing.storage_epsg())
        met = register.near(boxes_of([target], AROUND_M))
        shapes = np.array([plane.lay(p.geom, p.survey_epsg) for p in met], dtype=object)
        is_near = shapely.dwithin(shapes, plane.lay(target.geom, target.survey_epsg), AROUND_M)
        around = [met[i] for i in np.flatnonzero(is_near).tolist()]
        return self._answer(draft, register.net, target.survey_epsg, around, by)

    def of_box(
        self, draft_id: UUID, box: tuple[float, float, float, float], by: Principal
    ) -> Surroundings:
        """Answer the parcels that meet a box of longitudes and latitudes.

        Raises
        ------
        UsageError
            ``too_wide``, ``bad_box``.
        """
        draft, register = self._register(draft_id, by)
        around = register.near(_mercator(box))
        epsgs = [parcel.survey_epsg for parcel in around]
        storage_epsg = self._showing.storage_epsg()
        commonest = max(set(epsgs), key=epsgs.count, default=storage_epsg)
        return self._answer(draft, register.net, commonest, around, by)

    def _register(self, draft_id: UUID, by: Principal) -> tuple[Draft, DraftRegister]:
        draft = self._stores.drafts.get(draft_id)
        check_reader(draft, by)
        return draft, DraftRegister(self._stores.surveyed, self._stores.drafts.net(draft))

    def _answer(
        self,
        draft: Draft,
        net: NetChange,
        epsg: int,
        around: list[SurveyedParcel],
        by: Principal,
    ) -> Surroundings:
        visible = [parcel for parcel in around if self._showing.sees(by, parcel)]
        if len(visible) > MOST_FACES:
            raise UsageError(
                "too_wide",
                f"More than {MOST_FACES} parcels lie there; come closer",
                most=MOST_FACES,
            )
        plane = WorkPlane(epsg, self._showing.storage_epsg())
        nodes, edges = _graph(visible, plane)
        xy = np.array([(n.x_mm, n.y_mm) for n in nodes], dtype=float).reshape(-1, 2) / MM
        lon, lat = geodesy.transform_xy(xy[:, 0], xy[:, 1], plane.epsg, geodesy.LONLAT)
        return Surroundings(
            plane_epsg=plane.epsg,
            tolerance_m=NODE_TOLERANCE_M,
            faces=tuple(self._faces(draft, net, visible, plane)),
            nodes=tuple(nodes),
            lonlat=np.column_stack([lon, lat]),
            edges=tuple(edges),
        )

    def _faces(
        self, draft: Draft, net: NetChange, parcels: list[SurveyedParcel], plane: WorkPlane
    ) -> list[Face]:
        ids = [parcel.parcel_id for parcel in parcels]
        return faces(
            parcels,
            fates_of(net, self._showing.seen(net), plane),
            pending=self._stores.drafts.pending(ids, draft.draft_id),
            provisional=self._showing.provisional(draft, net)
            if draft.state in PENDING
            else frozenset(),
        )


def _named(register: DraftRegister, name: str) -> SurveyedParcel:
    if name.isascii() and name.isdigit() and len(name) < len(str(2**63)):
        return register.by_fid(int(name))
    try:
        parcel_id = UUID(name)
    except ValueError as problem:
        raise UsageError("bad_parcel", f"{name!r} is neither a fid nor a parcel id") from problem
    return register.parcels([parcel_id])[0]


def _mercator(box: tuple[float, float, float, float]) -> Boxes:
    lon, lat = np.array([box[0], box[2]]), np.array([box[1], box[3]])
    x, y = geodesy.transform_xy(lon, lat, geodesy.LONLAT, geodesy.WEB_MERCATOR)
    extent = np.array([[x[0], y[0], x[1], y[1]]])
    width, height = x[1] - x[0], y[1] - y[0]
    if not np.isfinite(extent).all() or width <= 0 or height <= 0:
        raise UsageError("bad_box", "bbox is west,south,east,north in degrees")
    if max(width, height) > MOST_WIDE_M:
        raise UsageError(
            "too_wide", f"The box is wider than {MOST_WIDE_M / MM:.0f} km; come closer"
        )
    return extent


def _graph(
    parcels: Iterable[SurveyedParcel], plane: WorkPlane
) -> tuple[list[Node], list[tuple[Node, Node, float]]]:
    """Answer every node once, and every boundary line between two nodes once."""
    nodes: dict[Node, None] = {}
    lines: dict[frozenset[Node], tuple[Node, Node, float]] = {}
    for parcel in parcels:
        edges = Edges.of(plane.lay(parcel.geom, parcel.survey_epsg))
        lengths = np.hypot(*(edges.b - edges.a).T).tolist()
        ends = (_nodes(edges.a), _nodes(edges.b))
        nodes.update(dict.fromkeys(ends[0]))
        for a, b, length in zip(*ends, lengths, strict=True):
            lines.setdefault(frozenset((a, b)), (a, b, length))
    return list(nodes), [line for key, line in lines.items() if len(key) > 1]


def _nodes(points: Points) -> list[Node]:
    return [Node(x, y) for x, y in np.rint(points * MM).astype(np.int64).tolist()]

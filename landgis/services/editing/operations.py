"""Split and merge on the register as a draft has changed it: parcels before, parcels after."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import shapely

from landgis import geodesy
from landgis.cadastre import edits
from landgis.cadastre.changes import Descent, SurveyedParcel
from landgis.cadastre.edits import Allotment, Step
from landgis.errors import Refused
from landgis.services.editing.register import DraftRegister, boxes_around, boxes_of
from landgis.services.editing.work_plane import Points, WorkPlane

MARGIN_M = 0.1
"""Around a drawn line where neighbours are looked for: far above a node's tolerance."""


@dataclass(frozen=True)
class Split:
    """Divide a parcel by a drawn line."""

    parcel_id: UUID
    line: tuple[tuple[float, float], ...]
    """Points as drawn, x = east."""

    epsg: int
    """Plane of the line."""

    allocation: tuple[Allotment, ...] | None
    """What each child gets, in the children's order; None: not said yet."""


@dataclass(frozen=True)
class Merge:
    """Make one parcel of several."""

    parcels: tuple[UUID, ...]
    address: str | None = None
    """Address of the merged parcel where theirs differ."""


Admit = Callable[[SurveyedParcel], None]
"""Raises when the asker may not change a parcel."""


@dataclass(frozen=True)
class Outcome:
    """What an operation makes of the register, and what keeps it from being taken."""

    step: Step
    proposal: tuple[Allotment, ...] | None = None
    """What each child would get by its area."""

    refusal: Refused | None = None


def split(asked: Split, register: DraftRegister, storage_epsg: int, admit: Admit) -> Outcome:
    """Answer the children of a parcel, and the neighbours that get a node.

    Raises
    ------
    NotFound
        ``no_such_parcel``.
    Refused
        Why the line divides nothing; see ``edits.split``.
    """
    (target,) = register.parcels([asked.parcel_id])
    admit(target)
    plane = WorkPlane(target.survey_epsg, storage_epsg)
    outline = plane.lay(target.geom, target.survey_epsg)
    line = plane.points(np.array(asked.line, dtype=float).reshape(-1, 2), asked.epsg)
    met = _along(line, outline, plane.epsg, register)
    around = [parcel for parcel in met if parcel.parcel_id != target.parcel_id]
    cut = edits.split(outline, line, _nodes_of(around, plane))
    outlines = [plane.home(child) for child in cut.children]
    whole = Allotment(target.register_area_m2, target.land_uses)
    areas = geodesy.area_m2(np.array(outlines, dtype=object), target.survey_epsg)
    proposal = edits.propose(whole, areas.tolist())
    allotted, refusal = _allotted(whole, asked.allocation, proposal)
    children = [_child(target, *parts) for parts in zip(outlines, allotted, strict=True)]
    step = Step(
        removed=(target.parcel_id,),
        after=(*children, *_with_nodes(target, around, cut.nodes, plane.epsg, storage_epsg)),
        descents=tuple(Descent(target.parcel_id, child.parcel_id) for child in children),
    )
    return Outcome(step, proposal, refusal)


def merge(asked: Merge, register: DraftRegister, storage_epsg: int, admit: Admit) -> Outcome:
    """Answer the one parcel that several make; it goes on where the largest of them was.

    Raises
    ------
    NotFound
        ``no_such_parcel``.
    Refused
        ``other_unit``; why they do not make one parcel, see ``edits.merge``.
    """
    targets = register.parcels(dict.fromkeys(asked.parcels))
    for target in targets:
        admit(target)
    units = {parcel.unit_code or "" for parcel in targets}
    if len(units) > 1:
        raise Refused(
            "other_unit",
            f"Parcels of {', '.join(sorted(units))} cannot become one; merge within one unit",
            units=sorted(units),
        )
    base = max(targets, key=_area, default=None)
    if base is None:
        raise Refused("too_few", "A merge needs two parcels or more, not none")
    plane = WorkPlane(base.survey_epsg, storage_epsg)
    targets.sort(key=lambda parcel: parcel is not base)
    outline = plane.home(edits.merge(*_laid_with_neighbours(targets, register, plane)))
    whole = edits.combine([Allotment(p.register_area_m2, p.land_uses) for p in targets])
    address, refusal = _one_address(targets, asked.address)
    merged = replace(_child(base, outline, whole), address=address)
    step = Step(
        removed=tuple(parcel.parcel_id for parcel in targets),
        after=(merged,),
        descents=tuple(Descent(parcel.parcel_id, merged.parcel_id) for parcel in targets),
    )
    return Outcome(step, refusal=refusal)


def _along(line: Points, outline: Any, epsg: int, register: DraftRegister) -> list[SurveyedParcel]:
    """Answer the parcels where a line can meet an outline."""
    inside = shapely.box(*shapely.bounds(shapely.multipoints(line))).intersection(
        shapely.box(*shapely.bounds(outline))
    )
    if inside.is_empty:
        return []
    west, south, east, north = shapely.bounds(inside)
    corners = np.array([(west, south), (east, south), (east, north), (west, north)])
    boxes = boxes_around(corners, epsg, MARGIN_M)
    extent = [*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)]
    return register.near(np.array([extent]))


def _nodes_of(parcels: Iterable[SurveyedParcel], plane: WorkPlane) -> Points:
    laid = [edits.vertices(plane.lay(p.geom, p.survey_epsg)) for p in parcels]
    return np.concatenate([np.empty((0, 2)), *laid])


def _with_nodes(
    target: SurveyedParcel,
    around: Sequence[SurveyedParcel],
    nodes: Points,
    epsg: int,
    storage_epsg: int,
) -> list[SurveyedParcel]:
    """Answer the neighbours whose boundary the nodes lie on, each with them in its own plane."""
    changed = []
    for survey_epsg in dict.fromkeys(parcel.survey_epsg for parcel in around):
        plane = WorkPlane(survey_epsg, storage_epsg)
        mine = [parcel for parcel in around if parcel.survey_epsg == survey_epsg]
        # Of another plane they are no candidates here, but ground that a node must not take.
        others = [parcel for parcel in around if parcel.survey_epsg != survey_epsg]
        laid = [plane.lay(p.geom, p.survey_epsg) for p in (*mine, *others)]
        outline = plane.lay(target.geom, target.survey_epsg)
        noded = edits.share_nodes(outline, laid, plane.points(nodes, epsg))
        changed += [
            replace(parcel, geom=plane.home(noded[i]))
            for i, parcel in enumerate(mine)
            if noded[i] is not laid[i]
        ]
    return changed


def _laid_with_neighbours(
    targets: Sequence[SurveyedParcel], register: DraftRegister, plane: WorkPlane
) -> tuple[list[Any], list[Any]]:
    """Answer the outlines to merge, and those of the parcels around them, in one plane."""
    own = {parcel.parcel_id for parcel in targets}
    around = [p for p in register.near(boxes_of(targets, MARGIN_M)) if p.parcel_id not in own]
    outlines, neighbours = (
        [plane.lay(p.geom, p.survey_epsg) for p in parcels] for parcels in (targets, around)
    )
    return outlines, neighbours


def _allotted(
    whole: Allotment, given: tuple[Allotment, ...] | None, proposal: tuple[Allotment, ...]
) -> tuple[tuple[Allotment, ...], Refused | None]:
    """Answer what the children get; where that is not right yet, the proposal and the reason."""
    if given is None:
        missing = Refused(
            "allocation_missing",
            "Say which part of each land use and of the register area each new parcel gets; "
            "the proposal divides them by area",
        )
        return proposal, missing
    try:
        return edits.settle(whole, given, len(proposal)), None
    except Refused as refusal:
        return proposal, refusal


def _one_address(
    parcels: Sequence[SurveyedParcel], wanted: str | None
) -> tuple[str | None, Refused | None]:
    addresses = list(dict.fromkeys(p.address for p in parcels if p.address))
    if wanted is not None or len(addresses) <= 1:
        return wanted or next(iter(addresses), None), None
    refusal = Refused(
        "address_needed",
        f"The parcels have {len(addresses)} addresses ({'; '.join(addresses)}); "
        "say which one the new parcel has",
        addresses=addresses,
    )
    return addresses[0], refusal


def _child(parent: SurveyedParcel, geom: Any, allotment: Allotment) -> SurveyedParcel:
    """Answer a new parcel where its parent was; its number comes with the whole change."""
    return replace(
        parent,
        parcel_id=uuid4(),
        fid=None,
        revision=None,
        geom=geom,
        number=None,
        old_number=None,
        land_uses=allotment.land_uses,
        register_area_m2=allotment.register_area_m2,
    )


def _area(parcel: SurveyedParcel) -> float:
    geoms = np.array([parcel.geom], dtype=object)
    return float(geodesy.area_m2(geoms, parcel.survey_epsg)[0])

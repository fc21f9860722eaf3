"""What a change does to the ground around it: overlap it makes, ground it loses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.edits.balance import lost_m2, trespasses
from landgis.cadastre.limits import Limits
from landgis.cadastre.topology import Reach
from landgis.cadastre.topology.change import Between, between, made
from landgis.errors import Refused
from landgis.services.editing.work_plane import WorkPlane


@dataclass(frozen=True)
class Overlap:
    """Ground that two parcels would claim, and that was not claimed twice before."""

    parcel: SurveyedParcel
    """Of the change."""

    other: SurveyedParcel
    """Of the change too, or of the register."""

    area_m2: float
    place: tuple[float, float]
    """A point in it, in the plane of the change."""


@dataclass(frozen=True)
class Made:
    """What is found between parcels, and on them, since a change; what was there before is not."""

    between: Between
    slivers_m: tuple[float, ...]
    """Mean widths of parcels too narrow to be ground of their own, metres."""


NOTHING = Made(Between(), ())


@dataclass(frozen=True)
class Topology:
    """What a change does to the ground."""

    overlaps: tuple[Overlap, ...]
    lost_m2: float
    """Ground that parcels covered before and none of them covers now."""

    made: Made = NOTHING


def topology(
    before: Sequence[SurveyedParcel],
    after: Sequence[SurveyedParcel],
    neighbours: Sequence[SurveyedParcel],
    plane: WorkPlane,
) -> Topology:
    """Answer what becomes of the ground, all parcels laid in one plane."""
    was, now, near = (
        [plane.lay(p.geom, p.survey_epsg) for p in parcels]
        for parcels in (before, after, neighbours)
    )
    found = [
        Overlap(
            parcel=after[t.index_after],
            other=(after if t.other == "after" else neighbours)[t.index_other],
            area_m2=t.area_m2,
            place=(t.place.x, t.place.y),
        )
        for t in trespasses(was, now, near)
    ]
    return Topology(tuple(found), lost_m2(was, now))


def made_by(
    before: Sequence[SurveyedParcel],
    after: Sequence[SurveyedParcel],
    neighbours: Sequence[SurveyedParcel],
    plane: WorkPlane,
    limits: Limits,
) -> Made:
    """Answer what the rules of topology find after a change and did not find before."""
    reach = Reach(*(limits[name].value for name in ("node_m", "overlap_m", "gap_m")))
    was, now, near = (
        {str(p.parcel_id): plane.lay(p.geom, p.survey_epsg) for p in parcels}
        for parcels in (before, after, neighbours)
    )
    known = set(map(shapely.to_wkb, was.values()))
    narrow = (width_m(geom) for geom in now.values() if shapely.to_wkb(geom) not in known)
    # What neighbours miss of each other is at the same places, and no more of the change's making.
    earlier = between({**near, **was}, {}, reach)
    return Made(
        made(earlier, between(now, near, reach), reach.node_m),
        tuple(sorted(width for width in narrow if width < limits["sliver_m"].value)),
    )


def width_m(geom: Any) -> float:
    """Answer the mean width of a polygon in metres: its area over half of its perimeter."""
    return float(2 * geom.area / geom.length)


def overlap_refused(overlap: Overlap, *, is_hidden: bool) -> Refused:
    """Answer the refusal of a change that makes an overlap.

    Parameters
    ----------
    is_hidden
        The asker may not know the other parcel: it is not named.
    """
    other = "land that is withheld from you" if is_hidden else named(overlap.other)
    return Refused(
        "new_overlap",
        f"{named(overlap.parcel)} would overlap {other} by {overlap.area_m2:.4f} m²; "
        "draw it up to that boundary",
        parcel=None if is_hidden else str(overlap.other.parcel_id),
        area_m2=round(overlap.area_m2, 4),
        place=[round(v, 3) for v in overlap.place],
    )


def named(parcel: SurveyedParcel) -> str:
    """Answer a parcel as people call it."""
    if parcel.sheet is None and parcel.number is None:
        return f"parcel {parcel.fid or parcel.parcel_id}"
    return f"parcel {parcel.number or '?'} of sheet {parcel.sheet or '?'}"

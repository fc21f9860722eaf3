"""What a change does to the ground around it: overlap it makes, ground it loses."""

from collections.abc import Sequence
from dataclasses import dataclass

from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.edits.balance import lost_m2, trespasses
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
class Topology:
    """What a change does to the ground."""

    overlaps: tuple[Overlap, ...]
    lost_m2: float
    """Ground that parcels covered before and none of them covers now."""


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

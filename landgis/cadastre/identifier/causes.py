"""Why a stated identifier is not the one that its parcel has: one likely cause, never a verdict."""

from collections.abc import Iterable
from typing import Literal, NamedTuple

from landgis.cadastre.findings import Text
from landgis.cadastre.identifier.comparison import CRS_M, SYSTEM, TRANSFORM

Code = Literal[
    "same",
    "kept",
    "rounding",
    "other_procedure",
    "axes_swapped",
    "other_zone",
    "wrong_operation",
    "old_geometry",
    "other_parcel",
    "unknown",
    "no_identifier",
    "no_parcel",
    "no_point",
]


class Cause(NamedTuple):
    """What may have happened."""

    code: Code
    said: Text


class Suspect(NamedTuple):
    """A mistake that somebody may have made."""

    cause: Cause
    off_m: float
    """How far the stated place lies from where this mistake would have put it; NaN: nowhere."""


SAME = Cause("same", {"vi": "trùng khớp", "en": "the same"})
KEPT = Cause(
    "kept",
    {
        "vi": "mã của thửa đất trong sổ đăng ký, được giữ nguyên khi ranh giới thay đổi",
        "en": "the parcel's identifier in the register, kept when its boundary changed",
    },
)
ROUNDING = Cause(
    "rounding",
    {
        "vi": "làm tròn tọa độ: cùng một điểm, ô GeoHash lân cận",
        "en": "rounding: the same point, a GeoHash cell nearby",
    },
)
OTHER_PROCEDURE = Cause(
    "other_procedure",
    {
        "vi": "điểm đặc trưng theo cách tính khác, vẫn nằm trong thửa đất",
        "en": "the feature point of another procedure: it lies in the parcel, too",
    },
)
NEAR = Cause(
    "other_procedure",
    {
        "vi": "phần mềm hoặc sai số tính khác",
        "en": "other software or another tolerance",
    },
)
AXES = Cause("axes_swapped", {"vi": "đảo trục X và Y", "en": "X and Y were swapped"})
OLD = Cause(
    "old_geometry",
    {
        "vi": "tính từ ranh giới cũ của thửa đất",
        "en": "computed from an earlier boundary of the parcel",
    },
)
OTHER_PARCEL = Cause(
    "other_parcel",
    {"vi": "mã của một thửa đất khác", "en": "the identifier of another parcel"},
)
IN_ANOTHER = Cause(
    "other_parcel",
    {"vi": "mã nằm trong một thửa đất khác", "en": "it lies in another parcel"},
)
NO_IDENTIFIER = Cause(
    "no_identifier",
    {"vi": "không phải GeoHash 12 ký tự", "en": "no GeoHash of 12 characters"},
)
NO_PARCEL = Cause(
    "no_parcel",
    {
        "vi": "không có thửa đất hiện hành nào mang tên này hoặc tại vị trí này",
        "en": "no live parcel is called so, or lies there",
    },
)
NO_POINT = Cause(
    "no_point",
    {"vi": "thửa đất không có điểm đặc trưng", "en": "the parcel has no feature point"},
)


def other_zone(epsg: int, label: Text) -> Cause:
    """Answer that the coordinates were read in another plane."""
    return Cause(
        "other_zone",
        {
            "vi": f"tọa độ được hiểu là thuộc {label['vi']} (EPSG:{epsg})",
            "en": f"the coordinates were taken for those of {label['en']} (EPSG:{epsg})",
        },
    )


def wrong_operation(said: Text) -> Cause:
    """Answer that WGS 84 was reached by a wrong operation."""
    return Cause("wrong_operation", said)


Where = Literal["deepest", "inside", "outside"]
"""Of the stated place in its parcel; ``deepest``: as deep as the feature point."""


def cause_of(
    distance_m: float,
    suspects: Iterable[Suspect],
    where: Where,
    same_m: float,
    near_m: float,
    *,
    in_another: bool = False,
) -> Cause:
    """Answer what most likely moved an identifier off its feature point.

    A mistake that leads to the stated place itself is believed first; then a place in the parcel is
    another procedure's, then near ones are.

    Parameters
    ----------
    same_m, near_m
        Limits of the jurisdiction: so near it is one point, so near it may be other software.
    in_another
        The stated place lies in another parcel.
    """
    if distance_m <= same_m:
        return ROUNDING if distance_m else SAME
    within = near_m if distance_m > CRS_M else same_m
    fitting = [s for s in suspects if s.off_m <= within]
    if fitting:
        return min(fitting, key=lambda s: s.off_m).cause
    if where != "outside":
        return OTHER_PROCEDURE
    if distance_m <= near_m:
        return NEAR
    if in_another:
        return IN_ANOTHER
    return Cause("unknown", SYSTEM if distance_m > CRS_M else TRANSFORM)

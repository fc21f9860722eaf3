"""Which part of a parcel each of its land uses takes, by what a file says."""

import re

from landgis.cadastre.exports import UNKNOWN
from landgis.cadastre.parcels import LandUseShare

_SEPARATORS = re.compile(r"[+;&|]")


def shares_of(codes: tuple[str, ...], area: float, stated: str | None) -> tuple[LandUseShare, ...]:
    """Answer land uses with their areas.

    Parameters
    ----------
    area
        Register area in square metres, NaN for none: that of a use that is the only one.
    stated
        Areas of the uses in their order, ``200+50.5``; what does not fit the codes says nothing.

    Examples
    --------
    >>> shares_of(("ONT", "CLN"), 250.5, "200+50.5")[1]
    LandUseShare(code='CLN', area_m2=50.5)
    """
    areas = _areas(stated) if stated else None
    if areas is None or len(areas) != len(codes):
        only = area if len(codes) == 1 and area == area else None  # noqa: PLR0124 - NaN
        areas = [only] * len(codes)
    return tuple(map(LandUseShare, codes, areas))


def _areas(stated: str) -> list[float | None] | None:
    """Answer the areas, None where nobody knows one; no list when a piece is no area."""
    pieces = [piece.strip() for piece in _SEPARATORS.split(stated)]
    try:
        areas = [None if p == UNKNOWN else float(p.replace(",", ".")) for p in pieces]
    except ValueError:
        return None
    return areas if all(area is None or area > 0 for area in areas) else None

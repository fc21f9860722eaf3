"""Whether a whole file lies beside the live register or its unit, and which mistake does that."""

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre.findings import Finding, with_severity
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.dataset import shift as rule
from landgis.ingest import diagnosis
from landgis.ingest.area_scale import area_evidence
from landgis.ingest.evidence import both
from landgis.ingest.normalise import Normalised
from landgis.ingest.shift_reasons import as_evidence, reason
from landgis.services.ports import Placed
from landgis.services.shift_measures import Measured, off_boundaries, off_names, off_outlines

PARCELS_COMPARED = 400
"""Spread over the file (own choice)."""

OF_LENGTH = 1e-3
"""A known mistake changes by this part of its length within a commune (own measurement)."""

NOTHING_THERE = both(
    "Không kiểm tra: không có sổ, hoặc sổ có quá ít thửa ở đó mà tệp khớp được.",
    "Not tested: there is no register, or too little of it there that the file agrees with.",
)


def shift_findings(
    normalised: Normalised, jurisdiction: Jurisdiction, register: Placed | None
) -> list[Finding]:
    """Answer whether a file as a whole is shifted; what was measured is added to its evidence.

    So is in what its stated areas were measured.

    It is compared with the live parcels of the same identity, where these are few with the live
    boundaries nearby, and where there are none with the outline of a unit that the file fills.
    """
    parcels = normalised.parcels
    if (areas := area_evidence(parcels)) is not None:
        normalised.evidence["areas"] = areas
    middles = _middles(parcels)
    usable = np.flatnonzero(np.isfinite(middles).all(axis=1))
    some = _valid(parcels.take(usable[_spread(len(usable), PARCELS_COMPARED)]))
    if not len(some):
        return []
    metric = _metric(some, jurisdiction)
    measured = None
    if register is not None:
        measured = off_names(some, normalised.identity_fields, metric, register)
        measured = measured or off_boundaries(
            parcels.take(usable), middles[usable], metric, register
        )
    measured = measured or off_outlines(parcels, usable, jurisdiction)
    if measured is None:
        return [_severe(rule.untested(NOTHING_THERE), jurisdiction)]
    shift = measured.shift
    if not measured.is_off:
        normalised.evidence["shift"] = as_evidence(shift, _fits(measured), (), is_off=False)
        return []
    causes, by_register = _causes(measured, some, metric)
    why = reason(shift, measured.against, causes, by_register=by_register)
    normalised.evidence["shift"] = as_evidence(shift, why, causes, is_off=True)
    return [_severe(rule.found(shift, why, measured.limit_m), jurisdiction)]


def _middles(parcels: ParcelSet) -> NDArray[np.float64]:
    """Answer the middle of each parcel's extent, NaN for a parcel without one."""
    bounds = shapely.bounds(parcels.geom)
    middles: NDArray[np.float64] = (bounds[:, :2] + bounds[:, 2:]) / 2
    return middles


def _spread(count: int, most: int) -> NDArray[np.int64]:
    """Answer at most so many places in a sequence, evenly spread."""
    return np.linspace(0, count - 1, min(count, most)).astype(np.int64)


def _valid(parcels: ParcelSet) -> ParcelSet:
    return parcels.take(parcels.is_sound)


def _severe(finding: Finding, jurisdiction: Jurisdiction) -> Finding:
    return with_severity(finding, jurisdiction.severities)


def _metric(parcels: ParcelSet, jurisdiction: Jurisdiction) -> int:
    """Answer the plane that metres are measured in: the file's own, unless it is in degrees."""
    if not geodesy.plane(parcels.survey_epsg).is_geographic:
        return parcels.survey_epsg
    return jurisdiction.storage_epsg or geodesy.utm_epsg(*_middle(parcels))


def _middle(parcels: ParcelSet) -> tuple[float, float]:
    """Answer longitude and latitude of the median parcel."""
    x, y = np.median(_middles(parcels), axis=0)
    lon, lat = geodesy.transform_xy(
        np.array([x]), np.array([y]), parcels.survey_epsg, geodesy.LONLAT
    )
    return float(lon[0]), float(lat[0])


def _causes(
    measured: Measured, parcels: ParcelSet, metric: int
) -> tuple[list[tuple[str, float]], bool]:
    """Answer the mistakes that fit, and whether it is the register that would have made them."""
    shift, place = measured.shift, _middle(parcels)
    within = max(measured.known_m, OF_LENGTH * shift.length_m)
    causes = diagnosis.causes_of(shift, metric, place, within)
    if causes or not measured.is_register:
        return causes, False
    back = replace(shift, east_m=-shift.east_m, north_m=-shift.north_m)
    causes = diagnosis.causes_of(back, metric, place, within)
    return causes, bool(causes)


def _fits(measured: Measured) -> dict[str, str]:
    length, against = measured.shift.length_m, measured.against
    if measured.shift.confidence < diagnosis.CONFIDENT:
        spread = measured.shift.spread_m
        return both(
            f"Không lệch chung: mỗi thửa lệch một cách so với {against['vi']}, {spread:.2f} m.",
            f"No shift in common: each differs in its own way from {against['en']}, "
            f"by {spread:.2f} m.",
        )
    return both(
        f"Tệp khớp với {against['vi']}: lệch chung {length:.2f} m.",
        f"The file fits {against['en']}: together they are {length:.2f} m off.",
    )

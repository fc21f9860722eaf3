"""In which unit, or in which wrong plane, the areas that a file states were measured."""

from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre.parcels import ParcelSet
from landgis.ingest.evidence import both, decision

COMPARED = 400
FEWEST = 10
LIKE = 0.005
"""Areas agree within this part as a rule; farther off on the whole there is a cause (own choice).

The difference of a legal and a measured area is of single parcels, the median knows none of it.
"""

OF_MEDIAN = 1.2533 * 1.4826
"""From the median of the deviations to the standard error of the median, normal distribution."""

UNITS = {"m2": 1.0, "ha": 10_000.0, "km2": 1_000_000.0, "acre": 4_046.8564224}
WEB_MERCATOR = "web_mercator"
UNKNOWN = "unknown"

WORDS = {
    "m2": both("mét vuông, đo trong hệ của tệp", "square metres, measured in the file's plane"),
    "ha": both("héc-ta, không phải mét vuông", "hectares, not square metres"),
    "km2": both("ki-lô-mét vuông, không phải mét vuông", "square kilometres, not square metres"),
    "acre": both("mẫu Anh (acre), không phải mét vuông", "acres, not square metres"),
    WEB_MERCATOR: both(
        "diện tích tính trong Web Mercator, không phải diện tích thật",
        "areas measured in Web Mercator, which are no true areas",
    ),
}


def area_evidence(parcels: ParcelSet) -> dict[str, Any] | None:
    """Answer what the stated areas are on the whole, None where too few say anything in common.

    Compared with the areas of the geometries in the survey plane.
    """
    stated = np.flatnonzero(np.isfinite(parcels.register_area_m2))
    picked = stated[np.linspace(0, len(stated) - 1, min(len(stated), COMPARED)).astype(np.int64)]
    some = parcels.take(picked)
    measured = geodesy.area_m2(some.geom, some.survey_epsg)
    known = np.isfinite(measured) & (measured > 0)
    if known.sum() < FEWEST:
        return None
    times = some.register_area_m2[known] / measured[known]
    middle = float(np.median(times))
    spread = float(np.median(np.abs(times / middle - 1)))
    if OF_MEDIAN * spread / sqrt(len(times)) > LIKE:
        return None
    scales = {unit: 1 / metres for unit, metres in UNITS.items()}
    scales[WEB_MERCATOR] = _mercator_scale(some.take(known), measured[known])
    fitting = [what for what, scale in scales.items() if abs(middle / scale - 1) <= LIKE]
    return _document(fitting[0] if fitting else UNKNOWN, middle, scales, int(known.sum()))


def _mercator_scale(parcels: ParcelSet, measured: NDArray[np.float64]) -> float:
    flat = geodesy.transform(parcels.geom, parcels.survey_epsg, geodesy.WEB_MERCATOR)
    return float(np.median(geodesy.area_m2(flat, geodesy.WEB_MERCATOR) / measured))


def _document(what: str, middle: float, scales: dict[str, float], count: int) -> dict[str, Any]:
    words = WORDS.get(what, both("không khớp đơn vị nào đã biết", "no unit that is known"))
    times = f"{middle:.4g}"
    reason = both(
        f"Diện tích ghi trong tệp bằng {times} lần diện tích hình học ({count} thửa): "
        f"{words['vi']}.",
        f"The stated areas are {times} times those of the geometries ({count} parcels): "
        f"{words['en']}.",
    )
    candidates = [
        {"value": name, "score": round(middle / scale, 4), "reason": WORDS[name]}
        for name, scale in scales.items()
    ]
    return {
        **decision(what, reason, candidates=candidates, score=round(middle, 6)),
        "ambiguous": what != "m2",
        "compared": count,
    }

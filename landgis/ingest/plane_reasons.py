"""The words and documents in which a choice of plane is explained to people."""

from collections.abc import Sequence
from math import hypot
from typing import Any

import numpy as np

from landgis import geodesy
from landgis.ingest.placing import EAST_NORTH, Placed, Reading, Sample
from landgis.ingest.raw import Note

SAMPLES_SHOWN = 5
KILOMETRES_FROM_M = 10_000.0

FARTHEST_M = 1_000_000.0
"""Readings farther apart than this are nonsense, no mistake that a distance would explain."""


def named(reading: Reading) -> str:
    """Answer a reading in words; the axis order only where it is not the usual one."""
    swapped = "" if reading.axis_order == EAST_NORTH else f" {reading.axis_order}"
    return f"EPSG:{reading.epsg}{swapped}"


def option(reading: Reading) -> str:
    """Answer the options of the command line that ask for a reading."""
    swapped = "" if reading.axis_order == EAST_NORTH else f" --axis {reading.axis_order}"
    return f"--crs EPSG:{reading.epsg}{swapped}"


def share(value: float) -> str:
    """Answer a share in percent; not all is never 100, some is never 0."""
    percent = round(100 * value)
    if value < 1:
        percent = min(percent, 99)
    if value > 0:
        percent = max(percent, 1)
    return f"{percent} %"


def distance(offset: tuple[float, float] | None) -> str:
    """Answer a distance in metres or kilometres, from its parts east and north in metres."""
    if offset is None:
        return "far"
    length = hypot(*offset)
    return f"{length / 1000:.0f} km" if length >= KILOMETRES_FROM_M else f"{length:.0f} m"


def why(placed: Placed, found: Sample) -> dict[str, str]:
    """Answer why a reading is credible or not."""
    is_geographic = geodesy.plane(placed.reading.epsg).is_geographic
    if is_geographic and not np.isfinite(placed.lon).any():
        return {"vi": "Các số không phải là độ.", "en": "The numbers are no degrees."}
    if not is_geographic and found.looks_like_degrees:
        return {
            "vi": "Các số giống độ, không phải mét.",
            "en": "The numbers look like degrees, not metres.",
        }
    if placed.own is not None:
        part = share(placed.own)
        return {
            "vi": f"{part} số thửa xem xét nằm trong đơn vị của mình.",
            "en": f"{part} of the parcels looked at lie in their own unit.",
        }
    part, count = share(placed.inside), placed.unit_count
    return {
        "vi": f"{part} số thửa xem xét nằm trong địa bàn, thuộc {count} đơn vị.",
        "en": f"{part} of the parcels looked at lie in the territory, in {count} units.",
    }


def sample_texts(placed: Placed, found: Sample) -> list[str]:
    """Answer five points: the numbers of the file and the longitude, latitude they would mean."""
    n = len(found.first)
    picked = np.linspace(0, n - 1, min(n, SAMPLES_SHOWN)).astype(np.int64)
    return [
        f"{found.first[i]:.10g}, {found.second[i]:.10g} → {_degrees(placed.lon[i], placed.lat[i])}"
        for i in picked
    ]


def _degrees(lon: float, lat: float) -> str:
    return f"{lon:.6f}, {lat:.6f}" if np.isfinite([lon, lat]).all() else "-"


def documents(placed: Sequence[Placed], found: Sample, best: Placed) -> list[dict[str, Any]]:
    """Answer readings as reports show them; ``offset_m`` is from the best one: east, north."""
    shown = []
    for p in placed:
        offset = p.offset_m(best)
        is_near = offset is not None and hypot(*offset) < FARTHEST_M
        shown.append(
            {
                "value": f"EPSG:{p.reading.epsg}",
                "axis_order": p.reading.axis_order,
                "score": round(p.score, 4),
                "samples": sample_texts(p, found),
                "reason": why(p, found),
                "offset_m": [round(v, 1) for v in offset] if offset and is_near else None,
            }
        )
    return shown


def swap_note(turned: Placed, straight: Placed) -> Note:
    """Answer that a file writes its axes the other way round than GIS, and was read so."""
    return Note(
        "axes_swapped",
        f"the file writes {turned.reading.axis_order}: so {share(turned.score)} of the parcels lie "
        f"where they belong, as east,north {share(straight.score)}; read so",
    )


def label_note(only: Placed, straight: Placed, found: Sample) -> Note:
    """Answer that a file takes degrees for metres or the reverse, and how it was read."""
    are = "degrees" if found.looks_like_degrees else "metres"
    return Note(
        "crs_mislabelled",
        f"the file declares {named(straight.reading)}, but its numbers are {are}: only as "
        f"{named(only.reading)} do the parcels lie where they belong ({share(only.score)}); "
        "read so",
    )

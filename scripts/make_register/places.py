"""Where the invented sheets lie: squares inside the communes of Tây Ninh, in the survey plane."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import shapely
from make_samples.place import CENTRE_EN, SURVEY_EPSG

from landgis import geodesy
from landgis.cadastre import jurisdiction

SIDE_M = 400
"""Side of a sheet."""

STEP_EN = (SIDE_M + 2, SIDE_M + 16)
"""From a sheet to the next: a strip without survey between them, and a road above each row."""

LONGEST_RUN = 24
"""Sheets along one road: it stays a legal parcel of some thousand vertices."""

BORDER_M = 120.0
"""Sheets keep this far from a commune's border; the bend of the land moves them by less."""


class Run(NamedTuple):
    """Sheets side by side in one commune."""

    unit_code: str
    unit_name: str
    first_sheet: int
    corners: tuple[tuple[int, int], ...]
    """South-west corner of each sheet, metres."""


def runs() -> Iterator[Run]:
    """Answer all runs, the communes around the capital first; numbered from north to south."""
    data = jurisdiction.load(jurisdiction.find("vn-80"))
    names = {unit.code: unit.name for unit in data.units}
    codes = sorted(data.outlines)
    lonlat = np.array([data.outlines[code] for code in codes])
    outlines = geodesy.transform(lonlat, geodesy.LONLAT, SURVEY_EPSG)
    away = shapely.distance(shapely.centroid(outlines), shapely.Point(CENTRE_EN))
    for i in np.argsort(away, kind="stable"):
        sheet = 1
        for corners in _corners(outlines[i]):
            yield Run(codes[i], names[codes[i]], sheet, corners)
            sheet += len(corners)


def _corners(outline: shapely.Geometry) -> Iterator[tuple[tuple[int, int], ...]]:
    inside = shapely.buffer(outline, -BORDER_M)
    if inside.is_empty:
        return
    shapely.prepare(inside)
    west, south, east, north = inside.bounds
    across = np.arange(west // STEP_EN[0], east // STEP_EN[0] + 1, dtype=np.int64) * STEP_EN[0]
    up = np.arange(south // STEP_EN[1], north // STEP_EN[1] + 1, dtype=np.int64) * STEP_EN[1]
    for y in up[::-1]:
        fits = shapely.contains(inside, shapely.box(across, y, across + SIDE_M, y + SIDE_M))
        found = np.flatnonzero(fits)
        for row in np.split(found, np.flatnonzero(np.diff(found) > 1) + 1):
            for begin in range(0, len(row), LONGEST_RUN):
                part = across[row[begin : begin + LONGEST_RUN]]
                yield tuple((int(x), int(y)) for x in part)

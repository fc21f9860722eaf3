"""Map sheets of a few hundred parcels, numbered as the rules say: from the north, zigzag."""

from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

BANDS = 4
SHEETS_PER_BAND = 4
ROW_HEIGHT_M = 60.0
"""Parcels are numbered along strips of this height, in turn from the left and from the right."""

Numbers = NDArray[np.int64]


class Numbering(NamedTuple):
    """Sheet and parcel number of every parcel, both counted from 1."""

    sheet: Numbers
    number: Numbers


def lay_out(parcels: NDArray[Any]) -> Numbering:
    """Cut the area into sheets of equal count and number sheets and parcels.

    A parcel number is unique within its sheet; it begins at the northernmost strip and runs in
    zigzag (Circular 25/2014/TT-BTNMT).
    """
    x, y = shapely.get_coordinates(shapely.point_on_surface(parcels)).T
    sheet = np.zeros(len(parcels), dtype=np.int64)
    for band, rows in enumerate(np.array_split(np.lexsort((x, -y)), BANDS)):
        across = rows[np.argsort(x[rows], kind="stable")]
        cells = np.array_split(across, SHEETS_PER_BAND)
        for place, cell in enumerate(cells if band % 2 == 0 else reversed(cells)):
            sheet[cell] = band * SHEETS_PER_BAND + place + 1
    number = np.zeros(len(parcels), dtype=np.int64)
    for one in np.unique(sheet):
        members = np.flatnonzero(sheet == one)
        number[members[_zigzag(x[members], y[members])]] = np.arange(len(members)) + 1
    return Numbering(sheet, number)


def lay_out_before_merger(parcels: NDArray[Any]) -> tuple[NDArray[np.bool_], Numbering]:
    """Answer which parcels lay in the northern one of two old communes, and the old numbers.

    Each old commune counted its sheets from 1: the same pair of numbers exists twice.
    """
    x, y = shapely.get_coordinates(shapely.point_on_surface(parcels)).T
    north = y > np.median(y)
    sheet, number = np.zeros((2, len(parcels)), dtype=np.int64)
    for half in (north, ~north):
        members = np.flatnonzero(half)
        for k, cell in enumerate(np.array_split(members[np.argsort(x[members])], BANDS)):
            sheet[cell] = k + 1
            number[cell[_zigzag(x[cell], y[cell])]] = np.arange(len(cell)) + 1
    return north, Numbering(sheet, number)


def _zigzag(x: NDArray[np.float64], y: NDArray[np.float64]) -> Numbers:
    strip = ((y.max() - y) // ROW_HEIGHT_M).astype(np.int64)
    return np.lexsort((np.where(strip % 2 == 0, x, -x), strip))

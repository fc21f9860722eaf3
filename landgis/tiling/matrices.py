"""WebMercatorQuad as OGC describes it: tile matrices, and the part of each that a box reaches."""

from collections.abc import Sequence
from dataclasses import dataclass

from landgis.tiling.grid import HALF_WORLD_M, tile_at

ID = "WebMercatorQuad"
URI = f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{ID}"
SCALES = "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible"
MATRICES = 25
"""0 to 24. Source: OGC 17-083r4, annex D.1; tiles are drawn of some of them."""

TILE_CELLS = 256
"""Cells across a tile, which scales are told for; a vector tile has no cells of its own."""

CELL_M = 0.00028
"""Side of a cell on the screen that scales are told for. Source: OGC 17-083r4, 6.2."""

MAX_LATITUDE = 85.051128
"""Degrees that the square world of Web Mercator ends at, rounded inwards."""


@dataclass(frozen=True)
class Limits:
    """The tiles of one matrix that there are; all four sides are included."""

    matrix: int
    min_row: int
    max_row: int
    min_col: int
    max_col: int

    def hold(self, row: int, col: int) -> bool:
        """Answer whether a tile is one of them; rows count from the north."""
        return self.min_row <= row <= self.max_row and self.min_col <= col <= self.max_col


def limits(box: Sequence[float], matrix: int) -> Limits:
    """Answer the tiles of a matrix that touch west, south, east, north in degrees.

    >>> limits((-180, -90, 180, 90), 1)
    Limits(matrix=1, min_row=0, max_row=1, min_col=0, max_col=1)
    """
    west, south, east, north = box
    low, high = (min(max(lat, -MAX_LATITUDE), MAX_LATITUDE) for lat in (south, north))
    min_col, min_row = tile_at(west, high, matrix)
    max_col, max_row = tile_at(east, low, matrix)
    return Limits(matrix, min_row, max_row, min_col, max_col)


def cell_size_m(matrix: int) -> float:
    """Answer the side of a cell in metres of EPSG:3857."""
    across: int = TILE_CELLS * 2**matrix
    return 2 * HALF_WORLD_M / across


def scale_denominator(matrix: int) -> float:
    """Answer the scale of a matrix at the equator.

    >>> round(scale_denominator(0), 6)
    559082264.028717
    """
    return cell_size_m(matrix) / CELL_M

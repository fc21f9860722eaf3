"""Tile sets as OGC API has them: of the whole register, and of the collections that are drawn."""

from collections.abc import Mapping
from dataclasses import dataclass

from landgis.cadastre.filters import Box
from landgis.cadastre.served import Collection
from landgis.errors import NotFound, UsageError
from landgis.services.ogc.features import FeatureService
from landgis.services.tiles import WORLD, TileService
from landgis.tiling import matrices
from landgis.tiling.kept import Kept
from landgis.tiling.layers import MAP, TileSet
from landgis.tiling.matrices import Limits

MOST_DIGITS = 9
"""Of a row or column: more than the deepest matrix has."""


@dataclass(frozen=True)
class Offered:
    """A tile set with where it has tiles."""

    drawn: TileSet
    title: Mapping[str, str]
    description: Mapping[str, str]
    box: Box
    """West, south, east, north in degrees."""

    collection: str = ""
    """Whose members it shows; empty: it is of the whole register."""

    @property
    def limits(self) -> tuple[Limits, ...]:
        """Answer the tiles there are, matrix by matrix; of all other matrices there are none."""
        zooms = range(self.drawn.minzoom, self.drawn.maxzoom + 1)
        return tuple(matrices.limits(self.box, zoom) for zoom in zooms)


class TilesetService:
    """Answers which tiles there are, and gives those that ``TileService`` keeps."""

    def __init__(self, features: FeatureService, tiles: TileService) -> None:
        self._features = features
        self._tiles = tiles

    def is_drawn(self, collection: Collection) -> bool:
        """Answer whether a public layer shows the members of a collection."""
        return collection.shows_geometry and self._tiles.public(collection.name) is not None

    def drawn_collections(self) -> list[Collection]:
        """Answer the collections that have tiles."""
        return [one for one in self._features.collections() if self.is_drawn(one)]

    def offered(self, collection: str = "") -> Offered:
        """Answer the tile set of a collection, or that of the whole register.

        Raises
        ------
        NotFound
            ``no_such_collection``; ``no_such_tileset``: it is not drawn.
        """
        if collection:
            return self._of_collection(self._features.collection(collection))
        drawn = self._tiles.public(MAP)
        if drawn is None:
            raise NotFound("no_such_tileset", f"The tile set {MAP!r} is not for everybody")
        extents = (self._features.extent(one).lonlat for one in self.drawn_collections())
        boxes = [box for box in extents if box is not None]
        return Offered(drawn, drawn.title, drawn.title, _around(boxes))

    def _of_collection(self, found: Collection) -> Offered:
        drawn = self._tiles.public(found.name)
        if drawn is None or not self.is_drawn(found):
            there = ", ".join(one.name for one in self.drawn_collections())
            raise NotFound(
                "no_such_tileset", f"{found.name} has no tiles; these collections have: {there}"
            )
        box = self._features.extent(found).lonlat
        boxes = [] if box is None else [box]
        return Offered(drawn, found.title, found.description, _around(boxes), found.name)

    def tile(
        self, offered: Offered, matrix: str, row: str, col: str, wanted: int = 0
    ) -> tuple[int, Kept]:
        """Answer the sequence that holds here, and a tile that is at least as new.

        Parameters
        ----------
        wanted
            The change that whoever asks has seen already.

        Raises
        ------
        NotFound
            ``no_such_tile_matrix``, ``tile_outside_limits``.
        UsageError
            ``bad_parameter``: a row or column that is no whole number.
        """
        place = _number("tileRow", row), _number("tileCol", col)
        if matrix not in {str(z) for z in range(matrices.MATRICES)}:
            last = matrices.MATRICES - 1
            raise NotFound(
                "no_such_tile_matrix",
                f"{matrices.ID} has no matrix {matrix[:32]!r}; it has 0 to {last}",
            )
        z = int(matrix)
        if not any(one.matrix == z and one.hold(*place) for one in offered.limits):
            raise NotFound(
                "tile_outside_limits",
                f"There is no tile {matrix}/{row[:32]}/{col[:32]} (matrix/row/column); see "
                "tileMatrixSetLimits of the tile set",
            )
        y, x = place
        return self._tiles.tile(offered.drawn.name, z, x, y, wanted)


def require_matrix_set(name: str) -> None:
    """Let pass the one set of tile matrices; ``NotFound`` ``no_such_tile_matrix_set``."""
    if name != matrices.ID:
        raise NotFound(
            "no_such_tile_matrix_set",
            f"There is no tile matrix set {name[:64]!r}; there is {matrices.ID}",
        )


def _around(boxes: list[Box]) -> Box:
    """Answer the box around boxes; where nothing is known to lie there are tiles of the world."""
    if not boxes:
        return WORLD
    wests, souths, easts, norths = zip(*boxes, strict=True)
    return min(wests), min(souths), max(easts), max(norths)


def _number(name: str, text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise UsageError(
            "bad_parameter", f"{name} must be a whole number, not {text[:32]!r}", parameter=name
        )
    return int(text) if len(digits) <= MOST_DIGITS else -1

"""Tiles that are not for everybody: drawn for whoever asks, and never kept."""

from collections.abc import Mapping

from landgis.cadastre.register import Principal
from landgis.services.access import check
from landgis.services.tile_ports import Tiles
from landgis.tiling.layers import TileSet
from landgis.tiling.vector import statement


class OfficersTiles:
    """Draws the sets whose layers name a scope as their audience."""

    def __init__(self, tilesets: Mapping[str, TileSet], tiles: Tiles) -> None:
        self._tilesets = {n: s for n, s in tilesets.items() if not s.is_public}
        self._tiles = tiles

    def __contains__(self, name: str) -> bool:
        """Answer whether a set is one of these."""
        return name in self._tilesets

    def admit(self, name: str, by: Principal) -> None:
        """Let ``by`` see a set, or raise ``NotAuthenticated`` or ``NotAllowed``."""
        check(by, self._tilesets[name].audience)

    def tile(self, name: str, z: int, x: int, y: int, by: Principal) -> bytes:
        """Answer the encoded tile of a set as ``by`` may see it, empty where nothing is.

        The queries of these layers have ``:units``, those in which the scope holds (NULL: all),
        and ``:asker``.
        """
        self.admit(name, by)
        tileset = self._tilesets[name]
        _, revision = self._tiles.position()
        made = statement(tileset, z, x, y, revision)
        if made is None:
            return b""
        units = by.grants[tileset.audience]
        asker = {"units": None if units is None else sorted(units), "asker": by.name}
        return self._tiles.tile(made.sql, {**made.parameters, **asker})

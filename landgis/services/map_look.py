"""How the map looks: its styles and legends in every theme, from the layer folders."""

from collections.abc import Mapping
from typing import Any

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.errors import UsageError
from landgis.tiling import style
from landgis.tiling.layers import TileSet, named
from landgis.tiling.legend import legend
from landgis.tiling.themes import Theme


class MapLook:
    """Answers styles and legends.

    Every set is drawn in every theme once at the start, so that a layer folder with a mistake
    stops the server and no map.
    """

    def __init__(
        self,
        tilesets: Mapping[str, TileSet],
        themes: Mapping[str, Theme],
        jurisdiction: Jurisdiction,
    ) -> None:
        self.tilesets = tilesets
        self._themes = themes
        self._land_uses = jurisdiction.land_uses
        self._colours = {use.code: use.colour for use in self._land_uses.latest()}
        for name in tilesets:
            for theme in themes:
                self.style("", name, theme, "vi")
                self.legend(name, theme, "vi")

    def themes(self) -> list[Theme]:
        """Answer every theme, the usual one first."""
        return list(self._themes.values())

    def style(self, base_url: str, name: str, theme: str | None, lang: str) -> dict[str, Any]:
        """Answer the MapLibre style of a set; no theme: the usual one.

        Raises
        ------
        NotFound
            ``no_such_tileset``
        UsageError
            ``no_such_theme``
        """
        drawn = self._theme(theme)
        return style.style(named(self.tilesets, name), self._colours, drawn, base_url, lang)

    def legend(self, name: str, theme: str | None, lang: str) -> dict[str, Any]:
        """Answer the legend of a set; see ``style`` for what may go wrong."""
        return legend(named(self.tilesets, name), self._land_uses, self._theme(theme), lang)

    def _theme(self, name: str | None) -> Theme:
        theme = next(iter(self._themes.values())) if name is None else self._themes.get(name)
        if theme is None:
            raise UsageError(
                "no_such_theme",
                f"There is no theme {name!r}; there are: {', '.join(self._themes)}",
            )
        return theme

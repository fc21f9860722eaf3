"""Answers for tiles that are at hand before Flask hears of them."""

from collections.abc import Callable, Iterable
from typing import Any

from landgis.errors import LandgisError
from landgis.services.fresh_tiles import FreshTiles
from landgis.web.tile_wire import Asked, Wire, number, wire

BEGIN, END = "/tiles/", ".mvt"
App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class TileFront:
    """A WSGI application before another one: what it does not know, or dislikes, goes there.

    Only public tiles are kept, so nobody's rights have to be known here. The other application
    answers the same for the same request.
    """

    def __init__(self, app: App, tiles: FreshTiles) -> None:
        self._app = app
        self._tiles = tiles

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer as WSGI asks (PEP 3333)."""
        path = environ["PATH_INFO"]
        if path.startswith(BEGIN) and path.endswith(END):
            answer = self._at_hand(environ, path[len(BEGIN) : -len(END)])
            if answer is not None:
                start_response(answer.status, answer.headers)
                return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]
        return self._app(environ, start_response)

    def _at_hand(self, environ: dict[str, Any], name: str) -> Wire | None:
        query = environ.get("QUERY_STRING", "")
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or query[:2] not in ("", "v="):
            return None
        try:
            wanted = environ.get("HTTP_LANDGIS_SEQUENCE")
            asked = Asked(
                known=environ.get("HTTP_IF_NONE_MATCH", ""),
                encodings=environ.get("HTTP_ACCEPT_ENCODING", ""),
                wanted=0 if wanted is None else number(wanted, "Landgis-Sequence"),
                version=number(query[2:], "v") if query else None,
            )
            sequence, tile = self._tiles.at_hand(name.encode(), asked.wanted)
        except (LandgisError, UnicodeEncodeError):
            return None
        return None if tile is None else wire(sequence, tile, asked)

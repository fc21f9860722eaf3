"""Tiles that are kept, and never older than what this server was told.

Whoever asks gets a tile that shows every change up to some sequence: that of the last look at the
log, which is at most ``FRESH_FOR_S`` ago, or the one that the request names. The server that wrote
a change follows the log before it answers.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from time import monotonic

from landgis.cadastre.register import TileChange
from landgis.errors import Unavailable
from landgis.services.drawing import TileMaker
from landgis.services.single_flight import SingleFlight
from landgis.services.tile_ports import TileChanges
from landgis.tiling.kept import Kept, KeptTiles, Position
from landgis.tiling.layers import TileSet
from landgis.tiling.reach import BLOCKS_FROM, Reach, key_of, prefix_of, reach_of

FRESH_FOR_S = 0.5
"""How long a server trusts its last look at the log; what others change shows within a second."""

MOST_STEPS = 5_000
"""A server that missed more changes than that begins anew: as quick as to follow them."""


class FreshTiles:
    """The tiles of one server."""

    def __init__(
        self,
        tilesets: Mapping[str, TileSet],
        maker: TileMaker,
        changes: TileChanges,
        open_kept: Callable[[], KeptTiles],
    ) -> None:
        self._tilesets = {n: s for n, s in tilesets.items() if s.is_public}
        self._maker = maker
        self._changes = changes
        self._open_kept = open_kept
        self._following = threading.Lock()
        self._looked = float("-inf")
        self._flights: SingleFlight[bytes, Kept] = SingleFlight()
        self._low = [
            prefix_of(name, z)
            for name, tileset in self._tilesets.items()
            for z in range(tileset.minzoom, BLOCKS_FROM)
        ]

    @cached_property
    def kept(self) -> KeptTiles:
        """Answer the store; opened at the first tile, after any fork."""
        with self._following:
            return self._open_kept()

    def at_hand(self, key: bytes, wanted: int = 0) -> tuple[int, Kept | None]:
        """Answer the sequence that holds here, and the tile if it is kept.

        Parameters
        ----------
        wanted
            The change that whoever asks has seen already.
        """
        kept = self.kept
        if monotonic() - self._looked > FRESH_FOR_S:
            self.follow(FRESH_FOR_S)
        sequence, tile = kept.look(key)
        if wanted > sequence:
            self.follow()
            return kept.look(key)
        return sequence, tile

    def tile(self, name: str, z: int, x: int, y: int, wanted: int = 0) -> tuple[int, Kept]:
        """Answer the sequence that holds here, and a tile that is at least as new.

        One of many who ask at once draws it; the others wait.
        """
        key = key_of(name, z, x, y)
        sequence, tile = self.at_hand(key, wanted)
        if tile is not None:
            return sequence, tile
        return sequence, self._flights.run(
            key,
            lambda: self._draw(name, z, x, y),
            lambda drawn: drawn.sequence >= sequence,
        )

    def _draw(self, name: str, z: int, x: int, y: int) -> Kept:
        drawn, whole = self._maker.draw(self._tilesets[name], z, x, y)
        if whole and drawn.gzipped:
            self.keep([(key_of(name, z, x, y), drawn)])
        return drawn

    def keep(self, tiles: Sequence[tuple[bytes, Kept]]) -> int:
        """Keep drawn tiles but those that changed since; answer how many were kept."""
        while True:
            at = self.kept.position().sequence
            right = self._unchanged(tiles, at)
            if self.kept.keep(right, at):
                return len(right)

    def _unchanged(
        self, tiles: Sequence[tuple[bytes, Kept]], at: int
    ) -> Sequence[tuple[bytes, Kept]]:
        """Answer the tiles that no change up to ``at`` touched after they were drawn."""
        oldest = min(tile.sequence for _, tile in tiles)
        if oldest >= at:
            return tiles
        reaches = [
            (change.sequence, self._reach(change))
            for change in self._changes.since(oldest + 1)
            if change.sequence <= at
        ]
        return [
            (key, tile)
            for key, tile in tiles
            if not any(tile.sequence < seq and reach.holds(key) for seq, reach in reaches)
        ]

    def forget(self, zooms: Iterable[int]) -> None:
        """Have the tiles of some zooms drawn anew, for what they are drawn from has got better."""
        for z in zooms:
            for name in self._tilesets:
                self.kept.forget(self.kept.sizes(prefix_of(name, z)))

    def follow(self, unless_within_s: float = 0.0) -> None:
        """Follow the log to its end, unless that was done in the last so many seconds."""
        kept = self.kept
        with self._following:
            began = monotonic()
            if began - self._looked <= unless_within_s:
                return
            at, newest = kept.position(), self._maker.newest()
            if at == newest:
                self._looked = began
                return
            changes = self._changes.since(at.sequence)
            is_ours = bool(changes) and changes[0].token == at.token
            if not is_ours or len(changes) > MOST_STEPS:
                kept.begin_anew(newest)
            elif len(changes) > 1:
                kept.follow(
                    [(Position(c.sequence, c.token), self._touched(c)) for c in changes[1:]]
                )
            self._looked = began

    def follow_now(self) -> None:
        """Follow the log; if that fails, nothing is answered from the store until it is done."""
        try:
            self.follow()
        except Unavailable:
            self._looked = float("-inf")

    def _touched(self, change: TileChange) -> Iterator[bytes] | None:
        """Answer the keys of all tiles that a change touches, None for all there are."""
        reach = self._reach(change)
        if reach.keys is None:
            return None
        low = (self.kept.sizes(prefix) for prefix in self._low)
        return chain(reach.keys, *low)

    def _reach(self, change: TileChange) -> Reach:
        return reach_of(self._tilesets.values(), change)

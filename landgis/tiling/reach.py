"""Which kept tiles a change of the register reaches."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from landgis.cadastre.register import TileChange
from landgis.tiling.covering import covering
from landgis.tiling.layers import TileSet

PARCELS_FROM = 13
"""Below this zoom tiles show blocks of parcels, no single ones."""

BLOCKS_FROM = 10
"""Below this zoom tiles show whole units: one change may show anywhere in them."""

SIMPLE_BELOW = 16
"""Below this zoom parcels are drawn simplified: a change may bend a neighbour's boundary, too."""

MOST_KEYS = 50_000
"""A change that reaches more tiles than that reaches all."""


class Reach(NamedTuple):
    """The tiles that may look otherwise: these, and all below ``BLOCKS_FROM``; None: all."""

    keys: frozenset[bytes] | None

    def holds(self, key: bytes) -> bool:
        """Answer whether a tile is reached."""
        return self.keys is None or key in self.keys or int(key.split(b"/")[1]) < BLOCKS_FROM


def key_of(name: str, z: int, x: int, y: int) -> bytes:
    """Answer the name under which a tile is kept, which is also that in its address."""
    return b"%b/%d/%d/%d" % (name.encode(), z, x, y)


def prefix_of(name: str, z: int) -> bytes:
    """Answer what the keys of all tiles of a zoom begin with."""
    return b"%b/%d/" % (name.encode(), z)


def reach_of(tilesets: Iterable[TileSet], change: TileChange) -> Reach:
    """Answer the tiles of some sets that a change reaches: old and new places and all buffers."""
    if change.boxes is None:
        return Reach(None)
    wide = np.vstack([change.boxes, change.wide_boxes])
    keys: set[bytes] = set()
    for tileset in tilesets:
        buffer = max(layer.buffer for layer in tileset.layers)
        for z in range(max(tileset.minzoom, BLOCKS_FROM), tileset.maxzoom + 1):
            boxes = wide if z < SIMPLE_BELOW else change.boxes
            keys.update(key_of(tileset.name, z, x, y) for x, y in covering(boxes, z, buffer))
            if len(keys) > MOST_KEYS:
                return Reach(None)
    return Reach(frozenset(keys))

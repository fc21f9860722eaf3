"""A neighbour's vertex on an edge without one there: the edge gets it, exactly."""

from typing import Any

import numpy as np

from landgis.cadastre.edits.nodes import insert_nodes
from landgis.cadastre.fixes.site import Site
from landgis.errors import Refused

KIND = "insert_node"


def changes(site: Site) -> dict[int, Any]:
    """Answer the parcels of the finding that lack the vertex, with it.

    Raises
    ------
    Refused
        ``nothing_to_fix``: no vertex of a neighbour lies on an edge there; ``place_missing``.
    """
    corners, of = site.corners
    away = np.hypot(*(corners - np.array(site.where())).T)
    # Where coordinates came from another plane, a place is as exact as its rounding.
    near = np.flatnonzero(away <= site.node_m)
    after = {}
    for i in (i for i in site.own if i not in site.fixed):
        others = corners[near[of[near] != i]]
        made = insert_nodes(site.geoms[i], others)
        if made is not site.geoms[i]:
            after[i] = made
    if not after:
        raise Refused(
            "nothing_to_fix", "No vertex of a neighbour lies on an edge of this parcel there"
        )
    return after

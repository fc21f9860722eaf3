"""A vertex near a neighbour's boundary and not on it: the two are put together."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from landgis.cadastre.edits.nodes import Edges, Point, distances, insert_nodes, with_vertices
from landgis.cadastre.fixes.proof import beyond_tolerance
from landgis.cadastre.fixes.rings import moved
from landgis.cadastre.fixes.site import Site
from landgis.errors import Refused

KIND = "snap_vertex"


def changes(site: Site) -> Iterator[dict[int, Any]]:
    """Yield the ways to put the vertex at the finding's place and the neighbour's together.

    Where the neighbour has a vertex within the tolerance: one of the two goes to the other, in
    every parcel that has it. Else the neighbour's edge gets the vertex, or the vertex goes to the
    edge and the edge gets it there.

    Raises
    ------
    Refused
        ``nothing_to_fix``; ``beyond_tolerance``; ``place_missing``, ``parcel_vanishes``.
    """
    vertex = _vertex(site)
    holders = site.having([vertex])
    lacking = [i for i in site.own if i not in holders]
    if not lacking:
        raise Refused("nothing_to_fix", "The parcels of this finding share the vertex already")
    i = lacking[0]
    edges, here = Edges.of(site.geoms[i]), np.array([vertex])
    apart = distances(edges.a, here)
    if apart.min() <= site.tolerance_m:
        x, y = edges.a[apart.argmin()].tolist()
        yield _together(site, (x, y), vertex)
        yield _together(site, vertex, (x, y))
        return
    _, feet = edges.feet(np.arange(len(edges.a)), np.repeat(here, len(edges.a), axis=0))
    apart = distances(feet, here)
    edge = int(apart.argmin())
    if apart[edge] > site.tolerance_m:
        raise beyond_tolerance(float(apart[edge]), site.tolerance_m, site.why)
    yield {i: with_vertices(site.geoms[i], {edge: [vertex]})}
    x, y = feet[edge].tolist()
    yield _together(site, vertex, (x, y)) | {i: insert_nodes(site.geoms[i], np.array([[x, y]]))}


def _together(site: Site, vertex: Point, other: Point) -> dict[int, Any]:
    """Answer every parcel that has a vertex with it at the other one."""
    return {i: moved(site.geoms[i], {vertex: other}) for i in site.having([vertex])}


def _vertex(site: Site) -> Point:
    """Answer the vertex of the finding's parcels that is nearest to its place."""
    corners, of = site.corners
    own = corners[np.isin(of, site.own)]
    away = np.hypot(*(own - np.array(site.where())).T)
    x, y = own[away.argmin()].tolist()
    return (x, y)

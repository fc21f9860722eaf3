"""Narrow ground between two parcels, and both boundaries noded so that it can change hands.

Overlay is exact where the lines that meet have their vertices in common. So before a strip is
added to a parcel or taken from it, strip and parcels get each other's vertices.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from landgis.cadastre.edits.nodes import Edges, Points, insert_nodes
from landgis.cadastre.fixes.rings import moved, pairs, rings_of
from landgis.cadastre.fixes.site import Site
from landgis.errors import Refused


def noded(site: Site, strip: Any) -> tuple[Any, dict[int, Any]]:
    """Answer a strip and every parcel at it, each with the others' vertices on its edges.

    Vertices of the strip within a node of a parcel's vertex are that vertex.

    Raises
    ------
    Refused
        ``nothing_to_fix``; ``strip_vanishes``: it is narrower than a node everywhere.
    """
    at = site.touching(strip)
    if not at:
        raise Refused("nothing_to_fix", "No parcel lies at this strip any more")
    corners = np.concatenate([Edges.of(site.geoms[i]).a for i in at])
    on_corners = _snapped(strip, corners, site.node_m)
    if on_corners is None:
        raise Refused(
            "strip_vanishes",
            f"The strip is narrower than {site.node_m * 1000:g} mm; snap the vertices at its ends",
        )
    known = insert_nodes(on_corners, corners)
    points = Edges.of(known).a
    return known, {i: insert_nodes(site.geoms[i], points) for i in at}


def settled(site: Site, strip: Any, after: Mapping[int, Any]) -> dict[int, Any]:
    """Answer every parcel that differs when some are as an overlay left them.

    Their neighbours at the strip get the vertices that are now on their edges, and no others.
    """
    nodes = np.concatenate([Edges.of(geom).a for geom in after.values() if geom is not None])
    near = shapely.dwithin(shapely.points(nodes), strip, site.node_m)
    others = {
        i: insert_nodes(site.geoms[i], nodes[near])
        for i in site.touching(strip)
        if i not in after and i not in site.fixed
    }
    return site.changed({**after, **others})


def polygonal(geom: Any) -> Any:
    """Answer the polygons of a geometry as one, without lines and points; None for none."""
    parts = shapely.get_parts(geom)
    if len(parts) and geom.geom_type == "GeometryCollection":
        parts = np.concatenate([shapely.get_parts(part) for part in parts])
    areas = [part for part in parts if part.geom_type == "Polygon" and part.area > 0]
    if not areas:
        return None
    return areas[0] if len(areas) == 1 else shapely.MultiPolygon(areas)


def _snapped(strip: Any, corners: Points, node_m: float) -> Any:
    """Answer a strip whose vertices are corners where they are within a node of one."""
    tree = shapely.STRtree(shapely.points(corners))
    to = {}
    for point in {p for ring in rings_of(strip) for p in pairs(ring)}:
        nearest = corners[tree.nearest(shapely.Point(point))].tolist()
        if 0 < np.hypot(nearest[0] - point[0], nearest[1] - point[1]) <= node_m:
            to[point] = (nearest[0], nearest[1])
    try:
        made = moved(strip, to) if to else strip
    except Refused:
        return None
    if not shapely.is_valid(made):
        made = polygonal(shapely.make_valid(made, method="structure", keep_collapsed=False))
    return made


def tidy(before: Any, after: Any, nodes: Mapping[int, Any], node_m: float) -> Any:
    """Answer the outcome of an overlay without the dust of arithmetic.

    Vertices that neither the parcel nor a noded neighbour has come from lines that cross within
    a node of a vertex: they are put on it. Parts and holes thinner than a node are gone.
    """
    made = polygonal(after)
    if made is None:
        return None
    known = np.concatenate([Edges.of(geom).a for geom in (before, *nodes.values())])
    return polygonal(_without_dust(_snapped(made, known, node_m) or made, node_m))


def _without_dust(geom: Any, node_m: float) -> Any:
    parts = []
    for part in shapely.get_parts(geom):
        holes = [ring for ring in part.interiors if not _is_thin(shapely.Polygon(ring), node_m)]
        if not _is_thin(shapely.Polygon(part.exterior), node_m):
            whole = len(holes) == len(part.interiors)
            parts.append(part if whole else shapely.Polygon(part.exterior, holes))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _is_thin(polygon: Any, node_m: float) -> bool:
    """Answer whether a polygon is, on average, narrower than a node."""
    return bool(2 * polygon.area <= node_m * polygon.length)

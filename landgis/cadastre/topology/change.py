"""What a change of a few parcels does between them and their neighbours, without all the others."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely

from landgis.cadastre.topology.compare import Reach, compare
from landgis.cadastre.topology.gaps import Gap, gaps
from landgis.cadastre.topology.ground import Ground
from landgis.cadastre.topology.nodes import Miss
from landgis.cadastre.topology.overlaps import Overlap


class Between(NamedTuple):
    """What is found between parcels; each side is known by its ``Who.key``."""

    overlaps: tuple[Overlap, ...] = ()
    gaps: tuple[Gap, ...] = ()
    misses: tuple[Miss, ...] = ()


def between(touched: Mapping[str, Any], neighbours: Mapping[str, Any], reach: Reach) -> Between:
    """Answer what is found on touched parcels: the same as among all parcels there are.

    Parameters
    ----------
    touched, neighbours
        Name -> valid geometry in metres; of the neighbours at least all those within the reach.
    """
    if not touched:
        return Between()
    # In the order of names, whoever is touched: of a pair it is always the same side that is told.
    names = sorted({**neighbours, **touched})
    geoms = np.array([touched[n] if n in touched else neighbours[n] for n in names], dtype=object)
    is_touched = np.array([name in touched for name in names], dtype=bool)
    none = np.full(len(names), None, dtype=object)
    ground = Ground(
        geom=geoms,
        row=np.where(is_touched, np.arange(1, len(names) + 1), 0),
        key=np.array(names, dtype=object),
        unit=none,
        sheet=none,
        accuracy_m=np.full(len(names), np.nan),
        parcel=np.where(is_touched, none, np.array(names, dtype=object)),
    )
    west, south, east, north = shapely.total_bounds(geoms).tolist()
    far = max(reach) + 1.0
    found = compare(ground, (west - far, south - far, east + far, north + far), reach)
    return Between(
        tuple(found.overlaps), tuple(gaps(found.gaps, reach.node_m)), tuple(found.misses)
    )


def made(before: Between, after: Between, node_m: float) -> Between:
    """Answer what is found after a change and was not there before, whoever the land's was."""
    overlapped, open_ = _ground(before.overlaps, node_m), _ground(before.gaps, node_m)
    missed = shapely.points([miss.place for miss in before.misses] or np.empty((0, 2)))
    tree = shapely.STRtree(missed)
    return Between(
        tuple(o for o in after.overlaps if not _lies_in(o.shape, overlapped)),
        tuple(g for g in after.gaps if not _lies_in(g.shape, open_)),
        tuple(
            m
            for m in after.misses
            if not len(tree.query(shapely.Point(m.place), "dwithin", node_m))
        ),
    )


def _ground(strips: Sequence[Overlap | Gap], node_m: float) -> shapely.Geometry:
    """Answer the ground of strips, a node's width wider: rounding moves their corners."""
    return shapely.buffer(shapely.union_all([strip.shape for strip in strips]), node_m)


def _lies_in(strip: shapely.Geometry, ground: shapely.Geometry) -> bool:
    return bool(shapely.covers(ground, strip))

"""Vertices within a millimetre of the one before them: one of each run stays."""

from collections import Counter
from typing import Any

import numpy as np

from landgis.cadastre.edits.nodes import Point
from landgis.cadastre.fixes.rings import moved, pairs, rings_of, without_repeats
from landgis.cadastre.fixes.site import Site
from landgis.errors import Refused

KIND = "drop_vertices"


def changes(site: Site) -> dict[int, Any]:
    """Answer the parcels with one vertex where several are closer than a node.

    Of a run of such vertices the one stays that most parcels have; parcels that have another one
    of the run get that one, so what was shared stays shared.

    Raises
    ------
    Refused
        ``nothing_to_fix``; ``parcel_vanishes``.
    """
    subject = site.geoms[site.subject]
    corners, of = site.corners
    shared = Counter({(x, y): 0 for ring in rings_of(subject) for x, y in pairs(ring)})
    owners = {(x, y, i) for (x, y), i in zip(corners.tolist(), of.tolist(), strict=True)}
    shared.update((x, y) for x, y, _ in owners if (x, y) in shared)
    to: dict[Point, Point] = {}
    runs = [run for ring in rings_of(subject) for run in _runs(pairs(ring), site.node_m)]
    for run in runs:
        kept = max(run, key=lambda point: shared[point])
        to.update((point, kept) for point in run if point != kept)
    if not runs:
        raise Refused("nothing_to_fix", "No vertices of this parcel are on top of each other")
    touched = {site.subject, *site.having(list(to))}
    made = {i: moved(site.geoms[i], to) for i in sorted(touched)}
    return made | {site.subject: without_repeats(made[site.subject])}


def _runs(ring: list[Point], node_m: float) -> list[list[Point]]:
    """Answer the runs of two or more vertices that all lie within a node of the first."""
    steps = np.array(ring) - np.array([ring[-1], *ring[:-1]])
    far = np.hypot(*steps.T) >= node_m
    if far.all():
        return []
    first = int(np.argmax(far))  # a run may go over the end of the ring
    runs: list[list[Point]] = []
    for point in ring[first:] + ring[:first]:
        if runs and np.hypot(point[0] - runs[-1][0][0], point[1] - runs[-1][0][1]) < node_m:
            runs[-1].append(point)
        else:
            runs.append([point])
    return [run for run in runs if len(run) > 1]

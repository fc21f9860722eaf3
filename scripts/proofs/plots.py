"""The place of one planting: a parcel, an edge it shares, and the plane around it in metres."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import hypot

import numpy as np
import shapely
from numpy.typing import NDArray

from proofs.coverage import Ground

XY = tuple[float, float]
SLACK_M = 0.002
"""How far a finding's place may lie from the planted spot."""


@dataclass(frozen=True)
class Planting:
    """One defect as planted, and what must be said of it."""

    kind: str
    rows: frozenset[int]
    """The rows that the finding names, no more and no fewer."""

    rules: frozenset[str]
    """One of these must speak; empty: too small, nobody may hold a row back for it."""

    spot: shapely.Geometry | None
    """In metres; None: the finding has no place that could be wrong."""

    around: frozenset[int]
    """Rows of which consequences may be told."""

    also: frozenset[str] = frozenset()
    """Rules that rightly speak of the same spot too."""

    size: float | None = None
    size_error: float = 0.0
    """How far the measured size may be off, in its unit."""


@dataclass(frozen=True)
class Edge:
    """An edge that a parcel shares with exactly one other, seen from the parcel outwards."""

    p: XY
    q: XY
    other: int
    metres: XY
    is_left: bool
    """Whether the parcel lies to the left of p → q."""

    @property
    def length(self) -> float:
        """Metres."""
        return hypot(*self._delta)

    @property
    def _delta(self) -> XY:
        (px, py), (qx, qy), (mx, my) = self.p, self.q, self.metres
        return (qx - px) * mx, (qy - py) * my

    def at(self, along: float, out: float) -> XY:
        """Answer the point so many metres along the edge and out of the parcel."""
        (dx, dy), length, (mx, my) = self._delta, self.length, self.metres
        side = 1.0 if self.is_left else -1.0
        east = along * dx + side * out * dy
        north = along * dy - side * out * dx
        return self.p[0] + east / length / mx, self.p[1] + north / length / my


@dataclass(frozen=True)
class Plot:
    """A parcel that a defect may be planted in, with nothing planted near."""

    ground: Ground
    i: int
    neighbours: NDArray[np.int64] = field(repr=False)

    @property
    def geom(self) -> shapely.Polygon:
        """The parcel in the survey plane."""
        geom: shapely.Polygon = self.ground.columns["geom"][self.i]
        return geom

    @property
    def row(self) -> int:
        """Its record number."""
        return self.ground.row(self.i)

    @property
    def around(self) -> frozenset[int]:
        """Record numbers of the parcel and its neighbours."""
        return frozenset({self.row, *(self.ground.row(int(j)) for j in self.neighbours)})

    @property
    def metres(self) -> XY:
        """Metres in a unit of the survey plane."""
        return self.ground.coverage.metres

    def set(self, geom: shapely.Geometry | None, i: int | None = None) -> None:
        """Give the parcel, or another one, a new geometry."""
        self.ground.columns["geom"][self.i if i is None else i] = geom

    def shape(self, i: int) -> shapely.Geometry:
        """Answer another parcel in the survey plane."""
        return self.ground.columns["geom"][i]

    def metric(self, geom: shapely.Geometry) -> shapely.Geometry:
        """Answer a geometry of the survey plane in metres."""
        return shapely.transform(geom, lambda xy: xy * self.metres)

    def edges(self, shortest: float) -> list[Edge]:
        """Answer the edges of this length or more shared with one neighbour, vertex for vertex."""
        theirs: dict[frozenset[XY], list[int]] = {}
        for j in map(int, self.neighbours):
            for ends in _edges(self.shape(j)):
                theirs.setdefault(frozenset(ends), []).append(j)
        is_left = self.geom.exterior.is_ccw
        shared = [
            Edge(p, q, owners[0], self.metres, is_left)
            for p, q in _edges(self.geom)
            if len(owners := theirs.get(frozenset((p, q)), [])) == 1
        ]
        return [edge for edge in shared if edge.length >= shortest]

    def edge(self, shortest: float) -> Edge | None:
        """Answer one of these edges by chance, None when there is none."""
        found = self.edges(shortest)
        return self.ground.chance.choice(found) if found else None


def _edges(geom: shapely.Geometry) -> Iterator[tuple[XY, XY]]:
    if geom.geom_type == "Polygon" and not geom.is_empty:
        ring = list(geom.exterior.coords)
        yield from pairwise(ring)


def with_points(polygon: shapely.Polygon, p: XY, q: XY, points: list[XY]) -> shapely.Polygon:
    """Answer a polygon whose edge p–q, whichever way it runs, goes through these points."""
    ring = list(polygon.exterior.coords)
    made: list[XY] = []
    for a, b in pairwise(ring):
        made.append(a)
        if (a, b) == (p, q):
            made += points
        elif (b, a) == (p, q):
            made += points[::-1]
    return shapely.Polygon([*made, made[0]], polygon.interiors)


def mean_width(polygon: shapely.Geometry) -> float:
    """Answer 2 · area ÷ perimeter."""
    return float(2 * polygon.area / polygon.length) if polygon.length else 0.0


def least_angle(polygon: shapely.Geometry) -> float:
    """Answer the sharpest corner of a polygon's outer ring, degrees; 0 for what is none."""
    if polygon.geom_type != "Polygon":
        return 0.0
    ring = shapely.get_coordinates(polygon.exterior)[:-1]
    back, on = np.roll(ring, 1, axis=0) - ring, np.roll(ring, -1, axis=0) - ring
    lengths = np.hypot(*back.T) * np.hypot(*on.T)
    cosine = np.clip((back * on).sum(axis=1) / np.where(lengths > 0, lengths, 1.0), -1, 1)
    return float(np.degrees(np.arccos(cosine)).min())

"""Whether a finding is true, measured once more by plain shapely and no code of landgis."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding
from proofs.plain import Plain

NODE_M = 0.001
LIMIT_M = {"topology.gap": 0.2, "topology.near_miss": 0.05, "topology.sliver": 0.2}
NOISE_M = 1e-4
"""What numbers told to a tenth of a millimetre, in degrees of any latitude, may be off."""

WIDTH_TIMES = 1.6
"""A wedge is as wide as its mouth, the largest circle in it a little less."""

MOST_VERTICES = 10_000
SPIKE_DEG, SPIKE_M = 1.0, 0.5


@dataclass(frozen=True)
class Look:
    """One finding and what it speaks of, in metres."""

    finding: Finding
    plain: Plain
    tree: shapely.STRtree

    @property
    def place(self) -> shapely.Point:
        """Where it is said to be."""
        x, y = self.finding.place_xy or (np.nan, np.nan)
        return shapely.Point(x * self.plain.scale[0], y * self.plain.scale[1])

    @property
    def shape(self) -> shapely.Geometry:
        """What is said to be wrong."""
        return shapely.transform(self.finding.shape, lambda xy: xy * self.plain.scale)

    def parcel(self, nth: int) -> shapely.Geometry:
        """Answer the nth parcel that it names."""
        return self.plain.metric[self.finding.rows[nth] - 1]


class Doubts:
    """Tells of findings on one file why they are not true."""

    def __init__(self, plain: Plain) -> None:
        usable = shapely.is_valid(plain.metric)
        geoms = np.where(usable, plain.metric, None)
        self._plain, self._tree = plain, shapely.STRtree(geoms)

    def of(self, finding: Finding) -> str | None:
        """Answer what is not true about a finding, None for nothing (or where nothing is known)."""
        measure = MEASURES.get(finding.rule.code)
        return measure(Look(finding, self._plain, self._tree)) if measure else None


def _gap(look: Look) -> str | None:
    shape = look.shape
    near = look.plain.metric[look.tree.query(shape, predicate="intersects")]
    covered = shapely.area(shapely.intersection(shape, shapely.union_all(near)))
    if covered > 1e-6 + 1e-3 * shape.area:
        return f"{covered:.5f} m² of it are covered"
    if any(shape.distance(look.parcel(nth)) > NODE_M for nth in (0, 1)):
        return "does not lie between the two"
    across = 2 * shapely.maximum_inscribed_circle(shape, NODE_M / 10).length
    measured = look.finding.measured or 0.0
    if not across / 1.05 - NODE_M <= measured <= WIDTH_TIMES * across + NODE_M:
        return f"is {across:.4f} m wide, told as {measured}"
    return None


def _node(look: Look) -> str | None:
    lacking, having = look.parcel(0), look.parcel(1)
    away = look.place.distance(having)
    if _to_vertex(having, look.place) > NOISE_M:
        return f"no vertex of {look.finding.rows[1]} there ({away:.4f} m)"
    if _to_vertex(lacking, look.place) <= NODE_M - NOISE_M:
        return f"{look.finding.rows[0]} has a vertex there"
    distance = look.place.distance(lacking.boundary)
    if look.finding.rule.code == "topology.missing_node":
        return None if distance <= NODE_M + NOISE_M else f"{distance:.4f} m off the edge"
    if not NODE_M - NOISE_M < distance <= LIMIT_M["topology.near_miss"] + NOISE_M:
        return f"{distance:.4f} m off the boundary"
    if abs(distance - (look.finding.measured or 0.0)) > NOISE_M + 0.005 * distance:
        return f"{distance:.4f} m off, told as {look.finding.measured}"
    return None


def _to_vertex(geom: shapely.Geometry, place: shapely.Point) -> float:
    return float(shapely.MultiPoint(shapely.get_coordinates(geom)).distance(place))


def _sliver(look: Look) -> str | None:
    parcel = look.parcel(0)
    width = 2 * parcel.area / parcel.length
    is_thin = width < LIMIT_M["topology.sliver"] * 1.001
    if is_thin and abs(width - (look.finding.measured or 0.0)) <= 0.005 * width + NOISE_M:
        return None
    return f"is {width:.4f} m wide, told as {look.finding.measured}"


def _small(look: Look) -> str | None:
    area = look.parcel(0).area
    return None if area < 1.001 else f"has {area:.3f} m²"


def _large(look: Look) -> str | None:
    area = look.parcel(0).area
    return None if area > 0.99e8 else f"has {area:.0f} m²"  # geodesic and plane areas differ


def _holes(look: Look) -> str | None:
    metric = look.plain.metric
    usable = shapely.is_valid(metric) & (shapely.get_num_coordinates(metric) <= MOST_VERTICES)
    ground = shapely.union_all(metric[usable])
    rest = shapely.box(*ground.bounds).buffer(1.0).difference(ground)
    parts = shapely.get_parts(rest)
    inner = parts[shapely.disjoint(parts, rest.envelope.exterior)]
    # Where a parcel lies that is held back nothing is missing.
    hidden = shapely.union_all(shapely.envelope(metric[~usable]))
    inner = inner[~shapely.intersects(inner, hidden)]
    area, around = shapely.area(inner), shapely.length(inner)
    total = float(area[(area >= 1.0) & (2 * area > LIMIT_M["topology.gap"] * around)].sum())
    measured = look.finding.measured or 0.0
    return None if abs(total - measured) <= 1.0 + 0.001 * total else f"enclose {total:.1f} m²"


def _parts(look: Look) -> str | None:
    return None if len(shapely.get_parts(look.parcel(0))) > 1 else "is one part"


def _doubled(look: Look) -> str | None:
    for ring in shapely.get_rings(shapely.get_parts(look.parcel(0))):
        xy = shapely.get_coordinates(ring)
        steps = np.hypot(*np.diff(xy, axis=0).T)
        near = np.hypot(*(xy[:-1] - (look.place.x, look.place.y)).T) < 2 * NODE_M
        if (steps[near] < NODE_M + NOISE_M).any():
            return None
    return "no vertices within a millimetre there"


def _spike(look: Look) -> str | None:
    for ring in shapely.get_rings(shapely.get_parts(look.parcel(0))):
        angle, shorter = _needle(shapely.get_coordinates(ring), look.place)
        if angle < SPIKE_DEG * 1.001 and shorter > SPIKE_M - NODE_M:
            return None
    return "no needle there"


def _needle(xy: NDArray[np.float64], place: shapely.Point) -> tuple[float, float]:
    """Answer the angle at a vertex of a ring, and its shorter side; 180 where there is none."""
    ring = xy[:-1]
    away = np.hypot(*(ring - (place.x, place.y)).T)
    k = int(np.argmin(away))
    if away[k] > NODE_M:
        return 180.0, 0.0
    back, on = ring[k - 1] - ring[k], ring[(k + 1) % len(ring)] - ring[k]
    a, b = np.hypot(*back), np.hypot(*on)
    if not a * b:
        return 180.0, 0.0
    return float(np.degrees(np.arccos(np.clip(back @ on / a / b, -1, 1)))), float(min(a, b))


MEASURES: dict[str, Callable[[Look], str | None]] = {
    "topology.gap": _gap,
    "topology.missing_node": _node,
    "topology.near_miss": _node,
    "topology.sliver": _sliver,
    "geometry.area_small": _small,
    "geometry.area_large": _large,
    "geometry.multipart": _parts,
    "dataset.coverage_holes": _holes,
    "geometry.duplicate_vertex": _doubled,
    "geometry.spike": _spike,
}
"""Rule -> what measures its findings again."""

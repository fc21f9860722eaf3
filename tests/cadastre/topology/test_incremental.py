"""A change checked with its neighbours only says what a check of everything says of it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
import shapely.affinity
import shapely.ops
from hypothesis import given, settings
from hypothesis import strategies as st

from landgis.cadastre.topology import Reach
from landgis.cadastre.topology.change import Between, between, made
from tests.builders import EAST, NORTH

REACH = Reach(0.001, 0.05, 0.5)
SIDE, CELL = 5, 10.0
Coverage = dict[str, Any]


def coverage(seed: int) -> Coverage:
    """Quadrangles side by side, their corners moved by chance and to the millimetre."""
    chance = np.random.default_rng(seed)
    steps = np.arange(SIDE + 1) * CELL
    nodes = np.stack(np.meshgrid(EAST + steps, NORTH + steps), axis=-1)
    nodes = np.round(nodes + chance.uniform(-2, 2, nodes.shape), 3)
    return {
        f"{i}{j}": shapely.Polygon([nodes[i, j], nodes[i, j + 1], nodes[i + 1, j + 1], nodes[i + 1, j]])
        for i in range(SIDE)
        for j in range(SIDE)
    }  # fmt: skip


def move_vertex(parcels: Coverage, name: str, by: float) -> Coverage:
    """One corner of one parcel moves; its neighbours keep theirs."""
    ring = np.array(parcels[name].exterior.coords)[:-1]
    ring[0] += by
    return {**parcels, name: shapely.Polygon(ring)}


def move_node(parcels: Coverage, name: str, by: float) -> Coverage:
    """One corner moves for everybody who has it."""
    x, y = parcels[name].exterior.coords[0]

    def moved(xy: Any) -> Any:
        return np.where(((xy == (x, y)).all(axis=1))[:, None], xy + by, xy)

    return {key: shapely.transform(geom, moved) for key, geom in parcels.items()}


def split(parcels: Coverage, name: str, by: float) -> Coverage:
    """Two halves; the neighbours get no node."""
    west, south, east, north = parcels[name].bounds
    x = (west + east) / 2 + by
    halves = shapely.ops.split(
        parcels[name], shapely.LineString([(x, south - 1), (x + by, north + 1)])
    )
    children = {f"{name}{i}": half for i, half in enumerate(halves.geoms)}
    return {key: geom for key, geom in parcels.items() if key != name} | children


def merge(parcels: Coverage, name: str, _by: float) -> Coverage:
    other = next(
        (k for k, g in parcels.items() if k != name and g.intersection(parcels[name]).length > 1),
        name,
    )
    whole = shapely.unary_union([parcels[name], parcels[other]])
    if whole.geom_type != "Polygon" or other == name:
        return parcels
    rest = {key: geom for key, geom in parcels.items() if key not in (name, other)}
    return rest | {f"{name}+": whole}


def shift(parcels: Coverage, name: str, by: float) -> Coverage:
    """It overlaps on one side and leaves a gap on the other."""
    return {**parcels, name: shapely.affinity.translate(parcels[name], by, by / 2)}


def shrink(parcels: Coverage, name: str, by: float) -> Coverage:
    return {**parcels, name: parcels[name].buffer(-abs(by), join_style="mitre")}


Edit = Callable[[Coverage, str, float], Coverage]
EDITS: list[Edit] = [move_vertex, move_node, split, merge, shift, shrink]
DISTANCES = [0.0004, 0.002, -0.01, 0.03, -0.1, 0.3, 1.0]
STEPS = st.tuples(st.sampled_from(EDITS), st.integers(0, 99), st.sampled_from(DISTANCES))


def edited(parcels: Coverage, steps: list[tuple[Edit, int, float]]) -> Coverage:
    for edit, which, by in steps:
        name = sorted(parcels)[which % len(parcels)]
        changed = edit(parcels, name, by)
        if all(g.is_valid and g.geom_type == "Polygon" for g in changed.values()):
            parcels = changed
    return parcels


def of(found: Between, touched: Coverage) -> Between:
    """What involves a touched parcel."""

    def involves(one: Any, other: Any) -> bool:
        return one.key in touched or other.key in touched

    return Between(
        tuple(o for o in found.overlaps if involves(o.one, o.other)),
        tuple(g for g in found.gaps if involves(g.one, g.other)),
        tuple(m for m in found.misses if involves(m.lacking, m.having)),
    )


def assert_same(one: Between, other: Between) -> None:
    for these, those in ((one.overlaps, other.overlaps), (one.gaps, other.gaps)):
        a, b = ({frozenset((s.one.key, s.other.key)): s for s in side} for side in (these, those))
        assert a.keys() == b.keys()
        for pair, strip in a.items():
            assert shapely.symmetric_difference(strip.shape, b[pair].shape).area < 1e-6
            assert abs(strip.width_m - b[pair].width_m) < 1e-4, "of a circle found to 0.01 mm"
    assert misses(one) == misses(other)


def misses(found: Between) -> set[tuple[str | None, str | None, tuple[float, float]]]:
    return {(m.lacking.key, m.having.key, m.place) for m in found.misses}


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 999), st.lists(STEPS, max_size=2), st.lists(STEPS, min_size=1, max_size=2))
def test_touched_parcels_and_neighbours_say_what_a_full_run_says(
    seed: int, earlier: list[tuple[Edit, int, float]], change: list[tuple[Edit, int, float]]
) -> None:
    was = edited(coverage(seed), earlier)
    now = edited(was, change)
    gone = {k: g for k, g in was.items() if now.get(k) is None or not g.equals_exact(now[k], 0.0)}
    new = {k: g for k, g in now.items() if was.get(k) is None or not g.equals_exact(was[k], 0.0)}
    around = shapely.unary_union([*gone.values(), *new.values()])
    rest = {k: g for k, g in now.items() if k not in new}
    near = {k: g for k, g in rest.items() if shapely.dwithin(g, around, max(REACH))}

    before, after = between(gone, near, REACH), between(new, near, REACH)
    full_before, full_after = between(was, {}, REACH), between(now, {}, REACH)
    assert_same(of(full_before, gone), before)
    assert_same(of(full_after, new), after)
    earlier = between({**near, **gone}, {}, REACH)
    assert_same(
        of(made(full_before, full_after, REACH.node_m), new), made(earlier, after, REACH.node_m)
    )


def test_what_a_change_makes_is_told_and_what_it_found_is_not() -> None:
    a, b, c = (shapely.box(x, 0, x + 10, 10) for x in (0, 10, 20.02))
    before = between({"a": a}, {"b": b, "c": c}, REACH)
    assert before == Between()
    wider = shapely.box(0, 0, 10.02, 10)
    after = between({"a": wider}, {"b": b, "c": c}, REACH)
    assert [round(o.area_m2, 6) for o in made(before, after, REACH.node_m).overlaps] == [0.2]
    old = between({"b": b}, {"a": a, "c": c}, REACH)
    assert [round(g.width_m, 6) for g in old.gaps] == [0.02]
    halves = {"b1": shapely.box(10, 0, 20, 5), "b2": shapely.box(10, 5, 20, 10)}
    split_ = made(old, between(halves, {"a": a, "c": c}, REACH), REACH.node_m)
    assert split_.gaps == (), "the strip beside it was there before"
    assert {(m.lacking.key, m.place) for m in split_.misses} >= {("a", (10.0, 5.0))}

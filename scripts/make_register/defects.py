"""What is wrong on purpose in a made register, and in which rows."""

from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from make_register.land import Land
from make_register.shapes import Floats, Ints, Shapes, joined, ranges, starts_of

SHARES = {
    "bow_tie": 3e-4,
    "null_geometry": 1e-4,
    "missing_identity": 5e-4,
    "same_identity_other_geometry": 3e-4,
    "exact_duplicate": 5e-4,
    "stack": 2e-4,
    "overlap": 5e-4,
    "outside": 0.2e-4,
}
"""Kind of defect -> share of the rows that it is planted in."""

RULES = {
    "bow_tie": "geometry.bow_tie",
    "null_geometry": "geometry.empty",
    "missing_identity": "identity.missing",
    "same_identity_other_geometry": "identity.duplicate",
    "exact_duplicate": "topology.same_geometry",
    "stack": "topology.stack",
    "overlap": "topology.overlap",
    "outside": "geometry.outside_jurisdiction",
    "too_many_vertices": "geometry.too_many_vertices",
}
"""Kind of defect -> the rule that names it."""

ADDED = ("exact_duplicate", "stack", "overlap", "outside")
"""Planted as a row of its own, made from a sound one."""

MOST_VERTICES = 10_000
LOOP_M2 = 1.0
OVERLAP_SCALE = 1.3
OUTSIDE_M = (0.0, 150_000.0)


@dataclass(frozen=True)
class Planted:
    """Parcels with numbers, and what is wrong with which of them."""

    land: Land
    number: Ints
    """Parcel number; -1: the field is left empty."""

    key: Ints
    """What the invented attributes of a row depend on: rows of one identity share them."""

    defects: dict[str, Ints] = field(default_factory=dict)
    """Kind -> rows, counted from 0."""


def plant(land: Land, most: int, share: float, chance: np.random.Generator) -> Planted:
    """Answer the parcels numbered, some spoilt, rows added; at most ``most`` rows in all.

    ``share`` scales ``SHARES``.
    """
    size = min(land.shapes.rows, most)
    wanted = {kind: int(chance.binomial(size, part * share)) for kind, part in SHARES.items()}
    added = sum(wanted[kind] for kind in ADDED)
    land = land.take(np.arange(max(0, min(land.shapes.rows, most - added))))
    # Single rings of lots, three apart: no row has two defects, and their neighbours have none.
    fits = (land.clear_m > 0) & (land.shapes.ring_count() == 1)
    chosen = chance.permutation(np.flatnonzero(fits[:-1])[::3])
    if len(chosen) < sum(wanted.values()):  # too few parcels to spoil any
        wanted = dict.fromkeys(wanted, 0)
    ends = np.cumsum(list(wanted.values()))
    rows = dict(zip(wanted, np.split(chosen, ends)[:-1], strict=True))
    return _with_added(_spoilt(land, rows), rows)


def _numbers(sheet: Ints) -> Ints:
    """Count from 1 in each sheet."""
    size = np.unique(sheet, return_counts=True)[1]
    return ranges(np.ones(len(size), dtype=np.int64), size)


def _spoilt(land: Land, rows: dict[str, Ints]) -> Planted:
    shapes, number, key = land.shapes, _numbers(land.sheet), np.arange(land.shapes.rows)
    xy, crossed = _crossed(shapes, rows["bow_tie"])
    gone = np.isin(shapes.ring_row, rows["null_geometry"])
    kept = ~np.repeat(gone, shapes.ring_size)
    shapes = Shapes(shapes.rows, xy[kept], shapes.ring_size[~gone], shapes.ring_row[~gone])
    number[rows["missing_identity"]] = -1
    twice = rows["same_identity_other_geometry"]
    twice = twice[land.sheet[twice] == land.sheet[twice + 1]]
    number[twice + 1], key[twice + 1] = number[twice], key[twice]
    defects = {
        "bow_tie": crossed,
        "null_geometry": rows["null_geometry"],
        "missing_identity": rows["missing_identity"],
        "same_identity_other_geometry": np.concatenate([twice, twice + 1]),
        "too_many_vertices": np.flatnonzero(shapes.row_size() > MOST_VERTICES),
    }
    return Planted(replace(land, shapes=shapes), number, key, defects)


def _crossed(shapes: Shapes, rows: Ints) -> tuple[Floats, Ints]:
    """Exchange two neighbouring corners of each row's ring; answer where that makes a bow-tie."""
    xy, begin, found = shapes.xy.copy(), starts_of(shapes.ring_size), []
    for row in rows:
        ring = int(np.searchsorted(shapes.ring_row, row))
        size = int(shapes.ring_size[ring])
        vertices = xy[begin[ring] : begin[ring] + size]
        for at in range(1, size - 2):
            turned = vertices.copy()
            turned[[at, at + 1]] = vertices[[at + 1, at]]
            if _is_bow_tie(turned, at):
                vertices[:] = turned
                found.append(row)
                break
    return xy, np.array(found, dtype=np.int64)


def _is_bow_tie(ring: Floats, at: int) -> bool:
    """Answer whether the edges before and after the one from vertex ``at`` cross, and no others.

    Both loops are large enough to be seen.
    """
    before, after = shapely.linestrings([ring[at - 1 : at + 1], ring[at + 1 : at + 3]])
    if not shapely.crosses(before, after):
        return False
    here = shapely.get_coordinates(shapely.intersection(before, after))
    small = np.concatenate([here, ring[at : at + 2]])
    rest = np.concatenate([ring[:at], here, ring[at + 2 :]])
    loops = shapely.polygons([shapely.linearrings(small), shapely.linearrings(rest)])
    is_large = bool((shapely.area(loops) > LOOP_M2).all())
    return is_large and bool(shapely.is_valid(shapely.multipolygons(loops)))


def _with_added(planted: Planted, rows: dict[str, Ints]) -> Planted:
    """Put each added row at the end of the sheet of the one it was made from."""
    land, before = planted.land, planted.land.shapes.rows
    source = np.concatenate([rows[kind] for kind in ADDED])
    kind = np.repeat(ADDED, [len(rows[name]) for name in ADDED])
    nth = np.arange(len(source))
    # Numbers behind the last of the sheet; the rows' places make them differ.
    sheet = land.sheet[source]
    last = np.searchsorted(land.sheet, sheet, "right") - np.searchsorted(land.sheet, sheet)
    same = kind == "exact_duplicate"
    number = np.append(planted.number, np.where(same, planted.number[source], last + 1 + nth))
    key = np.append(planted.key, np.where(same, source, before + nth))
    shapes = joined([land.shapes, _moved(land.shapes.take(source), kind)])
    whole = replace(land.take(np.append(np.arange(before), source)), shapes=shapes)
    order = np.argsort(whole.sheet, kind="stable")
    place = np.argsort(order)
    defects = planted.defects | {name: before + np.flatnonzero(kind == name) for name in ADDED}
    return Planted(
        whole.take(order),
        number[order],
        key[order],
        {name: np.sort(place[found]) for name, found in defects.items()},
    )


def _moved(shapes: Shapes, kind: NDArray[np.str_]) -> Shapes:
    """Make rows that are to overlap larger, and take those that are to lie outside there."""
    of_vertex = np.repeat(kind, shapes.row_size())
    middle = np.repeat(_middles(shapes), shapes.ring_size, axis=0)
    larger = middle + (shapes.xy - middle) * OVERLAP_SCALE
    xy = np.where((of_vertex == "overlap")[:, None], larger, shapes.xy)
    xy[of_vertex == "outside"] += OUTSIDE_M
    return replace(shapes, xy=xy.round(3))


def _middles(shapes: Shapes) -> Floats:
    """Answer the mean of each ring's vertices."""
    return (
        np.add.reduceat(shapes.xy, starts_of(shapes.ring_size), axis=0)
        / (shapes.ring_size[:, None])
    )

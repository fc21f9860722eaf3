"""The defects that the demonstration register has on purpose, each one known."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import shapely

from make_samples.chance import share
from make_samples.parcel import Parcel, Plant

OUTSIDE_SHIFT_M = 95_000.0
"""How far north the stray parcel is moved: more than 30 km beyond the province's border."""

EXACT_DUPLICATES = 2
BOW_TIES = 2
NULL_GEOMETRIES = 2
EXTRA_KEYS = 10_000
"""Keys of the added rows begin here: their invented attributes are their own."""

_QUAD_COORDINATES = 5


STACK = Plant("stack", "topology.stack", "accepted")
"""Two holders of the same ground: real cadastres have them, so both rows stay."""


def plant(parcels: list[Parcel]) -> list[Parcel]:
    """Answer the parcels with the defects among them, in sheet and number order."""
    result = list(parcels)
    chosen = _Chooser(parcels)
    for i in chosen.take("bow-tie", BOW_TIES, _is_quad):
        result[i] = replace(
            parcels[i],
            geom=_bow_tie(parcels[i].geom),
            plant=Plant("bow_tie", "geometry.bow_tie", "quarantined"),
        )
    for i in chosen.take("repeat", EXACT_DUPLICATES, _is_house):
        first = Plant("exact_duplicate_first", "topology.same_geometry", "accepted")
        again = Plant("exact_duplicate", "topology.same_geometry", "quarantined")
        result[i] = replace(parcels[i], plant=first)
        result.append(replace(parcels[i], plant=again))
    one, other = chosen.take("same number", 2, _is_house, same_sheet=True)
    clash = Plant("same_identity_other_geometry", "identity.duplicate", "quarantined")
    result[one] = replace(parcels[one], plant=clash)
    result[other] = replace(parcels[other], number=parcels[one].number, plant=clash)
    (below,) = chosen.take("stack", 1, _is_house)
    result[below] = replace(parcels[below], plant=STACK)
    result.extend(_extra_rows(parcels, chosen, below))
    return sorted(result, key=lambda parcel: (parcel.sheet, parcel.number))


def _extra_rows(parcels: list[Parcel], chosen: "_Chooser", below: int) -> Iterator[Parcel]:
    """Give rows with numbers of their own, after the last number of their sheet."""
    last: Counter[tuple[str, int]] = Counter()
    for parcel in parcels:
        for sheet, number in _sheets_and_numbers(parcel):
            last[sheet] = max(last[sheet], number)

    def new(i: int, geom: shapely.Geometry | None, defect: Plant) -> Parcel:
        sheets = [sheet for sheet, _ in _sheets_and_numbers(parcels[i])]
        last.update(sheets)
        return replace(
            parcels[i],
            key=EXTRA_KEYS + i,
            number=last[sheets[0]],
            old_number=last[sheets[1]],
            geom=geom,
            plant=defect,
        )

    yield new(below, parcels[below].geom, STACK)
    for i in chosen.take("null", NULL_GEOMETRIES, _is_house):
        yield new(i, None, Plant("null_geometry", "geometry.empty", "quarantined"))
    (stray,) = chosen.take("stray", 1, _is_house)
    moved = shapely.transform(
        parcels[stray].geom, lambda xy: (xy + np.array([0.0, OUTSIDE_SHIFT_M])).round(3)
    )
    yield new(stray, moved, Plant("outside", "geometry.outside_jurisdiction", "quarantined"))


def _sheets_and_numbers(parcel: Parcel) -> tuple[tuple[tuple[str, int], int], ...]:
    now, old = ("now", parcel.sheet), (parcel.old_unit_code, parcel.old_sheet)
    return (now, parcel.number), (old, parcel.old_number)


class _Chooser:
    """Picks parcels for defects, none of them twice."""

    def __init__(self, parcels: list[Parcel]) -> None:
        self._parcels = parcels
        self._used: set[int] = set()

    def take(
        self, why: str, count: int, fits: Callable[[Parcel], bool], *, same_sheet: bool = False
    ) -> list[int]:
        order = sorted(
            (i for i, p in enumerate(self._parcels) if i not in self._used and fits(p)),
            key=lambda i: share(why, i),
        )
        if same_sheet:
            order = [i for i in order if self._parcels[i].sheet == self._parcels[order[0]].sheet]
        self._used.update(order[:count])
        return order[:count]


def _is_house(parcel: Parcel) -> bool:
    return parcel.use.startswith("ODT") and 80.0 < parcel.geom.area < 800.0


def _is_quad(parcel: Parcel) -> bool:
    four = shapely.get_num_coordinates(parcel.geom) == _QUAD_COORDINATES
    return _is_house(parcel) and bool(four) and parcel.geom.equals(parcel.geom.convex_hull)


def _bow_tie(quad: shapely.Geometry) -> shapely.Geometry:
    ring = shapely.get_coordinates(quad)
    return shapely.Polygon(ring[np.array([0, 2, 1, 3, 0])])

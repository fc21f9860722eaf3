"""Which levels of a drawing hold the boundaries: those whose areas the labels fit best."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.errors import Refused
from landgis.ingest.drawing_areas import Areas, Shapes, inner_points, linework, make_areas
from landgis.ingest.drawing_entities import Entities

MOST_TRIED = 16
"""Levels with most linework that are looked at; each trial nodes its lines."""

USUAL_SHARE = 0.5
"""A level of text is usual when it labels this share of the labelled areas."""

SAME_AREA = 1e-6
"""Largest relative difference of areas of one polygon, noded twice."""


class Labels(NamedTuple):
    """Texts with their places; all arrays have one length."""

    point: Shapes
    level: NDArray[Any]
    text: NDArray[Any]


class Fit(NamedTuple):
    """How labels lie in the areas of some levels."""

    levels: tuple[str, ...]
    areas: Areas
    label: NDArray[np.int64]
    """Labels that lie in exactly one area."""

    area: NDArray[np.int64]
    """The area of each of them."""

    outside: int
    several: int

    @property
    def labelled(self) -> NDArray[np.int64]:
        """Answer the areas with a label."""
        return np.unique(self.area)

    def cells(self, labels: Labels) -> int:
        """Answer how many pairs of an area and a level of text there are."""
        return len(set(zip(self.area.tolist(), labels.level[self.label], strict=True)))


def labels_of(entities: Entities) -> Labels:
    """Answer the texts of a drawing."""
    at = shapely.get_type_id(entities.shape) == shapely.GeometryType.POINT
    return Labels(entities.shape[at], entities.level[at], entities.text[at])


def fit(entities: Entities, labels: Labels, levels: Sequence[str]) -> Fit:
    """Make the areas of ``levels`` and see which labels lie in them.

    Raises
    ------
    shapely.errors.GEOSException
        The lines cannot be noded.
    """
    at = np.isin(entities.level, list(levels))
    areas = make_areas(linework(entities.shape[at], entities.filled[at]))
    label, area = shapely.STRtree(areas.polygons).query(labels.point, predicate="within")
    times = np.bincount(label, minlength=len(labels.point))
    once = times[label] == 1
    return Fit(
        tuple(levels),
        areas,
        label[once],
        area[once],
        int((times == 0).sum()),
        int((times > 1).sum()),
    )


def choose(entities: Entities, labels: Labels) -> Fit:
    """Answer the levels of the boundaries, with their areas.

    First the level whose areas hold most labels, counted once an area and level of text (a frame
    around everything holds all texts and is one area; a house holds one). Then each further level
    that adds areas labelled like those and changes none of them: road edges and banks that close
    parcels do, houses and walls do not.

    Raises
    ------
    Refused
        ``no_polygon_layer`` when no level encloses anything, ``linework_unusable``.
    """
    names = _by_linework(entities)
    tried = list(_tried(entities, labels, ((name,) for name in names)))
    together = [] if any(len(one.areas.polygons) for one in tried) else [tuple(names)]
    tried += _tried(entities, labels, together)
    if names and not tried:
        raise Refused(
            "linework_unusable",
            "its lines cannot be joined, their coordinates are out of reason; export it again",
        )
    best = max(tried, key=lambda one: _rank(one, labels), default=None)
    if best is None or not len(best.areas.polygons):
        raise nothing_closed(entities, best)
    if not len(best.label):
        return best
    for name in names:
        if name not in best.levels:
            for more in _tried(entities, labels, [(*best.levels, name)]):
                best = more if _adds(best, more, labels) else best
    return best


def nothing_closed(entities: Entities, found: Fit | None) -> Refused:
    """Answer the refusal of a drawing whose lines enclose nothing."""
    kinds = shapely.get_type_id(entities.shape)
    lines = int((kinds == shapely.GeometryType.LINESTRING).sum())
    loose = found.areas.dangling if found else 0
    return Refused(
        "no_polygon_layer",
        f"the drawing has {lines} lines and no closed area ({loose} lines with an open end); "
        "close the boundary lines in the drawing, or name their levels with --layer",
    )


def _by_linework(entities: Entities) -> list[str]:
    drawn = shapely.get_type_id(entities.shape) != shapely.GeometryType.POINT
    names, counts = np.unique(entities.level[drawn].astype(str), return_counts=True)
    return [str(names[k]) for k in np.argsort(-counts, kind="stable")[:MOST_TRIED]]


def _tried(entities: Entities, labels: Labels, sets: Iterable[tuple[str, ...]]) -> list[Fit]:
    fits = []
    for levels in sets:
        try:
            fits.append(fit(entities, labels, levels))
        except shapely.errors.GEOSException:
            continue  # one bad level must not hide the others
    return fits


def _rank(one: Fit, labels: Labels) -> tuple[int, int, int]:
    return one.cells(labels), len(one.labelled), len(one.areas.polygons)


def _adds(before: Fit, after: Fit, labels: Labels) -> bool:
    return _like_usual(after, before, labels) > _like_usual(before, before, labels) and _kept(
        before, after
    )


def _like_usual(one: Fit, model: Fit, labels: Labels) -> int:
    """Count the areas that have a text of every level that is usual in ``model``."""
    usual = [
        name
        for name in np.unique(labels.level[model.label].astype(str))
        if len(_areas_with(model, labels, name)) >= USUAL_SHARE * len(model.labelled)
    ]
    has = [set(_areas_with(one, labels, name).tolist()) for name in usual]
    return len(set.intersection(*has)) if has else len(one.labelled)


def _areas_with(one: Fit, labels: Labels, level: str) -> NDArray[np.int64]:
    return np.unique(one.area[labels.level[one.label] == level])


def _kept(before: Fit, after: Fit) -> bool:
    """Answer whether every labelled area of ``before`` is one of ``after``."""
    old = before.areas.polygons[before.labelled]
    new = after.areas.polygons
    old_at, new_at = shapely.STRtree(new).query(inner_points(old), predicate="within")
    sizes = shapely.area(old)[old_at]
    same = np.abs(shapely.area(new)[new_at] - sizes) <= SAME_AREA * sizes
    return len(np.unique(old_at[same])) == len(old)

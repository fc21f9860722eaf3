"""A CAD drawing (DXF, DGN) as a layer of polygons with the texts that lie in them."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from landgis.errors import Refused
from landgis.ingest.drawing_count import (
    DXF_GIVEN,
    DXF_ONE_EACH,
    Counted,
    count_dgn,
    count_dxf,
    readable,
)
from landgis.ingest.drawing_entities import Entities, read_entities
from landgis.ingest.drawing_levels import Fit, Labels, choose, fit, labels_of, nothing_closed
from landgis.ingest.drawing_v8 import is_v8, read_v8
from landgis.ingest.records import EXPECTED, RECORD_TYPE
from landgis.ingest.row_table import RowWriter, judge

COUNTERS = {"DXF": count_dxf, "DGN": count_dgn}
JOINER = "|"
"""Between the texts of one area; parcel numbers and land-use codes do not have it."""

CURVES_CUT = "arcs and other curves of the boundaries were cut into straight segments"

LISTED = 12
"""Most names in one sentence of a note."""


def read_drawing(
    path: Path, folder: Path, files: str, driver: str, layer: str | None
) -> dict[str, Any]:
    """Write the areas of the drawing at ``path`` into ``folder``, a row each.

    Columns: ``level`` of the boundary, ``text_<level>`` for each level of texts, and ``text`` of
    all of them, in reading order. What became no row is counted in ``<files>.json``.

    Parameters
    ----------
    driver
        ``DXF`` or ``DGN``, GDAL's only driver.
    layer
        Levels of the boundaries with commas between; None: those that the labels fit best.

    Raises
    ------
    Refused
        ``no_polygon_layer``, ``no_such_layer``, ``linework_unusable``, ``reader_failed``, and the
        codes of ``count_dxf``, ``count_dgn`` and ``read_v8``.
    """
    if driver == "DGN" and is_v8(path):
        counted, entities = read_v8(path)
    else:
        counted = COUNTERS[driver](path)
        entities = read_entities(path, driver, slowly=not counted.whole)
    labels = labels_of(entities)
    found = choose(entities, labels) if layer is None else _asked(entities, labels, layer)
    rows = _write(found, labels, folder / f"{files}.arrow")
    records = np.zeros(rows, dtype=RECORD_TYPE)
    records["fid"] = np.arange(rows)
    records["state"] = EXPECTED
    np.save(folder / f"{files}.npy", records, allow_pickle=False)
    notes = _notes(counted, entities, found, asked=layer is not None)
    (folder / f"{files}.json").write_text(json.dumps(notes), "utf-8")
    return {"files": files, "heights": 0, "stopped": entities.stopped}


def _asked(entities: Entities, labels: Labels, layer: str) -> Fit:
    by_name = {readable(str(name)): str(name) for name in np.unique(entities.level.astype(str))}
    wanted = [name.strip() for name in layer.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in by_name]
    if unknown or not wanted:
        raise Refused(
            "no_such_layer",
            f"the drawing has no level {', '.join(unknown) or layer!r}; "
            f"there are: {_some(list(by_name))}",
        )
    try:
        found = fit(entities, labels, [by_name[name] for name in wanted])
    except shapely.errors.GEOSException as problem:
        raise Refused("linework_unusable", f"its lines cannot be joined ({problem})") from problem
    if not len(found.areas.polygons):
        raise nothing_closed(entities, found)
    return found


def _write(found: Fit, labels: Labels, target: Path) -> int:
    polygons = found.areas.polygons
    columns = {"level": np.full(len(polygons), readable(",".join(found.levels)), dtype=object)}
    levels = labels.level[found.label]
    for name in sorted({str(one) for one in levels}, key=_natural):
        columns[f"text_{readable(name)}"] = _joined(found, labels, levels == name)
    columns["text"] = _joined(found, labels, np.ones(len(levels), dtype=bool))
    with RowWriter(target, list(columns), [pa.string()] * len(columns)) as rows:
        rows.write(
            pa.array(np.arange(len(polygons)), pa.int64()),
            judge(shapely.to_wkb(polygons)),
            [pa.array(column, pa.string()) for column in columns.values()],
        )
    return len(polygons)


def _natural(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdecimal() else (1_000_000, name)


def _joined(found: Fit, labels: Labels, chosen: NDArray[np.bool_]) -> NDArray[Any]:
    """Join the chosen labels of each area as one reads them: from the top, from the left."""
    column = np.full(len(found.areas.polygons), None, dtype=object)
    label, area = found.label[chosen], found.area[chosen]
    places = shapely.get_coordinates(labels.point[label])
    texts: dict[int, list[str]] = {}
    for k in np.lexsort((places[:, 0], -places[:, 1], area)):
        lines = labels.text[label[k]].splitlines()
        texts.setdefault(int(area[k]), []).extend(line.strip() for line in lines if line.strip())
    for at, words in texts.items():
        column[at] = JOINER.join(words)
    return column


def _notes(
    counted: Counted, entities: Entities, found: Fit, *, asked: bool
) -> list[tuple[str, str, int]]:
    names = ", ".join(readable(name) for name in found.levels)
    how = "as asked" if asked else f"their areas hold most labels ({len(found.labelled)} labelled)"
    made = f"{len(found.areas.polygons)} areas were made of the lines and shapes of level {names}"
    total = sum(counted.entities.values())
    notes = [
        ("drawing_entities", f"{total} entities (type, level): {_by_type(counted)}", total),
        ("boundary_levels", f"{made}: {how}; name others with --layer LEVEL,LEVEL", 0),
    ]
    lost, unused = _lost(counted, entities), _unused_levels(entities, found)
    left_over = [
        *_area_counts(found),
        ("curves_cut", counted.curves(map(readable, found.levels)), CURVES_CUT),
        ("levels_unused", *_listed(unused, "lines and shapes are on levels that bound no area")),
        ("entities_unused", *_listed(entities.unused, "entities are no area, line or label")),
        ("entities_not_read", *_listed(lost, "entities are of a kind that GDAL does not give")),
    ]
    notes += [(code, f"{number} {what}", number) for code, number, what in left_over if number]
    if found.areas.snapped:
        notes.append(
            ("lines_snapped", "lines were joined by rounding their ends, by 1 mm at most", 0)
        )
    if not counted.whole or entities.stopped:
        why = f": {entities.stopped}" if entities.stopped else ""
        notes.append(("drawing_cut_off", f"the drawing is cut off; what is there was read{why}", 0))
    return notes


def _area_counts(found: Fit) -> list[tuple[str, int, str]]:
    areas = found.areas
    unlabelled = len(areas.polygons) - len(found.labelled)
    return [
        ("dangling_lines", areas.dangling, "lines have an end that meets no other line"),
        ("bridging_lines", areas.bridging, "lines part no area from another"),
        ("lines_divide_areas", areas.divided, "closed lines are divided by lines across them"),
        ("nested_areas", areas.nested, "areas have others inside, which are taken out as holes"),
        ("repeated_fills", areas.repeated, "hatches fill an area already drawn by its outline"),
        ("areas_unlabelled", unlabelled, "areas have no text inside"),
        ("labels_outside", found.outside, "texts lie in no area"),
        ("labels_several", found.several, "texts lie in several areas and belong to none"),
    ]


def _by_type(counted: Counted) -> str:
    return _some(
        [f"{kind} {level}: {number}" for (kind, level), number in counted.entities.most_common()]
    )


def _unused_levels(entities: Entities, found: Fit) -> Counter[str]:
    drawn = shapely.get_type_id(entities.shape) != shapely.GeometryType.POINT
    others = drawn & ~np.isin(entities.level, list(found.levels))
    return Counter(f"level {readable(str(name))}" for name in entities.level[others])


def _lost(counted: Counted, entities: Entities) -> Counter[str]:
    """Count the entities of the file that GDAL did not give at all."""
    if counted.given is not None:
        return Counter(counted.kinds[number] for number in counted.given - entities.given)
    lost: Counter[str] = Counter({"INSERT of a missing block": counted.missing_blocks})
    for (kind, _), number in counted.entities.items():
        if kind not in DXF_GIVEN:
            lost[kind] += number
    if not any(kind in DXF_GIVEN - DXF_ONE_EACH for kind, _ in counted.entities):
        # Without blocks each entity is one shape, so that what is missing can be told.
        given = sum(n for (kind, _), n in counted.entities.items() if kind in DXF_ONE_EACH)
        missing = given - len(entities.given)
        lost["damaged entity"] += max(missing, 0)
    return +lost


def _listed(counts: Counter[str], what: str) -> tuple[int, str]:
    each = [f"{name}: {number}" for name, number in counts.most_common()]
    return sum(counts.values()), f"{what} ({_some(each)})"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more

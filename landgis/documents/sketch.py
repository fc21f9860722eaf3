"""A small drawing of one finding: its parcels, and the place that is wrong."""

from html import escape
from typing import Any

import numpy as np
import shapely

from landgis.documents.frame import Bounds, Frame, finite_bounds, round_length
from landgis.documents.places import Placed, Scene
from landgis.documents.shown import ImportReport
from landgis.documents.words import Words

WIDTH, HEIGHT, PAD = 168.0, 120.0, 16.0

MOST_SKETCHES = 200
"""Findings that get a sketch: the first ones; a report of thousands stays readable and small."""

ROUND_IT, CLOSEST = 3.0, 8.0
"""A small defect is drawn in a window of so many times its size, and that much nearer at most."""

MOST_PARCELS = 12
"""Parcels in one sketch: more would only hide each other."""


def sketch_svg(placed: Placed, scene: Scene, report: ImportReport, words: Words) -> str:
    """Answer the sketch of a finding; empty when there is nothing to draw it by."""
    at = [report.index_of_row[row] for row in placed.rows if row in report.index_of_row]
    shapes = scene.shapes[at[:MOST_PARCELS]] if at else np.empty(0, dtype=object)
    wrong = np.array([placed.shape], dtype=object)
    bounds = finite_bounds(np.concatenate([shapes, wrong[~shapely.is_missing(wrong)]]))
    if bounds is None:
        return ""
    frame = Frame.around(_window(bounds, placed.shape), WIDTH, HEIGHT, PAD)
    drawn = "".join(
        f'<path class="parcel {placed.severity}" d="{frame.path(shape)}"/>'
        for shape in shapes
        if shape is not None and not shapely.is_empty(shape)
    )
    if placed.shape is not None:
        drawn += f'<path class="wrong {placed.severity}" d="{frame.path(placed.shape)}"/>'
    x, y = frame.xy(np.array([placed.xy]))[0].clip(0, [WIDTH, HEIGHT]).tolist()
    metres = round_length(56 / frame.scale * scene.metres)
    length = metres / scene.metres * frame.scale
    label = escape(words("findings.sketch", no=placed.no))
    return (
        f'<svg class="sketch" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{label}">'
        f'{drawn}<path class="spot {placed.severity}" '
        f'd="M{x - 7:.1f},{y:.1f}h14M{x:.1f},{y - 7:.1f}v14"/>'
        f'<path class="bar" d="M{WIDTH - 6 - length:.1f},{HEIGHT - 9}v4h{length:.1f}v-4"/>'
        f'<text class="tick" x="{WIDTH - 10 - length:.1f}" y="{HEIGHT - 4}" text-anchor="end">'
        f"{words.distance(metres)}</text></svg>"
    )


def _window(bounds: Bounds, shape: Any) -> Bounds:
    """Answer what is drawn: the parcels, or nearer round what is wrong where that is small."""
    if shape is None:
        return bounds
    west, south, east, north = shapely.bounds(shape).tolist()
    whole = max(bounds[2] - bounds[0], bounds[3] - bounds[1])
    side = max(ROUND_IT * max(east - west, north - south), whole / CLOSEST)
    if side >= whole:
        return bounds
    x, y = (west + east) / 2, (south + north) / 2
    return (x - side / 2, y - side / 2, x + side / 2, y + side / 2)

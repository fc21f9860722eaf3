"""The map of a report's findings, drawn as SVG: it needs no script, no tiles and no network."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

import numpy as np
import shapely

from landgis.documents.frame import Frame, round_length
from landgis.documents.places import SEVERITIES, Placed, Scene
from landgis.documents.shown import ImportReport
from landgis.documents.words import Words

WIDTH, PAD = 1000.0, 54.0
LOWEST, HIGHEST = 380.0, 720.0
"""Of the map's height, which follows the land's own shape."""

STEM = 20.0
"""From a finding's place up to the middle of its label, so that the label hides no parcel."""

EDGE = 30.0
"""Drawing units between the frame and the marker of a finding that lies beyond it."""

APART = (54.0, 20.0)
"""Markers nearer than this to each other are drawn as one that counts."""

MOST_SHAPES = 5000
"""Parcels that are drawn at most: beyond, the file grows and the map shows no more."""

SMALLEST = 2.0
"""Drawing units that a shape must measure to be drawn; a smaller one is hidden by its marker."""

ARROW = 11.0


def map_svg(scene: Scene, report: ImportReport, words: Words, anchor: str) -> str:
    """Answer the map.

    Parameters
    ----------
    anchor
        What the findings' numbers are prefixed with to link to their lines of the page.
    """
    west, south, east, north = scene.focus
    aspect = (north - south) / max(east - west, 1e-9)
    height = min(max((WIDTH - 2 * PAD) * aspect + 2 * PAD, LOWEST), HIGHEST)
    frame = Frame.around(scene.focus, WIDTH, height, PAD)
    parts = [
        *_ground(scene, frame),
        *_parcels(scene, report, frame),
        *_wrong(scene, frame),
        *_grid(scene, frame, words),
        *_names(scene, frame),
        *_markers(scene, frame, words, anchor),
        *_scale_bar(scene, frame, words),
    ]
    return (
        f'<svg class="map" viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
        f'aria-label="{escape(words("map.label"))}">{"".join(parts)}</svg>'
    )


def _ground(scene: Scene, frame: Frame) -> Iterator[str]:
    yield f'<rect class="ground" width="{WIDTH:g}" height="{frame.height:g}"/>'
    for _, outline in scene.outlines:
        yield f'<path class="outline" d="{frame.path(outline)}"/>'
    if scene.extent is not None:
        west, south, east, north = scene.extent
        (left, bottom), (right, top) = frame.xy(np.array([[west, south], [east, north]]))
        yield (
            f'<rect class="extent" x="{left:.1f}" y="{top:.1f}" '
            f'width="{right - left:.1f}" height="{bottom - top:.1f}"/>'
        )


def _parcels(scene: Scene, report: ImportReport, frame: Frame) -> Iterator[str]:
    severity: dict[int, str] = {}
    for placed in scene.placed:
        for row in placed.rows:
            severity.setdefault(row, placed.severity)
    at = [report.index_of_row[row] for row in severity if row in report.index_of_row]
    if report.concerned is None or not at:
        return
    west, low, right, high = shapely.bounds(scene.shapes).T
    # False for a shape without extent, too: what is compared there is no number.
    shown = (west < frame.east) & (right > frame.west) & (low < frame.north) & (high > frame.south)
    for i in [i for i in at if shown[i]][:MOST_SHAPES]:
        worst = severity[int(report.concerned.row[i])]
        yield f'<path class="parcel {worst}" d="{frame.path(scene.shapes[i])}"/>'


def _wrong(scene: Scene, frame: Frame) -> Iterator[str]:
    """Draw the lines and areas that are wrong, as far as they are large enough to be seen."""
    shaped = [p for p in scene.placed if p.shape is not None]
    west, low, right, high = shapely.bounds([p.shape for p in shaped]).reshape(-1, 4).T
    seen = np.maximum(right - west, high - low) * frame.scale >= SMALLEST
    seen &= (west < frame.east) & (right > frame.west) & (low < frame.north) & (high > frame.south)
    for i in np.flatnonzero(seen)[:MOST_SHAPES].tolist():
        yield f'<path class="wrong {shaped[i].severity}" d="{frame.path(shaped[i].shape)}"/>'


def _grid(scene: Scene, frame: Frame, words: Words) -> Iterator[str]:
    """Draw crosses at round coordinates with their values at the edges, as survey maps have."""
    if scene.drawn_epsg != scene.epsg:
        return
    step = round_length(WIDTH / frame.scale / 4)
    decimals = max(0, -math.floor(math.log10(step)))
    xs = np.arange(math.ceil(frame.west / step), frame.east / step) * step
    ys = np.arange(math.ceil(frame.south / step), frame.north / step) * step
    columns = [(x, (x - frame.west) * frame.scale) for x in xs.tolist()]
    lines = [(y, (frame.north - y) * frame.scale) for y in ys.tolist()]
    for _, px in columns:
        for _, py in lines:
            yield f'<path class="cross" d="M{px - 5:.1f},{py:.1f}h10M{px:.1f},{py - 5:.1f}v10"/>'
    for x, px in columns:
        if EDGE * 4 < px < WIDTH - EDGE * 2:
            value = f"{words('place.east')}\u202f{words.number(x, decimals)}"
            yield f'<text class="tick" x="{px:.1f}" y="12" text-anchor="middle">{value}</text>'
    for y, py in lines:
        if EDGE < py < frame.height - EDGE * 2:
            value = f"{words('place.north')}\u202f{words.number(y, decimals)}"
            yield f'<text class="tick" x="5" y="{py + 3.5:.1f}">{value}</text>'


def _names(scene: Scene, frame: Frame) -> Iterator[str]:
    window = shapely.box(frame.west, frame.south, frame.east, frame.north)
    for name, outline in scene.outlines:
        seen = shapely.intersection(outline, window)
        if shapely.area(seen) * frame.scale**2 > WIDTH * frame.height / 40:
            x, y = frame.xy(shapely.get_coordinates(shapely.point_on_surface(seen)))[0]
            yield (
                f'<text class="unit" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">'
                f"{escape(name)}</text>"
            )


@dataclass
class _Marker:
    """One or several findings at one spot of the drawing."""

    no: int
    severity: str
    x: float
    y: float
    more: int = 0
    away: str = ""
    """How far beyond the frame it lies; empty: inside."""

    towards: tuple[float, float] = field(default=(0.0, 0.0))


def _markers(scene: Scene, frame: Frame, words: Words, anchor: str) -> Iterator[str]:
    kept: dict[tuple[int, int], list[_Marker]] = {}
    for placed in scene.placed:
        marker = _marker(placed, scene, frame, words)
        cell = (int(marker.x // APART[0]), int(marker.y // APART[1]))
        near = _neighbour(kept, cell, marker)
        if near is None:
            kept.setdefault(cell, []).append(marker)
            continue
        near.more += 1
        near.severity = min(near.severity, marker.severity, key=SEVERITIES.index)
    for markers in kept.values():
        for marker in markers:
            yield from _drawn(marker, frame, anchor)


def _neighbour(
    kept: dict[tuple[int, int], list[_Marker]], cell: tuple[int, int], marker: _Marker
) -> _Marker | None:
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            for other in kept.get((cell[0] + i, cell[1] + j), ()):
                close = abs(other.x - marker.x) < APART[0] and abs(other.y - marker.y) < APART[1]
                if close and other.away == marker.away:
                    return other
    return None


def _marker(placed: Placed, scene: Scene, frame: Frame, words: Words) -> _Marker:
    """Answer where a finding is marked: at its place, or at the frame's edge pointing there."""
    x, y = frame.xy(np.array([placed.xy]))[0].tolist()
    if 0 <= x <= WIDTH and 0 <= y <= frame.height:
        return _Marker(placed.no, placed.severity, x, y)
    middle_x, middle_y = WIDTH / 2, frame.height / 2
    away_x, away_y = x - middle_x, y - middle_y
    shrunk = min(
        (middle_x - 2 * EDGE) / max(abs(away_x), 1e-9), (middle_y - EDGE) / max(abs(away_y), 1e-9)
    )
    beyond = math.hypot(max(-x, 0, x - WIDTH), max(-y, 0, y - frame.height))
    length = math.hypot(away_x, away_y)
    return _Marker(
        placed.no,
        placed.severity,
        middle_x + away_x * shrunk,
        middle_y + away_y * shrunk,
        away=words.distance(beyond / frame.scale * scene.metres),
        towards=(away_x / length, away_y / length),
    )


def _drawn(marker: _Marker, frame: Frame, anchor: str) -> Iterator[str]:
    label = f"{marker.no}\u202f+{marker.more}" if marker.more else str(marker.no)
    half = 5.5 + 3.6 * len(label)
    x, y = marker.x, marker.y
    yield f'<a href="#{anchor}{marker.no}" class="mark {marker.severity}">'
    if marker.away:
        yield _arrow(marker, half)
    else:
        y = y - STEM if y > 2 * STEM else y + STEM
        yield f'<path class="stem" d="M{x:.1f},{marker.y:.1f}V{y:.1f}"/>'
    radius = 3 if marker.severity in {"block", "error"} else 9
    yield (
        f'<rect x="{x - half:.1f}" y="{y - 9:.1f}" width="{2 * half:.1f}" height="18" '
        f'rx="{radius}"/><text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{label}</text></a>'
    )
    if marker.away:
        below = y + 23 if y < frame.height / 2 else y - 14
        yield (
            f'<text class="away" x="{x:.1f}" y="{below:.1f}" text-anchor="middle">'
            f"{marker.away}</text>"
        )


def _arrow(marker: _Marker, half: float) -> str:
    across, down = marker.towards
    # From the edge of the label's box outwards.
    start = min(half / max(abs(across), 1e-9), 9 / max(abs(down), 1e-9)) + 2
    x, y = marker.x + across * start, marker.y + down * start
    tip = f"{x + across * ARROW:.1f},{y + down * ARROW:.1f}"
    left = f"{x - down * 5:.1f},{y + across * 5:.1f}"
    right = f"{x + down * 5:.1f},{y - across * 5:.1f}"
    return f'<path class="tip" d="M{tip}L{left}L{right}Z"/>'


def _scale_bar(scene: Scene, frame: Frame, words: Words) -> Iterator[str]:
    metres = round_length(180 / frame.scale * scene.metres)
    length, y = metres / scene.metres * frame.scale, frame.height - 16
    right = WIDTH - 20
    yield (
        f'<path class="bar" d="M{right - length:.1f},{y - 5}v5h{length:.1f}v-5"/>'
        f'<text class="tick" x="{right - length / 2:.1f}" y="{y - 7}" text-anchor="middle">'
        f"{words.distance(metres)}</text>"
        f'<path class="tip north" d="M{right - 6},26l6,-18l6,18l-6,-5Z"/>'
        f'<text class="tick" x="{right}" y="38" text-anchor="middle">{words("map.north")}</text>'
    )

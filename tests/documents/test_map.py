"""The map of findings: what lies north is above, what lies beyond is pointed at, nothing is lost."""

import re
from dataclasses import replace

import numpy as np
import pytest
import shapely

from landgis import geodesy
from landgis.documents.frame import Frame, round_length
from landgis.documents.map_svg import map_svg
from landgis.documents.places import scene
from landgis.documents.shown import ImportReport
from landgis.documents.sketch import HEIGHT, WIDTH, sketch_svg
from landgis.documents.words import Words
from tests.builders import EAST, NORTH, parcel_set, ring
from tests.documents.reports import finding, invented, tay_ninh

WORDS = Words("en")


def drawn(report: ImportReport) -> str:
    found = scene(report, tay_ninh(), "en")
    assert found is not None
    return map_svg(found, report, WORDS, "f1-")


def stems(svg: str) -> dict[str, tuple[float, float]]:
    """Label of each marker inside the frame -> its place on the drawing."""
    found = re.findall(
        r'class="stem" d="M([\d.]+),([\d.]+)V[\d.]+"/><rect[^>]*/><text[^>]*>([^<]*)<', svg
    )
    return {label: (float(x), float(y)) for x, y, label in found}


def test_findings_lie_as_on_the_ground() -> None:
    at = {1: (0, 0), 2: (1000, 0), 3: (0, 800)}
    report = invented(*(finding(no, (EAST + x, NORTH + y)) for no, (x, y) in at.items()))
    placed = stems(drawn(report))
    (x1, y1), (x2, y2), (x3, y3) = placed["1"], placed["2"], placed["3"]
    assert x2 > x1
    assert (y2, x3) == (y1, x1)
    assert y3 < y1
    assert (x2 - x1) / (y1 - y3) == pytest.approx(1000 / 800, rel=1e-3)


def test_finding_far_away_is_pointed_at_and_shrinks_nothing() -> None:
    near = [finding(i, (EAST + 100 * i, NORTH + 90 * i)) for i in range(1, 5)]
    alone, with_far = invented(*near), invented(*near, finding(5, (EAST, NORTH + 60_000)))
    svg = drawn(with_far)
    assert re.findall(r'class="away"[^>]*>([^<]*)<', svg) == ["60\u202fkm"]
    spread = [max(y for _, y in stems(drawn(r)).values()) for r in (alone, with_far)]
    assert spread[1] > 0.8 * spread[0]


def test_findings_at_one_spot_are_counted_with_the_worst_severity() -> None:
    spot = (EAST, NORTH)
    svg = drawn(
        invented(
            finding(1, spot, severity="warning"),
            finding(2, spot, severity="error"),
            finding(3, spot, severity="info"),
            finding(4, (EAST + 900, NORTH)),
        )
    )
    assert set(stems(svg)) == {"1\u202f+2", "4"}
    assert '<a href="#f1-1" class="mark error">' in svg


def test_every_placed_finding_is_marked_or_counted() -> None:
    random = np.random.default_rng(4)
    places = np.column_stack(
        [EAST + random.normal(0, 2000, 500), NORTH + random.normal(0, 9e3, 500)]
    )
    svg = drawn(invented(*(finding(i, (x, y)) for i, (x, y) in enumerate(places.tolist(), 1))))
    labels = re.findall(r'class="mark \w+">.*?<text[^>]*>([^<]*)</text></a>', svg)
    counted = sum(1 + int(label.partition("+")[2] or 0) for label in labels)
    assert counted == 500


def test_outline_of_the_ward_and_extent_are_drawn(demo_report: ImportReport) -> None:
    svg = drawn(demo_report)
    assert "Hoa Thanh Ward" in svg
    assert svg.count('class="extent"') == 1
    parcels = demo_report.concerned
    assert parcels is not None
    west, south, east, north = demo_report.document["evidence"]["extent"]["bounds"]
    near = shapely.box(west - 1000, south - 1000, east + 1000, north + 1000)
    # Two rows have no geometry, one lies far away.
    assert len(parcels) - shapely.intersects(parcels.geom, near).sum() == 3
    assert svg.count('class="parcel') == len(parcels) - 3


ROUND_THE_SPOT = [[106.1, 11.2], [106.101, 11.2], [106.101, 11.201], [106.1, 11.2]]
SHAPES = {
    "LineString": ROUND_THE_SPOT[:3],
    "MultiLineString": [ROUND_THE_SPOT[:2], ROUND_THE_SPOT[1:3]],
    "Polygon": [ROUND_THE_SPOT],
}


@pytest.mark.parametrize("kind", SHAPES)
def test_line_or_area_that_is_wrong_is_drawn_in_the_colour_of_its_finding(kind: str) -> None:
    x, y = geodesy.transform_xy(np.array([106.1]), np.array([11.2]), geodesy.LONLAT, 9209)
    shape = {"type": kind, "coordinates": SHAPES[kind]}
    wrong = finding(1, (float(x[0]), float(y[0])), severity="warning", shape=shape)
    report = invented(wrong, finding(2, (float(x[0]) + 200, float(y[0]) + 200)))
    (path,) = re.findall(r'class="wrong warning" d="([^"]*)"', drawn(report))
    assert path.endswith("Z") == (kind == "Polygon")
    assert path.count("M") == (2 if kind == "MultiLineString" else 1)
    found = scene(report, tay_ninh(), "en")
    assert found is not None
    sketch = sketch_svg(found.placed[0], found, report, WORDS)
    assert 'class="wrong warning"' in sketch
    assert sketch_svg(found.placed[1], found, report, WORDS) == ""


def test_small_defect_of_large_parcels_is_drawn_from_near() -> None:
    x, y = geodesy.transform_xy(np.array([EAST]), np.array([NORTH]), 9209, geodesy.LONLAT)
    lon, lat = float(x[0]), float(y[0])
    line = {"type": "LineString", "coordinates": [[lon, lat], [lon + 1e-5, lat]]}
    vast = ring((-400, -300), (400, -300), (400, 300), (-400, 300))
    report = replace(
        invented(finding(1, (EAST, NORTH), rows=[1], shape=line)), concerned=parcel_set([vast])
    )
    found = scene(report, tay_ninh(), "en")
    assert found is not None
    sketch = sketch_svg(found.placed[0], found, report, WORDS)
    (bar,) = re.findall(r">([^<]*)</text></svg>", sketch)
    assert bar == "50\u202fm"
    parcel = re.findall(r'class="parcel error" d="M([^Z]*)Z"', sketch)[0]
    corners = np.array([pair.split(",") for pair in parcel.split(" ")], dtype=float)
    west, south = corners.min(axis=0)
    east, north = corners.max(axis=0)
    # Its corners lie far out, where they truly are.
    assert (east - west) / (north - south) == pytest.approx(800 / 600, rel=1e-3)
    assert east - west > 4 * WIDTH


def test_places_in_degrees_are_drawn_in_metres() -> None:
    at = {1: (106.10, 11.25), 2: (106.11, 11.25)}
    report = invented(
        *(finding(no, xy, place_native={"srid": 4326, "xy": list(xy)}) for no, xy in at.items())
    )
    found = scene(report, tay_ninh(), "en")
    assert found is not None
    west, east = (p.xy[0] for p in found.placed)
    assert (east - west) * found.metres == pytest.approx(1092, rel=0.01)


def test_place_that_is_no_number_does_not_break_the_map() -> None:
    report = invented(finding(1, (EAST, NORTH)), finding(2, (float("inf"), 0.0)))
    assert set(stems(drawn(report))) == {"1"}
    assert scene(invented(finding(1)), tay_ninh(), "en") is None


def test_sketch_shows_a_broken_boundary_as_far_as_it_goes() -> None:
    bow = ring((0, 0), (10, 10), (10, 0), (0, 10), (0, 0))
    broken = shapely.from_wkt(
        f"POLYGON(({EAST} {NORTH}, {EAST + 5} {NORTH}, {EAST} {NORTH + 5}, {EAST} {NORTH}))"
    )
    broken = shapely.transform(broken, lambda xy: np.where(xy == EAST + 5, np.nan, xy))
    report = replace(
        invented(finding(1, (EAST + 5, NORTH + 5), rows=[1, 2])),
        concerned=parcel_set([bow, broken]),
    )
    found = scene(report, tay_ninh(), "en")
    assert found is not None
    svg = sketch_svg(found.placed[0], found, report, WORDS)
    assert svg.count('class="parcel error"') == 2
    assert "nan" not in svg
    cross = re.search(r'class="spot error" d="M([\d.]+),([\d.]+)h14', svg)
    assert cross
    assert (float(cross[1]) + 7, float(cross[2])) == (WIDTH / 2, HEIGHT / 2)
    assert "nan" not in drawn(report)


def test_frame_keeps_its_edges() -> None:
    frame = Frame.around((100, 200, 300, 250), 400, 300, 50)
    corners = frame.xy(np.array([[100.0, 250.0], [300.0, 200.0]]))
    assert corners == pytest.approx(np.array([[50.0, 112.5], [350.0, 187.5]]))


@pytest.mark.parametrize(("most", "length"), [(7, 5), (5, 5), (4.9, 2), (1999, 1000), (0.03, 0.02)])
def test_scale_bars_have_round_lengths(most: float, length: float) -> None:
    assert round_length(most) == pytest.approx(length)

"""Where parcels come to lie decides how their coordinates are read."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import shapely

from landgis.cadastre import jurisdiction
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import no_text
from landgis.errors import Refused, UsageError
from landgis.geodesy import LONLAT, VN2000_MERIDIANS, WEB_MERCATOR, transform_xy
from landgis.geodesy.wrong_ways import WRONG_WAYS, displacement_m, written
from landgis.ingest.diagnosis import (
    OUTLINE_FITS_M,
    causes_of,
    shift_between,
    shift_in_outline,
    shift_of_pairs,
    shift_off_outlines,
)
from landgis.ingest.evidence import Choices, parse_axis_order
from landgis.ingest.placing import NORTH_EAST, Reading, Sample, place, readings, sample
from landgis.ingest.profile import choose
from landgis.ingest.raw import RawLayer
from landgis.ingest.survey_plane import Chosen, choose_plane
from tests.builders import column

VN_80 = jurisdiction.load(jurisdiction.find("vn-80"))
GENERIC = jurisdiction.load(jurisdiction.find("generic"))
HOA_THANH = "25645"
LONG_HOA = (106.13, 11.28)
"""Longitude and latitude inside phường Hoà Thành."""

PRJ = (
    'PROJCS["x",GEOGCS["GCS_VN_2000",DATUM["D_Vietnam_2000",SPHEROID["WGS_1984",6378137.0,'
    '298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],'
    'PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],'
    'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",{0}],'
    'PARAMETER["Scale_Factor",{1}],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)


def label(epsg: int) -> str:
    known = VN2000_MERIDIANS.get(epsg)
    return PRJ.format(*known) if known else f"EPSG:{epsg}"


def found(epsg: int, code: str | None = HOA_THANH, *, turned: bool = False, n: int = 9) -> Sample:
    """Parcels inside the unit, their coordinates written in the plane of ``epsg``."""
    middle = shapely.get_coordinates(shapely.maximum_inscribed_circle(VN_80.outlines[HOA_THANH]))
    step = np.linspace(-0.002, 0.002, n)
    east, north = transform_xy(middle[0, 0] + step, middle[0, 1] + step[::-1], LONLAT, epsg)
    units = frozenset() if code is None else frozenset({code})
    return Sample(*((north, east) if turned else (east, north)), (units,) * n)


def chosen(
    points: Sample, declared: str | None, where: Jurisdiction = VN_80, **options: Any
) -> Chosen:
    raw = RawLayer(
        *("thua.shp", "ESRI Shapefile", np.arange(1, 10), {}, np.full(9, None), (), declared),
        *(True, None, None),
    )
    mapping = choose(["XAID", "SHBANDO", "SHTHUA"], where.profiles)
    return choose_plane(raw, points, mapping, Choices(**options), where)


def refused(points: Sample, declared: str | None, **options: Any) -> Refused:
    with pytest.raises(Refused) as refusal:
        chosen(points, declared, **options)
    return refusal.value


def codes(result: Chosen) -> list[str]:
    return [note.code for note in result.notes]


@pytest.mark.parametrize("epsg", [9209, 9210, 3405])
@pytest.mark.parametrize("turned", [False, True])
def test_without_any_declaration_the_place_decides(epsg: int, turned: bool) -> None:
    result = chosen(found(epsg, turned=turned), None)
    order = "north,east" if turned else "east,north"
    assert (result.crs["chosen"], result.axis_order["chosen"]) == (f"EPSG:{epsg}", order)
    assert result.crs["score"] == 1.0
    assert len(result.crs["samples"]) == 5
    assert set(result.crs["reason"]) == {"vi", "en"}


def test_degrees_without_declaration_are_asked_about_because_two_datums_fit() -> None:
    refusal = refused(found(4756), None)
    assert refusal.code == "crs_ambiguous"
    assert "--crs EPSG:4756 or --crs EPSG:4326" in refusal.message
    assert "225 m apart" in refusal.message


def test_without_unit_codes_two_meridians_inside_the_province_are_asked_about() -> None:
    whole = shapely.union_all(list(VN_80.outlines.values()))
    lon, lat = np.meshgrid(np.arange(105.5, 107, 0.02), np.arange(10.3, 11.8, 0.02))
    both = shapely.contains_xy(whole, lon, lat) & shapely.contains_xy(whole, lon + 0.25, lat)
    point = transform_xy(lon[both][:1], lat[both][:1], LONLAT, 9209)
    refusal = refused(Sample(*point, (frozenset(),)), None)
    assert refusal.code == "crs_ambiguous"
    assert [c["value"] for c in refusal.data["candidates"]][:2] == ["EPSG:9209", "EPSG:9210"]
    assert "27 km apart" in refusal.message


def test_place_that_nothing_accepted_explains_names_the_neighbours_grid() -> None:
    assert refused(found(9209, code="25459"), None).code == "crs_missing"
    assert "--crs EPSG:9211" in refused(found(9211), label(9210)).message


def test_declaration_that_the_place_confirms_is_believed() -> None:
    result = chosen(found(9209), label(9209))
    assert (result.reading, codes(result)) == (Reading(9209), [])
    wrong = next(c for c in result.crs["candidates"] if c["value"] == "EPSG:9209")
    assert wrong["offset_m"] == [0.0, 0.0]


def test_axes_the_other_way_round_are_exchanged_and_it_is_said() -> None:
    result = chosen(found(9210, turned=True), label(9210))
    assert result.reading == Reading(9210, NORTH_EAST)
    assert codes(result) == ["axes_swapped"]


@pytest.mark.parametrize("turned", [False, True])
def test_metres_labelled_degrees_are_read_as_the_only_grid_that_fits(turned: bool) -> None:
    for stated in (4756, LONLAT):
        result = chosen(found(9210, turned=turned), label(stated))
        assert result.reading.epsg == 9210
        assert codes(result) == ["crs_mislabelled"]


def test_degrees_labelled_metres_are_asked_about_because_two_datums_fit() -> None:
    refusal = refused(found(4756), label(9209))
    assert refusal.code == "crs_contradicted"
    assert "--crs EPSG:4756" in refusal.message


@pytest.mark.parametrize(
    ("made", "stated", "away"),
    [(9209, 9210, "27 km"), (9210, 9209, "27 km"), (9209, 3405, "55 km"), (9209, 3857, "")],
)
def test_wrong_plane_is_refused_with_the_offset_and_the_one_that_fits(
    made: int, stated: int, away: str
) -> None:
    refusal = refused(found(made), label(stated))
    assert refusal.code == "crs_contradicted"
    assert f"--crs EPSG:{made} or --crs EPSG:{stated}" in refusal.message
    assert away in refusal.message


def test_what_a_person_says_is_obeyed_and_its_contradiction_told() -> None:
    result = chosen(found(9209), label(9209), crs=9210)
    assert result.reading == Reading(9210)
    assert codes(result) == ["crs_contradicted"]
    assert "27 km" in result.notes[0].message
    turned = chosen(found(9209), None, crs=9209, axis_order=NORTH_EAST)
    assert turned.reading == Reading(9209, NORTH_EAST)
    assert chosen(found(9209, turned=True), None, crs=9209).reading == Reading(9209, NORTH_EAST)


def test_unit_codes_that_fit_nowhere_do_not_refuse_a_declared_plane() -> None:
    result = chosen(found(9209, code="25459"), label(9209))
    assert result.reading == Reading(9209)
    assert codes(result) == ["place_unconfirmed"]


def test_unaccepted_plane_stays_refused() -> None:
    assert refused(found(WEB_MERCATOR), label(WEB_MERCATOR)).code == "crs_not_accepted"
    assert refused(found(WEB_MERCATOR), None).code == "crs_not_accepted"


def test_label_that_is_not_understood_is_asked_about_with_a_proposal() -> None:
    refusal = refused(found(9209), 'LOCAL_CS["Tay Ninh",UNIT["Meter",1.0]]')
    assert refusal.code == "crs_not_understood"
    assert "it would fit --crs EPSG:9209" in refusal.message


def test_without_outlines_the_declaration_stands_and_degrees_are_a_proposal() -> None:
    assert chosen(found(3405, turned=True), label(9209), GENERIC).reading == Reading(9209)
    with pytest.raises(Refused) as refusal:
        chosen(found(4756), None, GENERIC)
    assert refusal.value.code == "crs_missing"
    assert "perhaps --crs EPSG:4326" in refusal.value.message
    turned = chosen(found(9209), label(9209), GENERIC, axis_order=NORTH_EAST)
    assert turned.axis_order["chosen"] == "north,east"


def test_file_without_any_geometry_keeps_what_it_declares() -> None:
    nothing = Sample(np.empty(0), np.empty(0), ())
    assert chosen(nothing, label(9209)).reading == Reading(9209)
    assert refused(nothing, None).code == "crs_missing"


def test_sample_knows_old_codes_and_skips_what_has_no_place() -> None:
    step = next(s for s in VN_80.successions if s.old_code not in VN_80.outlines)
    geoms = np.array([shapely.box(0, 0, 1, 1), None, shapely.Polygon()], dtype=object)
    result = sample(geoms, column([step.old_code, None, None]), no_text(3), VN_80)
    assert (result.first.tolist(), result.second.tolist()) == ([0.5], [0.5])
    assert step.new_code in result.units[0]
    by_old = sample(geoms, no_text(3), column([step.old_code, None, None]), VN_80)
    assert by_old.units == result.units


def test_large_file_is_sampled_all_over() -> None:
    geoms = shapely.points(np.arange(5_000.0), 0.0)
    result = sample(geoms, no_text(5_000), no_text(5_000), GENERIC)
    assert len(result.first) == 500
    assert (result.first[0], result.first[-1]) == (0.0, 4_999.0)


def test_readings_are_ranked_and_tell_their_distance() -> None:
    placed = place(found(9209), readings([9210, 9209]), VN_80)
    assert placed[0].reading == Reading(9209)
    other = next(p for p in placed if p.reading == Reading(9210))
    offset = other.offset_m(placed[0])
    assert offset is not None
    assert offset[0] == pytest.approx(27_300, rel=0.01)


@pytest.mark.parametrize("text", ["east,north", "North, East"])
def test_axis_order_as_people_write_it(text: str) -> None:
    assert parse_axis_order(text) == text.lower().replace(" ", "")


def test_other_axis_orders_are_refused() -> None:
    with pytest.raises(UsageError) as refusal:
        parse_axis_order("yx")
    assert refusal.value.code == "bad_axis"


@pytest.mark.parametrize(
    ("cause", "length"),
    [("no_datum_shift", 225.4), ("unflipped_rotations", 0.560), ("epsg_5194", 0.795)],
)
def test_known_mistakes_are_as_long_as_the_literature_says(cause: str, length: float) -> None:
    assert np.hypot(*displacement_m(cause, 9209, *LONG_HOA)) == pytest.approx(length, rel=0.01)


def vertices(count: int, seed: int = 5) -> Any:
    """Vertices of a dense register, nearer to each other than a datum shift."""
    middle = transform_xy(*(np.array([v]) for v in LONG_HOA), LONLAT, 9209)
    spread = np.random.default_rng(seed).uniform(-400, 400, (count, 2))
    return (np.column_stack(middle) + spread).round(3)


@pytest.mark.parametrize("cause", list(WRONG_WAYS))
def test_register_tells_a_mistake_by_its_shift(cause: str) -> None:
    known = vertices(3_000)
    lonlat = transform_xy(known[:, 0], known[:, 1], 9209, LONLAT)
    file = np.column_stack(written(*lonlat, 9209, cause)).round(3)[:600]
    offset = shift_between(file, known)
    assert offset is not None
    assert (offset.east_m, offset.north_m) == pytest.approx(
        displacement_m(cause, 9209, *LONG_HOA), abs=0.02
    )
    assert [name for name, _ in causes_of(offset, 9209, LONG_HOA, 0.05)] == [cause]


def test_no_common_shift_is_no_offset() -> None:
    assert shift_between(vertices(500, seed=1), vertices(3_000, seed=2)) is None
    far = vertices(500) + 5_000
    assert shift_between(far, vertices(3_000)) is None


def test_same_vertices_have_no_cause() -> None:
    offset = shift_between(vertices(300), vertices(3_000)[:300])
    assert offset is not None
    assert causes_of(offset, 9209, LONG_HOA, 0.05) == []


def test_plots_of_a_regular_grid_are_not_taken_for_their_neighbours() -> None:
    """The shift by one plot would fit nearly as well as none at all."""
    x, y = np.meshgrid(np.arange(40) * 10.0, np.arange(30) * 10.0)
    known = np.column_stack([x.ravel() + 568_000, y.ravel() + 1_246_000])
    moved = displacement_m("unflipped_rotations", 9209, *LONG_HOA)
    for true in ((0.0, 0.0), moved):
        offset = shift_between(known + true, known)
        assert offset is not None
        assert (offset.east_m, offset.north_m) == pytest.approx(true, abs=0.01)


def test_shift_of_pairs_is_what_most_of_them_share() -> None:
    known = vertices(200)
    chance = np.random.default_rng(3)
    noisy = known + np.array([0.27, -0.49]) + chance.normal(0, 0.05, known.shape)
    noisy[:60] += 40  # parcels that were really moved
    noisy[60] = np.nan
    shift = shift_of_pairs(noisy, known)
    assert shift is not None
    assert (shift.east_m, shift.north_m) == pytest.approx((0.27, -0.49), abs=0.03)
    assert shift.compared == 199
    scattered = shift_of_pairs(known + chance.normal(0, 2, known.shape), known)
    assert scattered is not None
    assert scattered.confidence < 0.5
    assert shift_of_pairs(known[:9] + 5, known[:9]) is None


def filling(code: str, shift: Sequence[float]) -> Any:
    """Parcels that fill a unit: its outline cut in strips, all moved."""
    outline = VN_80.outlines[code]
    west, south, east, north = outline.bounds
    cuts = np.linspace(west, east, 9)
    strips = shapely.intersection(outline, shapely.box(cuts[:-1], south, cuts[1:], north))

    def to_grid(xy: Any) -> Any:
        return np.column_stack(transform_xy(xy[:, 0], xy[:, 1], LONLAT, 9209)) + shift

    return shapely.transform(strips, to_grid)


def test_parcels_that_fill_a_unit_tell_a_missing_datum_shift() -> None:
    codes_ = np.full(8, HOA_THANH, dtype=object)
    moved = filling(HOA_THANH, displacement_m("no_datum_shift", 9209, *LONG_HOA))
    found = shift_off_outlines(moved, codes_, 9209, VN_80)
    assert found is not None
    shift, unit = found
    assert unit == HOA_THANH
    assert (shift.east_m, shift.north_m) == pytest.approx((196, -112), abs=1)
    assert causes_of(shift, 9209, LONG_HOA, OUTLINE_FITS_M)[0][0] == "no_datum_shift"
    fitting = shift_off_outlines(filling(HOA_THANH, (0, 0)), codes_, 9209, VN_80)
    assert fitting is not None
    assert fitting[0].length_m < 1


def test_parcels_that_do_not_fill_a_unit_tell_nothing() -> None:
    whole = shapely.union_all(filling(HOA_THANH, (0, 0)))
    part = filling(HOA_THANH, (200, 0))[:5]
    assert shift_in_outline(part, whole) is None
    assert shift_off_outlines(part, no_text(5), 9209, VN_80) is None
    assert shift_off_outlines(part, no_text(5), 9209, GENERIC) is None

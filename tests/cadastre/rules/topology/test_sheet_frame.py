"""topology.sheet_frame: parcels beyond the frame of their sheet by more than it may be extended."""

from dataclasses import replace

import shapely
from hypothesis import given
from hypothesis import strategies as st

from landgis.cadastre.findings import Finding
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.topology import sheet_frame
from tests.builders import column, context, parcel_set

# 245567 has its north-west corner at X 1 245 km, Y 567 km; its square 1 is a sheet of 1:2000 and
# that one's (1) a sheet of 1:500, 250 m wide, which may be extended by 20 cm on the map: 100 m.
WEST, NORTH = 567_000.0, 1_245_000.0
AT_500 = "245567-1-(1)"


def on_sheets(*places: tuple[float, float, str | None], epsg: int = 9209) -> ParcelSet:
    """Squares of 10 m, metres east and south of the corner, on their sheets."""
    squares = [
        shapely.box(WEST + x, NORTH - y - 10, WEST + x + 10, NORTH - y) for x, y, _ in places
    ]
    made = parcel_set(squares, epsg=epsg)
    return replace(made, sheet=column([sheet for *_, sheet in places]))


def found_on(parcels: ParcelSet) -> list[Finding]:
    return list(sheet_frame.check(parcels, context(parcels)))


def test_parcel_within_or_a_little_beyond_its_frame_is_clean() -> None:
    inside, beyond = (0.0, 0.0, AT_500), (339.0, 100.0, AT_500)
    assert found_on(on_sheets(inside, beyond)) == []


def test_parcel_far_beyond_its_frame_is_found_with_the_part_outside() -> None:
    (found,) = found_on(on_sheets((0, 0, AT_500), (345.5, 120, AT_500)))
    assert (found.rule.code, found.rule.severity, found.rows) == (
        "topology.sheet_frame",
        "warning",
        (2,),
    )
    assert (found.measured, found.limit, found.unit) == (105.5, 100.0, "m")
    assert found.place_xy is not None
    assert found.place_xy[0] == WEST + 355.5
    assert found.shape is not None
    assert found.shape.area == 100
    assert found.message == {
        "vi": "Dòng 2 vượt khung tờ 245567-1-(1) (1:500) 105.5 m; khung được mở rộng đến 100 m.",
        "en": "Row 2 reaches 105.5 m beyond sheet 245567-1-(1) (1:500); its frame may be extended "
        "by 100 m.",
    }
    assert found.basis is not None
    assert (found.basis["document"], found.basis["class"]) == ("Thông tư 25/2014/TT-BTNMT", "A")


def test_only_the_part_outside_is_shown() -> None:
    long = shapely.box(WEST + 200, NORTH - 10, WEST + 400, NORTH)
    parcels = replace(parcel_set([long]), sheet=column([AT_500]))
    (found,) = found_on(parcels)
    assert found.shape is not None
    assert found.shape.equals(shapely.box(WEST + 250, NORTH - 10, WEST + 400, NORTH))


def test_of_two_meanings_of_a_code_the_better_one_holds() -> None:
    # 245567-1-4 is 100 m of 1:200, or without its brackets 250 m of 1:500 farther east.
    assert found_on(on_sheets((310, 5, "245567-1-4"), (900, 200, "245567-1-4"))) == []


def test_plain_numbers_do_not_say_where_their_sheet_lies() -> None:
    (found,) = found_on(on_sheets((0, 0, "12"), (9000, 0, None), (0, 0, AT_500)))
    assert (found.outcome, found.rows) == ("untested", ())
    assert found.message["vi"].startswith("Không kiểm tra: số tờ bản đồ là số thứ tự")


def test_other_planes_and_other_countries_are_untested() -> None:
    (found,) = found_on(on_sheets((0, 0, AT_500), epsg=3405))
    assert (found.outcome, found.rows) == ("untested", ())
    parcels = on_sheets((9000, 0, AT_500))
    around = context(parcels)
    elsewhere = replace(around, jurisdiction=replace(around.jurisdiction, sheets=None))
    (found,) = sheet_frame.check(parcels, elsewhere)
    assert found.outcome == "untested"


def test_rows_without_a_geometry_are_left_to_their_own_rule() -> None:
    parcels = replace(parcel_set([None, shapely.Polygon()]), sheet=column([AT_500, AT_500]))
    assert found_on(parcels) == []


@given(st.floats(-800, 800), st.floats(-800, 800))
def test_metres_beyond_are_those_of_the_farthest_side(x: float, y: float) -> None:
    found = found_on(on_sheets((x, y, AT_500)))
    beyond = max(-x, x + 10 - 250, -y, y + 10 - 250)
    assert len(found) == (beyond > 100)
    assert all(abs((f.measured or 0) - beyond) < 0.001 for f in found)

"""CQL2 says in SQL what it says in Python: the standard's examples in our words, and any filter."""

import json
from datetime import date, timedelta
from typing import Any

import cql2
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import EAST, NORTH
from tests.web.ogc.evaluation import is_true
from tests.web.ogc.world import EPSG, World

pytestmark = pytest.mark.db

PLACE = "POLYGON((106.1248 11.2666,106.1251 11.2666,106.1251 11.2669,106.1248 11.2669,106.1248 11.2666))"

OF_PARCELS = {
    # Names are those of the examples in the standard (21-065r2); queryables are ours.
    "clause6_02a": "unit_name='Phường Hoà Thành'",
    "clause6_02c": "area_m2-90.0 > 0",
    "clause6_02d": "effective_from >= date('2021-01-01')",
    "clause6_03": "geometry IS NOT NULL",
    "clause7_01": "address LIKE 'Đường%'",
    "clause7_02": "area_m2 BETWEEN 80.5 and 99.5",
    "clause7_03a": "sheet IN ('1','2')",
    "clause7_03b": "fid NOT IN (1,2,3,4)",
    "clause7_04": "CASEI(address) IN (CASEI('Οδος'),CASEI('Straße 5'))",
    "clause7_05": "ACCENTI(address) = ACCENTI('Ap Long Thoi')",
    "clause7_07": "S_INTERSECTS(geometry,POINT(106.1249 11.2667))",
    "clause7_10": f"S_CROSSES(geometry,{PLACE})",
    "clause7_12": "T_INTERSECTS(published_at, INTERVAL('1969-07-16T05:32:00Z', '..'))",
    "clause7_16": f"S_CROSSES(LINESTRING(106.1248 11.2665,106.1251 11.2668),{PLACE})",
    "clause7_17": "T_DURING(INTERVAL('1969-07-20T20:17:40Z', '1969-07-21T17:54:00Z'),"
    " INTERVAL('1969-07-16T13:32:00Z', '1969-07-24T16:50:35Z'))",
    "clause7_19": "area_m2 > (register_area_m2-1)",
    "example04": "area_m2 < 90 AND revision=1 AND sheet='1'",
    "example05a": "area_m2=81 OR area_m2=99",
    "example05b": "area_m2 IN (81,99)",
    "example06a": "register_area_m2 BETWEEN 90 AND 100 AND revision=1",
    "example06b": "register_area_m2 >= 90 AND register_area_m2 <= 100 AND revision=1",
    "example07": f"address LIKE '%Long%' AND S_INTERSECTS(geometry,{PLACE})",
    "example09": "fid>5",
    "example10": "register_area_m2 <= 100",
    "example11": "address LIKE '%ùng%'",
    "example13": "address NOT LIKE '%ùng%'",
    "example14": "true = true",
    "example16": "true AND (fid>60 OR address LIKE 'Đường%' OR address LIKE '%Huệ')",
    "example17": "(fid>5 AND sheet='3') OR area_m2=81",
    "example18": "NOT (fid<5) OR area_m2=81",
    "example19": "(address LIKE 'đ%' OR address LIKE 'Đ%') AND fid<40",
    "example20": "T_BEFORE(effective_from, DATE('2021-01-01'))",
    "example21": "T_AFTER(effective_from,DATE('2020-06-05'))",
    "example23": "S_WITHIN(geometry,BBOX(106.1248,11.2666,106.1252,11.2670))",
    "example25": "fid>5 AND S_WITHIN(geometry,BBOX(106.1248,11.2666,106.1252,11.2670))",
    "example28": "CASEI(address) LIKE CASEI('%LONG thới%')",
    "example30": "\"parcel_id\" <> 'fa7e1920-9107-422d-a3db-c468cbc5d6df'",
    "example36": "NOT \"address\" LIKE 'foo%'",
    "example37": '"fid" BETWEEN 10 AND 20',
    "example38": 'NOT "fid" BETWEEN 10 AND 20',
    "example40": "NOT \"sheet\" IN ('a', '2', 'c')",
    "example41": '"register_area_m2" IS NULL',
    "example42": 'NOT "register_area_m2" IS NULL',
    "example43": "(NOT \"address\" LIKE 'foo%' AND \"area_m2\" > 90)",
    "example44": '("register_area_m2" IS NULL OR "register_area_m2" BETWEEN 90 AND 100)',
    "example45": 'S_INTERSECTS("geometry", BBOX(-128.098193, -1.1, -99999.0, 180.0, 85.0, 100000.0))',
    "example46": f'S_EQUALS({PLACE}, "geometry")',
    "example47": 'S_DISJOINT("geometry", MULTIPOLYGON (((106.1248 11.2666,106.1251 11.2666,106.1251 11.2669,106.1248 11.2666))))',
    "example48": 'S_TOUCHES("geometry", MULTILINESTRING ((106.1240 11.2666,106.12465 11.2666),(106.1 11.3,106.12 11.3)))',
    "example49": 'S_WITHIN(POLYGON Z ((106.1249 11.2667 1,106.1249001 11.2667 1,106.1249001 11.2667001 1,106.1249 11.2667 1)), "geometry")',
    "example50": 'S_OVERLAPS("geometry", BBOX(106.1249, 11.26, 106.1251, 11.28))',
    "example51": 'S_CROSSES("geometry", LINESTRING (106.1247 11.2665, 106.1253 11.2671))',
    "example52": 'S_CONTAINS("geometry", POINT (106.1249 11.2667))',
    "example54": "T_BEFORE(\"published_at\", TIMESTAMP('2012-08-10T05:30:00.000000Z'))",
    "example58": "T_EQUALS(\"effective_from\", DATE('2019-02-02'))",
    "example70": "ACCENTI(\"address\") = ACCENTI('Đuòng Húng Vuọng')",
    "example71": "CASEI(\"address\") = CASEI('STRASSE 5')",
    "example72": '"area_m2" > ("fid" + 60)',
    "example73": '"area_m2" < ("register_area_m2" - 10)',
    "example74": '"area_m2" <> (2 * "fid")',
    "example75": '"area_m2" = (200 / "fid")',
    "example76": '"area_m2" <= (2 ^ "revision" * "fid")',
    "example77": '0 = ("fid" % 2)',
    "example78": '1 = ("fid" div 20)',
    "example83": "S_EQUALS(MULTIPOINT ((106 11),(107 12)), geometry)",
    "example84": "S_INTERSECTS(GEOMETRYCOLLECTION(POINT(106.1249 11.2667),LINESTRING(106.1252 11.26,106.1252 11.28)),geometry)",
    "example85": 'area_m2 < - fid * 2.0 + "register_area_m2" / 0.1234 - "fid" ^ 2.0',
    "example86": "CASEI(address) LIKE CASEI('ĐƯỜNG%')",
    "like_escapes": "address LIKE '%\\%%\\_%'",
    "quote_escapes": "address = 'it\\'s here' OR address = 'it''s here'",
    "property_property": "fid = fid AND NOT (sheet <> sheet)",
    "date_as_text": "effective_from IN ('2019-02-02', '2022-05-05')",
    "false": "false",
}  # fmt: skip

OF_UNITS = {
    "clause7_13": "T_DURING(INTERVAL(valid_from, valid_to), INTERVAL('1980-01-01', '2024-07-24'))",
    "example22": "T_DURING(INTERVAL(valid_from, valid_to), INTERVAL('1999-12-31', '2010-07-01'))",
    "example55": "T_CONTAINS(INTERVAL('1980-01-01', '2026-01-10'), INTERVAL(valid_from, valid_to))",
    "example56": "T_DISJOINT(INTERVAL('..', '2005-01-10'), INTERVAL(valid_from, valid_to))",
    "example57": "T_DURING(INTERVAL(valid_from, valid_to), INTERVAL('1985-01-10', '2010-07-10'))",
    "example59": "T_FINISHEDBY(INTERVAL(valid_from, valid_to), INTERVAL('2005-01-01', '2010-06-30'))",
    "example60": "T_FINISHES(INTERVAL(valid_from, valid_to), INTERVAL('1991-10-07', '2010-06-30'))",
    "example61": "T_INTERSECTS(INTERVAL(valid_from, valid_to), INTERVAL('1991-10-07', '2010-02-10'))",
    "example62": "T_MEETS(INTERVAL('1985-01-10', '1990-01-01'), INTERVAL(valid_from, valid_to))",
    "example63": "T_METBY(INTERVAL('2010-06-30', '2010-10-07'), INTERVAL(valid_from, valid_to))",
    "example64": "T_OVERLAPPEDBY(INTERVAL('2005-10-07', '2011-02-10'), INTERVAL(valid_from, valid_to))",
    "example65": "T_OVERLAPS(INTERVAL(valid_from, valid_to), INTERVAL('2005-10-07', '2011-10-09'))",
    "example66": "T_STARTEDBY(INTERVAL('2000-01-01', '2026-02-10'), INTERVAL(valid_from, valid_to))",
    "example67": "T_STARTS(INTERVAL(valid_from, valid_to), INTERVAL('2000-01-01', '..'))",
    "after": "T_AFTER(INTERVAL(valid_from, valid_to), INTERVAL('1980-01-01', '1989-01-01'))",
    "before": "T_BEFORE(INTERVAL(valid_from, valid_to), INTERVAL('2005-01-01', '2006-01-01'))",
    "equals": "T_EQUALS(INTERVAL(valid_from, valid_to), INTERVAL('2000-01-01', '2010-06-30'))",
    "accents": "ACCENTI(CASEI(name)) LIKE ACCENTI(CASEI('XA %'))",
}  # fmt: skip


@pytest.mark.parametrize("name", OF_PARCELS)
def test_example_of_the_standard_finds_what_python_finds(world: World, name: str) -> None:
    text = OF_PARCELS[name]
    tree = cql2.parse_text(text.replace("\\'", "''")).to_json()
    expected = {row["fid"] for row in world.parcels if is_true(tree, row)}
    assert world.ids(filter=text) == expected
    assert world.ids(filter=json.dumps(tree), filter_lang="cql2-json") == expected


def test_examples_tell_parcels_apart(world: World) -> None:
    """Most of them let some through and hold some back, else they would prove little."""
    sizes = [len(world.ids(filter=text)) for text in OF_PARCELS.values()]
    assert sum(0 < size < len(world.parcels) for size in sizes) > 0.7 * len(sizes)


@pytest.mark.parametrize("name", OF_UNITS)
def test_example_of_intervals_finds_what_python_finds(world: World, name: str) -> None:
    tree = cql2.parse_text(OF_UNITS[name]).to_json()
    expected = {unit["id"] for unit in world.units if is_true(tree, unit)}
    assert expected
    assert world.ids("/ogc/collections/units/items", filter=OF_UNITS[name]) == expected


PROPERTY = {
    "text": ("address", "sheet", "number", "unit_code", "unit_name", "main_use", "national_id"),
    "number": ("fid", "area_m2", "register_area_m2", "revision"),
    "date": ("effective_from",),
}
WORDS = st.sampled_from(
    ["", "1", "2", "ODT", "CLN", "Đường Hùng Vương", "ap long thoi", "Straße 5"]
)
PATTERNS = st.sampled_from(
    ["%", "_%", "", "Đ%", "%ong%", "%\\_%", "_p%", "%5", "Phường%", "%\\\\%"]
)
NUMBERS = st.integers(-5, 120) | st.sampled_from([80.5, 81, 99.5, 0])
DAYS = st.dates(date(2018, 1, 1), date(2026, 1, 1)).map(lambda day: {"date": day.isoformat()})


def prop(kind: str) -> Any:
    return st.sampled_from(PROPERTY[kind]).map(lambda name: {"property": name})


def call(op: Any, *args: Any) -> Any:
    return st.builds(
        lambda o, *a: {"op": o, "args": list(a)},
        op if not isinstance(op, str) else st.just(op),
        *args,
    )


TEXTS = st.deferred(
    lambda: prop("text") | WORDS | call(st.sampled_from(["casei", "accenti"]), prop("text") | WORDS)
)
SUMS = st.deferred(
    lambda: (
        prop("number")
        | NUMBERS
        | call(st.sampled_from(["+", "-", "*", "/", "%", "div"]), prop("number") | NUMBERS, NUMBERS)
    )
)
COMPARISON = st.sampled_from(["=", "<>", "<", ">", "<=", ">="])
CORNERS = st.integers(-2, 18).map(lambda half: half * 5 + 0.5)


def box(x: float, y: float, w: float, h: float) -> shapely.Polygon:
    return shapely.box(EAST + x, NORTH + y, EAST + x + w, NORTH + y + h)


GRID = st.builds(
    lambda x, y: shapely.box(
        EAST + 10 * x, NORTH + 10 * y, EAST + 10 * x + 10, NORTH + 10 * y + 10
    ),
    st.integers(0, 7),
    st.integers(0, 7),
)
SHAPES = (
    GRID
    | st.builds(box, CORNERS, CORNERS, st.integers(1, 40), st.integers(1, 40))
    | st.builds(lambda x, y: shapely.Point(EAST + x, NORTH + y), CORNERS, CORNERS)
    | st.builds(
        lambda x, y, w, h: shapely.LineString([(EAST + x, NORTH + y), (EAST + x + w, NORTH + y + h)]),
        CORNERS, CORNERS, st.integers(1, 40), st.integers(-30, 30),
    )
)  # fmt: skip
PLACES = st.sampled_from(
    [
        f"s_{n}"
        for n in (
            "intersects",
            "equals",
            "disjoint",
            "touches",
            "within",
            "overlaps",
            "crosses",
            "contains",
        )
    ]
)
TIMES = st.sampled_from(
    [
        f"t_{n}"
        for n in (
            "after",
            "before",
            "disjoint",
            "equals",
            "intersects",
            "during",
            "starts",
            "finishes",
            "meets",
        )
    ]
)


def geometry(shape: Any) -> Any:
    return json.loads(shapely.to_geojson(shape))


def interval(day: dict[str, str], length: int) -> Any:
    first = date.fromisoformat(day["date"])
    return {"interval": [day["date"], (first + timedelta(days=length)).isoformat()]}


LEAVES = (
    call(COMPARISON, TEXTS, TEXTS)
    | call(COMPARISON, SUMS, SUMS)
    | call(COMPARISON, prop("date"), DAYS)
    | call("like", TEXTS, PATTERNS | PATTERNS.map(lambda p: {"op": "casei", "args": [p]}))
    | call("in", TEXTS, st.lists(WORDS, min_size=1, max_size=4))
    | call("between", SUMS, NUMBERS, NUMBERS)
    | call("isNull", prop("text") | prop("number") | prop("date"))
    | call(PLACES, st.just({"property": "geometry"}), SHAPES.map(geometry))
    | call(TIMES, prop("date"), DAYS | st.builds(interval, DAYS, st.integers(0, 900)))
    | st.booleans()
)
FILTERS = st.recursive(
    LEAVES,
    lambda inner: (
        call("not", inner)
        | call(st.sampled_from(["and", "or"]), inner, inner)
        | call(st.sampled_from(["and", "or"]), inner, inner, inner)
    ),
    max_leaves=5,
)


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(tree=FILTERS)
def test_any_filter_finds_what_python_finds(world: World, tree: Any) -> None:
    expected = {row["fid"] for row in world.parcels if is_true(tree, row, 9209)}
    found = world.ids(filter=json.dumps(tree), filter_lang="cql2-json", filter_crs=f"{EPSG}9209")
    assert found == expected

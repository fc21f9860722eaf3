"""CQL2's own abstract tests, with our queryables: what excludes what, what is the same as what."""

import pytest

from landgis.cadastre.served import COLLECTIONS
from tests.web.ogc.world import World

pytestmark = pytest.mark.db

VALUES = {
    "text": "'foo'",
    "uuid": "'00000000-0000-0000-0000-000000000000'",
    "integer": "1",
    "number": "3.14",
    "date": "DATE('2022-04-14')",
    "moment": "TIMESTAMP('2022-04-14T14:48:46Z')",
}
OPPOSITES = (("=", "<>"), (">", "<="), ("<", ">="))
FIELDS = [
    (name, field.name, field.kind)
    for name, collection in COLLECTIONS.items()
    for field in collection.queryables.values()
    if field.kind != "geometry"
]
TEXTS = [(name, field) for name, field, kind in FIELDS if kind == "text"]
TIMED = (
    *("AFTER", "BEFORE", "CONTAINS", "DISJOINT", "DURING", "EQUALS", "FINISHEDBY", "FINISHES"),
    *("INTERSECTS", "MEETS", "METBY", "OVERLAPPEDBY", "OVERLAPS", "STARTEDBY", "STARTS"),
)
WHOLE_WORLD = "POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))"
LINE = "LINESTRING(106.1247 11.2665,106.1253 11.2671)"
SPOT = "POINT(106.1249 11.2667)"


def found(world: World, name: str, text: str) -> set:
    return world.ids(f"/ogc/collections/{name}/items", filter=text)


@pytest.mark.parametrize(("name", "field", "kind"), FIELDS)
def test_comparisons_exclude_their_opposites(
    world: World, name: str, field: str, kind: str
) -> None:
    value = VALUES[kind]
    has_value = found(world, name, f"{field} IS NOT NULL")
    assert not has_value & found(world, name, f"{field} is null")
    for one, other in OPPOSITES[: 1 if kind == "uuid" else 3]:
        for text in (f"{field} {{}} {value}", f"{value} {{}} {field}")[: 1 + (one == "=")]:
            parts = [found(world, name, text.format(op)) for op in (one, other)]
            assert not parts[0] & parts[1]
            assert parts[0] | parts[1] == has_value
    assert found(world, name, f"{field} = {field}") == has_value
    assert found(world, name, f"{field} <> {field}") == set()


@pytest.mark.parametrize("value", [*sorted(set(VALUES.values()) - {VALUES["uuid"]}), "true"])
def test_values_compare_with_themselves(world: World, value: str) -> None:
    every = found(world, "sheets", "true")
    assert len(every) == 6
    assert found(world, "sheets", "false") == set()
    for op in ("=", "<=", ">="):
        assert found(world, "sheets", f"{value} {op} {value}") == every
    for op in ("<>", "<", ">"):
        assert found(world, "sheets", f"{value} {op} {value}") == set()


@pytest.mark.parametrize(("name", "field"), TEXTS)
def test_patterns_and_folded_texts(world: World, name: str, field: str) -> None:
    def ids(text: str) -> set:
        return found(world, name, text.format(f=field))

    assert ids("{f} LIKE '%'") == ids("{f} like '%%'") == ids("{f} IS NOT NULL")
    assert not ids("{f} like '_%'") & ids("{f} like ''")
    assert ids("{f} like '\\%\\_'") == set()
    assert not ids("CASEI({f}) = casei('foo')") & ids("CASEI({f}) <> casei('FOO')")
    assert ids("CASEI({f}) LIKE casei('đ%')") == ids("CASEI({f}) LIKE casei('Đ%')")
    assert not ids("ACCENTI({f}) = accenti('äöüéáí')") & ids("ACCENTI({f}) <> accenti('aoueai')")
    assert ids("ACCENTI({f}) LIKE accenti('Ấ%')") == ids("ACCENTI({f}) LIKE accenti('A%')")
    both = f"ACCENTI(CASEI({field})) {{}} accenti(casei('{{}}'))"
    assert found(world, name, both.format("=", "ẤP")) == found(world, name, both.format("=", "ap"))
    assert found(world, name, both.format("LIKE", "Ấ%")) == found(
        world, name, both.format("LIKE", "a%")
    )


def test_folded_texts_find_every_spelling(world: World) -> None:
    def numbers(text: str) -> int:
        return len(found(world, "parcels", text))

    spelt = {
        a: sum(f["address"] == a for f in world.parcels)
        for a in ("Ấp Long Thới", "ẤP LONG THỚI", "Ap Long Thoi", "Straße 5", "STRASSE 5")
    }
    assert (
        numbers("CASEI(address) = CASEI('ấp long THỚI')")
        == spelt["Ấp Long Thới"] + spelt["ẤP LONG THỚI"]
    )
    assert (
        numbers("ACCENTI(CASEI(address)) = 'ap long thoi'")
        == sum(spelt.values()) - spelt["Straße 5"] - spelt["STRASSE 5"]
    )
    assert numbers("CASEI(address) = CASEI('straSSe 5')") == spelt["Straße 5"] + spelt["STRASSE 5"]
    assert all(spelt.values())


@pytest.mark.parametrize(("name", "field", "kind"), FIELDS)
def test_lists_and_ranges(world: World, name: str, field: str, kind: str) -> None:
    listed = {
        "text": "'1', 'bar'",
        "uuid": VALUES["uuid"],
        "date": "'2022-04-14', '2022-04-15'",
        "moment": "'2022-04-14T14:52:56Z', '2022-04-14T15:52:56Z'",
    }.get(kind, "1, 2, 3")
    inside, outside = (found(world, name, f"{field} {op} ({listed})") for op in ("IN", "NOT IN"))
    assert not inside & outside
    assert inside | outside == found(world, name, f"{field} IS NOT NULL")
    if kind in {"integer", "number"}:
        whole = found(world, name, f"{field} BETWEEN 0 AND 100")
        assert whole == found(world, name, f"{field} >= 0 AND {field} <= 100")
        assert found(world, name, f"{field} between 100.0 and 1.0") == set()


@pytest.mark.parametrize("name", COLLECTIONS)
def test_places_and_their_opposites(world: World, name: str) -> None:
    def ids(text: str) -> set:
        return found(world, name, text)

    placed = ids("geometry IS NOT NULL")
    for shape in ("BBOX(-180,-90,180,90)", WHOLE_WORLD):
        assert (
            ids(f"S_INTERSECTS(geometry,{shape})") == ids(f"S_WITHIN(geometry,{shape})") == placed
        )
        assert ids(f"S_DISJOINT(geometry,{shape})") == ids(f"S_TOUCHES(geometry,{shape})") == set()
        assert ids(f"S_EQUALS(geometry,{shape})") == ids(f"S_CONTAINS(geometry,{shape})") == set()
        assert ids(f"S_OVERLAPS(geometry,{shape})") == ids(f"S_CROSSES(geometry,{shape})") == set()
    for shape in (LINE, SPOT):
        met = ids(f"S_INTERSECTS(geometry,{shape})")
        assert met | ids(f"S_DISJOINT(geometry,{shape})") == placed
        assert not met & ids(f"S_DISJOINT(geometry,{shape})")
        assert ids(f"S_CONTAINS(geometry,{shape})") | ids(f"S_CROSSES({shape},geometry)") <= met
    halves = "S_INTERSECTS(geometry,BBOX(-180,-90,-90,90)) AND S_INTERSECTS(geometry,BBOX(90,-90,180,90))"
    assert ids(halves) == set()
    for op in ("S_INTERSECTS", "S_DISJOINT"):
        answer = world.get(f"/ogc/collections/{name}/items", filter=f"{op}(geometry,POINT(90 180))")
        assert answer.status_code == 400


@pytest.mark.parametrize("op", TIMED)
def test_times_of_fields_and_intervals(world: World, op: str) -> None:
    days, moments = (
        "INTERVAL('2021-01-01','2021-12-31')",
        "INTERVAL('2021-01-01T00:00:00Z','2021-12-31T23:59:59Z')",
    )
    asks = [
        ("parcels", "effective_from", days),
        ("parcels", "effective_from", "DATE('2022-04-24')"),
        ("parcels", "published_at", moments),
        ("parcels", "published_at", "TIMESTAMP('2022-04-24T07:59:57Z')"),
        ("parcels", "INTERVAL(published_at,published_at)", moments),
        ("units", "INTERVAL(valid_from,valid_to)", days),
        ("units", "INTERVAL(valid_from,'..')", days),
    ]
    for name, first, second in asks:
        yes = found(world, name, f"T_{op}({first},{second})")
        no = found(world, name, f"NOT T_{op}({first},{second})")
        unknown = found(world, name, f"{first} IS NULL") if "(" not in first else set()
        assert not yes & no
        assert yes | no | unknown == found(world, name, "true")


def test_sums(world: World) -> None:
    assert len(found(world, "parcels", "fid=10+8")) == 1
    assert found(world, "parcels", "fid>=40-2*2^0") == found(world, "parcels", "38<=fid")
    assert found(world, "parcels", "fid / 0 = 1 OR fid % 0 = 1 OR fid div 0 = 1") == set()


def test_escapes_of_a_text(world: World) -> None:
    assert (
        found(world, "parcels", "address = 'it\\'s here'")
        == found(world, "parcels", "address = 'it''s here'")
        != set()
    )
    for letter in "abtnvfr":
        assert found(world, "parcels", f"address = '\\{letter}'") == set()
    assert found(world, "sheets", "'a\\tb' = 'a\\tb' AND '\\t' <> 't' AND '\\n' < ' '") == found(
        world, "sheets", "true"
    )

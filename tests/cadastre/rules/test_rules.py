"""Each rule on one clean and one dirty sketch per message, and all of them together."""

from dataclasses import replace

import numpy as np
import shapely

from landgis.cadastre.findings import Finding
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules import (
    CHECKS,
    RULES,
    check_all,
)
from landgis.cadastre.rules.geometry import empty, invalid, outside, vertices
from landgis.cadastre.rules.identity import same_identity
from landgis.cadastre.rules.topology import same_geometry, stack
from tests.builders import EAST, EPSG, NORTH, context, parcel_set, ring, square


def fails(found: list[Finding]) -> list[tuple[str, tuple[int, ...]]]:
    return [(f.rule.code, f.rows) for f in found if f.outcome == "fail"]


def run(parcels: ParcelSet) -> list[Finding]:
    return check_all(parcels, context(parcels), {})


def test_two_neighbours_give_no_finding() -> None:
    assert run(parcel_set([square(0, 0), square(10, 0)])) == []


def test_null_and_empty_geometries_are_found() -> None:
    parcels = parcel_set([square(0, 0), None, shapely.Polygon()])
    assert fails(list(empty.check(parcels, context(parcels)))) == [
        ("geometry.empty", (2,)),
        ("geometry.empty", (3,)),
    ]


def test_bow_tie_is_found_at_its_crossing() -> None:
    #   3 . . 2        the two edges cross in the middle
    #     . .
    #     . .
    #   1 . . 4 (x)
    parcels = parcel_set([square(20, 0), ring((0, 0), (10, 10), (0, 10), (10, 0))])
    (found,) = invalid.check(parcels, context(parcels))
    assert found.rows == (2,)
    assert found.place_xy == (EAST + 5, NORTH + 5)
    assert found.place_epsg == EPSG
    assert found.message["en"] == "Row 2: self-intersection."
    assert found.message["vi"] == "Dòng 2: ranh giới tự cắt."


def test_hole_outside_its_shell_is_found() -> None:
    shell, hole = square(0, 0), square(50, 50, 2)
    parcels = parcel_set([shapely.Polygon(shell.exterior.coords, [hole.exterior.coords])])
    (found,) = invalid.check(parcels, context(parcels))
    assert found.message["vi"] == "Dòng 1: lỗ nằm ngoài ranh giới."


def test_coordinate_that_is_no_number_is_found() -> None:
    with np.errstate(invalid="ignore"):
        broken = shapely.Polygon([(0, 0), (float("nan"), 5), (5, 5), (0, 0)])
    parcels = parcel_set([broken])
    (found,) = invalid.check(parcels, context(parcels))
    assert found.message["vi"] == "Dòng 1: tọa độ không phải là số hữu hạn."
    assert found.place_xy == (2.5, 2.5)  # the middle of what is finite


def test_polygon_of_too_many_vertices_is_found() -> None:
    round_one = shapely.Point(EAST, NORTH).buffer(5, quad_segs=2600)
    parcels = parcel_set([square(20, 0), round_one])
    (found,) = vertices.check(parcels, context(parcels))
    assert (found.rows, found.limit, found.unit) == ((2,), 10_000, "vertices")
    assert found.measured == 10_401


def test_parcel_beyond_the_territory_is_found() -> None:
    parcels = parcel_set([square(0, 0), square(20, 0), square(30_000, 0)])
    (found,) = outside.check(parcels, context(parcels))
    assert (found.rule.code, found.rows) == ("geometry.outside_jurisdiction", (3,))


def test_file_that_lies_mostly_outside_is_blocked_as_a_whole() -> None:
    parcels = parcel_set([square(0, 0), square(30_000, 0), square(30_020, 0)])
    (found,) = run(parcels)
    assert (found.rule.code, found.rule.severity) == ("dataset.outside_deployment", "block")
    assert found.measured == 2 / 3


def test_repeated_row_is_same_geometry_and_nothing_else() -> None:
    corners = list(square(0, 0).exterior.coords)[:-1]
    turned = shapely.Polygon([*corners[2:], *corners[:2]][::-1])
    parcels = parcel_set([square(0, 0), square(10, 0), turned], ["1/1/1", "1/1/2", "1/1/1"])
    assert fails(run(parcels)) == [("topology.same_geometry", (1, 3))]
    (found,) = same_geometry.check(parcels, context(parcels))
    assert found.message["en"] == "Row 3 repeats row 1 (1/1/1)."


def test_one_identity_on_two_places_is_found() -> None:
    parcels = parcel_set([square(0, 0), square(50, 0), square(90, 0)], ["1/1/1", "1/1/1", "1/1/2"])
    assert fails(run(parcels)) == [("identity.duplicate", (1, 2))]


def test_identity_is_untested_where_the_source_names_none() -> None:
    parcels = parcel_set([square(0, 0)], [None])
    (found,) = same_identity.check(parcels, context(parcels, fields=()))
    assert (found.outcome, found.rows) == ("untested", ())


def test_two_identities_on_one_polygon_are_a_stack() -> None:
    parcels = parcel_set([square(0, 0), square(0, 0)], ["1/1/1", "1/1/2"])
    assert fails(run(parcels)) == [("topology.stack", (1, 2))]


def test_equal_polygons_without_identity_are_a_stack() -> None:
    parcels = parcel_set([square(0, 0), square(0, 0)], [None, None])
    (found,) = stack.check(parcels, context(parcels, fields=()))
    assert found.rows == (1, 2)


def test_finding_keeps_its_id_when_rows_move() -> None:
    one = parcel_set([square(0, 0), square(50, 0)], ["1/1/1", "1/1/1"])
    other = parcel_set([square(99, 0), square(0, 0), square(50, 0)], ["1/1/9", "1/1/1", "1/1/1"])
    (first,), (second,) = run(one), run(other)
    assert (first.rows, second.rows) == ((1, 2), (2, 3))
    assert first.id == second.id


def test_jurisdiction_may_change_a_severity() -> None:
    parcels = parcel_set([square(0, 0), square(0, 0)], ["1/1/1", "1/1/2"])
    (found,) = check_all(parcels, context(parcels), {"topology.stack": "info"})
    assert found.rule.severity == "info"


def test_every_rule_speaks_both_languages_and_has_a_family() -> None:
    families = ("file", "geometry", "topology", "identity", "attribute", "change", "dataset")
    for rule in RULES:
        assert rule.code.split(".")[0] in families
        assert all(rule.title[lang] and rule.remedy[lang] for lang in ("vi", "en"))
    assert len({rule.code for rule in RULES}) == len(RULES) > len(CHECKS)


def test_needle_that_breaks_in_the_storage_plane_is_found() -> None:
    parcels = parcel_set([square(0, 0), square(10, 0)])
    broken = parcel_set([square(0, 0), ring((0, 0), (10, 10), (0, 10), (10, 0))]).geom
    found = invalid.check(parcels, replace(context(parcels), storage_geom=broken))
    assert [f.rows for f in found] == [(2,)]

"""A parcel in several parts is asked about, never refused."""

import shapely

from landgis.cadastre.rules.geometry import multipart
from tests.builders import EAST, NORTH, context, parcel_set, square


def test_parts_are_counted_and_the_smallest_is_shown() -> None:
    several = shapely.MultiPolygon([square(0, 0), square(20, 0, 2), square(40, 0)])
    parcels = parcel_set([square(60, 0), several])
    (found,) = multipart.check(parcels, context(parcels))
    assert (found.rule.code, found.rows, found.rule.severity) == (
        "geometry.multipart", (2,), "info",
    )  # fmt: skip
    assert (found.measured, found.limit, found.unit) == (3.0, 1.0, "parts")
    assert found.place_xy == (EAST + 21, NORTH + 1)
    assert found.message["en"] == "Row 2 consists of 3 separate parts."
    assert found.message["vi"] == "Dòng 2 gồm 3 phần rời nhau."


def test_one_part_written_as_several_gives_nothing() -> None:
    parcels = parcel_set([square(0, 0), shapely.MultiPolygon([square(20, 0)]), None])
    assert list(multipart.check(parcels, context(parcels))) == []

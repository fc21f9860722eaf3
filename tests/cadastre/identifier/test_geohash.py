"""GeoHash in columns: the golden pair of the circular's example, round trips, what is no place."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from landgis.cadastre.identifier.geohash import HALF_LAT, HALF_LON, decode, encode
from tests.builders import column

GOLDEN = (106.100001214, 11.310000700, "w652q6gtt0zn")
"""(565302.0, 1250811.0) in EPSG:9209; domain B1, class A."""


def one(lon: float, lat: float) -> str | None:
    text: str | None = encode(np.array([lon]), np.array([lat]))[0]
    return text


def by_halving(lon: float, lat: float) -> str:
    """The definition: halve the ranges in turn, longitude first, five bits a letter."""
    ranges = {0: [-180.0, 180.0], 1: [-90.0, 90.0]}
    bits = ""
    for i in range(60):
        low, high = ranges[i % 2]
        middle, value = (low + high) / 2, (lon, lat)[i % 2]
        bits += "1" if value >= middle else "0"
        ranges[i % 2] = [middle, high] if value >= middle else [low, middle]
    letters = "0123456789bcdefghjkmnpqrstuvwxyz"
    return "".join(letters[int(bits[i : i + 5], 2)] for i in range(0, 60, 5))


def test_golden_place_has_its_text() -> None:
    assert one(*GOLDEN[:2]) == GOLDEN[2]


def test_text_gives_the_middle_of_its_cell() -> None:
    lon, lat = decode(column([GOLDEN[2], GOLDEN[2].upper()]))
    assert (np.abs(lon - GOLDEN[0]) <= HALF_LON).all()
    assert (np.abs(lat - GOLDEN[1]) <= HALF_LAT).all()


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_every_place_has_the_text_of_the_definition(lon: float, lat: float) -> None:
    text = one(lon, lat)
    assert text is not None
    there_lon, there_lat = decode(column([text]))
    assert abs(there_lon[0] - lon) <= HALF_LON * 1.001
    assert abs(there_lat[0] - lat) <= HALF_LAT * 1.001
    middle = float(there_lon[0]), float(there_lat[0])
    assert one(*middle) == text == by_halving(*middle)


def test_edges_of_the_world_have_texts_and_what_lies_beyond_has_none() -> None:
    assert one(-180, -90) == "000000000000"
    assert one(180, 90) == "zzzzzzzzzzzz"
    assert [one(181, 0), one(0, 91), one(float("nan"), 0), one(float("inf"), 0)] == [None] * 4


def test_other_texts_are_no_identifiers() -> None:
    texts = [None, "", "w652q6gtt0z", "w652q6gtt0zna", "w652q6gtt0zi", "w652q6gtt0zế", "25645/1/12"]
    lon, lat = decode(column(texts))
    assert np.isnan(lon).all()
    assert np.isnan(lat).all()
    assert len(encode(lon[:0], lat[:0])) == 0

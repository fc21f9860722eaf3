"""All tiles of a small register together; ``scripts/prove tiles`` does it for large ones."""

import numpy as np
import pytest
import shapely
from proofs import pyramids, zooms
from shapely.affinity import translate

from tests.builders import EAST, NORTH, square
from tests.conftest import Open
from tests.histories import Land, Register

pytestmark = pytest.mark.db

UNIT = "25645"


def lands() -> list[Land]:
    """A village: plots, a road through all of it, a plot with a hole, slivers, secret land."""
    plots = [square(20.0 * (i % 9), 20.0 * (i // 9), 20.0) for i in range(72)]
    road = shapely.box(EAST - 900, NORTH - 6, EAST + 900, NORTH)
    pond = square(200, 0, 60).difference(square(215, 15, 20))
    island = square(220, 20, 10)
    parts = shapely.MultiPolygon([square(300, 0, 30), square(340, 0, 30)])
    slivers = [shapely.box(EAST + x, NORTH - 40, EAST + x + 0.05, NORTH - 10) for x in (0, 7)]
    around = translate(shapely.Point(EAST, NORTH).buffer(60, quad_segs=64), 500, 300)
    all_of_them = [*plots, road, pond, island, parts, *slivers, around]
    named = [Land(g, f"{UNIT}/{1 + i % 3}/{i + 1}") for i, g in enumerate(all_of_them)]
    return [*named, Land(square(600, 0, 50), f"{UNIT}/1/900", (("CQP", None),))]


def test_every_tile_of_the_pyramid_is_valid_and_shows_what_sql_says(open_services: Open) -> None:
    services = open_services("vn-80")
    Register(services.database).publish(*lands())
    lines: list[str] = []
    assert pyramids.judge(services, 1, lines.append, by_gdal=1) == []
    assert "79 of 79 parcels" in lines[-1]


def test_a_lost_parcel_a_ghost_and_a_doubled_label_are_seen(open_services: Open) -> None:
    services = open_services("vn-80")
    Register(services.database).publish(*lands())
    known = zooms.Land.of(services)
    zoom = zooms.Zoom(18)
    side = 2 * np.pi * 6_378_137.0 / 2**18
    for fid, geom in zip(known.fid.tolist(), known.geom, strict=True):
        of, x, y = zooms._pairs(np.array([geom.bounds]), side, 0.0)
        zoom.fids += [fid] * len(of)
        zoom.columns += x.tolist()
        zoom.rows += y.tolist()
        zoom.labels[fid] += 1
    assert list(zooms.compare(zoom, known, print)) == []
    zoom.fids[0] = 10**6
    zoom.labels[known.fid[5]] += 1
    found = "; ".join(zooms.compare(zoom, known, print))
    assert "not there" in found
    assert "missing where it is" in found
    assert "labels not exactly once" in found

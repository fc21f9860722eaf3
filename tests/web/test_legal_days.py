"""What held in law on a day, as the register knows it now or knew it then."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
import shapely
from flask.testing import FlaskClient

from landgis.bootstrap import Services
from landgis.bootstrap.exporting import exports
from landgis.cadastre.register import Principal
from landgis.services.exporting import ExportAsked
from landgis.web.app import create_app
from tests.builders import square
from tests.conftest import Open
from tests.drafting import Office
from tests.histories import Land, Register

pytestmark = pytest.mark.db

EVER = date(1900, 1, 1)
SPLIT_ON = date(2026, 3, 2)
MERGED_ON = date(2026, 5, 6)
DAY = timedelta(days=1)
WIDTH = 64.0
BY = Principal.holding("tester", {"register"})


def land(number: str, use: str = "ODT") -> Land:
    return Land(square(20 * int(number), 0), f"25645/12/{number}", ((use, None),))


@pytest.fixture
def services(open_services: Open) -> Services:
    return open_services("vn-80")


@pytest.fixture
def register(services: Services) -> Register:
    return Register(services.database)


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return create_app(services).test_client()


def numbers(client: FlaskClient, on: date, **said: Any) -> list[str]:
    query = urlencode({"sheet": "12", "effective_on": on.isoformat()} | said)
    answer = client.get(f"/api/v1/parcels?{query}")
    assert answer.status_code == 200, answer.text
    found = [f["properties"]["number"] for f in answer.json["features"]]
    assert answer.json["numberMatched"] == len(found)
    return sorted(found)


def test_before_a_split_the_parent_held_and_since_then_its_children(
    client: FlaskClient, register: Register
) -> None:
    whole, _ = register.publish(land("1"), land("2"))
    register.split(whole, land("3"), land("4"), effective_on=SPLIT_ON)
    assert numbers(client, EVER) == numbers(client, SPLIT_ON - DAY) == ["1", "2"]
    assert numbers(client, SPLIT_ON) == numbers(client, SPLIT_ON + DAY) == ["2", "3", "4"]
    assert numbers(client, SPLIT_ON, as_of=1) == ["1", "2"]  # it did not know of it then
    assert numbers(client, SPLIT_ON - DAY, as_of=2) == ["1", "2"]


def test_facts_are_those_of_the_day(client: FlaskClient, register: Register) -> None:
    (parcel,) = register.publish(land("1", "LUC"))
    register.change("edit", [parcel], {parcel: land("1", "ODT")}, effective_on=SPLIT_ON)
    register.change("edit", [parcel], {parcel: land("1", "CLN")}, effective_on=MERGED_ON)
    for day, use in (
        (EVER, "LUC"),
        (SPLIT_ON, "ODT"),
        (MERGED_ON - DAY, "ODT"),
        (MERGED_ON, "CLN"),
    ):
        found = {u: numbers(client, day, land_use=u) for u in ("LUC", "ODT", "CLN")}
        assert found == {u: ["1"] if u == use else [] for u in found}, day


def test_what_was_taken_back_never_held(client: FlaskClient, register: Register) -> None:
    (whole,) = register.publish(land("1"))
    register.split(whole, land("3"), land("4"), effective_on=SPLIT_ON)
    register.undo(2)
    for day in (EVER, SPLIT_ON, MERGED_ON):
        assert numbers(client, day) == ["1"], day
    assert numbers(client, SPLIT_ON, as_of=2) == ["3", "4"]
    register.undo(3)  # the split holds after all, from the day it had
    assert numbers(client, SPLIT_ON - DAY) == ["1"]
    assert numbers(client, SPLIT_ON) == ["3", "4"]
    assert numbers(client, SPLIT_ON, as_of=3) == ["1"]


def test_no_change_holds_before_what_it_builds_on(client: FlaskClient, register: Register) -> None:
    (whole,) = register.publish(land("1"))
    (child, _) = register.split(whole, land("3"), land("4"), effective_on=MERGED_ON)
    register.change("edit", [child], {child: land("3", "CLN")}, effective_on=SPLIT_ON)
    assert numbers(client, SPLIT_ON) == ["1"]
    assert numbers(client, MERGED_ON, land_use="CLN") == ["3"]


def test_pages_and_places_of_a_legal_day(client: FlaskClient, register: Register) -> None:
    whole, *_ = register.publish(land("1"), land("2"), land("5"))
    register.split(whole, land("3"), land("4"), effective_on=SPLIT_ON)
    said = {"sheet": "12", "effective_on": (SPLIT_ON - DAY).isoformat(), "limit": 1}
    seen, address = [], f"/api/v1/parcels?{urlencode(said)}"
    while address:
        body = client.get(address).json
        assert body["numberMatched"] == 3
        seen += [f["properties"]["number"] for f in body["features"]]
        address = next((link["href"] for link in body["links"] if link["rel"] == "next"), "")
    assert seen == ["1", "2", "5"]
    bounds = ",".join(map(str, square(20, 0).bounds))
    assert numbers(client, SPLIT_ON - DAY, bbox=bounds, bbox_srid=9209) == ["1"]


def test_export_of_a_legal_day(services: Services, register: Register, tmp_path: Path) -> None:
    whole, _ = register.publish(land("1"), land("2"))
    register.split(whole, land("3"), land("4"), effective_on=SPLIT_ON)
    found = {}
    for day in (SPLIT_ON - DAY, SPLIT_ON):
        out = tmp_path / f"{day}.csv"
        exports(services).write(out, ExportAsked(effective_on=day), BY)
        with out.open(encoding="utf-8-sig", newline="") as file:
            found[day] = sorted(row["number"].strip("'") for row in csv.DictReader(file))
    assert found == {SPLIT_ON - DAY: ["1", "2"], SPLIT_ON: ["2", "3", "4"]}


def test_an_approval_holds_from_its_day_on(services: Services, client: FlaskClient) -> None:
    register, office = Register(services.database), Office(services)
    (whole,) = register.publish(land("1"))
    shown = office.cut(office.open(), whole, (25, -1), (25, 11))
    before = datetime.now(services.jurisdiction.time_zone).date()
    office.approve(office.submit(shown))
    after = datetime.now(services.jurisdiction.time_zone).date()
    feature, *_ = client.get("/api/v1/parcels?sheet=12").json["features"]
    day = date.fromisoformat(feature["properties"]["effective_from"])
    assert before <= day <= after
    assert numbers(client, day - DAY) == ["1"]
    assert len(numbers(client, day)) == 2
    found = services.verify.register().differences + services.verify.audit().differences
    assert found == []


@pytest.mark.parametrize("seed", range(4))
def test_every_day_of_every_state_is_covered_once(
    seed: int, client: FlaskClient, register: Register
) -> None:
    chance = np.random.default_rng(seed)
    live = dict(zip(register.publish(*map(strip, range(3))), map(strip, range(3)), strict=True))
    names, states, days = count(10), [dict(live)], [EVER]
    for _ in range(9):
        day = days[-1] + DAY * int(chance.integers(-3, 6)) if len(days) > 1 else SPLIT_ON
        chosen = sorted(live, key=str)[chance.integers(len(live))]
        if len(states) > 1 and chance.random() < 0.3:
            register.undo(len(states))
            live = dict(states[-2])
        elif chance.random() < 0.5:
            gone = live.pop(chosen)
            halves = [gone._replace(geom=g, name=name(names)) for g in cut(gone.geom)]
            live |= zip(register.split(chosen, *halves, effective_on=day), halves, strict=True)
        else:
            live[chosen] = live[chosen]._replace(register_area_m2=float(chance.uniform(1, 99)))
            register.change("edit", [chosen], {chosen: live[chosen]}, effective_on=day)
        states.append(dict(live))
        days.append(day)
    whole = 3 * WIDTH * WIDTH
    for as_of in (1, int(chance.integers(2, 10)), 10):
        for day in {EVER, *days, *(d - DAY for d in days), *(d + 9 * DAY for d in days)}:
            query = urlencode({"sheet": "12", "effective_on": day.isoformat(), "as_of": as_of})
            found = client.get(f"/api/v1/parcels?{query}").json["features"]
            areas = [f["properties"]["area_m2"] for f in found]
            assert sum(areas) == pytest.approx(whole, abs=0.1 * len(areas)), (as_of, day)
            assert len({f["id"] for f in found}) == len(found)
    late = urlencode({"sheet": "12", "effective_on": (max(days) + 99 * DAY).isoformat()})
    now = client.get(f"/api/v1/parcels?{late}").json["features"]
    assert {f["properties"]["parcel_id"] for f in now} == set(map(str, live))


def strip(i: int) -> Land:
    return Land(square(WIDTH * i, 0, WIDTH), f"25645/12/{i + 1}", (("ODT", None),))


def name(numbers: Iterator[int]) -> str:
    return f"25645/12/{next(numbers)}"


def cut(geom: Any) -> tuple[Any, Any]:
    """Halves, beside each other."""
    west, south, east, north = geom.bounds
    middle = (west + east) / 2
    return shapely.box(west, south, middle, north), shapely.box(middle, south, east, north)

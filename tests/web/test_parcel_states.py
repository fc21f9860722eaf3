"""The two times of the register over HTTP: what it knew when, and what held in law on which day."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
import shapely
from flask.testing import FlaskClient

from landgis.bootstrap import Services
from landgis.geodesy import transform
from landgis.web.app import create_app
from tests.builders import EAST, NORTH
from tests.conftest import Open
from tests.histories import VN_80, Land, Register

pytestmark = pytest.mark.db


def strip(x: float, width: float, number: str, use: str = "ODT", epsg: int = 9209) -> Land:
    geom = shapely.box(EAST + x, NORTH, EAST + x + width, NORTH + 20)
    return Land(transform(geom, 9209, epsg), f"25645/12/{number}", ((use, None),), epsg=epsg)


def box(west: float, east: float) -> str:
    return f"{EAST + west},{NORTH + 1},{EAST + east},{NORTH + 19}"


@pytest.fixture
def services(open_services: Open) -> Services:
    return open_services("vn-80")


@pytest.fixture
def register(services: Services) -> Register:
    return Register(services.database)


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return create_app(services).test_client()


def ask(client: FlaskClient, path: str = "", /, **said: object) -> Any:
    answer = client.get(f"/api/v1/parcels{path}?{urlencode(said)}")
    assert answer.status_code == 200, answer.text
    return answer.json


def numbers(client: FlaskClient, **said: object) -> list[str]:
    body = ask(client, **({"sheet": "12"} | said))
    assert body["numberMatched"] == len(body["features"])
    return sorted(f["properties"]["number"] for f in body["features"])


def committed(register: Register, revision: int) -> Any:
    with register.database.begin() as connection:
        sql = "SELECT committed_at FROM revisions WHERE revision = %s"
        return connection.exec_driver_sql(sql, (revision,)).scalar_one()


def split_once(register: Register) -> tuple[UUID, UUID]:
    """Revision 1: 152, and 153 surveyed in another plane; 2: 152 becomes 311 and 312; 3: 153 a garden."""
    parent, other = register.publish(strip(0, 20, "152"), strip(20, 20, "153", epsg=9210))
    register.split(parent, strip(0, 10, "311"), strip(10, 10, "312"))
    register.change("edit", [other], {other: strip(20, 20, "153", "CLN", epsg=9210)})
    return parent, other


def test_each_revision_is_as_it_was(client: FlaskClient, register: Register) -> None:
    split_once(register)
    states = {1: ["152", "153"], 2: ["153", "311", "312"], 3: ["153", "311", "312"]}
    for revision, expected in states.items():
        assert numbers(client, as_of=revision) == expected
        at = committed(register, revision)
        assert numbers(client, as_of=at.isoformat()) == expected
        assert numbers(client, as_of=at.isoformat().replace("+", " ")) == expected
    before = committed(register, 1) - timedelta(seconds=1)
    assert numbers(client, as_of=before.isoformat()) == []
    assert numbers(client, as_of=0) == []
    assert numbers(client) == states[3]


def test_conditions_look_at_what_was_said_then(client: FlaskClient, register: Register) -> None:
    split_once(register)
    assert numbers(client, as_of=1, land_use="CLN") == []
    assert numbers(client, as_of=3, land_use="CLN") == ["153"]
    assert numbers(client, as_of=1, area_min=300) == ["152", "153"]
    assert numbers(client, as_of=2, area_min=300) == ["153"]
    assert numbers(client, as_of=1, number="152", unit="25645") == ["152"]
    assert numbers(client, number="152") == []


def test_places_are_met_in_every_survey_plane(client: FlaskClient, register: Register) -> None:
    split_once(register)
    for said in ({"bbox_srid": 9209, "bbox": box(5, 6)}, {"bbox_srid": 9209, "bbox": box(15, 16)}):
        assert numbers(client, as_of=1, **said) == ["152"]
    assert numbers(client, as_of=1, bbox_srid=9209, bbox=box(25, 26)) == ["153"]
    assert numbers(client, as_of=1, bbox_srid=9209, bbox=box(5, 26)) == ["152", "153"]
    assert numbers(client, as_of=2, bbox_srid=9209, bbox=box(5, 6)) == ["311"]
    place = transform(shapely.box(EAST + 5, NORTH + 1, EAST + 6, NORTH + 2), 9209, 4326)
    assert numbers(client, as_of=1, within=place.wkt) == ["152"]
    assert numbers(client, as_of=1, bbox="-180,-90,180,90") == ["152", "153"]
    assert numbers(client, as_of=1, bbox="0,0,1,1") == []


def test_answer_says_which_state_it_is(client: FlaskClient, register: Register) -> None:
    parent, _ = split_once(register)
    body = ask(client, sheet="12", as_of=1, effective_on="2026-01-01")
    assert body["as_of"]["revision"] == 1
    assert body["as_of"]["published_at"].endswith("+07:00")
    assert body["effective_on"] == "2026-01-01"
    (then,) = (f for f in body["features"] if f["properties"]["number"] == "152")
    assert then["properties"]["parcel_id"] == str(parent)
    assert then["properties"]["revision"] == 1
    assert shapely.geometry.shape(then["geometry"]).exterior.is_ccw
    assert not {"as_of", "effective_on"} & set(ask(client, sheet="12"))


def test_pages_of_a_state_stay_in_it(client: FlaskClient, register: Register) -> None:
    made = register.publish(*(strip(i * 10, 10, str(i)) for i in range(7)))
    register.split(made[3], strip(30, 5, "31"), strip(35, 5, "32"))
    today = datetime.now(VN_80.time_zone).date().isoformat()
    body = ask(client, sheet="12", as_of=today, limit=3)
    assert body["numberMatched"] == 8
    register.split(made[6], strip(60, 5, "61"), strip(65, 5, "62"))
    seen = [f["properties"]["number"] for f in body["features"]]
    while body["links"]:
        body = client.get(body["links"][0]["href"]).json
        seen += [f["properties"]["number"] for f in body["features"]]
    assert sorted(seen) == sorted(["0", "1", "2", "31", "32", "4", "5", "6"])


def test_one_parcel_as_it_was(client: FlaskClient, register: Register) -> None:
    parent, other = split_once(register)
    then = ask(client, f"/{parent}", as_of=1)
    assert then["properties"]["number"] == "152"
    assert then["as_of"]["revision"] == 1
    assert ask(client, f"/{register.fid(parent)}", as_of=1) == then
    assert ask(client, f"/{other}", as_of=2)["properties"]["land_uses"][0]["code"] == "ODT"
    assert ask(client, f"/{other}", as_of=3)["properties"]["land_uses"][0]["code"] == "CLN"
    for revision in (0, 2, 3):
        gone = client.get(f"/api/v1/parcels/{parent}?as_of={revision}")
        assert (gone.status_code, gone.json["code"]) == (404, "no_such_parcel")


def test_taken_back_is_known_only_in_between(client: FlaskClient, register: Register) -> None:
    parent, _ = split_once(register)
    register.undo(2)
    assert numbers(client, as_of=3) == ["153", "311", "312"]
    assert numbers(client, as_of=4) == numbers(client) == ["152", "153"]
    assert ask(client, f"/{parent}", as_of=4)["properties"]["revision"] == 4


def test_withheld_land_has_no_past(client: FlaskClient, register: Register) -> None:
    always, became = register.publish(strip(0, 10, "1", "CQP"), strip(10, 10, "2"))
    was, gone = register.publish(strip(20, 10, "3", "CAN"), strip(30, 10, "4"))
    register.change("edit", [became], {became: strip(10, 10, "2", "CQP")})
    register.change("edit", [was], {was: strip(20, 10, "3", "ODT")})
    register.change("edit", [gone], {gone: strip(30, 10, "4", "CQP")})
    register.split(gone, strip(30, 10, "5"))
    for revision, expected in {2: [], 3: [], 4: ["3"], 5: ["3"], 6: ["3", "5"]}.items():
        assert numbers(client, as_of=revision) == expected, revision
        assert numbers(client, as_of=revision, bbox=box(0, 100), bbox_srid=9209) == expected
        for hidden in (always, became, gone):
            answer = client.get(f"/api/v1/parcels/{hidden}?as_of={revision}")
            assert (answer.status_code, answer.json["code"]) == (404, "no_such_parcel")


def test_legal_day(client: FlaskClient, register: Register) -> None:
    made = register.publish(strip(0, 10, "1"), strip(10, 10, "2"), strip(20, 10, "3"))
    with register.database.begin() as connection:
        for parcel_id, day in zip(made, ("2020-01-01", "2025-07-01", None), strict=True):
            for table in ("parcels", "parcel_versions"):
                sql = f"UPDATE {table} SET effective_from = %s WHERE parcel_id = %s"
                connection.exec_driver_sql(sql, (day, parcel_id))
    register.split(made[0], strip(0, 10, "4"))
    expected = {"2019-12-31": ["3"], "2020-01-01": ["1", "3"]}
    for day, found in (expected | {"2025-07-01": ["1", "2", "3"]}).items():
        assert numbers(client, as_of=1, effective_on=day) == found, day
    assert numbers(client, effective_on="2025-06-30") == ["3", "4"]
    assert numbers(client, effective_on="2025-07-01") == ["2", "3", "4"]

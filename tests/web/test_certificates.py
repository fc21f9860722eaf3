"""Certificates over HTTP: found by the whole serial, telling the least, not to be tried out."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from landgis.bootstrap import Services
from landgis.cadastre.register import Principal
from landgis.services.certificates import QUESTIONS
from tests.builders import square
from tests.histories import Land, Register

pytestmark = pytest.mark.db

URL = "/api/v1/certificates"
BY = Principal.holding("tester", {"register"})
HEADING = "serial,parcel,book_no,issued_on,ended_on\n"

Ask = Callable[..., TestResponse]


@pytest.fixture
def register(services: Services) -> Register:
    return Register(services.database)


@pytest.fixture
def ask(api: FlaskClient) -> Ask:
    def asked(serial: str, address: str = "192.0.2.1", **more: Any) -> TestResponse:
        more["environ_base"] = {"REMOTE_ADDR": address}
        return api.get(URL, query_string={"serial": serial}, **more)

    return asked


def note(services: Services, *rows: str) -> tuple[dict[str, int], list[tuple[int, str]]]:
    counts, refused = services.certificates.note((HEADING + "\n".join(rows)).encode(), BY)
    return dict(counts), [(one.row, one.code) for one in refused]


def named(register: Register, *names: str) -> list[UUID]:
    lands = (Land(square(20 * i, 0), name) for i, name in enumerate(names))
    return register.publish(*lands)


def test_whole_serial_gives_the_names_of_its_parcels_and_no_more(
    services: Services, register: Register, ask: Ask
) -> None:
    first, second, _ = named(register, "25645/12/1", "25645/12/2", "25645/12/3")
    rows = ("BK 123456,25645/12/1,CH 00123,2019-05-06,", f"bk123456,{second},,,")
    assert note(services, *rows) == ({"added": 2}, [])
    found = ask("bk 123456")
    assert (found.status_code, found.headers["Cache-Control"]) == (200, "no-store")
    assert (found.json["serial"], found.json["state"]) == ("BK 123456", "in_force")
    assert {p["parcel_id"] for p in found.json["parcels"]} == {str(first), str(second)}
    names = {"parcel_id", "fid", "unit_code", "unit_name", "sheet", "number", "status"}
    assert all(set(parcel) == names for parcel in found.json["parcels"])
    assert "00123" not in found.text
    assert "2019" not in found.text


@pytest.mark.parametrize("serial", ["BK 12345", "BK 1234567", "BK", "%25", "BK_23456", "*"])
def test_part_of_a_serial_finds_nothing(
    services: Services, register: Register, ask: Ask, serial: str
) -> None:
    named(register, "25645/12/1")
    note(services, "BK 123456,25645/12/1,,,")
    missed = ask(serial)
    expected = {(404, "no_such_certificate"), (400, "bad_serial")}
    assert (missed.status_code, missed.json["code"]) in expected


def test_withheld_land_is_as_if_there_were_no_certificate(
    services: Services, register: Register, ask: Ask
) -> None:
    register.publish(Land(square(0, 0), "25645/12/1", uses=(("CQP", None),)))
    note(services, "BK 123456,25645/12/1,,,")
    hidden, absent = ask("BK 123456"), ask("BK 123457")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.text.replace("123456", "123457") == absent.text
    key = services.access.create("defence", frozenset({"register", "withheld"}), None)
    seen = ask("BK 123456", headers={"Authorization": f"Bearer {key}"})
    assert [p["number"] for p in seen.json["parcels"]] == ["1"]


def test_retired_parcel_leads_to_what_it_became(
    services: Services, register: Register, ask: Ask
) -> None:
    (whole,) = register.publish(Land(square(0, 0), "25645/12/1"))
    note(services, "BK 123456,25645/12/1,,,")
    halves = (Land(square(0, 0, 5), "25645/12/2"), Land(square(5, 0, 5), "25645/12/3"))
    children = register.split(whole, *halves)
    (parcel,) = ask("BK 123456").json["parcels"]
    assert (parcel["parcel_id"], parcel["status"]) == (str(whole), "retired")
    assert [s["parcel_id"] for s in parcel["successors"]] == [str(c) for c in children]


def test_ended_certificate_says_so_and_one_in_force_comes_first(
    services: Services, register: Register, ask: Ask
) -> None:
    named(register, "25645/12/1", "25645/12/2")
    note(
        services,
        "BK 1,25645/12/1,,,2020-01-01",
        "BK 2,25645/12/1,,,2020-01-01",
        "BK 2,25645/12/2,,,",
    )
    assert ask("BK 1").json["state"] == "ended"
    both = ask("BK 2").json
    assert (both["state"], [p["number"] for p in both["parcels"]]) == ("in_force", ["2"])


def test_table_again_changes_nothing_and_a_correction_keeps_what_was_said(
    services: Services, register: Register
) -> None:
    named(register, "25645/12/1")
    assert note(services, "BK 1,25645/12/1,A,,") == ({"added": 1}, [])
    assert note(services, "BK-1,25645/12/1,A,,") == ({"unchanged": 1}, [])
    assert note(services, "BK 1,25645/12/1,B,,") == ({"changed": 1}, [])
    query = text("SELECT book_no, replaced_at IS NULL FROM certificates ORDER BY entry_id")
    noted = text("SELECT count(*) FROM audit_log WHERE action = 'certificates'")
    with services.database.begin() as connection:
        assert [tuple(row) for row in connection.execute(query)] == [("A", False), ("B", True)]
        assert connection.execute(noted).scalar_one() == 2


def test_rows_that_cannot_be_taken_are_named_and_the_others_kept(
    services: Services, register: Register, ask: Ask
) -> None:
    named(register, "25645/12/1")
    rows = (
        "BK 1,25645/12/9,,,",
        "nothing,25645/12/1,,,",
        "BK 2,,,,",
        "BK 3,25645/12/1,,31/12/2019,",
        "BK 4,25645/12/1,,,",
    )
    refused = [(1, "no_such_parcel"), (2, "bad_serial"), (3, "bad_row"), (4, "bad_row")]
    assert note(services, *rows) == ({"added": 1}, refused)
    assert ask("BK 4").status_code == 200


def test_serials_cannot_be_tried_out(services: Services, register: Register, ask: Ask) -> None:
    named(register, "25645/12/1")
    note(services, "BK 123456,25645/12/1,,,")
    tried = [ask(f"BK {number}").status_code for number in range(100000, 100000 + QUESTIONS)]
    assert set(tried) == {404}
    late = ask("BK 123456")
    assert (late.status_code, late.json["code"]) == (429, "too_many_questions")
    assert 1 <= int(late.headers["Retry-After"]) <= 60
    assert ask("BK 123456", address="192.0.2.2").status_code == 200
    key = services.access.create("department", frozenset({"register"}), None)
    asked = ask("BK 123456", headers={"Authorization": f"Bearer {key}"})
    assert asked.status_code == 200
    with services.database.begin() as connection:  # as if a minute had gone by
        connection.execute(
            text("UPDATE certificate_questions SET began_at = began_at - interval '61 s'")
        )
    assert ask("BK 123456").status_code == 200


def test_a_household_of_ipv6_addresses_is_counted_as_one(
    services: Services, register: Register, ask: Ask
) -> None:
    named(register, "25645/12/1")
    note(services, "BK 1,25645/12/1,,,")
    for last in range(QUESTIONS):
        assert ask("BK 1", address=f"2001:db8:0:1::{last:x}").status_code == 200
    assert ask("BK 1", address="2001:db8:0:1:ffff::1").status_code == 429
    assert ask("BK 1", address="2001:db8:0:2::1").status_code == 200


def test_serial_is_in_no_other_answer(
    services: Services, register: Register, api: FlaskClient
) -> None:
    (parcel_id,) = named(register, "25645/12/1")
    note(services, "BKX 123456,25645/12/1,CHX 00123,,")
    for path in (
        f"/api/v1/parcels/{parcel_id}",
        f"/api/v1/parcels/{parcel_id}/history",
        "/api/v1/parcels?unit=25645&sheet=12",
        "/ogc/collections/parcels/items",
        "/ogc/collections/parcels/queryables",
    ):
        told = api.get(path)
        assert told.status_code == 200, told.text
        assert "BKX" not in told.text
        assert "CHX" not in told.text
        assert "certificate" not in told.text

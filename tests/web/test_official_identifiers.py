"""Identifiers that an issuer makes official: whole lists, what speaks against a row, what follows."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
import shapely
from sqlalchemy import text

from landgis.bootstrap import Services
from landgis.cadastre.register import Principal
from landgis.cadastre.roles import SCOPES
from landgis.errors import Conflict, Refused
from landgis.services.identifying.claims import Claim
from landgis.services.identifying.issuing import Issued
from landgis.store.identifiers import IdentifierStore
from tests.builders import square
from tests.conftest import Open
from tests.histories import Land, Register

pytestmark = pytest.mark.db

BY = Principal.holding("local:lan", SCOPES)
ISSUER, DECISION = "Sở Nông nghiệp và Môi trường", "12/QĐ-SNNMT"


@pytest.fixture
def services(open_services: Open) -> Services:
    return open_services("vn-80")


@pytest.fixture
def register(services: Services) -> Register:
    return Register(services.database)


@pytest.fixture
def squares(services: Services, register: Register) -> list[UUID]:
    """Three squares beside each other, with what the procedure proposes."""
    lands = [Land(square(20 * i, 0), f"25645/12/{i}") for i in range(1, 4)]
    made = register.publish(*lands)
    services.identifiers.giving.give_missing()
    return made


def borne(services: Services) -> dict[UUID, tuple[str, str]]:
    query = text("SELECT parcel_id, national_id, national_id_status FROM parcels")
    with services.database.begin() as connection:
        return {row[0]: (row[1], row[2]) for row in connection.execute(query)}


def issue(
    services: Services, *said: tuple[str, UUID | str], by: Principal = BY
) -> tuple[list[Issued], bool]:
    claims = [Claim(i, code, str(parcel)) for i, (code, parcel) in enumerate(said, start=1)]
    return services.identifiers.issuing.issue(claims, ISSUER, DECISION, by)


def results(issued: list[Issued]) -> list[str]:
    return [one.result for one in issued]


def assigned(services: Services, code: str) -> Any:
    return services.identifiers.explaining.explain(code, BY).given


def test_proposed_becomes_official_and_says_by_whom(
    services: Services, squares: list[UUID]
) -> None:
    first, second, third = squares
    before = borne(services)
    issued, is_written = issue(
        services, (before[first][0], first), (before[second][0].upper(), second)
    )
    assert (results(issued), is_written) == (["official"] * 2, True)
    after = borne(services)
    assert after[first] == (before[first][0], "official")
    assert after[third] == before[third] == (before[third][0], "proposed")
    given = assigned(services, after[first][0])
    assert (given.status, given.issuer, given.decision) == ("official", ISSUER, DECISION)
    again, is_written = issue(services, (before[first][0], first))
    assert (results(again), is_written) == (["already"], True)
    assert services.verify.register().differences == []
    assert services.verify.audit().differences == []
    with services.database.begin() as connection:
        noted = text("SELECT count(*) FROM audit_log WHERE action = 'identifiers_issued'")
        assert connection.execute(noted).scalar_one() == 1


def test_point_of_other_software_is_taken_and_the_proposed_one_leads_there(
    services: Services, squares: list[UUID]
) -> None:
    first, *_ = squares
    ours = borne(services)[first][0]
    near = ours[:-1] + next(c for c in "0123456789bcdefghjkmnpqrstuvwxyz" if c != ours[-1])
    issued, is_written = issue(services, (near, first))
    assert is_written, issued[0].why
    assert borne(services)[first] == (near, "official")
    assert services.history.shown(near, BY).parcel_id == first
    (former,) = services.identifiers.explaining.explain(ours, BY).retired
    assert [ref.parcel_id for ref in former.successors] == [first]
    both = IdentifierStore(services.database).borne([first])[first]
    assert [(b.national_id, b.status) for b in both] == [(ours, "proposed"), (near, "official")]


def test_one_wrong_row_keeps_every_other_from_being_written(
    services: Services, squares: list[UUID]
) -> None:
    first, second, third = squares
    before = borne(services)
    theirs, ours = before[second][0], before[first][0]
    for wrong, code in (
        ((theirs, third), "other_parcel"),
        (("w652q6gtt0zn", second), "unknown"),
        (("no identifier", second), "no_identifier"),
        ((theirs, "25645/12/99"), "no_parcel"),
    ):
        issued, is_written = issue(services, (ours, first), wrong)
        assert (results(issued), is_written) == (["official", "refused"], False)
        assert issued[1].verified.cause.code == code
    issued, is_written = issue(services, (ours, first), (ours, first))
    assert (results(issued), is_written) == (["refused"] * 2, False)
    narrow = Principal.holding("user:lan", {"public", "review"}, frozenset({"25459"}))
    issued, is_written = issue(services, (ours, first), by=narrow)
    assert (results(issued), is_written) == (["refused"], False)
    assert borne(services) == before


def test_official_one_is_not_issued_otherwise(services: Services, squares: list[UUID]) -> None:
    first, *_ = squares
    ours = borne(services)[first][0]
    issue(services, (ours, first))
    near = ours[:-1] + next(c for c in "0123456789bcdefghjkmnpqrstuvwxyz" if c != ours[-1])
    issued, is_written = issue(services, (near, first))
    assert (results(issued), is_written) == (["refused"], False)
    assert issued[0].why["en"] == "the parcel has another official identifier"


def test_issuer_and_document_must_be_named(services: Services, squares: list[UUID]) -> None:
    claims = [Claim(1, borne(services)[squares[0]][0], str(squares[0]))]
    with pytest.raises(Refused, match="Name the issuer"):
        services.identifiers.issuing.issue(claims, " ", DECISION, BY)


def test_parcel_that_changed_meanwhile_is_stale(
    services: Services, register: Register, squares: list[UUID]
) -> None:
    first, *_ = squares
    store = IdentifierStore(services.database)
    (proposed,) = store.borne([first])[first]
    register.change(
        "edit", [first], {first: Land(square(20, 0), "25645/12/1", address="khu phố 1")}
    )
    official = replace(proposed, status="official", issuer=ISSUER, decision=DECISION)
    with pytest.raises(Conflict, match="changed meanwhile"):
        store.issue([official], BY.name)


def test_edits_keep_what_is_official_until_the_jurisdiction_says_otherwise(
    services: Services, register: Register, squares: list[UUID]
) -> None:
    first, second, _ = squares
    before = borne(services)
    issue(services, (before[first][0], first), (before[second][0], second))
    register.change("edit", [first], {first: Land(square(20, 0, 11), "25645/12/1")})
    register.change("edit", [second], {second: Land(square(40, 0), "25645/12/2", address="khu 2")})
    after = borne(services)
    assert after[first] == (before[first][0], "official")
    assert after[second] == (before[second][0], "official")
    west, east = shapely.box(*square(40, 0).bounds), square(40, 0).centroid.x
    halves = (
        shapely.clip_by_rect(west, *west.bounds[:2], east, west.bounds[3]),
        shapely.clip_by_rect(west, east, *west.bounds[1:]),
    )
    children = register.split(
        second, *(Land(half, f"25645/12/{n}") for n, half in zip("89", halves, strict=True))
    )
    services.identifiers.giving.give_missing()
    assert {borne(services)[c][1] for c in children} <= {"proposed", "official"}
    codes = [borne(services)[c][0] for c in children]
    assert len(set(codes)) == 2
    assert services.verify.register().differences == []

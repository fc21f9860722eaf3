"""A file that says of which state of the register it is: what others changed since stays."""

from pathlib import Path
from typing import Any
from uuid import UUID

import geopandas as gpd
import pytest
from sqlalchemy import text

from landgis.bootstrap import Services
from landgis.bootstrap.exporting import exports
from landgis.cadastre.exports import revision_of
from landgis.cadastre.register import Principal
from landgis.cadastre.resend import Difference
from landgis.cadastre.roles import SCOPES
from landgis.ingest.evidence import Choices
from landgis.services.exporting import ExportAsked
from tests.builders import square
from tests.conftest import Open
from tests.histories import Land, Register

pytestmark = pytest.mark.db

BY = Principal.holding("local:lan", SCOPES)
WHOLE = Land(square(0, 0, 20), "25645/12/1", (("ODT", None),))
HALVES = (
    Land(square(0, 0, 10), "25645/12/2", (("ODT", None),)),
    Land(square(10, 0, 10), "25645/12/3", (("ODT", None),)),
)


@pytest.fixture
def services(open_services: Open) -> Services:
    return open_services("vn-80")


@pytest.fixture
def children(services: Services) -> tuple[Register, list[UUID]]:
    """Two parcels that no file ever had: they came out of a split."""
    register = Register(services.database)
    (whole,) = register.publish(WHOLE)
    return register, register.split(whole, *HALVES)


def sent_back(services: Services, path: Path, **addresses: str) -> Difference:
    """Change addresses in an exported file, by parcel number, and compare it."""
    table = gpd.read_file(path)
    for number, address in addresses.items():
        table.loc[table["number"] == number.removeprefix("n"), "address"] = address
    changed = path.with_name(f"back_{path.name}")
    table.to_file(changed)
    batch = services.load.load(changed, Choices(), BY).batch
    return services.editing.resends.difference(batch.batch_id, BY, "unit")


def exported(services: Services, path: Path) -> Path:
    exports(services).write(path, ExportAsked(), BY)
    return path


@pytest.mark.parametrize("name", ["own.gpkg", "own.geojson"])
def test_what_an_officer_changed_meanwhile_stays(
    services: Services, children: tuple[Register, list[UUID]], tmp_path: Path, name: str
) -> None:
    register, (first, second) = children
    path = exported(services, tmp_path / name)
    register.change("edit", [first], {first: HALVES[0]._replace(address="khu phố 1")})
    found = sent_back(services, path, n3="khu phố 9")
    assert [p.parcel_id for p in found.changed] == [second]
    assert (found.outdated, found.clashes) == (1, ())


def test_what_both_changed_waits_for_a_person(
    services: Services, children: tuple[Register, list[UUID]], tmp_path: Path
) -> None:
    register, (first, second) = children
    path = exported(services, tmp_path / "own.gpkg")
    register.change("edit", [first], {first: HALVES[0]._replace(address="khu phố 1")})
    register.change("edit", [second], {second: HALVES[1]._replace(address="khu phố 9")})
    found = sent_back(services, path, n2="khu phố 7", n3="khu phố 9")
    assert found.changed == ()
    assert [(c.key, c.why, c.fields) for c in found.clashes] == [
        ("25645/12/2", "changed_on_both_sides", ("address",))
    ]
    assert found.same == 1


def test_what_ended_meanwhile_is_not_brought_back(
    services: Services, children: tuple[Register, list[UUID]], tmp_path: Path
) -> None:
    register, pair = children
    path = exported(services, tmp_path / "own.gpkg")
    register.divide(pair, WHOLE._replace(name="25645/12/4"))
    found = sent_back(services, path, n2="khu phố 7")
    assert found.changed == found.created == found.retired == ()
    assert [(c.key, c.why) for c in found.clashes] == [("25645/12/2", "retired_here")]
    assert found.outdated == 1


def test_revision_of_another_register_counts_for_nothing(
    services: Services, children: tuple[Register, list[UUID]], tmp_path: Path
) -> None:
    path = exported(services, tmp_path / "own.gpkg")
    table = gpd.read_file(path)
    table["base_revision"] = 4_000
    table.to_file(path.with_name("other.gpkg"))
    found = sent_back(services, path.with_name("other.gpkg"), n3="khu phố 9")
    assert len(found.changed) == 1
    with services.database.begin() as connection:
        newest = connection.execute(text("SELECT max(revision) FROM revisions")).scalar_one()
    assert newest < 4_000


@pytest.mark.parametrize(
    ("cell", "revision"),
    [(5, 5), ("5", 5), (5.0, 5), ("5.0", 5), (None, None), ("", None), ("x", None), (5.5, None),
     (float("nan"), None), (float("inf"), None)],
)  # fmt: skip
def test_cells_that_state_a_revision(cell: Any, revision: int | None) -> None:
    assert revision_of(cell) == revision

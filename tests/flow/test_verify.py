"""``landgis verify`` and ``landgis audit verify`` as programs: what they print, how they end."""

import json

import pytest
import shapely
from sqlalchemy import text

from landgis.cli.errors import OK, USAGE
from landgis.cli.verify import DIFFERENT
from landgis.config import Settings
from landgis.ingest.evidence import Choices
from tests.builders import EAST, NORTH, square
from tests.conftest import Open
from tests.flow.test_import import DEMO, EPINAY, OFFICER, run
from tests.histories import Land, Register, disarm

pytestmark = pytest.mark.db


@pytest.fixture
def register(open_services: Open) -> Register:
    """One parcel, split."""
    register = Register(open_services("vn-80").database)
    (parent,) = register.publish(Land(square(0, 0, 20), "25645/12/1"))
    register.split(
        parent,
        Land(shapely.box(EAST, NORTH, EAST + 10, NORTH + 20), "25645/12/2"),
        Land(shapely.box(EAST + 10, NORTH, EAST + 20, NORTH + 20), "25645/12/3"),
    )
    return register


def test_clean_register_is_told_so(register: Register, settings: Settings) -> None:
    done = run(settings, "verify")
    assert (done.returncode, done.stdout) == (OK, "Clean: 2 parcels, 3 versions, 2 revisions\n")
    stages = {json.loads(line)["stage"] for line in done.stderr.splitlines()}
    assert stages == {"comparing", "hashing", "deriving"}


def test_each_difference_is_a_line_and_json_is_one_object(
    register: Register, settings: Settings
) -> None:
    register.tamper("UPDATE parcels SET number = '4', withheld = true WHERE number = '3'")
    done = run(settings, "verify")
    lines = done.stdout.splitlines()
    assert done.returncode == DIFFERENT
    assert [line.split()[0] for line in lines] == ["live_differs", "derived_differs", "2"]
    assert "number" in lines[0]
    assert "withheld is True" in lines[1]

    told = json.loads(run(settings, "verify", "--json").stdout)
    assert told["clean"] is False
    assert told["counts"] == {"live_differs": 1, "derived_differs": 1}
    assert told["checked"] == {"parcels": 2, "versions": 3, "revisions": 2}
    assert {"code", "what", "where"} == set(told["differences"][0])


def test_audit_prints_its_head_which_later_tells_a_cut_off_log(
    register: Register, settings: Settings
) -> None:
    first = run(settings, "audit", "verify")
    head = first.stdout.splitlines()[-1].removeprefix("Head ")
    assert first.returncode == OK
    assert head.startswith("2:")
    with register.database.begin() as connection:
        disarm(connection)
        for statement in (
            "DELETE FROM lineage",
            "DELETE FROM audit_log WHERE seq = 2",
            "DELETE FROM revisions WHERE revision = 2",
        ):
            connection.execute(text(statement))
    assert run(settings, "audit", "verify").returncode == OK  # nobody can tell without the head
    later = run(settings, "audit", "verify", "--head", head, "--json")
    told = json.loads(later.stdout)
    assert (later.returncode, told["counts"]) == (DIFFERENT, {"head_missing": 1})
    assert run(settings, "audit", "verify", "--head", "2").returncode == USAGE


def test_published_demonstration_register_is_clean(open_services: Open) -> None:
    services = open_services("vn-80")
    batch = services.load.load(DEMO, Choices(), OFFICER).batch
    services.publish.publish(batch.batch_id, OFFICER)
    verdict = services.verify.register()
    assert verdict.differences == []
    assert verdict.size.parcels > 4000
    assert services.verify.audit().is_clean


def test_register_that_a_file_gave_its_plane_and_its_names_is_clean(open_services: Open) -> None:
    services = open_services("generic")
    batch = services.load.load(EPINAY, Choices(), OFFICER).batch
    services.publish.publish(batch.batch_id, OFFICER)
    verdict = services.verify.register()
    assert verdict.differences == []
    assert verdict.size.parcels == batch.counts.accepted

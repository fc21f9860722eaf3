"""``landgis changes`` on the register beside it and on one behind a server."""

import json

import pytest

from landgis.store.database import Database
from landgis.web.app import create_app
from tests.builders import square
from tests.cli.conftest import Landgis
from tests.conftest import Open
from tests.flow.test_changes import key_of, serving
from tests.histories import Land, Register

pytestmark = pytest.mark.db


def test_list_of_changes_here_and_there(
    landgis: Landgis, database: Database, open_services: Open
) -> None:
    services = open_services("vn-80")
    register = Register(database)
    (a,) = register.publish(Land(square(0, 0), "25645/1/1"))
    register.change("edit", [a], {a: Land(square(1, 0), "25645/1/1")}, record_no="HS-7")
    done = landgis("changes", "--since", "1")
    (line,) = done.stdout.splitlines()
    assert line.split()[0] == "2"
    assert line.split()[2:] == ["edit", "changed", "25645/1/1", str(a)]
    assert done.stderr.startswith("Next: --since 2-")
    here = json.loads(landgis("changes", "--json").stdout)
    key = key_of(services)
    with serving(create_app(services)) as url:
        there = json.loads(landgis("changes", "--json", "--server", url, "--key", key).stdout)
        late = landgis("changes", "--since", "9", "--server", url, "--key", key)
        synced = landgis(
            "changes", "sync", services.settings.home.parent / "a", "--server", url, "--key", key
        )
    assert ("since_unknown" in late.stderr, late.exit_code) == (True, 4)
    assert here["changes"][1]["record_no"] == "HS-7"
    assert here == there
    assert "revision 2, 1 parcels in 1 unit(s), equal to the server's; 2 changes" in synced.stdout
    assert landgis("changes", "--since", "x").exit_code == 2

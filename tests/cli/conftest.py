"""The command line on a register of the test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.cli import main
from landgis.config import Settings

Landgis = Callable[..., Result]


@pytest.fixture
def landgis(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Landgis:
    """Run ``landgis …`` on the test's own database; what a process's end closes is closed here."""
    env = {"LANDGIS_DATABASE_URL": database_url, "LANDGIS_HOME": str(tmp_path)}
    build, opened = bootstrap.build, list[Services]()

    def keep(settings: Settings) -> Services:
        opened.append(build(settings))
        return opened[-1]

    def run(*words: object) -> Result:
        done = CliRunner().invoke(main, [*map(str, words)], env=env)
        while opened:
            opened.pop().close()
        return done

    monkeypatch.setattr(bootstrap, "build", keep)
    return run

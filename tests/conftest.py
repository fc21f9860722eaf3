"""What lasts a session: the cluster, migrated templates, the running server."""

import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.config import Settings
from landgis.store import migrate
from landgis.store.cluster import Cluster
from landgis.store.database import Database
from tests.running import log_of, new_home, start_demo

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "data_samples"
REQUIRE_ALL = os.environ.get("LANDGIS_REQUIRE_ALL") == "1"

Open = Callable[[str], Services]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Turn a skipped database or browser test into a failure where all must run."""
    report = yield
    needed = item.get_closest_marker("db") or item.get_closest_marker("browser")
    if REQUIRE_ALL and needed and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where every test must run: {report.longrepr}"
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests on large real data where it is not at hand, saying so in one line."""
    if os.environ.get("LANDGIS_TEST_DATA"):
        return
    large = [item for item in items if item.get_closest_marker("large")]
    if large:
        config.hook.pytest_deselected(items=large)
        items[:] = [item for item in items if item not in large]
        sys.stderr.write(f"{len(large)} tests deselected: LANDGIS_TEST_DATA is not set\n")


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Folder of the large real data; tests that use it carry the marker ``large``."""
    return Path(os.environ["LANDGIS_TEST_DATA"])


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A private cluster of the session's own."""
    home = new_home()
    cluster = Cluster(home)
    cluster.start()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """A migrated, empty database to clone."""
    name = "migrated_template"
    database = Database(cluster.create_database(name))
    migrate.upgrade(database)
    database.dispose()
    return name


@pytest.fixture
def database_url(cluster: Cluster, template: str) -> Iterator[str]:
    """A migrated database of the test's own."""
    name = f"t{uuid4().hex}"
    yield cluster.create_database(name, template)
    cluster.drop_database(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An engine on the test's own database."""
    database = Database(database_url)
    yield database
    database.dispose()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings on the test's own database and folder."""
    return replace(
        Settings.from_env({}), home=tmp_path / "home", database_url=database_url, test_hooks=True
    )


@pytest.fixture
def open_services(settings: Settings) -> Iterator[Open]:
    """Answer a function from jurisdiction to services on the test's own database."""
    opened: list[Services] = []

    def open_(jurisdiction: str) -> Services:
        opened.append(bootstrap.build(replace(settings, jurisdiction=jurisdiction)))
        return opened[-1]

    yield open_
    for services in opened:
        services.close()


def free_port() -> int:
    """Answer a TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def live_home() -> Iterator[Path]:
    """Home of the deployment that ``live_url`` serves."""
    home = new_home()
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def live_url(live_home: Path) -> Iterator[str]:
    """The real thing: ``landgis up --demo`` as people start it; stopped by Ctrl-C at the end."""
    port = free_port()
    process = start_demo(live_home, port, LANDGIS_TEST_HOOKS="1")
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    log_of(live_home).unlink()

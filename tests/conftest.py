"""What lasts a session: the cluster, migrated templates, the running server."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen
from uuid import uuid4

import pytest

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.config import Settings
from landgis.store import migrate
from landgis.store.cluster import Cluster
from landgis.store.database import Database

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "data_samples"
REQUIRE_ALL = os.environ.get("LANDGIS_REQUIRE_ALL") == "1"
START_SECONDS = 120

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


def _new_home() -> Path:
    """A folder that PostgreSQL's own user may enter, and a path short enough for a socket."""
    base = Path("/var/lib/landgis") if os.geteuid() == 0 else Path(tempfile.gettempdir())
    base.mkdir(mode=0o755, parents=True, exist_ok=True)
    return base / f"t{uuid4().hex[:10]}"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A private cluster of the session's own."""
    home = _new_home()
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
    home = _new_home()
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def live_url(live_home: Path) -> Iterator[str]:
    """The real thing: ``landgis up --demo`` as people start it; stopped by Ctrl-C at the end."""
    port = free_port()
    env = {k: v for k, v in os.environ.items() if not k.startswith("LANDGIS_")}
    env |= {"LANDGIS_HOME": str(live_home), "LANDGIS_TEST_HOOKS": "1"}
    log = live_home.with_suffix(".log")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "landgis", "up", "--demo", "--port", str(port)],
            env=env,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(process, url, log)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        log.unlink()


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    """Ask until the server is ready; it either becomes so or its process ends."""
    for _ in range(START_SECONDS * 4):
        try:
            with urlopen(f"{url}/readyz", timeout=5):
                return
        except (URLError, ConnectionError, TimeoutError):
            try:
                process.wait(timeout=0.25)
            except subprocess.TimeoutExpired:
                continue
            break
    pytest.fail("landgis up did not become ready:\n" + log.read_text(errors="replace")[-4000:])

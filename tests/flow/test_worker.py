"""A script's whole way over HTTP against the real thing: server, queue and worker of ``landgis up``."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import UUID, uuid4

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.cadastre import jurisdiction
from landgis.cadastre.register import Principal
from landgis.geodesy import LONLAT, transform_xy
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices
from landgis.services.examine import work_folder
from landgis.store.locks import lock_whole
from tests.conftest import Open
from tests.running import environment, landgis

pytestmark = pytest.mark.db
UNIT = "25480"
ASKS = 300
ANYBODY = Principal.holding("tester", {"import"})


def new_key(home: Path) -> str:
    done = landgis(home, "keys", "create", "office", "--scope", "import", "--unit", UNIT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def two_parcels(sheet: str = "7") -> bytes:
    """Two neighbours in the middle of a commune, in EPSG:9209, one of them twice."""
    middle = jurisdiction.load(jurisdiction.find("vn-80")).outlines[UNIT].representative_point()
    (x,), (y,) = transform_xy(np.array([middle.x]), np.array([middle.y]), LONLAT, 9209)
    x, y = round(float(x)), round(float(y))
    boxes = [shapely.box(x, y, x + 20, y + 30), shapely.box(x + 20, y, x + 40, y + 30)]
    features = [
        {
            "type": "Feature",
            "properties": {
                "XAID": UNIT,
                "SHBANDO": sheet,
                "SHTHUA": number,
                "KHLOAIDAT": "ONT+CLN",
            },
            "geometry": shapely.geometry.mapping(box),
        }
        for number, box in (("1", boxes[0]), ("2", boxes[1]), ("2", boxes[1]))
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9209"}}
    return json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}).encode()


def ask(url: str, key: str, data: bytes | None = None, kind: str = "application/json") -> dict:
    request = Request(
        url, data=data, headers={"Authorization": f"Bearer {key}", "Content-Type": kind}
    )
    with urlopen(request, timeout=20) as answer:
        document: dict = json.load(answer)
        return document


def upload(url: str, key: str, name: str, content: bytes) -> dict:
    border = uuid4().hex
    head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{border}--\r\n".encode()
    return ask(f"{url}/api/v1/imports", key, body, f"multipart/form-data; boundary={border}")


def until(url: str, key: str, wanted: set[str]) -> dict:
    """Ask for a batch until its status is one of those wanted."""
    pause = threading.Event()
    for _ in range(ASKS):
        batch = ask(url, key)
        if batch["status"] in wanted:
            return batch
        pause.wait(0.1)
    pytest.fail(f"still {batch['status']}: {batch}")


def test_file_handed_in_over_http_reaches_the_map(live_url: str, live_home: Path) -> None:
    key = new_key(live_home)
    batch = upload(live_url, key, "thửa mới.geojson", two_parcels())
    url = f"{live_url}/api/v1/imports/{batch['id']}"
    staged = until(url, key, {"staged", "refused", "failed"})
    assert staged["status"] == "staged", staged["error"]
    assert staged["counts"] == {"read": 3, "accepted": 2, "quarantined": 1, "unreadable": 0}
    assert staged["file"]["name"] == "thửa mới.geojson"
    ask(f"{url}/publish", key, b"")
    published = until(url, key, {"published"})
    found = ask(f"{live_url}/api/v1/parcels?unit={UNIT}&sheet=7&number=2", key)
    (parcel,) = found["features"]
    assert parcel["properties"]["revision"] == published["revision"]
    assert [use["code"] for use in parcel["properties"]["land_uses"]] == ["ONT", "CLN"]
    assert parcel["properties"]["area_m2"] == 600.0
    again = upload(live_url, key, "noch einmal.geojson", two_parcels())
    assert (again["id"], again["already_imported"]) == (batch["id"], True)


def test_cancelled_import_stays_so_and_its_file_can_be_sent_again(
    live_url: str, live_home: Path
) -> None:
    key, content = new_key(live_home), two_parcels("8")
    ended = []
    for _ in range(3):  # the worker is somewhere else each time: waiting, at it, done
        batch = upload(live_url, key, "a.geojson", content)
        assert batch["already_imported"] is False
        url = f"{live_url}/api/v1/imports/{batch['id']}"
        until(url, key, {"queued", "reading", "validating", "staged"})
        assert ask(f"{url}/cancel", key, b"")["status"] == "cancelled"
        assert not (live_home / "uploads" / batch["id"]).exists()
        ended.append(url)
    batch = upload(live_url, key, "a.geojson", content)
    until(f"{live_url}/api/v1/imports/{batch['id']}", key, {"staged"})
    for url in ended:
        assert ask(url, key)["status"] == "cancelled"
        assert ask(f"{url}/rows", key)["rows"] == []


@pytest.fixture
def services(open_services: Open) -> Services:
    return open_services("vn-80")


@pytest.fixture
def worker(services: Services, tmp_path: Path) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Starts a worker as a process of its own."""
    started = []

    def start() -> "subprocess.Popen[bytes]":
        settings = {"LANDGIS_DATABASE_URL": services.database_url}
        with (tmp_path / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "landgis", "worker"],
                env=environment(tmp_path / "home", **settings),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


RUNNING = """
UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM procrastinate_workers)
"""
END_CONNECTIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def handed_in(services: Services, tmp_path: Path, and_then: str) -> UUID:
    """A batch with its job, and what is done to that before any worker sees it."""
    stored = tmp_path / uuid4().hex / "upload.geojson"
    stored.parent.mkdir()
    stored.write_bytes(two_parcels())
    with work_folder() as folder:
        source = open_source(stored, folder).source

    def enqueue(batch, connection) -> None:
        services.queue.load(batch.batch_id, stored, batch.options, "tester", connection)
        connection.execute(and_then)

    return services.load.queue(source, Choices(), ANYBODY, uuid4(), enqueue).batch_id


def say(services: Services, command: str) -> list:
    with services.database.begin() as connection:
        done = connection.execute(text(command))
        return list(done) if done.returns_rows else []


def staged(services: Services, batch_id: UUID) -> None:
    pause = threading.Event()
    for _ in range(ASKS):
        status = services.load.get(batch_id, ANYBODY).status
        if status == "staged":
            return
        pause.wait(0.1)
    pytest.fail(f"still {status}")


def test_job_that_a_dead_worker_left_is_taken_up(
    services: Services, worker: Callable[[], object], tmp_path: Path
) -> None:
    batch_id = handed_in(services, tmp_path, RUNNING)  # there is no worker
    services.load.tell(batch_id, "validating", 1, 3)
    worker()
    staged(services, batch_id)


def test_worker_outlives_its_database_and_forgets_no_job(
    services: Services, worker: Callable[[], "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    """What it was last told to be running is begun again, although it lives and beats."""
    process, pause = worker(), threading.Event()
    for _ in range(ASKS):
        if say(services, "SELECT id FROM procrastinate_workers"):
            break
        pause.wait(0.1)
    batch_id = handed_in(services, tmp_path, RUNNING)
    say(services, END_CONNECTIONS)
    staged(services, batch_id)
    assert process.poll() is None


def test_server_starts_while_a_publication_runs(services: Services) -> None:
    with services.database.begin() as connection:
        lock_whole(connection, [UNIT])
        bootstrap.build(services.settings, for_web=True).close()

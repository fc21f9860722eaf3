"""The client and ``landgis import --server`` against real servers, killed ones among them."""

import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from landgis.bootstrap import Services
from landgis.cadastre import jurisdiction
from landgis.client import Client
from landgis.client.sending import PART_BYTES
from landgis.config import Settings
from landgis.errors import Conflict, NotAuthenticated, Refused, Unavailable
from landgis.geodesy import LONLAT, transform_xy
from tests.conftest import Open, free_port
from tests.running import environment, landgis, start
from tests.sending import parcels, shapefile, vilis, zipped
from tests.web.conftest import DEMO
from tests.web.test_imports import work

pytestmark = pytest.mark.db
UNIT = "25486"


def place_of(unit: str) -> tuple[float, float]:
    """A place in the middle of a commune, east and north in EPSG:9209."""
    middle = jurisdiction.load(jurisdiction.find("vn-80")).outlines[unit].representative_point()
    (x,), (y,) = transform_xy(np.array([middle.x]), np.array([middle.y]), LONLAT, 9209)
    return float(x), float(y)


def commune(path: Path, sheet: str, *, seed: int = 7) -> Path:
    """A shapefile of sixty parcels in a commune that nobody has handed in yet."""
    x, y = place_of(UNIT)
    fields = vilis() | {"XAID": [UNIT] * 60, "SHBANDO": [sheet] * 60}
    return shapefile(path, parcels(x, y, seed=seed), fields)


def heavy(path: Path, more: int) -> Path:
    """The demonstration file with some bytes beside it in its archive."""
    shutil.copy(DEMO, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("photo.jpg", secrets.token_bytes(more))
    return path


@pytest.fixture(scope="module")
def live_key(live_home: Path, live_url: str) -> str:
    """A key for the running server; asking for that has it started."""
    done = landgis(live_home, "keys", "create", "office", "--scope", "import")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def run(home: Path, *arguments: object, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "landgis", *map(str, arguments)],
        env=environment(home, **settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def services(open_services: Open) -> Services:
    return open_services("vn-80")


@pytest.fixture
def server(settings: Settings, services: Services) -> Iterator["Server"]:
    """A server process on the test's own database, to be killed."""
    made = Server(settings)
    made.start()
    yield made
    made.kill()


class Server:
    """``landgis serve`` in a process group of its own."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.port = settings, free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        home, url = self.settings.home, self.settings.database_url
        home.mkdir(parents=True, exist_ok=True)
        self.process = start(
            home, self.port, "serve", "--processes", "1", LANDGIS_DATABASE_URL=url or ""
        )

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)


def half_a_part(server: Server, key: str, path: str, offset: int, part: bytes) -> None:
    """Send the first half of a part, and wait until the server has some of it on disk."""
    content = next(server.settings.uploads_dir.rglob("content"))
    with socket.create_connection(("127.0.0.1", server.port)) as wire:
        head = (
            f"PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
            f"Content-Type: application/offset+octet-stream\r\nUpload-Offset: {offset}\r\n"
            f"Content-Length: {len(part)}\r\n\r\n"
        )
        wire.sendall(head.encode() + part[: len(part) // 2])
        pause = threading.Event()
        for _ in range(300):
            if content.stat().st_size > offset:
                break
            pause.wait(0.02)
        else:
            pytest.fail("nothing of the part has arrived")
        server.kill()


def test_upload_goes_on_where_the_killed_server_left_it(
    services: Services, server: Server, tmp_path: Path
) -> None:
    path = heavy(tmp_path / "hoà thành.zip", 3 * PART_BYTES)
    data = path.read_bytes()
    key = services.access.create("office", frozenset({"import"}), None)
    told: list[int] = []

    def tell(stage: str, done: int, _total: int | None) -> None:
        told.append(done)
        if stage == "sending" and done == PART_BYTES and told.count(done) == 1:
            folder = next(server.settings.uploads_dir.rglob("about.json")).parent
            url = f"/api/v1/uploads/{folder.name}"
            half_a_part(server, key, url, done, data[done : done + PART_BYTES])
            server.start()

    handed = Client(server.url, key).import_file(path, tell=tell)
    (batch,) = handed.batches
    assert batch["file"]["sha256"] == hashlib.sha256(data).hexdigest()
    more = [done for done in told if PART_BYTES < done < 2 * PART_BYTES]
    assert more, f"the half that arrived was sent again: {told}"
    assert told == sorted(told)
    work(services)
    assert Client(server.url, key).wait(batch["id"])["counts"]["read"] == 4247


def test_upload_of_an_earlier_process_is_continued(
    services: Services, server: Server, tmp_path: Path
) -> None:
    path = heavy(tmp_path / "a.zip", PART_BYTES)
    key = services.access.create("office", frozenset({"import"}), None)

    class Gone(Exception):
        pass

    def leave(_stage: str, done: int, _total: int | None) -> None:
        if done:
            raise Gone

    with pytest.raises(Gone):
        Client(server.url, key).import_file(path, tell=leave)
    told: list[int] = []
    Client(server.url, key).import_file(path, tell=lambda _s, done, _t: told.append(done))
    assert told[0] == PART_BYTES
    (other,) = Client(server.url, key).import_file(path, {"unit": UNIT}).batches
    assert other["options"]["unit"] == UNIT
    assert len(services.load.batches()) == 2


def test_server_that_is_not_there_is_said_so() -> None:
    nobody = Client(f"http://127.0.0.1:{free_port()}", "lg_x_y", patience_s=0)
    with pytest.raises(Unavailable) as absent:
        nobody.parcel("1")
    assert absent.value.code == "server_unreachable"


def test_client_raises_what_the_server_says(
    live_url: str, live_home: Path, live_key: str, tmp_path: Path
) -> None:
    with pytest.raises(NotAuthenticated) as unknown:
        Client(live_url, "lg_nobody_x").batch("00000000-0000-0000-0000-000000000000")
    assert unknown.value.code == "bad_key"
    office = Client(live_url, live_key)
    page = tmp_path / "page.zip"
    page.write_bytes(b"<!DOCTYPE html><html></html>")
    with pytest.raises(Refused) as refused:
        office.import_file(page)
    assert refused.value.code == "not_a_zip"


def test_script_imports_publishes_and_reads_back(
    live_url: str, live_home: Path, live_key: str, tmp_path: Path
) -> None:
    office = Client(live_url, live_key)
    shp = commune(tmp_path / "thửa.shp", "3")
    (batch,) = office.import_file(shp, {"publish": "true"}).batches
    done = office.wait(batch["id"], published=True)
    assert (done["status"], done["counts"]["accepted"]) == ("published", 60), done["error"]
    assert len(list(office.rows(batch["id"]))) == 60
    assert office.report(batch["id"])["counts"] == done["counts"]
    assert office.report_file(batch["id"], "html", "en").startswith(b"<!doctype html>")
    with pytest.raises(Conflict) as late:
        office.cancel(batch["id"])
    assert late.value.code == "batch_not_cancellable"
    (again,) = office.import_file(shp).batches
    assert (again["id"], again["already_imported"]) == (batch["id"], True)


def test_many_files_with_a_server_end_in_one_sum(
    live_url: str, live_home: Path, live_key: str, tmp_path: Path
) -> None:
    two = tmp_path / "hai tờ.zip"
    sheets = [commune(tmp_path / f"{n}.shp", str(n), seed=n) for n in (21, 22)]
    two.write_bytes(zipped(("to21", sheets[0]), ("to22", sheets[1])))
    page = tmp_path / "page.zip"
    page.write_bytes(b"<!DOCTYPE html><html></html>")
    loose = commune(tmp_path / "to23.shp", "23", seed=23)
    arguments = ("import", two, page, loose, "--server", live_url)
    done = run(live_home, *arguments, LANDGIS_KEY=live_key)
    assert done.returncode == 4, done.stderr
    table = done.stdout.split("\n\n")[-1].splitlines()
    assert [line.split("  ")[0] for line in table if not line.startswith("-")] == [
        "File",
        "hai tờ.zip [to21]",
        "hai tờ.zip [to22]",
        "page.zip",
        "to23.shp",
        "Together, of 3 file(s)",
    ]
    assert table[-1].split()[4:8] == ["180", "180", "0", "0"]
    assert table[-1].endswith("1 of 4 failed")
    assert "not_a_zip" in done.stderr
    stages = {
        json.loads(line)["stage"] for line in done.stderr.splitlines() if line.startswith("{")
    }
    assert {"sending", "staged"} <= stages
    again = run(live_home, *arguments[:2], *arguments[-2:], "--json", LANDGIS_KEY=live_key)
    said = json.loads(again.stdout)
    assert [entry["already_imported"] for entry in said["files"]] == [True, True]
    assert (again.returncode, said["counts"]["read"]) == (0, 120)


def test_direct_and_remote_import_say_the_same(
    live_url: str, live_home: Path, live_key: str, tmp_path: Path
) -> None:
    one = tmp_path / "một.zip"
    one.write_bytes(zipped(("to31", commune(tmp_path / "a.shp", "31", seed=31))))
    there = run(live_home, "import", one, "--server", live_url, "--dry-run", LANDGIS_KEY=live_key)
    here = run(live_home, "import", one, "--dry-run")
    assert (there.returncode, here.returncode) == (0, 0), there.stderr + here.stderr

    def told(done: "subprocess.CompletedProcess[str]") -> list[str]:
        # What the register says is only known there: here nothing is opened but the file.
        unlike = (
            *("  batch ", "  dataset.systematic_shift", "  shift: ", "  not tested"),
            *("  topology.", "  identity.number_reused"),
        )
        return [line for line in done.stdout.splitlines() if not line.startswith(unlike)]

    assert told(there) == told(here)


def test_key_is_not_in_the_list_of_processes(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(60)
        port = silent.getsockname()[1]
        arguments = ["import", str(DEMO), "--server", f"http://127.0.0.1:{port}"]
        process = subprocess.Popen(
            [sys.executable, "-m", "landgis", *arguments, "--key", "lg_secret_word"],
            env=environment(home),
            stderr=subprocess.DEVNULL,
        )
        try:
            wire, _ = silent.accept()
            with wire:
                asked = wire.recv(65536).decode()
                listed = Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
        finally:
            process.kill()
            process.wait()
    assert "Bearer lg_secret_word" in asked
    assert urlsplit(f"http://127.0.0.1:{port}").netloc in listed
    assert "secret" not in listed


def test_server_without_a_key_is_a_usage_error(tmp_path: Path) -> None:
    done = run(tmp_path / "home", "import", DEMO, "--server", "http://127.0.0.1:1")
    assert (done.returncode, "key_missing" in done.stderr) == (2, True)

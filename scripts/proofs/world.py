"""A register of its own with servers before it; nothing is left of it afterwards."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen
from uuid import uuid4

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.cli.principal import local_principal
from landgis.config import Settings
from landgis.store.cluster import Cluster
from proofs.person import Person

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "data_samples" / "demo-register" / "demo_hoa_thanh_vilis.zip"
UNIT = "25645"
START_TRIES = 240


@dataclass
class World:
    """A register, its servers, its people."""

    home: Path
    services: Services
    servers: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def serve(self, port: int | None = None) -> str:
        """Start a server process and answer its address when it is ready."""
        port = port or free_port()
        url = f"http://127.0.0.1:{port}"
        arguments = ["serve", "--port", str(port), "--processes", "1"]
        with (self.home.parent / f"{self.home.name}.log").open("ab") as log:
            self.servers[url] = subprocess.Popen(
                [sys.executable, "-m", "landgis", *arguments],
                env=environment(self.home),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=ROOT,
            )
        wait_until_ready(self.servers[url], url)
        return url

    def kill(self, url: str) -> None:
        """End a server and its workers as a power cut would."""
        process = self.servers.pop(url)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def hire(self, url: str, login: str, role: str, unit: str = UNIT) -> Person:
        """Make an account with one role in one unit and sign it in."""
        password = secrets.token_urlsafe(18)
        self.services.accounts.create(
            login,
            f"Test {login}",
            local_principal(),
            password=password,
            roles=[(role, frozenset({unit}))],
        )
        return Person(url, login, password).sign_in()

    def ask(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of landgis on this register to its end."""
        return subprocess.run(
            [sys.executable, "-m", "landgis", *arguments],
            env=environment(self.home)
            | {"LANDGIS_JURISDICTION": self.services.settings.jurisdiction},
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )


@contextlib.contextmanager
def world(*, demo: bool = True, jurisdiction: str = "vn-80") -> Iterator[World]:
    """Make a register, with the demonstration in it, and take everything down at the end."""
    base = Path("/var/lib/landgis") if os.geteuid() == 0 else Path(tempfile.gettempdir())
    base.mkdir(parents=True, exist_ok=True)
    home = base / f"p{uuid4().hex[:10]}"
    settings = replace(Settings.from_env({}), home=home, jurisdiction=jurisdiction)
    services = bootstrap.build(settings)
    made = World(home, services)
    try:
        if demo:
            done = made.ask("import", str(DEMO), "--publish")
            if done.returncode not in (0, 3):
                raise RuntimeError(done.stderr)
        yield made
    finally:
        for url in list(made.servers):
            made.kill(url)
        services.close()
        Cluster(home).remove()
        shutil.rmtree(home, ignore_errors=True)
        (home.parent / f"{home.name}.log").unlink(missing_ok=True)


def environment(home: Path) -> dict[str, str]:
    """Answer this environment with no setting of landgis but the home."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LANDGIS_")}
    return kept | {"LANDGIS_HOME": str(home)}


def free_port() -> int:
    """Answer a TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(process: "subprocess.Popen[bytes]", url: str) -> None:
    """Come back when the server answers that it is ready."""
    for _ in range(START_TRIES):
        with (
            contextlib.suppress(URLError, ConnectionError, TimeoutError),
            urlopen(f"{url}/readyz", timeout=5),
        ):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise RuntimeError(f"the server ended with {process.wait(timeout=0.1)}")
    raise RuntimeError(f"{url} did not become ready")

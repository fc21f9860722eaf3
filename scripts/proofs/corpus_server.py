"""A landgis of its own to which anything may be sent, and the look after it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg

from landgis.store.cluster import Cluster
from proofs.world import ROOT, environment, free_port, wait_until_ready
from tests.hostile.parts import layer, members, packed
from tests.hostile.posting import Server

STAGED = """
SELECT b.file_name, b.counts, count(r.row_no) AS rows
FROM import_batches b LEFT JOIN import_rows r USING (batch_id)
WHERE b.status = 'staged' GROUP BY b.batch_id
"""


@dataclass(frozen=True)
class Up:
    """Everything that ``landgis up`` starts."""

    server: Server
    home: Path
    jurisdiction: str
    process: "subprocess.Popen[bytes]"

    @property
    def log(self) -> Path:
        """Where all of them write."""
        return self.home.with_suffix(".log")

    def ask(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of landgis on the same home."""
        return subprocess.run(
            [sys.executable, "-m", "landgis", *arguments],
            env=environment(self.home) | {"LANDGIS_JURISDICTION": self.jurisdiction},
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )

    def faults(self) -> list[str]:
        """Answer what is not well after everything that was sent."""
        found = [f"{path}: {self.server.ask('GET', path)}" for path in ("/healthz", "/readyz")
                 if self.server.ask("GET", path)[0] != 200]  # fmt: skip
        if self.process.poll() is not None:
            found.append(f"landgis up ended with {self.process.returncode}")
        text = self.log.read_text(errors="replace")
        found += [f"log: {text[at.start() :][:600]}" for at in re.finditer("Traceback", text)]
        found += self._rows_amiss()
        done = self.ask("verify")
        if done.returncode:
            found.append(f"verify: {done.returncode} {done.stdout[-300:]} {done.stderr[-300:]}")
        return found + list(self._goes_on())

    def _rows_amiss(self) -> list[str]:
        """Compare what each batch says of itself with the rows that are stored."""
        url = Cluster(self.home).url("landgis")
        with psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1)) as database:
            batches = database.execute(STAGED).fetchall()
        return [
            f"{name}: {counts}, and {rows} rows stored"
            for name, counts, rows in batches
            if sum(counts[state] for state in ("accepted", "quarantined", "unreadable")) != rows
        ]

    def _goes_on(self) -> Iterator[str]:
        """Have a sound file imported and published, as if nothing had been."""
        good = self.home.with_suffix(".zip")
        good.write_bytes(packed(members(layer(), "sound")))
        done = self.ask("import", str(good), "--publish")
        good.unlink()
        if done.returncode:
            yield f"a sound file afterwards: {done.returncode} {done.stderr[-300:]}"


@contextlib.contextmanager
def running(jurisdiction: str) -> Iterator[Up]:
    """Start ``landgis up`` in a home of its own; nothing is left of it afterwards."""
    base = Path("/var/lib/landgis") if os.geteuid() == 0 else Path.home()
    base.mkdir(parents=True, exist_ok=True)
    home, port = base / f"p{uuid4().hex[:10]}", free_port()
    url = f"http://127.0.0.1:{port}"
    with home.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "landgis", "up", "--port", str(port)],
            env=environment(home) | {"LANDGIS_JURISDICTION": jurisdiction},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=ROOT,
        )
    up = Up(Server(url, ""), home, jurisdiction, process)
    try:
        wait_until_ready(process, url)
        key = up.ask("keys", "create", "corpus", "--scope", "import").stdout.split()[-1]
        yield Up(Server(url, key), home, jurisdiction, process)
    finally:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=60)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        Cluster(home).remove()
        up.log.unlink(missing_ok=True)

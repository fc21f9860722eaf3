"""A deployment whose worker, server and database can be killed, and a script that imports."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import psycopg

from landgis.store.cluster import Cluster
from proofs.person import Lost
from proofs.world import ROOT, World, environment, free_port, wait_until_ready

DONE_WITHIN_S = 300.0
ASK_EVERY_S = 0.2

FACTS = """
SELECT count(*) AS rows, count(DISTINCT row_no) AS sources, md5(string_agg(fact, '' ORDER BY fact))
FROM (
    SELECT row_no, md5(
        (to_jsonb(v) - '{parcel_id,fid,batch_id,revision_from,revision_to,recorded_at}'::text[]
         - 'geom_survey')::text || encode(ST_AsBinary(geom_survey), 'hex')
    ) AS fact
    FROM parcel_versions v WHERE revision_to IS NULL
) facts
"""
WORKERS = "SELECT id FROM procrastinate_workers"
SEEN = "SELECT (SELECT count(*) FROM parcels), (SELECT count(*) FROM revisions)"


@dataclass(frozen=True)
class File:
    """What is handed in, to which deployment."""

    path: Path
    jurisdiction: str
    options: dict[str, str]


@dataclass(frozen=True)
class End:
    """What a register holds after an import."""

    rows: int
    sources: int
    digest: str
    revisions: int


@dataclass
class Deployment:
    """A database of its own with a server and a worker, each of which can be killed."""

    made: World
    database: str
    jurisdiction: str
    key: str
    port: int = field(default_factory=free_port)
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    @property
    def dsn(self) -> str:
        """Where the database is, for libpq."""
        url = Cluster(self.made.home).url(self.database)
        return url.replace("postgresql+psycopg://", "postgresql://", 1)

    def start(self, name: str) -> None:
        """Start the worker, the server or the database as an operator would."""
        if name == "database":
            done = self.made.ask("db", "start")
            if done.returncode:
                raise RuntimeError(done.stderr)
            return
        serve = ["serve", "--port", str(self.port), "--processes", "1"]
        left = self.made.home / "tmp"  # what the killed leave goes with the home
        left.mkdir(exist_ok=True)
        settings = {
            "LANDGIS_DATABASE_URL": self.dsn,
            "LANDGIS_JURISDICTION": self.jurisdiction,
            "TMPDIR": str(left),
        }
        with (self.made.home.parent / f"{self.made.home.name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "landgis", *(serve if name == "server" else ["worker"])],
                env=environment(self.made.home) | settings,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=ROOT,
            )
        if name == "server":
            wait_until_ready(self.running[name], f"http://127.0.0.1:{self.port}")

    def wait_for_worker(self) -> None:
        """Come back when a worker has said that it is there."""
        until, pause = monotonic() + DONE_WITHIN_S, threading.Event()
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            while not connection.execute(WORKERS).fetchone():
                if monotonic() > until:
                    raise RuntimeError("no worker")
                pause.wait(ASK_EVERY_S)

    def kill(self, name: str) -> None:
        """End one of them without a word."""
        if name == "database":
            os.kill(Cluster(self.made.home).status().pid or 0, signal.SIGKILL)
            return
        process = self.running.pop(name)
        if name == "server":  # its workers would keep the port
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()

    def ended(self) -> list[str]:
        """Name what has ended by itself."""
        return [name for name, process in self.running.items() if process.poll() is not None]

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> Any:
        """Answer the JSON of a request; ``Lost`` when there was no answer or none to use."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.key}"} | ({"Content-Type": kind} if kind else {})
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as problem:
            raise Lost(f"{method} {path}: {problem!r}") from problem
        finally:
            connection.close()
        if response.status >= 500:
            raise Lost(f"{method} {path}: {response.status} {content[:200]!r}")
        return json.loads(content)

    def insist(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> Any:
        """Ask as a script does that wants to be heard: again until there is an answer."""
        until, pause = monotonic() + DONE_WITHIN_S, threading.Event()
        while True:
            try:
                return self.ask(method, path, body, kind)
            except Lost:
                if ended := self.ended():
                    raise RuntimeError(f"ended by itself: {ended}") from None
                if monotonic() > until:
                    raise
                pause.wait(ASK_EVERY_S)

    def upload(self, file: File) -> str:
        """Hand a file in and answer its batch."""
        border = uuid4().hex
        parts = [
            f'--{border}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode()
            for n, v in file.options.items()
        ]
        head = f'name="file"; filename="{file.path.name}"'
        parts.append(f"--{border}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode())
        body = b"".join([*parts, file.path.read_bytes(), f"\r\n--{border}--\r\n".encode()])
        kind = f"multipart/form-data; boundary={border}"
        batch_id: str = self.insist("POST", "/api/v1/imports", body, kind)["id"]
        return batch_id

    def load(self, file: File) -> str:
        """Hand a file in and answer the batch that stages it."""
        return self._until(self.upload(file), "staged")

    def publish(self, batch_id: str) -> None:
        """Have a batch published and wait for it."""
        self.insist("POST", f"/api/v1/imports/{batch_id}/publish")
        self._until(batch_id, "published")

    def _until(self, batch_id: str, wanted: str) -> str:
        until, pause = monotonic() + DONE_WITHIN_S, threading.Event()
        while monotonic() < until:
            batch = self.insist("GET", f"/api/v1/imports/{batch_id}")
            if batch["status"] == wanted:
                return batch_id
            error = batch["error"] or {}
            if error.get("code") == "already_imported":  # sent twice: the first one goes on
                batch_id = error["batch_id"]
            elif batch["status"] in {"refused", "failed", "cancelled"} or error:
                raise RuntimeError(f"{batch['status']}: {error}")
            pause.wait(ASK_EVERY_S)
        raise RuntimeError(f"still {batch['status']} after {DONE_WITHIN_S} s")

    def end(self) -> End:
        """Answer what the register holds."""
        with psycopg.connect(self.dsn) as connection:
            facts = connection.execute(FACTS).fetchone() or (0, 0, "")
            seen = connection.execute(SEEN).fetchone() or (0, 0)
        if seen[0] != facts[0]:
            raise RuntimeError(f"{seen[0]} parcels, {facts[0]} live versions")
        return End(facts[0], facts[1], facts[2] or "", seen[1])

"""The same files sent to a running server, as people and scripts send them."""

import http.client
import json
import threading
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from tests.hostile.case import Case
from tests.hostile.table import KILLED_AFTER_S

DONE = frozenset({"staged", "refused", "failed", "cancelled", "published"})
TAKEN = frozenset({200, 202})
REFUSED = frozenset({400, 413, 415, 422})
ELSEWHERE = frozenset({"already_imported", "outside_deployment"})
"""What is true of a file only because of those that came before it."""

ONLY_HERE = frozenset({"structures: folder named .shp", "structures: empty .shp"})
"""What cannot be sent."""

ASK_EVERY_S = 0.1


@dataclass(frozen=True)
class Posted:
    """A case on its way."""

    case: Case
    is_as_made: bool
    """False: a loose shapefile, which was packed to be sent."""

    status: int
    answer: Mapping[str, Any]


@dataclass(frozen=True)
class Server:
    """A running landgis and a key to it."""

    url: str
    key: str

    def post(self, case: Case, folder: Path) -> Posted:
        """Hand in the file of a case."""
        made = case.make(folder)
        is_as_made = made.suffix.lower() != ".shp" or not made.is_file()
        sent = made if is_as_made else _packed(made)
        border = uuid4().hex
        content = sent.read_bytes() if sent.is_file() else b""
        fields = dict(zip(case.options[::2], case.options[1::2], strict=True))
        fields["--no_memory"] = "true"  # what the file before it said is not asked for here
        body = b"".join([
            *(_part(border, f'name="{n.removeprefix("--")}"', v) for n, v in fields.items()),
            _part(border, f'name="file"; filename="{sent.name}"', content),
            f"--{border}--\r\n".encode(),
        ])  # fmt: skip
        kind = f"multipart/form-data; boundary={border}"
        status, answer = self.ask("POST", "/api/v1/imports", body, kind)
        return Posted(case, is_as_made, status, answer)

    def ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> tuple[int, Any]:
        """Answer status and JSON of a request."""
        at = urlsplit(self.url)
        connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=120)
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": kind}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        return answer.status, json.loads(text) if text.startswith(("{", "[")) else {"text": text}

    def ended(self, batch_id: str) -> Mapping[str, Any]:
        """Wait for a batch to come to its end."""
        until, pause = monotonic() + KILLED_AFTER_S, threading.Event()
        while monotonic() < until:
            status, batch = self.ask("GET", f"/api/v1/imports/{batch_id}")
            if status != 200 or batch["status"] in DONE:
                return dict(batch)
            pause.wait(ASK_EVERY_S)
        return {"status": "never ended", "id": batch_id}


def _part(border: str, named: str, value: str | bytes) -> bytes:
    content = value.encode() if isinstance(value, str) else value
    head = f"--{border}\r\nContent-Disposition: form-data; {named}\r\n\r\n"
    return head.encode() + content + b"\r\n"


def _packed(shp: Path) -> Path:
    """Pack a loose shapefile, its parts as they are."""
    parts = [file for file in shp.parent.iterdir() if file.is_file()]
    target = shp.parent / "packed.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for part in parts:
            archive.write(part, part.name)
    return target


def faults_of(server: Server, posted: Posted) -> Iterator[str]:
    """Name what went otherwise than the table says."""
    case, answer = posted.case, posted.answer
    shown = json.dumps(answer)[:400]
    if posted.status not in TAKEN | REFUSED or "Traceback" in shown:
        yield f"{case.name}: answered {posted.status} {shown}"
        return
    if posted.status in REFUSED:
        batches: Sequence[Mapping[str, Any]] = [{"status": "refused", "error": answer}]
    else:
        batches = [server.ended(one["id"]) for one in answer["batches"]]
    codes = {(one["error"] or {}).get("code") for one in batches if one["status"] == "refused"}
    if codes & ELSEWHERE:
        return
    if any(one["status"] not in {"staged", "refused"} for one in batches):
        yield f"{case.name}: ended as {[(one['status'], one.get('error')) for one in batches]}"
    elif case.is_open:
        return
    elif (case.refused is None) == bool(codes):
        yield f"{case.name}: refused by {codes}, expected {case.refused or 'an import'}"
    elif case.refused is not None:
        if posted.is_as_made and codes != {case.refused}:
            yield f"{case.name}: refused by {codes}, expected {case.refused}"
    else:
        yield from _rows_told(case, batches)


def _rows_told(case: Case, batches: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    names = ("read", "accepted", "quarantined", "unreadable")
    counts = {name: sum(one["counts"][name] for one in batches) for name in names}
    lost = len({row for rows in case.lost.values() for row in rows})
    held = len({row for rows in case.held.values() for row in rows})
    expected = dict(zip(names, (case.rows, case.rows - held - lost, held, lost), strict=True))
    if counts != expected:
        yield f"{case.name}: {counts}, expected {expected}"


def send_all(server: Server, cases: Iterable[Case], within: Path) -> list[str]:
    """Send every case, then wait for all; answer what went wrong."""
    posted = []
    for number, case in enumerate(cases):
        if case.name in ONLY_HERE:
            continue
        folder = within / f"sent-{number}"
        folder.mkdir(parents=True)
        posted.append(server.post(case, folder))
    return [fault for one in posted for fault in faults_of(server, one)]

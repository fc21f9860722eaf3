"""Requests that a generator makes of what the documents of the API say: nobody gets a 5xx by any.

Every answer must be one that the document tells of: status, media type, headers, and a body of its
schema; a problem must have its code. Asked by nobody in particular and by an account of every role;
the account that looks after accounts comes last, as it may disable the others.

Left out: examples, as the documents have none; states, as they have no links; rejecting what a
schema forbids, as a parameter of another type is read where it can be.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from landgis.cadastre.roles import ROLES
from proofs.world import world

DOCUMENTS = ("/api/v1/openapi.json", "/ogc/api")
CHECKS = (
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_headers_conformance", "response_schema_conformance", "unsupported_method"),
)
WHOLE = 500
"""From so many examples on every role is asked, and each bound of each parameter tried, too."""

OPERATIONS = 70
TIMEOUT_S = 1800
ANYBODY = "anybody"
FIRST_ROLE = "registrar"
_COUNT = re.compile(r"^\s*(\d+) generated", re.MULTILINE)
_FAULT = re.compile(r"^(?:_{3,} .* _{3,}|- ST\d+ .*|\s*curl .*|\s*\[\d{3}\].*)$", re.MULTILINE)

Say = Callable[[str], None]


def prove(rounds: int, seed: int, say: Say) -> list[str]:
    """Ask as everybody; ``rounds`` examples at least for each role, both documents together."""
    faults: list[str] = []
    with world() as made:
        made.services.identifiers.giving.give_missing()
        url = made.serve()
        for who in _askers(rounds):
            person = None if who == ANYBODY else made.hire(url, f"generated-{who}", who)
            headers = {} if person is None else person.headers()
            counts = []
            for document in DOCUMENTS:
                count, found = examined(url + document, headers, rounds, seed)
                counts.append(count)
                faults += [f"{who}, {document}: {fault}" for fault in found]
            if person is not None and not person.get("/api/v1/session").body["account"]:
                faults.append(f"{who} is signed out: what was asked since is nobody's question")
            say(f"{who}: {counts[0]} requests of the API, {counts[1]} of the OGC API")
            if sum(counts) < rounds:
                faults.append(f"{who}: {sum(counts)} requests only, of {rounds}")
    return faults


def _askers(rounds: int) -> list[str]:
    if rounds < WHOLE:
        return [ANYBODY, FIRST_ROLE]
    return [ANYBODY, *sorted(ROLES, key=lambda role: (role == "admin", role))]


def examined(
    address: str, headers: Mapping[str, str], rounds: int, seed: int
) -> tuple[int, list[str]]:
    """Answer how many requests were made by a document, and what was wrong with the answers."""
    is_whole = rounds >= WHOLE
    arguments = [
        *("run", address, "--seed", str(seed), "--no-color", "--continue-on-failure"),
        *("--checks", ",".join(CHECKS), "--warnings", "off", "--workers", "1"),
        *("--phases", "coverage,fuzzing" if is_whole else "fuzzing"),
        *("--max-examples", str(max(1, rounds // OPERATIONS))),
        *(part for name, value in headers.items() for part in ("-H", f"{name}: {value}")),
    ]
    program = str(Path(sys.executable).with_name("st"))
    with TemporaryDirectory() as folder:  # it keeps notes of its own where it runs
        done = subprocess.run(
            [program, *arguments],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
            cwd=folder,
        )
    counted = _COUNT.search(done.stdout)
    found = [line.strip()[:300] for line in _FAULT.findall(done.stdout)]
    if done.returncode and not found:
        found = [f"the generator ended with {done.returncode}: {done.stdout[-600:]}{done.stderr}"]
    return int(counted[1]) if counted else 0, found

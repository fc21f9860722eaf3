"""What became of a file: imported row by row, refused by name, or worse."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]

MIB = 1024 * 1024
MILLION = 1_000_000
REFUSED = 4
ENDS = {0, 3, REFUSED}
"""All accepted, something held back, refused: everything else is a crash."""

REFUSAL = re.compile(r"^landgis: (?P<message>.*) \[(?P<code>[a-z0-9_]+)\]$", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """How one file ended."""

    refused: str | None = None
    """The code of the refusal."""

    message: str = ""
    rows: int = 0
    accepted: int = 0
    quarantined: Mapping[str, list[int]] = field(default_factory=dict)
    """Rows held back by rule."""

    unreadable: Mapping[str, list[int]] = field(default_factory=dict)
    """Rows that could not be read by code."""

    notes: frozenset[str] = frozenset()
    crash: str | None = None
    """What went wrong in landgis itself."""

    seconds: float = 0.0
    processor: float = 0.0
    """Seconds of computing, which a busy machine does not stretch."""

    memory: int = 0
    disk: int = 0

    @property
    def held(self) -> int:
        """Rows held back, each counted once."""
        return len({row for rows in self.quarantined.values() for row in rows})

    @property
    def lost(self) -> int:
        """Rows that could not be read."""
        return sum(len(rows) for rows in self.unreadable.values())

    @property
    def adds_up(self) -> bool:
        """Whether every row read has one fate."""
        return self.rows == self.accepted + self.held + self.lost


class Examiner:
    """Looks at files one after the other with ``landgis validate``; use it as a context manager."""

    def __init__(self, within: Path, limit_s: float, *, warm: str | None = None) -> None:
        """Kill what takes longer than ``limit_s``; ``warm`` as for ``examiner``."""
        self._within, self._limit_s, self._warm = within, limit_s, warm

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.hostile.examiner",
                *([] if self._warm is None else ["--warm", self._warm]),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate(timeout=60)

    def look(
        self, path: Path, options: Sequence[str] = (), *, jurisdiction: str = "generic"
    ) -> Outcome:
        """Answer what becomes of ``path``."""
        task = {
            "arguments": ["validate", str(path), "--json", *options],
            "jurisdiction": jurisdiction,
            "within": str(self._within),
            "limit_s": self._limit_s,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        return _outcome(json.loads(self._process.stdout.readline()))


def _outcome(said: Mapping[str, Any]) -> Outcome:
    used = {key: said[key] for key in ("seconds", "processor", "memory", "disk")}
    errors = said["errors"]
    if said["ended"] not in ENDS or "Traceback" in errors:
        return Outcome(crash=f"exit {said['ended']}: {errors.strip()[-600:]}", **used)
    if said["left"]:
        return Outcome(crash=f"left behind: {', '.join(said['left'])}", **used)
    document = json.loads(said["out"])
    if "files" in document:
        return _together([_of_layer(one, used) for one in document["files"]], used)
    if "error" in document:
        error = document["error"]
        shown = REFUSAL.search(errors)
        if said["ended"] != REFUSED or not shown or shown["code"] != error["code"]:
            return Outcome(crash=f"exit {said['ended']} with {error}: {errors[-300:]}", **used)
        return Outcome(refused=error["code"], message=error["message"], **used)
    return outcome_of(document, used)


def _of_layer(document: Mapping[str, Any], used: Mapping[str, Any]) -> Outcome:
    if "error" in document:
        return Outcome(refused=document["error"]["code"], message=document["error"]["message"])
    return outcome_of(document, used)


def _together(layers: Sequence[Outcome], used: Mapping[str, Any]) -> Outcome:
    """Answer the outcome of a file of several layers; rows of the second begin at a million."""
    fates: list[dict[str, list[int]]] = []
    for name in ("quarantined", "unreadable"):
        fates.append({})
        for number, layer in enumerate(layers):
            for code, rows in getattr(layer, name).items():
                fates[-1].setdefault(code, []).extend(row + number * MILLION for row in rows)
    refused = {f"{layer.refused} of a layer" for layer in layers if layer.refused}
    crashes = [layer.crash for layer in layers if layer.crash]
    return Outcome(
        rows=sum(layer.rows for layer in layers),
        accepted=sum(layer.accepted for layer in layers),
        quarantined=fates[0],
        unreadable=fates[1],
        notes=frozenset().union(refused, *(layer.notes for layer in layers)),
        crash="; ".join(crashes) or None,
        **used,
    )


def outcome_of(document: Mapping[str, Any], used: Mapping[str, Any]) -> Outcome:
    """Read the report of an import."""
    fates: dict[str, dict[str, list[int]]] = {"quarantined": {}, "unreadable": {}}
    for fate in document["rows"]:
        for reason in fate["reasons"]:
            fates[fate["state"]].setdefault(reason, []).append(fate["row"])
    counts = document["counts"]
    found = Outcome(
        rows=counts["read"],
        accepted=counts["accepted"],
        notes=frozenset(note["code"] for note in document["evidence"]["notes"]),
        **fates,
        **used,
    )
    held = len({fate["row"] for fate in document["rows"]})
    told = (counts["quarantined"], counts["unreadable"], counts["read"] - counts["accepted"])
    if told != (found.held, found.lost, held):
        return Outcome(crash=f"counts {counts}, rows tell {found}", **used)
    return found

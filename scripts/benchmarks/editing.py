"""Twenty editors in one hot area: how long a preview, a commit and an approval take."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import numpy as np
from proofs import checker, land
from proofs.dossier import OK, Dossier, Refusal
from proofs.person import Answer, Person
from proofs.storm import hot_area, judge
from proofs.world import UNIT, world

from benchmarks.rows import Row

EDITORS = 20
EVERY_S = 10.0
"""One operation per editor in this time, as people work; the starts are spread."""

FULL_S, QUICK_S = 60.0, 20.0
BAR_PREVIEW_MS = 60.0
BAR_COMMIT_MS = 250.0
NEAR_PARCELS = 120
WORST = 99

Times = dict[str, list[float]]


def measure(_data: Path | None, *, quick: bool, runs: int) -> list[Row]:
    """Answer the latencies of splits that run into each other, each run on a fresh register."""
    found: dict[str, list[float]] = defaultdict(list)
    for run in range(runs):
        times, faults = _run(QUICK_S if quick else FULL_S, seed=2026 + run)
        found["preview"].append(1000 * median(times["preview"]))
        found["commit"].append(1000 * float(np.percentile(times["commit"], WORST)))
        found["approve"].append(1000 * float(np.percentile(times["approve"], WORST)))
        found["anomalies"].append(float(faults))
        found["changes"].append(float(len(times["approve"])))
    return [
        Row("preview of a split, p50", found["preview"], None, "ms", BAR_PREVIEW_MS),
        Row("commit into the draft, p99", found["commit"], None, "ms", BAR_COMMIT_MS),
        Row("approval: commit into the register, p99", found["approve"], None, "ms", BAR_COMMIT_MS),
        Row("anomalies found by the offline checker", found["anomalies"], None, "", 0.0),
        Row("changes of the register in a run", found["changes"], None, "", None),
    ]


def _run(seconds: float, seed: int) -> tuple[Times, int]:
    with world() as made:
        url = made.serve()
        before = checker.live_shapes(made.services)
        pairs = [
            (made.hire(url, f"officer{i}", "officer"), made.hire(url, f"reviewer{i}", "reviewer"))
            for i in range(EDITORS)
        ]
        fids = _hot(pairs[0][0], before)
        times: Times = defaultdict(list)
        told: list[checker.Told] = []
        end = time.monotonic() + seconds
        threads = [
            threading.Thread(
                target=_editor, args=(pair, Random(seed * 100 + i), fids, end, times, told)
            )
            for i, pair in enumerate(pairs)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return times, len(judge(made, before, told, lambda _line: None))


def _hot(person: Person, shapes: checker.Shapes) -> list[int]:
    """Answer the fids of parcels side by side in the middle of the register."""
    box = ",".join(f"{v:.7f}" for v in hot_area(shapes, NEAR_PARCELS))
    dossier = Dossier.open(person, "look around")
    path = f"/api/v1/drafts/{dossier.draft_id}/context?bbox={box}"
    answer = person.get(path)
    if answer.status != OK:
        raise Refusal("context", answer)
    faces = answer.body["faces"]
    return [face["fid"] for face in faces if face["unit_code"] == UNIT]


def _editor(
    pair: tuple[Person, Person],
    chance: Random,
    fids: list[int],
    end: float,
    times: Times,
    told: list[checker.Told],
) -> None:
    begin = time.monotonic() + chance.uniform(0, EVERY_S)
    while begin < end:
        time.sleep(max(0.0, begin - time.monotonic()))
        try:
            _split(pair, chance, fids, times, told)
        except Refusal:
            times["refused"].append(0.0)
        begin += EVERY_S


def _split(
    pair: tuple[Person, Person],
    chance: Random,
    fids: list[int],
    times: Times,
    told: list[checker.Told],
) -> None:
    officer, reviewer = pair
    dossier = Dossier.open(officer, "edit")
    fid = chance.choice(fids)
    epsg, around = land.faces(officer, dossier.draft_id, fid)
    target = next((face for face in around if face["fid"] == fid), None)
    if target is None:
        return
    line = land.cut(land.shape(target, epsg), chance)
    asked = {"op": "split", "parcel_id": target["parcel_id"], "line": line, "epsg": epsg}
    first = _timed(times["preview"], lambda: dossier.step("preview", {**asked, "allocation": None}))
    whole = {**asked, "allocation": first["proposal"]}
    second = _timed(times["preview"], lambda: dossier.step("preview", whole))
    _timed(times["commit"], lambda: dossier.step("commit", {"token": second["token"]}))
    dossier.submit()
    answer: Answer = _timed(times["approve"], lambda: dossier.approve(reviewer))
    revision = answer.body.get("revision")
    told.append(checker.Told(officer.login, dossier.draft_id, answer.status, answer.code, revision))


def _timed(into: list[float], work: Callable[[], Any]) -> Any:
    begin = time.perf_counter()
    done = work()
    into.append(time.perf_counter() - begin)
    return done

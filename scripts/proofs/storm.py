"""Eight clients split, unite and undo the same few parcels at once."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import shapely

from landgis.geodesy import LONLAT, transform
from proofs import checker, land
from proofs.dossier import Dossier, Refusal
from proofs.person import Lost, Person
from proofs.world import UNIT, World, world

CLIENTS = 8
KINDS = ("split", "split", "merge", "merge", "undo")


@dataclass
class Record:
    """What all clients did and were told."""

    told: list[checker.Told] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    revisions: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    left: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> bool:
        """Take one of the operations that are left."""
        with self.lock:
            self.left -= 1
            return self.left >= 0


def prove(rounds: int, seed: int, say: Callable[[str], object]) -> list[str]:
    """Make ``rounds`` attempts; answer what the checker finds in the history."""
    with world() as made:
        urls = [made.serve(), made.serve()]
        before = checker.live_shapes(made.services)
        area = hot_area(before)
        pairs = [
            (
                made.hire(urls[i % 2], f"officer{i}", "officer"),
                made.hire(urls[(i + 1) % 2], f"reviewer{i}", "reviewer"),
            )
            for i in range(CLIENTS)
        ]
        record = Record(left=rounds)
        threads = [
            threading.Thread(target=_client, args=(Random(seed + i), pair, area, record))
            for i, pair in enumerate(pairs)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        say(", ".join(f"{what} {n}" for what, n in sorted(record.outcomes.items())))
        return record.faults + judge(made, before, record.told, say)


def judge(
    made: World, before: checker.Shapes, told: list[checker.Told], say: Callable[[str], object]
) -> list[str]:
    """Answer every fault in what a proof left behind."""
    after = checker.live_shapes(made.services)
    say(f"{len(before)} parcels before, {len(after)} after")
    faults = [
        *checker.answer_faults(made.services, told),
        *checker.chain_faults(made.services),
        *checker.overlap_faults(before, after),
    ]
    for command in (("verify",), ("audit", "verify")):
        done = made.ask(*command)
        say(f"landgis {' '.join(command)}: exit {done.returncode}")
        if done.returncode != 0:
            faults.append(f"landgis {' '.join(command)}: {done.stdout[-400:]}{done.stderr[-400:]}")
    return faults + (checker.ground_faults(before, after) if told else [])


def hot_area(shapes: checker.Shapes, count: int = 40) -> tuple[float, float, float, float]:
    """Answer west, south, east, north in degrees around some parcels in the middle."""
    geoms = list(shapes.values())
    centre = shapely.union_all(shapely.centroid(geoms)).centroid
    near = sorted(geoms, key=lambda g: g.distance(centre))[:count]
    box = shapely.box(*shapely.total_bounds(near))
    west, south, east, north = transform(box, 9209, LONLAT).bounds
    return west, south, east, north


def _client(
    chance: Random, pair: tuple[Person, Person], area: tuple[float, ...], record: Record
) -> None:
    while record.next():
        kind = chance.choice(KINDS)
        try:
            outcome = _attempt(kind, chance, pair, area, record)
        except Refusal as refusal:
            outcome = f"{refusal.step} {refusal.answer.status} {refusal.answer.code}"
            if refusal.answer.status >= 500:
                record.faults.append(str(refusal))
        except Lost as lost:
            outcome = "lost"
            record.faults.append(str(lost))
        with record.lock:
            record.outcomes[f"{kind}: {outcome}"] += 1


def _attempt(
    kind: str, chance: Random, pair: tuple[Person, Person], area: tuple[float, ...], record: Record
) -> str:
    officer, reviewer = pair
    dossier = Dossier.open(officer, f"storm {kind}")
    operation = _operation(kind, chance, officer, dossier.draft_id, area, record)
    if operation is None:
        return "nothing to do"
    dossier.do(operation)
    dossier.submit()
    answer = dossier.approve(reviewer)
    revision = answer.body.get("revision")
    told = checker.Told(officer.login, dossier.draft_id, answer.status, answer.code, revision)
    with record.lock:
        record.told.append(told)
        if revision is not None:
            record.revisions.append(revision)
    if answer.status >= 500:
        record.faults.append(f"approve: {answer.status} {answer.body}")
    return "done" if answer.status == 200 else f"approve {answer.status} {answer.code}"


def _operation(
    kind: str,
    chance: Random,
    officer: Person,
    draft_id: str,
    area: tuple[float, ...],
    record: Record,
) -> dict[str, Any] | None:
    if kind == "undo":
        with record.lock:
            recent = record.revisions[-6:]
        return {"op": "undo", "revision": chance.choice(recent)} if recent else None
    box = ",".join(f"{v:.7f}" for v in area)
    answer = officer.get(f"/api/v1/drafts/{draft_id}/context?bbox={box}")
    if answer.status != 200:
        return None
    epsg = answer.body["plane"]["epsg"]
    around = [f for f in answer.body["faces"] if f["unit_code"] == UNIT]
    target = chance.choice(around)
    if kind == "split":
        line = land.cut(land.shape(target, epsg), chance)
        return {
            "op": "split",
            "parcel_id": target["parcel_id"],
            "line": line,
            "epsg": epsg,
            "allocation": None,
        }
    other = land.partner(target, around, epsg)
    if other is None:
        return None
    pair = [target["parcel_id"], other]
    addresses = {f["address"] or "" for f in around if f["parcel_id"] in pair}
    ask: dict[str, Any] = {"op": "merge", "parcels": pair}
    return ask if len(addresses) == 1 else {**ask, "address": max(addresses)}

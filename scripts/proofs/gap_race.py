"""Two people grow two parcels into one gap at once, on two servers: one of them must lose."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from sqlalchemy import text

from landgis.cadastre import edits
from landgis.cadastre.changes import SurveyedParcel
from landgis.geodesy import LONLAT, transform_xy
from landgis.store.surveyed import SurveyedStore
from proofs import checker
from proofs.dossier import Dossier
from proofs.person import Answer, Person
from proofs.storm import judge
from proofs.world import World, world

UNIT = "25459"
SIDE_M = 10.0
GAP_M = 2.0
GROWTH_M = 1.5
PITCH_M = 30.0
LOSES = {(409, "stale"), (422, "new_overlap")}


def prove(rounds: int, seed: int, say: Callable[[str], object]) -> list[str]:
    """Race ``rounds`` times; answer what was wrong."""
    chance = Random(seed)
    with world(demo=False) as made:
        _publish_pairs(made, rounds)
        urls = [made.serve(), made.serve()]
        people = [
            (
                made.hire(url, f"officer{i}", "officer", UNIT),
                made.hire(url, f"reviewer{i}", "reviewer", UNIT),
            )
            for i, url in enumerate(urls)
        ]
        before = checker.live_shapes(made.services)
        pairs = _pairs(made)
        outcomes: Counter[str] = Counter()
        told: list[checker.Told] = []
        faults: list[str] = []
        for number, pair in enumerate(pairs):
            answers = _race(made, pair, people, chance, told)
            outcomes[" | ".join(sorted(f"{a.status} {a.code}".strip() for a in answers))] += 1
            losers = [(a.status, a.code) for a in answers if a.status != 200]
            if len(losers) != 1 or losers[0] not in LOSES:
                faults.append(f"round {number}: {[(a.status, a.body) for a in answers]}")
        say("; ".join(f"{what}: {n}" for what, n in sorted(outcomes.items())))
        # Ground is won here on purpose: only overlaps and the history are judged.
        return faults + [f for f in judge(made, before, told, say) if "ground won" not in f]


def _publish_pairs(made: World, count: int) -> None:
    features = []
    east, north = _corner(made)
    for i in range(count):
        x, y = east + PITCH_M * (i % 20), north + PITCH_M * (i // 20)
        for k in (0, 1):
            west = x + k * (SIDE_M + GAP_M)
            shape = shapely.box(west, y, west + SIDE_M, y + SIDE_M)
            facts = {"XAID": UNIT, "SHBANDO": "1", "SHTHUA": str(2 * i + k + 1), "KHLOAIDAT": "ODT"}
            geometry = shapely.geometry.mapping(shape)
            features.append({"type": "Feature", "properties": facts, "geometry": geometry})
    name = {"name": "urn:ogc:def:crs:EPSG::9209"}
    document = {"type": "FeatureCollection", "crs": {"type": "name", "properties": name}}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pairs.geojson"
        path.write_text(json.dumps({**document, "features": features}), encoding="utf-8")
        done = made.ask("import", str(path), "--publish")
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)


def _corner(made: World) -> tuple[float, float]:
    middle = made.services.jurisdiction.outlines[UNIT].representative_point()
    (x,), (y,) = transform_xy(np.array([middle.x]), np.array([middle.y]), LONLAT, 9209)
    return round(float(x)), round(float(y))


def _pairs(made: World) -> list[tuple[SurveyedParcel, SurveyedParcel]]:
    found = sorted(
        SurveyedStore(made.services.database).written_by(1), key=lambda p: int(p.number or 0)
    )
    return list(zip(found[::2], found[1::2], strict=True))


def _race(
    made: World,
    pair: tuple[SurveyedParcel, SurveyedParcel],
    people: list[tuple[Person, Person]],
    chance: Random,
    told: list[checker.Told],
) -> list[Answer]:
    dossiers = []
    for parcel, growth, (officer, _) in zip(pair, (GROWTH_M, -GROWTH_M), people, strict=True):
        dossiers.append(_grown(made, parcel, growth, officer))
    answers: list[Any] = [None, None]
    start = threading.Barrier(2)

    def approve(i: int) -> None:
        start.wait()
        answers[i] = dossiers[i].approve(people[1 - i][1])

    order = [0, 1]
    chance.shuffle(order)
    threads = [threading.Thread(target=approve, args=(i,)) for i in order]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for dossier, answer in zip(dossiers, answers, strict=True):
        revision = answer.body.get("revision")
        told.append(checker.Told("race", dossier.draft_id, answer.status, answer.code, revision))
    return answers


def _grown(made: World, parcel: SurveyedParcel, growth: float, officer: Person) -> Dossier:
    """Make a draft that grows a parcel eastwards or westwards: below the page, no tool does so."""
    dossier = Dossier.open(officer, "grow into the gap")
    west, south, east, north = parcel.geom.bounds
    box = shapely.box(west + min(growth, 0), south, east + max(growth, 0), north)
    net = edits.NetChange((parcel.as_before(),), (replace(parcel, geom=box),), ())
    write_net(made, dossier, net)
    return dossier.submit()


def write_net(made: World, dossier: Dossier, net: edits.NetChange) -> None:
    """Put a net change into an open draft as its only step."""
    values = {
        "draft": UUID(dossier.draft_id),
        "net": json.dumps(edits.to_json(net)),
        "op": json.dumps({"op": "written by a proof"}),
        "touched": [p.parcel_id for p in net.after],
        "units": sorted({p.unit_code or "" for p in net.after}),
    }
    with made.services.database.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO draft_steps (draft_id, step, op, net, token) "
                "VALUES (:draft, 1, CAST(:op AS jsonb), CAST(:net AS jsonb), 'proof')"
            ),
            values,
        )
        connection.execute(
            text(
                "UPDATE drafts SET step = 1, steps = 1, rev = rev + 1, touched = :touched, "
                "units = :units WHERE draft_id = :draft"
            ),
            values,
        )
    dossier.rev += 1

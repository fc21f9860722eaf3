"""Kill the server in the middle of a write: before or after, never between, and told the same."""

import threading
from collections import Counter
from collections.abc import Callable
from random import Random
from time import perf_counter
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from landgis.store.surveyed import SurveyedStore
from proofs import checker, land
from proofs.dossier import OK, Dossier, Refusal
from proofs.person import Answer, Lost, Person
from proofs.storm import judge
from proofs.world import World, free_port, world

FIRST_S = 0.05
"""How long a write takes, as long as none has been answered here."""

REACH = 1.1
"""Kills fall from the beginning of a write to a little behind its usual end."""


def prove(rounds: int, seed: int, say: Callable[[str], object]) -> list[str]:
    """Kill ``rounds`` times, half in a commit of a draft, half in an approval."""
    chance = Random(seed)
    with world() as made:
        url = made.serve(free_port())
        officer = made.hire(url, "officer0", "officer")
        reviewer = made.hire(url, "reviewer0", "reviewer")
        before = checker.live_shapes(made.services)
        outcomes: Counter[str] = Counter()
        told: list[checker.Told] = []
        faults: list[str] = []
        fids = [p.fid for p in SurveyedStore(made.services.database).written_by(1)]
        chance.shuffle(fids)
        usual = {"commit": FIRST_S, "approve": FIRST_S}
        for number in range(rounds + len(usual)):
            dossier, operation = _cuttable(officer, fids, chance)
            what, path, body, person = _write(number, dossier, operation, officer, reviewer)
            if number < len(usual):
                fate = "measured"
                usual[what], answer = _measured(person, path, body, dossier)
            else:
                delay = chance.uniform(0.0, usual[what] * REACH)
                fate, answer = _killed(made, url, person, path, body, dossier, delay, faults)
            outcomes[f"{what}: {fate}"] += 1
            if what == "approve":
                revision = answer.body.get("revision")
                told.append(checker.Told("kill", dossier.draft_id, answer.status, "", revision))
        say("; ".join(f"{what}: {n}" for what, n in sorted(outcomes.items())))
        faults += _twice(made)
        return faults + judge(made, before, told, say)


def _cuttable(officer: Person, fids: list[Any], chance: Random) -> tuple[Dossier, dict[str, Any]]:
    """Open a dossier on a parcel that a line can split, ready to be committed."""
    while True:
        dossier = Dossier.open(officer, "kill")
        fid = fids.pop()
        epsg, around = land.faces(officer, dossier.draft_id, fid)
        target = next((f for f in around if f["fid"] == fid), None)
        if target is None:
            continue
        operation = {
            "op": "split",
            "parcel_id": target["parcel_id"],
            "line": land.cut(land.shape(target, epsg), chance),
            "epsg": epsg,
            "allocation": None,
        }
        try:
            preview = dossier.step("preview", operation)
            operation["allocation"] = preview["proposal"]
            preview = dossier.step("preview", operation)
        except Refusal:
            continue
        if preview["can_commit"]:
            return dossier, preview


def _write(
    number: int,
    dossier: Dossier,
    preview: dict[str, Any],
    officer: Person,
    reviewer: Person,
) -> tuple[str, str, dict[str, Any], Person]:
    """Answer the write that is to be killed: a commit, or an approval."""
    base = f"/api/v1/drafts/{dossier.draft_id}"
    if number % 2:
        return "commit", f"{base}/commit", {"token": preview["token"]}, officer
    dossier.step("commit", {"token": preview["token"]})
    dossier.submit()
    return "approve", f"{base}/approve", {"sha256": dossier.sha256}, reviewer


def _killed(
    made: World,
    url: str,
    person: Person,
    path: str,
    body: dict[str, Any],
    dossier: Dossier,
    delay_s: float,
    faults: list[str],
) -> tuple[str, Answer]:
    """Send a write, kill the server meanwhile, start it again, send the write again, twice."""
    key, heard = uuid4().hex, []

    def send() -> None:
        try:
            heard.append(person.post(path, body, rev=dossier.rev, key=key))
        except Lost:
            return

    sender = threading.Thread(target=send)
    sender.start()
    sender.join(timeout=delay_s)
    made.kill(url)
    sender.join()
    was_done = _is_done(made, dossier, path)
    made.serve(int(url.rsplit(":", 1)[1]))
    again = person.post(path, body, rev=dossier.rev, key=key)
    once_more = person.post(path, body, rev=dossier.rev, key=key)
    answers = [*heard, again, once_more]
    if any((a.status, a.body) != (200, again.body) for a in answers):
        faults.append(f"{path}: {[(a.status, a.body) for a in answers]}")
    if heard:
        return "answered, then killed", again
    return ("killed after it was done" if was_done else "killed before it was done"), again


def _measured(
    person: Person, path: str, body: dict[str, Any], dossier: Dossier
) -> tuple[float, Answer]:
    """Answer how long such a write takes when nobody disturbs it, in seconds."""
    begin = perf_counter()
    answer = person.post(path, body, rev=dossier.rev)
    if answer.status != OK:
        raise Refusal(path, answer)
    return perf_counter() - begin, answer


def _is_done(made: World, dossier: Dossier, path: str) -> bool:
    query = text(
        "SELECT state = 'approved' AS approved, step FROM drafts WHERE draft_id = CAST(:d AS uuid)"
    )
    with made.services.database.begin() as connection:
        row = connection.execute(query, {"d": dossier.draft_id}).one()
    return bool(row.approved) if path.endswith("approve") else row.step == 1


def _twice(made: World) -> list[str]:
    """Answer drafts that hold more steps than were sent."""
    query = text("SELECT draft_id FROM draft_steps GROUP BY 1 HAVING count(*) > 1")
    with made.services.database.begin() as connection:
        return [f"{row.draft_id}: committed twice" for row in connection.execute(query)]

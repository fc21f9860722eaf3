"""Whatever is asked after an approval's answer shows the new state, on every server."""

from collections import Counter
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

import shapely

from landgis.store.surveyed import SurveyedStore
from landgis.tiling.grid import tile_at
from proofs import land, mvt
from proofs.dossier import OK, Dossier, Refusal
from proofs.person import Person
from proofs.tile_asking import Asker
from proofs.tile_truth import Place
from proofs.world import UNIT, world

ZOOM = 17
"""Where every parcel of the demonstration is drawn."""


class Done(NamedTuple):
    """A split as its approval's answer told it."""

    revision: int
    parent: int
    children: list[dict[str, Any]]


def prove(rounds: int, seed: int, say: Callable[[str], object]) -> list[str]:
    """Split ``rounds`` parcels; after each approval ask both servers for everything."""
    chance = Random(seed)
    asked: Counter[str] = Counter()
    faults: list[str] = []
    with world() as made:
        urls = [made.serve(), made.serve()]
        officer = made.hire(urls[0], "officer0", "officer")
        reviewer = made.hire(urls[0], "reviewer0", "reviewer")
        fids = [p.fid or 0 for p in SurveyedStore(made.services.database).written_by(1)]
        chance.shuffle(fids)
        count = 0
        while count < rounds:
            done = split_one(officer, reviewer, fids.pop(), chance)
            if done is None:
                continue
            count += 1
            # The server that did not write is told of the write, as open pages tell it.
            told = made.services.tile_store.position()[0]
            for url in urls:
                sequence = None if url == urls[0] else told
                for what, is_new in _everything(Person(url, "anybody", ""), done, sequence):
                    asked[what] += 1
                    if not is_new:
                        faults.append(f"revision {done.revision}, {url}: {what} is stale")
    say(", ".join(f"{what} {n}" for what, n in sorted(asked.items())))
    return faults


def split_one(officer: Person, reviewer: Person, fid: int, chance: Random) -> Done | None:
    """Split a parcel that is whole and simple enough; None for one that is not."""
    dossier = Dossier.open(officer, "freshness")
    epsg, around = land.faces(officer, dossier.draft_id, fid)
    target = next((f for f in around if f["fid"] == fid and f["unit_code"] == UNIT), None)
    if target is None:
        return None
    line = land.cut(land.shape(target, epsg), chance)
    ask = {"op": "split", "parcel_id": target["parcel_id"], "line": line, "epsg": epsg}
    try:
        dossier.do({**ask, "allocation": None})
        dossier.submit()
    except Refusal:
        return None
    answer = dossier.approve(reviewer)
    if answer.status != OK:
        raise Refusal("approve", answer)
    after = answer.body["change"]["after"]
    children = [face for face in after if face["fate"] == "created"]
    return Done(answer.body["revision"], fid, children)


def _everything(anybody: Person, done: Done, sequence: int | None) -> Iterator[tuple[str, bool]]:
    """Ask all that shows parcels; say of each whether it shows the new state."""
    parent = anybody.get(f"/api/v1/parcels/{done.parent}")
    yield "parent", parent.code == "parcel_retired"
    yield "successors", len(parent.body.get("successors", [])) == len(done.children)
    yield "revision", anybody.get("/api/v1/revision").body["revision"] >= done.revision
    page = anybody.page(f"/thua/{done.parent}")
    for child in done.children:
        fid = str(child["fid"])
        yield "page of the parent", f"/thua/{fid}" in page
        yield "child", anybody.get(f"/api/v1/parcels/{child['parcel_id']}").status == OK
        names = f"unit={child['unit_code']}&sheet={child['sheet']}&number={child['number']}"
        yield "list", _has(anybody, f"/api/v1/parcels?{names}", child)
        inside = shapely.geometry.shape(child["geometry"]).representative_point()
        yield "at", _has(anybody, f"/api/v1/parcels/at?lon={inside.x}&lat={inside.y}", child)
        events = anybody.get(f"/api/v1/parcels/{fid}/history").body["events"]
        yield "history", any(event["revision"] == done.revision for event in events)
        drawn = _drawn(anybody, inside.x, inside.y, sequence)
        yield "tile", child["fid"] in drawn and done.parent not in drawn


def _has(anybody: Person, path: str, child: dict[str, Any]) -> bool:
    features = anybody.get(path).body["features"]
    return [f["properties"]["parcel_id"] for f in features] == [child["parcel_id"]]


def _drawn(anybody: Person, lon: float, lat: float, sequence: int | None) -> set[int]:
    asker = Asker(anybody.url, connections=1)
    got = asker.tile(Place(ZOOM, *tile_at(lon, lat, ZOOM)), sequence=sequence)
    asker.close()
    return {f.id for f in mvt.read(got.content).layer("parcels") if f.id is not None}

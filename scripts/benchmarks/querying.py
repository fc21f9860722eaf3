"""Queries over HTTP: one parcel, a point, a box, pages, filters, search, beside tipg.

Connections are kept open; each question is asked of ours and of theirs in turn, with parcels that
nobody asked for before. tipg works on a table of the same parcels, facts and indexes; it counts all
that match where we stop at 10,000, and goes to a page by its offset. Only the loopback: neither
networks nor TLS are in any figure.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks import query_questions, registers, tile_rivals
from benchmarks.asking import Client
from benchmarks.query_questions import PAGE, Question
from benchmarks.rows import Row
from benchmarks.tile_register import Register, published

BAR_SEARCH_MS = 30.0
SEARCHERS = 4
PAGES = 40
WARM = 5
FACTS = (
    "fid, parcel_id, national_id, national_id_status, unit_code, sheet, number, old_unit_code, "
    "old_sheet, old_number, area_m2, register_area_m2, land_uses, address, status, revision, "
    "effective_from"
)
"""What we answer of a parcel, but for its unit's name."""

Times = dict[str, list[float]]


def measure(_data: Path | None, *, quick: bool, runs: int) -> list[Row]:
    """Answer every figure of queries on the generated register."""
    parcels = 60_000 if quick else 500_000
    count = 40 if quick else 200
    path = registers.generated(parcels)
    with published(f"{parcels:,} generated", path, "vn-80", "--map", "diaChi=address") as made:
        epsg, srid = made.services.deployments.require().storage_epsg, made.srid()
        home = made.services.settings.home.parents[1]
        with (
            made.server() as server,
            tile_rivals.tipg(home, made.dsn, srid, epsg, FACTS, "unit_code, sheet") as rival,
        ):
            places = query_questions.sample(made)
            return [
                *_answers(Client(server.url), rival, places, runs, count),
                *_pages(server.url, rival, runs),
                *_searches(server.url, _names(made), places, runs, count),
            ]


def _names(made: Register) -> dict[str, str]:
    return {unit.code: unit.name for unit in made.services.jurisdiction.units}


def _answers(
    client: Client, rival: tile_rivals.Tipg, places: Sequence[Any], runs: int, count: int
) -> list[Row]:
    rows = []
    for question in query_questions.questions():
        sys.stderr.write(f"query: {question.what}\n")
        often = min(count, question.most)
        asked = [places[i % len(places)] for i in range(WARM + runs * often)]
        _in_turn(client, rival, question, asked[:WARM])
        ours, theirs, every = [], [], []
        for some in _runs(asked[WARM:], often):
            times = _in_turn(client, rival, question, some)
            ours.append(median(times["ours"]))
            theirs.append(median(times["theirs"] or [0.0]))
            every += times["ours"]
        beside = None if question.theirs is None else theirs
        rows.append(Row(f"{question.what}, p50", ours, beside, "ms", question.bar_ms))
        rows += _spread(every)
    return rows


def _spread(every: Sequence[float]) -> list[Row]:
    return [
        Row("  p95", [float(np.percentile(every, 95))], None, "ms", None),
        Row("  fastest", [min(every)], None, "ms", None),
    ]


def _runs(asked: Sequence[Any], often: int) -> list[Sequence[Any]]:
    return [asked[i : i + often] for i in range(0, len(asked), often)]


def _in_turn(
    client: Client, rival: tile_rivals.Tipg, question: Question, places: Sequence[Any]
) -> Times:
    times: Times = defaultdict(list)
    for i, place in enumerate(places):
        asked = [("ours", client.get, question.ours(place))]
        if question.theirs is not None:
            asked.append(("theirs", rival.get, question.theirs(place)))
        for name, get, path in asked if i % 2 else asked[::-1]:
            times[name].append(_ms(get, path))
    return times


def _pages(url: str, rival: tile_rivals.Tipg, runs: int) -> list[Row]:
    """Follow our links from page to page; tipg is asked for the same pages by offset."""
    client = Client(url)
    first = f"/ogc/collections/parcels/items?limit={PAGE}"
    links = query_questions.pages(client.get(first), PAGES, client.get, url)
    ours, theirs = [], []
    for _ in range(runs):
        mine, other = [], []
        for i, link in enumerate(links):
            mine.append(_ms(client.get, link))
            other.append(_ms(rival.get, f"/items?limit={PAGE}&offset={(i + 1) * PAGE}"))
        ours.append(median(mine))
        theirs.append(median(other))
    what = f"OGC: page of {PAGE} of all parcels, pages 2 to {len(links) + 1}, p50"
    return [Row(what, ours, theirs, "ms", None)]


def _searches(
    url: str, names: dict[str, str], places: Sequence[Any], runs: int, count: int
) -> list[Row]:
    """Search as four people do at once; then each kind of question alone."""
    kinds = query_questions.searches(names)
    clients = [Client(url) for _ in range(SEARCHERS)]
    p50, p95, worst = [], [], []
    for run in range(-1, runs):
        times = _together(clients, kinds, places[(run + 1) * count :][:count])
        if run < 0:
            continue  # each process of the server has read its words and names now
        p50.append(median(times))
        p95.append(float(np.percentile(times, 95)))
        worst.append(max(times))
    rows = [
        Row(f"search, {SEARCHERS} at once, p95", p95, None, "ms", BAR_SEARCH_MS),
        Row("  p50", p50, None, "ms", None),
        Row("  slowest", worst, None, "ms", None),
    ]
    for kind in kinds:
        alone = [_alone(clients[0], kind, places[run * count :][:count]) for run in range(runs)]
        rows.append(Row(f"  {kind.what}, alone, p50", alone, None, "ms", None))
    return rows


def _together(
    clients: Sequence[Client], kinds: Sequence[Question], places: Sequence[Any]
) -> list[float]:
    paths = [kind.ours(place) for place in places for kind in kinds]
    shares = [paths[i :: len(clients)] for i in range(len(clients))]

    def ask(client: Client, share: Sequence[str]) -> list[float]:
        return [_ms(client.get, path) for path in share]

    with ThreadPoolExecutor(len(clients)) as pool:
        return [ms for times in pool.map(ask, clients, shares) for ms in times]


def _alone(client: Client, kind: Question, places: Sequence[Any]) -> float:
    return median(_ms(client.get, kind.ours(place)) for place in places)


def _ms(get: Callable[[str], bytes], path: str) -> float:
    begin = perf_counter()
    get(path)
    return 1000 * (perf_counter() - begin)

"""Tiles: how long one takes that nobody drew yet, beside the usual query and tipg; and the rest.

Uncached tiles by zoom, the pyramid, hot tiles, people on the map while parcels change, wrong tiles.
Only the loopback: neither networks nor TLS are in any figure.
"""

import contextlib
import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from proofs import fresh, mvt
from proofs.tile_asking import Asker
from proofs.tile_truth import Place

from benchmarks import cpu, hot_tiles, registers, tile_rivals, tile_views
from benchmarks.rows import Row
from benchmarks.tile_register import Register, published
from landgis.store.tiles import TileStore
from landgis.tiling import layers
from landgis.tiling.layers import TileSet
from landgis.tiling.vector import statement

ZOOMS = range(10, 19)
PARCELS_FROM = 13
BAR_Z15 = 0.35
BAR_Z12_MS, BAR_Z12_KB = 30.0, 60.0
BAR_WARM = 10_000.0
BAR_PYRAMID_S = 60.0
SLOW_MS = 60_000
HOT_ZOOMS = range(14, 18)

Found = dict[str, list[float]]


def measure(data: Path | None, *, quick: bool, runs: int) -> list[Row]:
    """Answer every figure of tiles on the generated register, and the uncached on real parcels."""
    hot_tiles.require_wrk()
    count = 60_000 if quick else 500_000
    rows: list[Row] = []
    with published(f"{count:,} generated", registers.generated(count), "vn-80") as made:
        rows += _pyramid(made, runs=1 if quick else runs)
        rows += _uncached(made, runs, 20 if quick else 100)
        rows += _over_http(made, runs, 10 if quick else 40)
        rows += _hot(made, runs, 3 if quick else 8)
        rows += tile_views.measure(made, 10 if quick else 40)
    if data is not None and not quick:
        path = data / "parcels-large" / "cambridge_x8_shp.zip"
        with published("105,272 real", path, "generic", "--profile", "cambridge") as made:
            rows += _pyramid(made, runs=1)
            rows += _uncached(made, runs, 100)
    return [*rows, _wrong(100 if quick else 600)]


def _pyramid(made: Register, runs: int) -> list[Row]:
    """Draw everything: the first time with what it is drawn from, then each time from nothing."""
    seconds, megabytes = [], 0.0
    for run in range(runs):
        home = made.home / f"pyramid-{run}"
        begin = perf_counter()
        made.command(home, "tiles", "build")
        seconds.append(perf_counter() - begin)
        status = json.loads(made.command(home, "tiles", "status", "--json"))
        drawn = sum(zoom["drawn"] for zoom in status["zooms"])
        megabytes = sum(zoom["bytes"] for zoom in status["zooms"]) / 1e6
        sys.stderr.write(f"pyramid: {drawn} tiles in {seconds[-1]:.1f} s\n")
    is_large = len(made.points) and "500" in made.what
    bar = BAR_PYRAMID_S if is_large else None
    return [
        Row(f"{made.what}: import to published", [made.published_s], None, "s", None),
        Row(f"{made.what}: pyramid z5-z18", seconds, None, "s", bar),
        Row("  its size", [megabytes], None, "MB", None),
    ]


def _uncached(made: Register, runs: int, count: int) -> list[Row]:
    """Measure the statements themselves, tile by tile in turn with the usual query."""
    tilesets = layers.load(made.services.settings.tiles_dir)
    srid = made.srid()
    store = TileStore(made.url, SLOW_MS)
    made.index_storage_plane()
    rows: list[Row] = []
    for zoom in ZOOMS:
        ours, theirs, found = [], [], defaultdict(list)
        for run in range(runs):
            # Below z13 the usual query takes seconds, and it sends what nobody can see.
            places = made.places(zoom, count if zoom >= PARCELS_FROM else 2, run * count)
            times = _in_turn(store, tilesets, srid, places, found)
            ours.append(median(times["ours"]))
            theirs.append(median(times["theirs"]))
        bar = BAR_Z15 if zoom == 15 else None
        rows.append(Row(f"{made.what}: z{zoom} {_shows(zoom)}, p50", ours, theirs, "ms", bar))
        rows += _details(zoom, found)
    rows.append(_exact(made, tilesets, store, srid, runs, count))
    store.close()
    return rows


def _shows(zoom: int) -> str:
    if zoom < PARCELS_FROM:
        return "(blocks; theirs: all parcels)"
    return "(simplified)" if zoom < 16 else "(every vertex)"


def _details(zoom: int, found: Found) -> list[Row]:
    dense = zoom == 12
    return [
        Row("  p95", [float(np.percentile(found["ms"], 95))], None, "ms", None),
        Row("  the whole map, p50", [median(found["map_ms"])], None, "ms", None),
        Row("  slowest", [max(found["map_ms"])], None, "ms", BAR_Z12_MS if dense else None),
        Row("  largest, gzip", [max(found["kb"])], None, "kB", BAR_Z12_KB if dense else None),
        Row("  median, gzip", [median(found["kb"])], None, "kB", None),
        Row("  features of ours, median", [median(found["features"])], None, "", None),
    ]


def _in_turn(
    store: TileStore,
    tilesets: dict[str, TileSet],
    srid: int,
    places: list[Place],
    found: Found,
) -> Found:
    times: Found = defaultdict(list)
    alone = tilesets["parcels" if places[0].z >= PARCELS_FROM else "blocks"]
    for i, place in enumerate(places):
        usual = tile_rivals.usual(srid, place)
        mine = _statement(alone, place)
        asked = [("ours", mine), ("theirs", usual)]
        for name, (sql, parameters) in asked if i % 2 else asked[::-1]:
            times[name].append(_ms(lambda s=sql, p=parameters: store.tile(s, p))[0])
        whole, content = _ms(lambda p=place: store.tile(*_statement(tilesets["map"], p)))
        found["map_ms"].append(whole)
        found["kb"].append(len(gzip.compress(content, 6)) / 1000)
        found["features"].append(sum(len(layer.features) for layer in mvt.read(content).layers))
    found["ms"] += times["ours"]
    return times


def _exact(
    made: Register,
    tilesets: dict[str, TileSet],
    store: TileStore,
    srid: int,
    runs: int,
    count: int,
) -> Row:
    """Measure z15 with every vertex, which the usual query sends too: like for like."""
    (layer,) = tilesets["parcels"].layers
    query = layer.query.replace(":z >= 16", ":z >= 15")
    if query == layer.query:
        raise RuntimeError("the query of the layer parcels no longer says from where it is exact")
    exact = replace(tilesets["parcels"], layers=(replace(layer, query=query),))
    ours, theirs = [], []
    for run in range(runs):
        found: Found = defaultdict(list)
        places = made.places(15, count, run * count)
        times = _in_turn(store, {**tilesets, "parcels": exact}, srid, places, found)
        ours.append(median(times["ours"]))
        theirs.append(median(times["theirs"]))
    return Row(f"{made.what}: z15 with every vertex, p50", ours, theirs, "ms", None)


def _over_http(made: Register, runs: int, count: int) -> list[Row]:
    """Ask our server with an empty store, and tipg, for the same tiles in turn."""
    epsg, srid = made.services.deployments.require().storage_epsg, made.srid()
    postgres = made.cluster.status().pid or 0
    rows: list[Row] = []
    home = made.services.settings.home.parents[1]
    with made.server() as server, tile_rivals.tipg(home, made.dsn, srid, epsg) as rival:
        asker = Asker(server.url)
        pid = server.process.pid if server.process is not None else 0
        spent: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for zoom in range(PARCELS_FROM, 19):
            ours, theirs = [], []
            for run in range(runs):
                places = made.places(zoom, count, 7000 + run * count)
                with _spending(spent["ours"], (pid, postgres), len(places)):
                    ours.append(median(_ms(lambda p=p: asker.tile(p))[0] for p in places))
                with _spending(spent["tipg"], (rival.process.pid, postgres), len(places)):
                    theirs.append(median(_ms(lambda p=p: rival.tile(p))[0] for p in places))
            rows.append(
                Row(f"z{zoom} over HTTP, never drawn, beside tipg", ours, theirs, "ms", None)
            )
        asker.close()
    per = {
        name: [1000 * sum(s for s, _ in pairs) / sum(n for _, n in pairs)]
        for name, pairs in spent.items()
    }
    what = "  CPU-s per 1,000 of them, server and PostgreSQL"
    return [*rows, Row(what, per["ours"], per["tipg"], "s", None)]


@contextlib.contextmanager
def _spending(into: list[tuple[float, int]], pids: tuple[int, ...], count: int) -> Iterator[None]:
    before = sum(map(cpu.seconds, pids))
    yield
    into.append((sum(map(cpu.seconds, pids)) - before, count))


def _hot(made: Register, runs: int, seconds: int) -> list[Row]:
    home = made.home / "pyramid-0"
    sizes = _sizes(made, home)
    places = hot_tiles.hottest(sizes)
    with made.server(home) as server:
        full, same = [], []
        for _ in range(runs):
            full.append(hot_tiles.rate(server, places, seconds, known=False))
            same.append(hot_tiles.rate(server, places, seconds, known=True))
    size = hot_tiles.median_bytes(sizes, places)
    what = f"hot tiles ({size / 1000:.1f} kB median), 200 with gzip, wrk, 32 connections"
    return [
        Row(what, [r.per_second for r in full], None, "req/s", BAR_WARM, ">="),
        Row("  CPU-s of the server per 1,000", [r.cpu_per_1000 for r in full], None, "s", None),
        Row("  as 304", [r.per_second for r in same], None, "req/s", None),
        Row("  CPU-s of the server per 1,000", [r.cpu_per_1000 for r in same], None, "s", None),
    ]


def _sizes(made: Register, home: Path) -> list[tuple[Place, int]]:
    """Answer the tiles of the pyramid with their sizes, as the server sends them."""
    from landgis import bootstrap

    services = bootstrap.build(replace(made.services.settings, home=home))
    try:
        tiles = services.pyramid.tiles()
        return [(Place(z, x, y), len(kept.gzipped)) for z, x, y, kept in tiles if z in HOT_ZOOMS]
    finally:
        services.close()


def _wrong(rounds: int) -> Row:
    faults = fresh.prove(rounds, 2026, lambda line: sys.stderr.write(f"fresh: {line}\n"))
    return Row(f"wrong tiles in {rounds} changes (scripts/prove fresh)", [len(faults)], None, "", 0)


def _statement(tileset: TileSet, place: Place) -> tuple[str, dict[str, object]]:
    made = statement(tileset, *place, 1)
    if made is None:
        raise RuntimeError(f"{tileset.name} shows nothing at z{place.z}")
    return made.sql, made.parameters


def _ms(work: Callable[[], object]) -> tuple[float, bytes]:
    begin = perf_counter()
    done = work()
    return 1000 * (perf_counter() - begin), done if isinstance(done, bytes) else b""

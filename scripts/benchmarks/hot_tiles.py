"""Tiles that everybody asks for: a set drawn by Zipf's law, asked by ``wrk``, as 200 and as 304."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple

from proofs.server import Server
from proofs.tile_asking import Asker
from proofs.tile_truth import Place

from benchmarks import cpu

CONNECTIONS = 32
TILES = 200
MEDIAN_BYTES = 12_000
EXPONENT = 1.1
REQUESTS = 20_000
"""In the order of asking; then from the beginning."""

LUA = """
local paths, etags, order = {{{paths}}}, {{{etags}}}, {{{order}}}
local asked, at = {{}}, 0
function init()
  for i, path in ipairs(paths) do
    local headers = {{["Accept-Encoding"] = "gzip"}}
    if etags[i] ~= "" then headers["If-None-Match"] = etags[i] end
    asked[i] = wrk.format("GET", path, headers)
  end
end
function request()
  at = at % #order + 1
  return asked[order[at]]
end
"""


class Rate(NamedTuple):
    """What one run of wrk saw."""

    per_second: float
    cpu_per_1000: float
    """CPU-seconds of the server for 1,000 requests."""


def require_wrk() -> None:
    """End with what to type when wrk is not there."""
    if shutil.which("wrk") is None:
        raise SystemExit("The hot tiles need wrk. Type: sudo apt-get install wrk")


def hottest(sizes: Sequence[tuple[Place, int]]) -> list[Place]:
    """Answer tiles whose median size is about ``MEDIAN_BYTES``, as many above as below."""
    ordered = sorted(sizes, key=lambda one: one[1])
    above = next((i for i, one in enumerate(ordered) if one[1] > MEDIAN_BYTES), len(ordered))
    half = min(TILES // 2, above, max(len(ordered) - above, 1))
    return [place for place, _ in ordered[above - half : above + half]]


def rate(server: Server, places: Sequence[Place], seconds: int, *, known: bool) -> Rate:
    """Ask a server for its hot tiles as fast as it answers; ``known``: with their ETags."""
    asker = Asker(server.url)
    got = [asker.tile(place) for place in places]
    asker.close()
    etags = [one.etag if known else "" for one in got]
    pid = server.process.pid if server.process is not None else 0
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "hot.lua"
        script.write_text(_script(places, etags), encoding="utf-8")
        before = cpu.seconds(pid)
        done = subprocess.run(
            ("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), server.url),
            capture_output=True,
            text=True,
            check=True,
        )
        used = cpu.seconds(pid) - before
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(done.stdout)
    total = float(_number(r"(\d+) requests in", done.stdout))
    return Rate(float(_number(r"Requests/sec:\s+([\d.]+)", done.stdout)), 1000 * used / total)


def median_bytes(sizes: Sequence[tuple[Place, int]], places: Sequence[Place]) -> float:
    """Answer the median size of the chosen tiles."""
    chosen = set(places)
    return float(median(size for place, size in sizes if place in chosen))


def _script(places: Sequence[Place], etags: Sequence[str]) -> str:
    chance = Random(1)
    weights = [1 / (rank + 1) ** EXPONENT for rank in range(len(places))]
    order = chance.choices(range(1, len(places) + 1), weights, k=REQUESTS)
    return LUA.format(
        paths=", ".join(f'"/tiles/map/{p.z}/{p.x}/{p.y}.mvt"' for p in places),
        etags=", ".join(f"'{etag}'" for etag in etags),
        order=", ".join(map(str, order)),
    )


def _number(pattern: str, printed: str) -> str:
    found = re.search(pattern, printed)
    if found is None:
        raise RuntimeError(printed)
    return found.group(1)

"""People on the map: they pan, zoom and jump; how long until each view is whole.

Run as a program, so that asking does not share an interpreter with what writes meanwhile.
"""

import asyncio
import json
import math
import sys
from dataclasses import dataclass, field
from random import Random
from time import perf_counter
from urllib.parse import urlsplit

WIDTH_PX, HEIGHT_PX, TILE_PX = 1280, 800, 512
CONNECTIONS = 6
"""Of one user, as browsers open them over HTTP/1.1."""

LEAST_ZOOM, MOST_ZOOM, FIRST_ZOOM = 10, 18, 15
THINKS_S = (0.3, 3.0)
MOVES = {"pan": 60, "in": 20, "out": 15, "jump": 5}
HALF_WORLD_M = math.pi * 6_378_137.0

Tile = tuple[int, int, int]


@dataclass
class User:
    """One person at one browser."""

    url: str
    chance: Random
    points: list[tuple[float, float]]
    x: float = 0.0
    y: float = 0.0
    zoom: int = FIRST_ZOOM
    etags: dict[Tile, str] = field(default_factory=dict)
    views: list[float] = field(default_factory=list)
    failures: int = 0

    async def walk(self, end: float) -> None:
        """Look around until the end."""
        self._jump()
        place = urlsplit(self.url)
        queue: asyncio.Queue[Tile] = asyncio.Queue()
        hands = [
            asyncio.create_task(self._ask(queue, place.hostname or "", place.port or 80))
            for _ in range(CONNECTIONS)
        ]
        await asyncio.sleep(self.chance.uniform(0, THINKS_S[1]))
        while perf_counter() < end:
            begin = perf_counter()
            for tile in self._view():
                queue.put_nowait(tile)
            await queue.join()
            self.views.append(perf_counter() - begin)
            await asyncio.sleep(self.chance.uniform(*THINKS_S))
            self._move()
        for hand in hands:
            hand.cancel()

    def _view(self) -> list[Tile]:
        side = 2 * HALF_WORLD_M / 2**self.zoom
        half_w, half_h = side * WIDTH_PX / TILE_PX / 2, side * HEIGHT_PX / TILE_PX / 2
        columns = range(
            int((self.x - half_w + HALF_WORLD_M) // side),
            int((self.x + half_w + HALF_WORLD_M) // side) + 1,
        )
        rows = range(
            int((HALF_WORLD_M - self.y - half_h) // side),
            int((HALF_WORLD_M - self.y + half_h) // side) + 1,
        )
        return [(self.zoom, x, y) for x in columns for y in rows]

    def _move(self) -> None:
        (move,) = self.chance.choices(list(MOVES), list(MOVES.values()))
        side = 2 * HALF_WORLD_M / 2**self.zoom
        if move == "pan":
            angle = self.chance.uniform(0, 2 * math.pi)
            self.x += side * math.cos(angle)
            self.y += side * math.sin(angle)
        elif move == "in":
            self.zoom = min(self.zoom + 1, MOST_ZOOM)
        elif move == "out":
            self.zoom = max(self.zoom - 1, LEAST_ZOOM)
        else:
            self._jump()

    def _jump(self) -> None:
        self.x, self.y = self.chance.choice(self.points)

    async def _ask(self, queue: "asyncio.Queue[Tile]", host: str, port: int) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        while True:
            tile = await queue.get()
            known = self.etags.get(tile)
            condition = f"If-None-Match: {known}\r\n" if known else ""
            writer.write(
                f"GET /tiles/map/{tile[0]}/{tile[1]}/{tile[2]}.mvt HTTP/1.1\r\nHost: {host}\r\n"
                f"Accept-Encoding: gzip\r\n{condition}\r\n".encode()
            )
            status, etag = await _answer(reader)
            if status not in (200, 204, 304):
                self.failures += 1
            if etag:
                self.etags[tile] = etag
            queue.task_done()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, str]:
    """Read one answer whole; answer its status and ETag."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status, length, etag = int(head[0].split(" ")[1]), 0, ""
    for line in head[1:]:
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            length = int(value)
        elif name.lower() == "etag":
            etag = value.strip()
    if length and status != 304:
        await reader.readexactly(length)
    return status, etag


async def _walk(asked: dict[str, object]) -> dict[str, object]:
    points = [(x, y) for x, y in asked["points"]]  # type: ignore[attr-defined]
    seed, users = int(str(asked["seed"])), int(str(asked["users"]))
    people = [User(str(asked["url"]), Random(seed * 1000 + i), points) for i in range(users)]
    end = perf_counter() + float(str(asked["seconds"]))
    await asyncio.gather(*(person.walk(end) for person in people))
    views = [view for person in people for view in person.views]
    return {"views": views, "failures": sum(person.failures for person in people)}


if __name__ == "__main__":
    json.dump(asyncio.run(_walk(json.load(sys.stdin))), sys.stdout)

"""Tiles asked of a server as browsers do (kept connections, ETags, gzip), once or without end."""

import contextlib
import gzip
import http.client
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from proofs.tile_truth import Place

TIMEOUT_S = 30
PAUSE_S = 0.002
GONE = (OSError, http.client.HTTPException)


@dataclass(frozen=True)
class Got:
    """What a server said of a tile."""

    status: int
    etag: str
    content: bytes
    """Uncompressed; empty for 204 and 304."""


class Asker:
    """Asks one server over a few connections in turn, so that each of its processes answers."""

    def __init__(self, url: str, connections: int = 2, tileset: str = "map") -> None:
        self._url = urlsplit(url)
        self._tileset = tileset
        self._open: list[http.client.HTTPConnection | None] = [None] * connections
        self._turn = 0

    def tile(self, place: Place, *, sequence: int | None = None, etag: str = "") -> Got:
        """Ask for a tile; a connection that the server closed meanwhile is opened again."""
        headers = {"Accept-Encoding": "gzip"}
        if sequence is not None:
            headers["Landgis-Sequence"] = str(sequence)
        if etag:
            headers["If-None-Match"] = etag
        path = f"/tiles/{self._tileset}/{place.z}/{place.x}/{place.y}.mvt"
        self._turn = (self._turn + 1) % len(self._open)
        try:
            return self._ask(path, headers)
        except GONE:
            return self._ask(path, headers)

    def close(self) -> None:
        """Close every connection."""
        for connection in self._open:
            if connection is not None:
                connection.close()
        self._open = [None] * len(self._open)

    def _ask(self, path: str, headers: dict[str, str]) -> Got:
        connection = self._open[self._turn]
        if connection is None:
            host = self._url.hostname or ""
            connection = http.client.HTTPConnection(host, self._url.port, timeout=TIMEOUT_S)
            self._open[self._turn] = connection
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            body = response.read()
        except GONE:
            connection.close()
            self._open[self._turn] = None
            raise
        if response.headers.get("Content-Encoding") == "gzip" and body:
            body = gzip.decompress(body)
        return Got(response.status, response.headers.get("ETag", ""), body)


class Readers:
    """Threads that ask for the tiles where something happens, over and over."""

    def __init__(self, urls: Sequence[str]) -> None:
        self.hot: Sequence[Place] = ()
        self.asked = 0
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(url,)) for url in urls]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _read(self, url: str) -> None:
        asker = Asker(url)
        while not self._end.is_set():
            for place in self.hot:
                # A server that was just killed does not answer; that is what the proof is about.
                with contextlib.suppress(*GONE):
                    asker.tile(place)
                    self.asked += 1
                if self._end.wait(PAUSE_S):
                    break
            self._end.wait(PAUSE_S)
        asker.close()

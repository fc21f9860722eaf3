"""One connection to a server that stays open, as a program keeps it that asks again and again."""

import http.client
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlsplit

TIMEOUT_S = 120
OK = 200
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class Client:
    """Asks one server; what it closed because nobody asked for a while is opened again."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=TIMEOUT_S
        )

    def get(self, path: str, headers: Mapping[str, str] = NO_HEADERS) -> bytes:
        """Answer what is at a path, as it came; anything but 200 ends the measurement."""
        try:
            return self._asked(path, headers)
        except ConnectionError:  # http.client opens the next one by itself
            self._connection.close()
            return self._asked(path, headers)

    def _asked(self, path: str, headers: Mapping[str, str]) -> bytes:
        self._connection.request("GET", path, headers=dict(headers))
        response = self._connection.getresponse()
        content = response.read()
        if response.status != OK:
            raise RuntimeError(f"{path}: {response.status} {content[:300]!r}")
        return content

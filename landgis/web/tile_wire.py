"""How a tile goes over the wire: status, headers and bytes, with or without Flask."""

import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from landgis.errors import UsageError
from landgis.tiling.kept import Kept
from landgis.web.headers import OPEN_TO_ALL, SECURITY_HEADERS

MVT = "application/vnd.mapbox-vector-tile"
SEQUENCE = "Landgis-Sequence"
MOST_DIGITS = 18
"""Of a sequence: what fits into PostgreSQL's bigint."""

RULED_OUT = re.compile(r"\s*q=0(\.0*)?\s*")

LIVE = "no-cache"
PINNED = "public, max-age=31536000, immutable"

_ALWAYS = [*SECURITY_HEADERS.items(), *OPEN_TO_ALL.items(), ("Vary", "Accept-Encoding")]
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class Asked:
    """What a request says beside its address."""

    known: str = ""
    """``If-None-Match``."""

    encodings: str = ""
    """``Accept-Encoding``."""

    wanted: int = 0
    """The change that whoever asks has seen already."""

    version: int | None = None
    """The sequence an address is pinned to, ``?v=``."""


class Wire(NamedTuple):
    """An answer as WSGI takes it."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def number(text: str, name: str) -> int:
    """Read a sequence; ``bad_sequence``."""
    if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS:
        return int(text)
    raise UsageError("bad_sequence", f"{name} must be the number of a change, not {text[:40]!r}")


def wire(sequence: int, tile: Kept, asked: Asked) -> Wire:
    """Answer a tile that is right at ``sequence``.

    It may be kept for good under an address that is pinned to a version since when it is known
    not to have changed.
    """
    takes_gzip = accepts_gzip(asked.encodings)
    etag = f'"{tile.etag}-gz"' if takes_gzip else f'"{tile.etag}"'
    pinned = asked.version is not None and tile.sequence <= asked.version <= sequence
    headers = [
        *_ALWAYS,
        ("ETag", etag),
        ("Cache-Control", PINNED if pinned else LIVE),
        (SEQUENCE, str(sequence)),
    ]
    if asked.known and is_known(asked.known, etag):
        return Wire("304 Not Modified", headers, b"")
    if not tile.gzipped:
        return Wire("204 No Content", headers, b"")
    body = tile.gzipped if takes_gzip else zlib.decompress(tile.gzipped, _GZIP)
    headers += [("Content-Type", MVT), ("Content-Length", str(len(body)))]
    if takes_gzip:
        headers.append(("Content-Encoding", "gzip"))
    return Wire("200 OK", headers, body)


@lru_cache(maxsize=256)
def accepts_gzip(header: str) -> bool:
    """Answer whether ``Accept-Encoding`` names gzip, or anything, and does not rule it out.

    >>> accepts_gzip("br;q=1.0, gzip;q=0"), accepts_gzip("deflate, gzip"), accepts_gzip("")
    (False, True, False)
    """
    said: dict[str, bool] = {}
    for part in header.lower().split(","):
        coding, _, weight = part.partition(";")
        said[coding.strip()] = RULED_OUT.fullmatch(weight) is None
    return said.get("gzip", said.get("*", False))


def is_known(header: str, etag: str) -> bool:
    """Answer whether ``If-None-Match`` names an ETag; proxies weaken strong ones (RFC 9110).

    >>> is_known('W/"a", "b"', '"a"'), is_known("*", '"a"'), is_known('"ab"', '"a"')
    (True, True, False)
    """
    if header in (etag, "*"):
        return True
    return any(part.strip().removeprefix("W/") == etag for part in header.split(","))

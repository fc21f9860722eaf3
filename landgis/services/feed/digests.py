"""Count and hash of each unit's parcels, by which a reader proves its copy.

The hash of a unit is the SHA-256 of its live parcels, ascending by ``parcel_id``, one after the
other: the parcel's facts (``properties`` of ``after`` in the feed) as JSON of RFC 8785, a line
feed, and its geometry as the feed gives it, in degrees, as little-endian WKB of two dimensions.
RFC 8785 means: keys sorted, no spaces, UTF-8 as it is, whole numbers without a decimal point.
Where geometry is not for everybody, there is none in the hash.
"""

import hashlib
from collections.abc import Iterable
from threading import Lock
from typing import Any

import numpy as np
import orjson
import shapely

from landgis.cadastre.feed import FeedVersion, Position, RegisterDigest, Scope, UnitDigest
from landgis.errors import Conflict, Unavailable
from landgis.services.feed.ports import Feed, FeedSnapshot
from landgis.services.feed.told import Told, key_of

WAIT_S = 2.0
"""How long somebody waits for the digests that another one has asked for, in seconds."""


class Digests:
    """Makes digests, one asker's at a time, and keeps those of the newest revision."""

    def __init__(self, feed: Feed, told: Told) -> None:
        self._feed = feed
        self._told = told
        self._making = Lock()
        self._known: dict[Scope, tuple[Position, RegisterDigest]] = {}

    def of(self, scope: Scope, revision: int | None) -> RegisterDigest:
        """Answer the digests of the newest revision.

        Raises
        ------
        Conflict
            ``not_the_newest``: ``revision`` is another one.
        Unavailable
            ``digest_busy``.
        """
        if not self._making.acquire(timeout=WAIT_S):
            raise Unavailable("digest_busy", "Digests are being made for another asker; ask again")
        try:
            with self._feed.snapshot() as snapshot:
                newest = snapshot.newest()
                if revision not in {None, newest.revision}:
                    raise Conflict(
                        "not_the_newest",
                        f"The register is at revision {newest.revision}, not at {revision}",
                        revision=newest.revision,
                    )
                return self._at(snapshot, newest, scope)
        finally:
            self._making.release()

    def _at(self, snapshot: FeedSnapshot, newest: Position, scope: Scope) -> RegisterDigest:
        known = self._known.get(scope)
        if known is not None and known[0] == newest:
            return known[1]
        made = RegisterDigest(newest.revision, self._units(snapshot, scope))
        self._known = {s: k for s, k in self._known.items() if k[0] == newest}
        self._known[scope] = newest, made
        return made

    def _units(self, snapshot: FeedSnapshot, scope: Scope) -> tuple[UnitDigest, ...]:
        codes = snapshot.units() if scope.unit is None else [scope.unit]
        made = (self._unit(code, snapshot.live(code, scope)) for code in codes)
        return tuple(digest for digest in made if digest.parcels)

    def _unit(self, code: str | None, blocks: Iterable[list[FeedVersion]]) -> UnitDigest:
        body, count = hashlib.sha256(), 0
        for block in blocks:
            geoms = self._told.lonlat(block)
            places = np.array(list(geoms.values()), dtype=object)
            written = shapely.to_wkb(places, output_dimension=2, byte_order=1)
            wkb = dict(zip(geoms, written, strict=True))
            for version in block:
                body.update(_canonical(self._told.facts(version)))
                body.update(wkb.get(key_of(version), b""))
            count += len(block)
        return UnitDigest(code, count, body.hexdigest())


def _canonical(facts: dict[str, Any]) -> bytes:
    """Answer facts as JSON of RFC 8785, and a line feed."""
    return orjson.dumps(_whole(facts), option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _whole(value: Any) -> Any:
    """Answer a value whose whole numbers are written without a decimal point."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _whole(part) for name, part in value.items()}
    return [_whole(part) for part in value] if isinstance(value, list) else value

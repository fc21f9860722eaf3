"""A copy of the register in a SQLite file, kept in step by the change feed.

Table ``parcels``: ``parcel_id``, ``unit_code``, ``facts`` (JSON) and ``geometry`` (little-endian
WKB in degrees, two dimensions; null where it is not public). Table ``place``: one row, how far the
copy has come. A page of the feed and the place behind it are written together, so a copy that was
interrupted goes on where it was.

A copy is proved unit by unit: the SHA-256 of its parcels, ascending by ``parcel_id``, one after
the other, each as its facts in JSON of RFC 8785 (keys sorted, no spaces, whole numbers without a
decimal point), a line feed, and its geometry, must be the one that the server answers.
"""

import hashlib
import json
import sqlite3
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from landgis.errors import Conflict, UsageError

LAYOUT = """
CREATE TABLE IF NOT EXISTS place (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    format INTEGER NOT NULL,
    unit TEXT,
    next TEXT NOT NULL,
    revision INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS parcels (
    parcel_id TEXT PRIMARY KEY,
    unit_code TEXT,
    facts TEXT NOT NULL,
    geometry BLOB
) WITHOUT ROWID;
"""
FORMAT = 1
POLYGON, MULTIPOLYGON = 3, 6
"""Types of geometry in WKB (OGC 06-103r4, 8.2.3)."""

Tell = Callable[[str, int, int | None], None]


class Feed(Protocol):
    """Where changes come from: a ``Client``."""

    def changes(self, since: str, *, unit: str | None) -> Iterator[dict[str, Any]]:
        """Give pages of changes."""

    def digest(self, unit: str | None, revision: int | None) -> dict[str, Any]:
        """Answer the digests of the newest revision."""


class Synced(NamedTuple):
    """What a copy is after it was brought up to date and proved."""

    revision: int
    parcels: int
    units: int
    changes: int
    """Changes of parcels that were new to it."""


def sync(feed: Feed, path: Path, unit: str | None, tell: Tell) -> Synced:
    """Bring a copy up to date and prove it.

    Raises
    ------
    Conflict
        ``copy_differs``: the copy is not what the server has; ``copy_in_use``; ``since_unknown``.
    UsageError
        ``copy_unusable``: the file is something else; ``other_copy``: it is of another unit.
    """
    try:
        with closing(sqlite3.connect(path)) as copy:
            since = _begun(copy, path, unit)
            changes = 0
            while True:
                for page in feed.changes(since, unit=unit):
                    changes += _apply(copy, page, unit, since)
                    since, revision = page["next"], int(page["revision"])
                    tell("syncing", changes, None)
                try:
                    there = feed.digest(unit, revision)
                except Conflict as conflict:
                    if conflict.code != "not_the_newest":
                        raise
                    continue  # it has changed meanwhile
                return _proved(copy, path, there, changes)
    except sqlite3.DatabaseError as problem:
        raise UsageError("copy_unusable", f"{path} cannot be used as a copy: {problem}") from None


def _begun(copy: sqlite3.Connection, path: Path, unit: str | None) -> str:
    """Answer where a copy stands; a new one is given its tables."""
    with copy:
        copy.executescript(LAYOUT)
        first = (FORMAT, unit)
        copy.execute("INSERT OR IGNORE INTO place VALUES (1, ?, ?, '0', 0)", first)
    *known, since = copy.execute("SELECT format, unit, next FROM place").fetchone()
    if tuple(known) != first:
        of = f"unit {known[1]}" if known[1] else "the whole register"
        raise UsageError(
            "other_copy", f"{path} is a copy of {of} in format {known[0]}; take another file"
        )
    return str(since)


def _apply(copy: sqlite3.Connection, page: dict[str, Any], unit: str | None, since: str) -> int:
    """Write a page and the place behind it, both or neither; answer its changes of parcels."""
    changed = [parcel for change in page["changes"] for parcel in change["parcels"]]
    with copy:
        for parcel in changed:
            after = parcel["after"]
            if after is None or unit not in {None, after["properties"]["unit_code"]}:
                copy.execute("DELETE FROM parcels WHERE parcel_id = ?", (parcel["parcel_id"],))
                continue
            facts, shape = after["properties"], after["geometry"]
            copy.execute(
                "INSERT OR REPLACE INTO parcels VALUES (?, ?, ?, ?)",
                (
                    parcel["parcel_id"],
                    facts["unit_code"],
                    json.dumps(facts, ensure_ascii=False),
                    None if shape is None else wkb(shape),
                ),
            )
        place = (page["next"], page["revision"], since)
        moved = copy.execute("UPDATE place SET next = ?, revision = ? WHERE next = ?", place)
        if not moved.rowcount:
            raise Conflict("copy_in_use", "Another program brings this copy up to date; try later")
    return len(changed)


def _proved(copy: sqlite3.Connection, path: Path, there: dict[str, Any], changes: int) -> Synced:
    theirs = {unit["unit_code"]: (unit["parcels"], unit["sha256"]) for unit in there["units"]}
    ours = dict(digests(copy))
    differing = [u for u in {**theirs, **ours} if theirs.get(u) != ours.get(u)]
    if differing:
        named = ", ".join(str(unit) for unit in differing[:5])
        raise Conflict(
            "copy_differs",
            f"{path} differs from the register in {len(differing)} unit(s): {named}; "
            "delete it and take a new one",
            units=differing,
        )
    return Synced(there["revision"], sum(n for n, _ in ours.values()), len(ours), changes)


def digests(copy: sqlite3.Connection) -> Iterator[tuple[str | None, tuple[int, str]]]:
    """Answer count and hash of each unit of a copy."""
    units = copy.execute("SELECT DISTINCT unit_code FROM parcels ORDER BY unit_code").fetchall()
    for (unit,) in units:
        body, count = hashlib.sha256(), 0
        rows = copy.execute(
            "SELECT facts, geometry FROM parcels WHERE unit_code IS ? ORDER BY parcel_id", (unit,)
        )
        for facts, geometry in rows:
            body.update(canonical(json.loads(facts)) + b"\n" + (geometry or b""))
            count += 1
        yield unit, (count, body.hexdigest())


def canonical(facts: dict[str, Any]) -> bytes:
    """Answer facts as JSON of RFC 8785."""
    whole = _whole(facts)
    written = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return written.encode()


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _whole(part) for name, part in value.items()}
    return [_whole(part) for part in value] if isinstance(value, list) else value


def wkb(shape: dict[str, Any]) -> bytes:
    """Answer a GeoJSON Polygon or MultiPolygon as little-endian WKB of two dimensions."""
    if shape["type"] == "Polygon":
        return _polygon(shape["coordinates"])
    parts = [_polygon(rings) for rings in shape["coordinates"]]
    return struct.pack("<BII", 1, MULTIPOLYGON, len(parts)) + b"".join(parts)


def _polygon(rings: Sequence[Sequence[Sequence[float]]]) -> bytes:
    head = struct.pack("<BII", 1, POLYGON, len(rings))
    return head + b"".join(map(_ring, rings))


def _ring(points: Sequence[Sequence[float]]) -> bytes:
    numbers = [number for point in points for number in point[:2]]
    return struct.pack(f"<I{len(numbers)}d", len(points), *numbers)

"""Tiles that were drawn once: LMDB beside the server, shared by all its processes.

A record says with which sequence of the register it was drawn. What a change touches is forgotten
when the store follows that change, in one transaction with the store's position in the history.
Nothing here asks the database.
"""

import os
import struct
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import lmdb
from isal import isal_zlib

META = b"\x00"
"""The one key that is no tile; it sorts before all of them."""

FORMAT = 2
MAP_BYTES = 64 * 2**30
"""Address space, not memory or disk: the file grows with what is in it."""

MOST_READERS = 512
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

_META = struct.Struct(">HQQ16s16s16s")
_RECORD = struct.Struct(">Q16sI")


class Kept(NamedTuple):
    """A tile as it goes over the wire; ``gzipped`` empty: nothing is there."""

    sequence: int
    """Of the register, read before the tile was drawn."""

    etag: str
    """Sixteen hex digits of the content's hash."""

    gzipped: bytes


class Position(NamedTuple):
    """How far the changes of the register were followed."""

    sequence: int
    token: UUID


class KeptTiles:
    """The store of one server.

    Parameters
    ----------
    fingerprint
        Sixteen bytes that differ when tiles of equal data would be drawn otherwise.
    """

    def __init__(self, folder: Path, fingerprint: bytes) -> None:
        self._own = [_boot(), fingerprint]
        self._env = _opened(folder)
        with self._env.begin() as txn:
            meta = txn.get(META)
        form, *_, boot, drawn = _META.unpack(meta) if meta is not None else (0, b"", b"")
        if [form, boot, drawn] != [FORMAT, *self._own]:
            self.begin_anew(Position(0, UUID(int=0)))

    def position(self) -> Position:
        """Answer up to which change what is kept is right."""
        with self._env.begin() as txn:
            _, sequence, _, token, *_ = _META.unpack(txn.get(META))
        return Position(sequence, UUID(bytes=token))

    def floor(self) -> int:
        """Answer the sequence of the last change that made everything wrong, 0 for none."""
        with self._env.begin() as txn:
            floor: int = _META.unpack(txn.get(META))[2]
        return floor

    def begin_anew(self, position: Position) -> None:
        """Forget every tile; what is drawn from now on follows another history."""
        with self._env.begin(write=True) as txn:
            txn.drop(self._env.open_db(txn=txn), delete=False)
            txn.put(META, self._meta(position, position.sequence))

    def look(self, key: bytes) -> tuple[int, Kept | None]:
        """Answer how far changes were followed, and the tile if it is kept and right by that."""
        with self._env.begin(buffers=True) as txn:
            _, sequence, floor, _, *own = _META.unpack(txn.get(META))
            record = txn.get(key)
            if record is None or own != self._own:
                return sequence, None
            drawn_with, etag, _ = _RECORD.unpack_from(record)
            if drawn_with < floor:
                return sequence, None
            return sequence, Kept(drawn_with, etag.decode(), bytes(record[_RECORD.size :]))

    def keep(self, tiles: Iterable[tuple[bytes, Kept]], at: int) -> bool:
        """Keep tiles that are right by the changes up to ``at``; False: more were followed since.

        A full disk or store keeps none: tiles are then drawn for each who asks.
        """
        with suppress(lmdb.MapFullError, lmdb.DiskError), self._env.begin(write=True) as txn:
            _, sequence, floor, _, *own = _META.unpack(txn.get(META))
            if own != self._own:  # a server of another release has begun it anew
                return True
            if sequence != at:
                return False
            for key, tile in tiles:
                if tile.sequence >= floor:
                    crc = isal_zlib.crc32(tile.gzipped)
                    head = _RECORD.pack(tile.sequence, tile.etag.encode(), crc)
                    txn.put(key, head + tile.gzipped)
        return True

    def follow(self, steps: Sequence[tuple[Position, Iterable[bytes] | None]]) -> None:
        """Forget what changes touch, in their order: each with its keys, None for all.

        One transaction: who looks sees all of them or none, and knows by the position which.
        """
        with self._env.begin(write=True) as txn:
            _, at, floor, *_ = _META.unpack(txn.get(META))
            last = None
            for position, keys in steps:
                if position.sequence <= at:
                    continue  # another process of this server was faster
                last = position
                if keys is None:
                    floor = position.sequence
                    continue
                for key in keys:
                    there = txn.get(key)
                    # One drawn after the change shows it already.
                    if there is not None and _RECORD.unpack_from(there)[0] < position.sequence:
                        txn.delete(key)
            if last is not None:
                txn.put(META, self._meta(last, floor))

    def forget(self, keys: Iterable[bytes]) -> None:
        """Let some tiles be drawn anew though they are right: better pictures are there now."""
        with self._env.begin(write=True) as txn:
            for key in keys:
                txn.delete(key)

    def sizes(self, prefix: bytes) -> dict[bytes, int]:
        """Answer key and bytes of every tile whose key begins so and that is right."""
        return {key: len(record) - _RECORD.size for key, record in self._right(prefix)}

    def walk(self, prefix: bytes) -> Iterator[tuple[bytes, Kept]]:
        """Answer every tile whose key begins so and that is right, in the order of the keys."""
        for key, record in self._right(prefix):
            sequence, etag, _ = _RECORD.unpack_from(record)
            yield key, Kept(sequence, etag.decode(), bytes(record[_RECORD.size :]))

    def _right(self, prefix: bytes) -> Iterator[tuple[bytes, memoryview]]:
        with self._env.begin(buffers=True) as txn:
            floor = _META.unpack(txn.get(META))[2]
            cursor = txn.cursor()
            if not cursor.set_range(prefix):
                return
            for name, record in cursor:
                key = bytes(name)
                if not key.startswith(prefix):
                    return
                if _RECORD.unpack_from(record)[0] >= floor:
                    yield key, record

    def _meta(self, position: Position, floor: int) -> bytes:
        return _META.pack(FORMAT, position.sequence, floor, position.token.bytes, *self._own)


def check(folder: Path) -> int:
    """Read everything of a store once and answer how many records there are.

    Raises
    ------
    ValueError
        A record is not what was written. Of a badly torn file it may be the system that ends the
        process: ask in a child.
    """
    count = 0
    with _opened(folder).begin(buffers=True) as txn:
        for key, record in txn.cursor():
            if key == META:
                continue
            if isal_zlib.crc32(record[_RECORD.size :]) != _RECORD.unpack_from(record)[2]:
                raise ValueError(f"tile {bytes(key)!r} is damaged")
            count += 1
    return count


def _boot() -> bytes:
    """Answer sixteen bytes that differ after a restart of the machine.

    What was not yet on disk then may be lost or torn, so everything is drawn anew; the end of a
    process loses nothing. Where the system does not tell, every process begins anew.
    """
    try:
        return UUID(BOOT_ID.read_text(encoding="ascii").strip()).bytes
    except (OSError, ValueError):
        return uuid4().bytes


_open: dict[tuple[int, Path], Any] = {}
_opening = threading.Lock()


def _opened(folder: Path) -> Any:
    """Answer the environment of a folder, which a process may open only once."""
    path = folder.resolve()
    name = (os.getpid(), path)  # what was opened before a fork is of no use after it
    with _opening:
        if name not in _open:
            path.mkdir(parents=True, exist_ok=True)
            # Not waiting for the disk: see ``_boot``.
            env = lmdb.open(
                str(path),
                map_size=MAP_BYTES,
                max_readers=MOST_READERS,
                sync=False,
                metasync=False,
                max_spare_txns=16,
            )
            env.reader_check()  # readers that were killed would keep old pages for ever
            _open[name] = env
        return _open[name]

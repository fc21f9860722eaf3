"""The store of drawn tiles: what is right is answered, what is not never is."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from landgis.tiling import kept as module
from landgis.tiling.kept import Kept, KeptTiles, Position

ETAG = "0123456789abcdef"
KEY = b"map/15/1/2"


def tile(sequence: int, content: bytes = b"tile") -> Kept:
    return Kept(sequence, ETAG, content)


@pytest.fixture
def store(tmp_path: Path) -> KeptTiles:
    return KeptTiles(tmp_path / "tiles", b"f" * 16)


def at(sequence: int) -> Position:
    return Position(sequence, UUID(int=sequence))


def test_what_was_kept_is_answered(store: KeptTiles) -> None:
    assert store.look(KEY) == (0, None)
    assert store.keep([(KEY, tile(0))], at=0)
    assert store.look(KEY) == (0, tile(0))
    assert list(store.walk(b"map/15/")) == [(KEY, tile(0))]


def test_a_change_forgets_what_it_touches_and_nothing_else(store: KeptTiles) -> None:
    other = b"map/15/1/3"
    store.keep([(KEY, tile(0)), (other, tile(0))], at=0)
    store.follow([(at(1), [KEY])])
    assert store.look(KEY) == (1, None)
    assert store.look(other) == (1, tile(0))
    assert store.position() == at(1)


def test_a_tile_drawn_after_a_change_outlives_it(store: KeptTiles) -> None:
    store.keep([(KEY, tile(2))], at=0)  # drawn from data newer than this server follows
    store.follow([(at(1), [KEY]), (at(2), [KEY])])
    assert store.look(KEY) == (2, tile(2))
    store.follow([(at(3), [KEY])])
    assert store.look(KEY) == (3, None)


def test_a_tile_that_comes_late_is_kept_only_by_who_knows_the_changes(store: KeptTiles) -> None:
    store.follow([(at(1), [KEY])])
    assert not store.keep([(KEY, tile(0))], at=0)
    assert store.look(KEY) == (1, None)


def test_a_change_of_everything_forgets_everything_even_what_comes_late(store: KeptTiles) -> None:
    store.keep([(KEY, tile(0))], at=0)
    store.follow([(at(1), None)])
    assert store.look(KEY) == (1, None)
    store.keep([(KEY, tile(0))], at=1)
    assert store.look(KEY) == (1, None)
    store.keep([(KEY, tile(1))], at=1)
    assert store.look(KEY) == (1, tile(1))
    assert list(store.walk(b"map/")) == [(KEY, tile(1))]


def test_a_change_is_followed_once(store: KeptTiles) -> None:
    store.follow([(at(1), []), (at(2), [])])
    store.keep([(KEY, tile(2))], at=2)
    store.follow([(at(1), None), (at(2), None)])
    assert store.look(KEY) == (2, tile(2))


def test_another_way_of_drawing_begins_anew(store: KeptTiles, tmp_path: Path) -> None:
    store.follow([(at(7), [])])
    store.keep([(KEY, tile(7))], at=7)
    assert KeptTiles(tmp_path / "tiles", b"f" * 16).look(KEY) == (7, tile(7))
    other = KeptTiles(tmp_path / "tiles", b"g" * 16)
    assert other.look(KEY) == (0, None)
    other.keep([(KEY, tile(0, b"otherwise"))], at=0)
    assert store.look(KEY) == (0, None)  # a server that still draws in the old way
    assert store.keep([(KEY, tile(0))], at=0)
    assert other.look(KEY) == (0, tile(0, b"otherwise"))


def test_a_restart_of_the_machine_begins_anew(
    store: KeptTiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.keep([(KEY, tile(0))], at=0)
    boot = tmp_path / "boot_id"
    boot.write_text(f"{uuid4()}\n")
    monkeypatch.setattr(module, "BOOT_ID", boot)
    assert KeptTiles(tmp_path / "tiles", b"f" * 16).look(KEY) == (0, None)


def test_a_full_store_keeps_nothing_and_still_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAP_BYTES", 2**17)
    small = KeptTiles(tmp_path / "small", b"f" * 16)
    small.keep([(KEY, tile(0))], at=0)
    small.keep([(b"map/15/%d/0" % n, tile(0, b"x" * 4000)) for n in range(100)], at=0)
    assert small.look(KEY) == (0, tile(0))
    assert small.look(b"map/15/99/0") == (0, None)


def test_a_writer_that_is_killed_leaves_all_or_nothing(tmp_path: Path) -> None:
    """Kill -9 in the middle of writing; what others see then was written whole."""
    code = (
        "import sys; from pathlib import Path; from uuid import UUID\n"
        "from landgis.tiling.kept import Kept, KeptTiles, Position\n"
        "store = KeptTiles(Path(sys.argv[1]), b'f' * 16); n = 0\n"
        "while True:\n"
        "    n += 1\n"
        "    store.follow([(Position(n, UUID(int=n)), [b'map/15/%d/0' % k for k in range(50)])])\n"
        "    made = Kept(n, '%016x' % n, b'%d' % n * 900)\n"
        "    store.keep([(b'map/15/%d/0' % k, made) for k in range(50)], n)\n"
        "    print(n, flush=True)\n"
    )
    folder = tmp_path / "tiles"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        for _ in range(40):
            last = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
    store = KeptTiles(folder, b"f" * 16)
    sequence = store.position().sequence
    assert sequence >= last
    tiles = [kept for _, kept in store.walk(b"map/")]
    assert len({t.sequence for t in tiles}) <= 1
    for made in tiles:
        assert made == Kept(sequence, f"{sequence:016x}", b"%d" % sequence * 900)
    store.keep([(KEY, tile(sequence))], at=sequence)
    assert store.look(KEY)[1] == tile(sequence)

"""A damaged store is noticed before a server opens it, and everything is drawn anew."""

from pathlib import Path

from landgis.tiling.kept import Kept, KeptTiles
from landgis.tiling.sound import ensure_sound

TILES = [(b"map/16/%d/7" % n, Kept(0, "0" * 16, b"%08d" % n * 700)) for n in range(200)]


def written(folder: Path) -> Path:
    """Write a store from a process of its own and answer its file."""
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path\n"
        "from landgis.tiling.kept import KeptTiles\n"
        "from tests.tiling.test_sound import TILES\n"
        "KeptTiles(Path(sys.argv[1]), b'f' * 16).keep(TILES, 0)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True)
    return folder / "data.mdb"


def test_a_sound_store_stays(tmp_path: Path) -> None:
    folder = tmp_path / "tiles"
    assert ensure_sound(folder)
    written(folder)
    assert ensure_sound(folder)
    assert len(list(KeptTiles(folder, b"f" * 16).walk(b"map/"))) == len(TILES)


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "tiles"
    file = written(folder)
    data = file.read_bytes()
    assert data.count(b"00000123" * 700) == 1
    file.write_bytes(data.replace(b"00000123" * 700, b"00000123" * 699 + b"00000124"))
    assert not ensure_sound(folder)
    assert not folder.exists()


def test_a_torn_file_ends_the_child_only(tmp_path: Path) -> None:
    folder = tmp_path / "tiles"
    file = written(folder)
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    assert not ensure_sound(folder)
    assert not folder.exists()
    file = written(folder)
    file.write_bytes(file.read_bytes()[:4096] + b"\xff" * 40_000)
    assert not ensure_sound(folder)


def test_what_is_no_store_at_all_goes(tmp_path: Path) -> None:
    folder = tmp_path / "tiles"
    folder.mkdir()
    (folder / "data.mdb").write_text("not a database")
    assert not ensure_sound(folder)

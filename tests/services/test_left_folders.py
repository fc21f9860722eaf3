"""Parts of files that a killed process left in the folder for temporary files."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from landgis.services.examine import work_folder
from landgis.services.left_folders import PREFIX

HOLD = """
import sys
from landgis.services.examine import work_folder
with work_folder() as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_folder_of_a_killed_process_goes_with_the_next_one_made(temporary: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(temporary)},
    )
    with process:
        left = Path(process.stdout.readline().strip())
        (left / "part.dbf").write_text("Nguyen Van A")
        os.utime(left, (0, 0))
        with work_folder():
            assert left.exists(), "it is at work"
        process.kill()
        process.wait()
        with work_folder() as mine:
            assert {f.name for f in temporary.iterdir()} == {mine.name}
    assert list(temporary.iterdir()) == []


def test_what_is_not_ours_or_young_or_a_link_stays(temporary: Path) -> None:
    outside = temporary / "outside"
    outside.mkdir()
    (temporary / f"{PREFIX}link").symlink_to(outside)
    (temporary / f"{PREFIX}young").mkdir()
    (temporary / "landgis-socket").mkdir()
    os.utime(temporary / f"{PREFIX}link", (0, 0), follow_symlinks=False)
    os.utime(temporary / "landgis-socket", (0, 0))
    before = set(temporary.iterdir())
    with work_folder():
        pass
    assert set(temporary.iterdir()) == before

"""Every script says what it does when asked."""

import os
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "scripts"
SCRIPTS = sorted(p.name for p in FOLDER.iterdir() if p.is_file() and os.access(p, os.X_OK))


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_answers_help(name: str) -> None:
    done = subprocess.run(
        [str(FOLDER / name), "--help"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 1

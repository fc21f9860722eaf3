"""Planted defects are found where they are, as large as they are, and nothing else; in small.

``scripts/prove planter`` does it at full length.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_planted_defect_is_found_and_its_fix_makes_it_pass() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "prove"), "planter", "--rounds", "120"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "holds" in done.stdout

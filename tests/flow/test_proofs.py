"""The long proofs in small: two servers, a race, a storm of edits, kills in mid-write and mid-import.

``scripts/prove NAME`` runs them at full length; these keep them working and honest.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.db


@pytest.mark.parametrize(
    ("name", "rounds"),
    [
        ("fresh", 16),
        ("freshness", 5),
        ("gap-race", 8),
        ("storm", 24),
        ("edit-kills", 4),
        ("kills", 3),
        ("schema", 60),
    ],
)
def test_proof_holds(name: str, rounds: int) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "prove"), name, "--rounds", str(rounds)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "holds" in done.stdout

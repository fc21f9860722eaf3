"""Rows found in real cadastres are those of an independent computation: plain shapely, no landgis.

``scripts/prove real-rules`` prints the findings of every rule for 10,000 rows.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETS_BUT_THE_LARGEST = 15


def compared(sets: int, **env: str) -> str:
    """Compare the first sets, or fail with the rows that differ."""
    without_data = {k: v for k, v in os.environ.items() if k != "LANDGIS_TEST_DATA"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "prove"), "real-rules", "--rounds", str(sets)],
        env=without_data | env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_no_overlap_is_found_among_the_touching_pairs_of_epinay_but_the_true_ones() -> None:
    said = compared(1)
    assert "4241 rows, 0 invalid, 0 stacks, 8465 pairs meet, 3 overlap: 0 differ" in said
    assert "4241 rows, findings that are not true: none" in said


@pytest.mark.large
def test_rows_found_in_all_real_sets_are_the_independent_ones(test_data: Path) -> None:
    said = compared(SETS_BUT_THE_LARGEST, LANDGIS_TEST_DATA=str(test_data))
    assert said.count(": 0 differ") == SETS_BUT_THE_LARGEST

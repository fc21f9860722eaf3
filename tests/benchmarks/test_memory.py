"""Peak memory of a tree of processes: threads' children, orphans and shared pages counted right."""

import os
import sys

import pytest

from scripts.benchmarks import memory

MIB = 100
"""What each process fills."""

FILL = f"held = b'x' * ({MIB} * 2**20)\n"
STAY = "import time; time.sleep(0.6)\n"

ALONE = FILL + STAY
CHILD_OF_A_THREAD = f"""
import subprocess, sys, threading
def begin():
    subprocess.run([sys.executable, "-c", {ALONE!r}], check=True)
{FILL}
thread = threading.Thread(target=begin)
thread.start()
thread.join()
"""
ORPHAN = f"""
import os, subprocess, sys, time
middle = "import subprocess, sys, time;" \\
    "subprocess.Popen([sys.executable, '-c', sys.argv[1]]); time.sleep(0.3)"
subprocess.run([sys.executable, "-c", middle, {("import time; time.sleep(0.5)" + chr(10) + ALONE)!r}])
{FILL}
time.sleep(1.2)
"""
FORKED = f"""
import os, time
{FILL}
if os.fork():
    os.wait()
else:
    time.sleep(0.6)
"""
ONE_AFTER_ANOTHER = f"""
import subprocess, sys
for _ in range(2):
    subprocess.run([sys.executable, "-c", {ALONE!r}], check=True)
"""


@pytest.mark.parametrize(
    ("program", "times"),
    [
        (ALONE, 1),
        (CHILD_OF_A_THREAD, 2),
        (ORPHAN, 2),
        (FORKED, 1),
        (ONE_AFTER_ANOTHER, 1),
    ],
    ids=["alone", "child_of_a_thread", "orphan", "forked", "one_after_another"],
)
def test_peak_is_what_is_held_at_once(program: str, times: int) -> None:
    used = memory.run([sys.executable, "-S", "-c", program], dict(os.environ), watched=True)
    assert times * MIB < used.peak_mib < times * MIB + MIB * 0.7


def test_unwatched_it_is_only_timed() -> None:
    used = memory.run([sys.executable, "-S", "-c", STAY], dict(os.environ), watched=False)
    assert used.peak_mib == 0.0
    assert used.seconds > 0.6

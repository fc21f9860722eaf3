"""Before a server opens its store of tiles: is it whole? What is not is drawn anew."""

import logging
import shutil
import subprocess
import sys
from pathlib import Path

if sys.platform != "win32":
    import fcntl

from landgis.tiling.kept import check

_log = logging.getLogger(__name__)


def ensure_sound(folder: Path) -> bool:
    """Remove a damaged store and answer whether it was sound.

    A child reads it, for a torn file may end whoever does. Of several servers that start at the
    same time one looks after the other.
    """
    if not folder.exists():
        return True
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        child = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", __name__, str(folder)], capture_output=True, check=False
        )
        if child.returncode == 0:
            return True
        _log.warning(
            "the store of tiles in %s is damaged (exit %d): all tiles are drawn anew",
            folder,
            child.returncode,
        )
        shutil.rmtree(folder)
        return False


if __name__ == "__main__":
    check(Path(sys.argv[1]))

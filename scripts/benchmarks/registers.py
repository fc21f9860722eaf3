"""The large files that benchmarks and proofs read: made once by seed, kept in the home."""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from make_register.demo_times import make_demo_times
from make_register.run import DEMO, make_register

from landgis.config import Settings

SEED = 2026
_MAKERS = ("make_register", "make_samples")


def generated(parcels: int) -> Path:
    """Answer a register of so many messy parcels, with ``.truth.json`` beside it.

    A zip with a shapefile: 1 million parcels take half a minute and 90 MB the first time.
    """
    return _kept(f"register-{parcels}", lambda path: make_register(path, parcels, SEED))


def demo_times(times: int) -> Path:
    """Answer the demonstration register ``times`` times side by side (ViLIS fields, TCVN3)."""
    return _kept(f"demo-{times}", lambda path: make_demo_times(DEMO, path, times))


def _kept(name: str, make: Callable[[Path], object]) -> Path:
    folder = Settings.from_env().home / "made"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{_version()}.zip"
    if not path.exists():
        with tempfile.TemporaryDirectory(prefix="begun-", dir=folder) as begun:
            make(Path(begun) / path.name)
            # The zip last: a file with this name is whole, and its truth lies beside it.
            for made in sorted(Path(begun).iterdir()):
                made.rename(folder / made.name)
    return path


def _version() -> str:
    """Answer what changes with the makers: an old file is not taken for a new one."""
    digest = hashlib.sha256(str(SEED).encode())
    for folder in _MAKERS:
        for source in sorted((Path(__file__).resolve().parents[1] / folder).glob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:8]

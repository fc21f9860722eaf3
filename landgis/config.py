"""The settings of one landgis process: read once from the environment, then passed."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from landgis.errors import UsageError

MOST_PROXIES = 9
PACKAGE_DIR = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Settings:
    """Everything a deployment can choose."""

    home: Path
    """Folder of this deployment's private cluster, uploads and keys (``LANDGIS_HOME``)."""

    database_url: str | None
    """``postgresql://…`` of a server of one's own (``LANDGIS_DATABASE_URL``).

    None: the private cluster below ``home``.
    """

    jurisdiction: str
    """Folder name under ``jurisdictions_dir`` (``LANDGIS_JURISDICTION``)."""

    tiles_dir: Path
    """Folder with ``tileset.toml`` and the layer folders (``LANDGIS_TILES_DIR``)."""

    demo_dir: Path
    """Folder of the demonstration register (not configurable)."""

    static_dir: Path
    """Folder of the built front end (not configurable; tests point it elsewhere)."""

    upload_limit_bytes: int
    """Largest accepted upload, in bytes (``LANDGIS_UPLOAD_LIMIT``; default 2 GiB)."""

    proxies: int
    """Reverse proxies in front whose X-Forwarded headers are believed (``LANDGIS_PROXIES``).

    None by default: without a proxy anybody could write these headers.
    """

    test_hooks: bool
    """Expose ``window.__map`` to browser tests (``LANDGIS_TEST_HOOKS=1``)."""

    @property
    def uploads_dir(self) -> Path:
        """Folder of files that wait for a worker; nothing in it is ever served."""
        return self.home / "uploads"

    @property
    def rasters_dir(self) -> Path:
        """Folder of the pixels of images; they are served as tiles, never as files."""
        return self.home / "rasters"

    @property
    def kept_tiles_dir(self) -> Path:
        """Folder of tiles that are drawn; they can all be drawn again."""
        return self.home / "tiles"

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings from ``env`` (default: the process environment)."""
        values = os.environ if env is None else env
        tiles = values.get("LANDGIS_TILES_DIR")
        limit = values.get("LANDGIS_UPLOAD_LIMIT", str(2 * 1024**3))
        if not limit.isdigit():
            raise UsageError(
                "bad_setting", f"LANDGIS_UPLOAD_LIMIT must be a number of bytes, not {limit!r}"
            )
        proxies = values.get("LANDGIS_PROXIES", "0")
        if not (proxies.isascii() and proxies.isdigit() and int(proxies) <= MOST_PROXIES):
            raise UsageError(
                "bad_setting", f"LANDGIS_PROXIES must be 0 to {MOST_PROXIES}, not {proxies!r}"
            )
        return cls(
            home=Path(values.get("LANDGIS_HOME") or default_home(values)).absolute(),
            database_url=values.get("LANDGIS_DATABASE_URL") or None,
            jurisdiction=values.get("LANDGIS_JURISDICTION") or "vn-80",
            tiles_dir=Path(tiles) if tiles else _shipped("tiles", "_tiles"),
            demo_dir=_shipped("data_samples/demo-register", "_demo"),
            static_dir=PACKAGE_DIR / "web" / "static",
            upload_limit_bytes=int(limit),
            proxies=int(proxies),
            test_hooks=values.get("LANDGIS_TEST_HOOKS") == "1",
        )


def default_home(env: Mapping[str, str]) -> Path:
    """Answer where this deployment's data live when ``LANDGIS_HOME`` is not set.

    As root the data cannot live under root's home or in a 0700 folder, which the user that runs
    PostgreSQL may not enter: they go to ``/var/lib/landgis/<hash of the checkout's path>``.
    """
    checkout = PACKAGE_DIR.parent
    in_checkout = (checkout / "pyproject.toml").is_file()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        digest = hashlib.sha256(str(checkout).encode()).hexdigest()[:12]
        return Path("/var/lib/landgis") / digest
    if in_checkout:
        return checkout / ".landgis"
    base = env.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "landgis"


def _shipped(in_checkout: str, in_wheel: str) -> Path:
    wheel = PACKAGE_DIR / in_wheel
    return wheel if wheel.is_dir() else PACKAGE_DIR.parent / in_checkout

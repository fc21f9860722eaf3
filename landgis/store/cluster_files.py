"""Where the private cluster keeps its files, and what it writes into its configuration."""

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from landgis.config import PACKAGE_DIR, default_home
from landgis.errors import Unavailable
from landgis.store.cluster_server import ServerUser

if sys.platform != "win32":
    import fcntl

ROLE = "landgis"
"""Owner of the register's database; not a superuser."""

ADMIN = "postgres"
"""Superuser role; used only to make roles, extensions and databases."""

PORT = 5432
"""Names the socket file only: the cluster listens on no network address."""

_SOCKET_DIR_BYTES = 80
"""A socket's path may have 107 bytes (sun_path); its file name takes up to 21 of them."""

_SHARED_BUFFERS_MB = 512

_LINK = PACKAGE_DIR.parent / ".landgis"

_HEAD = "# Written by landgis at every start: changes here are lost.\n"


@dataclass(frozen=True)
class ClusterFiles:
    """The paths of one cluster below its home."""

    home: Path

    @property
    def data(self) -> Path:
        """The data directory (PGDATA)."""
        return self.home / "pg"

    @property
    def log(self) -> Path:
        """What the server says, from every start on."""
        return self.home / "log" / "postgresql.log"

    @property
    def lock(self) -> Path:
        """Held while somebody starts or stops the cluster."""
        return self.home / "cluster.lock"

    @property
    def prepared(self) -> Path:
        """Exists once roles, template and database are complete."""
        return self.home / "cluster.prepared"

    @property
    def configuration(self) -> Path:
        """The server's whole configuration.

        Outside the data directory: the server's user cannot change who may enter, nor lead us
        through a link when we write here as root.
        """
        return self.home / "conf" / "postgresql.conf"

    @property
    def name(self) -> str:
        """Answer the name the server's processes carry in the process list."""
        return "landgis-" + hashlib.sha256(str(self.home).encode()).hexdigest()[:12]

    @property
    def sockets(self) -> Path:
        """Answer the folder of the unix socket: below the home, else a short one in /tmp."""
        inside = self.home / "run"
        if len(os.fsencode(inside)) <= _SOCKET_DIR_BYTES:
            return inside
        # Not tempfile.gettempdir(): two processes with different TMPDIR must meet at one place.
        return Path("/tmp") / f"{self.name}-{os.geteuid()}"  # noqa: S108

    @property
    def data_major(self) -> int | None:
        """Answer the major version that made the data directory, None when there is none."""
        try:
            text = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        return int(text.split(".")[0])

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of the home; it falls with the process, however that ends."""
        with self.lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def make_folders(self, user: ServerUser) -> None:
        """Make home, log and socket folders so that ``user`` can reach its own.

        Raises
        ------
        Unavailable
            ``home_not_ours`` or ``home_unreachable``
        """
        _make_home(self.home, user)
        for folder in (self.log.parent, self.sockets):
            try:
                folder.mkdir(mode=0o700, exist_ok=True)
                owner = folder.lstat().st_uid
            except OSError as error:
                raise _not_ours(folder, str(error)) from error
            if folder.is_symlink() or owner not in {user.uid, os.geteuid()}:
                raise _not_ours(folder, "belongs to somebody else")
            user.give(folder, 0o700)

    def write_configuration(self, admins: list[str]) -> None:
        """Write who may enter and how the server is tuned; read by the server at its start.

        Parameters
        ----------
        admins
            Operating-system users that may become both roles.
        """
        folder = self.configuration.parent
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        idents = "".join(
            f'landgis "{name}" {role}\n' for name in dict.fromkeys(admins) for role in (ROLE, ADMIN)
        )
        for name, text in (
            ("pg_ident.conf", idents),
            ("pg_hba.conf", "local all all peer map=landgis\n"),
            (self.configuration.name, _settings(self)),
        ):
            (folder / name).write_text(_HEAD + text, encoding="utf-8")
            (folder / name).chmod(0o644)


def link_from_checkout(home: Path) -> None:
    """Point ``.landgis`` of a checkout to a home that had to be elsewhere, for people to find."""
    if home != default_home(os.environ) or home == _LINK or not _is_ours_to_set(_LINK):
        return
    if not _LINK.is_symlink() or _LINK.readlink() != home:
        with contextlib.suppress(OSError):  # a read-only checkout works as well without it
            _LINK.unlink(missing_ok=True)
            _LINK.symlink_to(home)


def unlink_from_checkout() -> None:
    """Remove ``.landgis`` of a checkout when it points to a home that is gone."""
    if _LINK.is_symlink() and not _LINK.exists():
        _LINK.unlink()


def _is_ours_to_set(link: Path) -> bool:
    in_checkout = (link.parent / "pyproject.toml").is_file()
    return in_checkout and (link.is_symlink() or not link.exists())


def _make_home(home: Path, user: ServerUser) -> None:
    missing = [p for p in (home, *home.parents) if not p.exists()]
    try:
        for folder in reversed(missing):
            folder.mkdir(mode=0o755)
            # The server's user must pass through, whatever our umask is.
            folder.chmod(0o755 if user.is_switched else 0o700)
        if user.is_switched:
            home.chmod(0o711)
        owner = home.stat().st_uid
    except OSError as error:
        raise _not_ours(home, str(error)) from error
    if owner != os.geteuid():
        raise _not_ours(home, f"belongs to user id {owner}")
    if user.is_switched and not _is_passable(home):
        raise Unavailable(
            "home_unreachable",
            f"As root, PostgreSQL runs as {user.name!r}, who cannot enter {home}: a folder above "
            "it is closed. Set LANDGIS_HOME to a folder below /var/lib, or open the way.",
        )


def _is_passable(home: Path) -> bool:
    everyone_may_enter = 0o001
    return all(p.stat().st_mode & everyone_may_enter for p in (home, *home.parents))


def _not_ours(path: Path, why: str) -> Unavailable:
    return Unavailable(
        "home_not_ours",
        f"The data folder {path} cannot be used: {why}. Work as its owner, "
        "or set LANDGIS_HOME to a folder of your own.",
    )


def _settings(files: ClusterFiles) -> str:
    quarter_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20 // 4
    folder = files.configuration.parent
    values = {
        "hba_file": _quoted(str(folder / "pg_hba.conf")),
        "ident_file": _quoted(str(folder / "pg_ident.conf")),
        "listen_addresses": "''",
        "port": str(PORT),
        "unix_socket_directories": _quoted(str(files.sockets)),
        "cluster_name": _quoted(files.name),
        "max_connections": "60",
        "shared_buffers": f"{min(_SHARED_BUFFERS_MB, quarter_mb)}MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "synchronous_commit": "on",
        "random_page_cost": "1.1",
        # Compiling a tile query takes longer than running it.
        "jit": "off",
        "idle_in_transaction_session_timeout": "60s",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "lc_messages": "'C.UTF-8'",
        # Statements and DETAIL lines carry rows, and rows carry names of people.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_line_prefix": "'%m [%p] %d '",
    }
    return "".join(f"{key} = {value}\n" for key, value in values.items())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

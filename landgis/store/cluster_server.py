"""Which PostgreSQL of this machine can run the private cluster, and as which user."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landgis.errors import Unavailable

if sys.platform != "win32":
    import pwd

APT_LINE = "apt-get install -y postgresql postgresql-postgis"
"""What brings server and PostGIS on Debian and Ubuntu; both names follow the distribution."""

SERVER_USER_OF_ROOT = "postgres"
"""Operating-system user of the distribution's packages; PostgreSQL refuses to run as root."""

OLDEST_MAJOR = 15
"""Oldest PostgreSQL that landgis is tested with (Debian 12)."""

_VERSIONED = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Server:
    """The programs of one installed PostgreSQL major version."""

    major: int
    bin_dir: Path
    has_postgis: bool


@dataclass(frozen=True)
class ServerUser:
    """The operating-system user that owns the data directory and runs the server."""

    name: str
    uid: int
    gid: int
    is_switched: bool
    """True: we are root and step down to this user for every server program."""

    def give(self, path: Path, mode: int) -> None:
        """Make ``path`` this user's, with exactly ``mode``."""
        if self.is_switched:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)


def server_user() -> ServerUser:
    """Answer who runs PostgreSQL: ourselves, or ``postgres`` when we are root.

    Raises
    ------
    Unavailable
        ``postgis_missing`` when we are root and the distribution's user does not exist;
        ``os_user_missing`` when our own uid has no name, which peer authentication needs.
    """
    uid = os.geteuid()
    if uid != 0:
        name = user_name(uid)
        return ServerUser(name=name, uid=uid, gid=os.getegid(), is_switched=False)
    try:
        entry = pwd.getpwnam(SERVER_USER_OF_ROOT)
    except KeyError:
        raise Unavailable(
            "postgis_missing",
            f"There is no user {SERVER_USER_OF_ROOT!r}, so PostgreSQL is not installed: "
            f"run '{APT_LINE}'.",
        ) from None
    return ServerUser(entry.pw_name, entry.pw_uid, entry.pw_gid, is_switched=True)


def user_name(uid: int) -> str:
    """Answer the operating system's name of ``uid``.

    Raises
    ------
    Unavailable
        ``os_user_missing``
    """
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        raise Unavailable(
            "os_user_missing",
            f"User id {uid} has no name on this machine, and PostgreSQL recognises people by "
            "name: add the user, or set LANDGIS_DATABASE_URL to a server of your own.",
        ) from None


def choose_server(data_major: int | None) -> Server:
    """Answer the server to use: that of the data directory, else the newest with PostGIS.

    Parameters
    ----------
    data_major
        Major version that made the data directory; None when there is none yet.

    Raises
    ------
    Unavailable
        ``postgis_missing`` with the line that installs it; ``cluster_version`` when the data
        were made by a version that is not installed.
    """
    servers = sorted(_installed(), key=lambda s: s.major)
    usable = [s for s in servers if s.has_postgis and s.major >= OLDEST_MAJOR]
    if not usable:
        raise _missing(servers)
    if data_major is None:
        return usable[-1]
    same = [s for s in usable if s.major == data_major]
    if not same:
        raise _other_version(data_major, usable[-1])
    return same[-1]


def run_program(user: ServerUser, argv: list[str], *, timeout_s: float) -> str:
    """Run one server program as ``user`` and answer what it said.

    Raises
    ------
    subprocess.CalledProcessError
        With everything it said in ``stdout``.
    subprocess.TimeoutExpired
        When it is not done after ``timeout_s`` seconds.
    """
    as_user: dict[str, Any] = {}
    if user.is_switched:
        as_user = {"user": user.uid, "group": user.gid, "extra_groups": []}
    done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 - programs we found ourselves, no shell
        argv,
        check=True,
        cwd="/",  # the caller's directory may be one that the server's user cannot enter
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"},  # no PG* of the caller
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=timeout_s,
        encoding="utf-8",
        errors="replace",
        umask=0o077,
        **as_user,
    )
    return done.stdout


def _installed() -> Iterator[Server]:
    for bin_dir in dict.fromkeys(_bin_dirs()):
        if not all((bin_dir / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
            continue
        said = _ask(str(bin_dir / "postgres"), "--version")
        found = re.search(r"(\d+)[.\w]*", said)
        if found:
            major = int(found[1])
            yield Server(major, bin_dir, has_postgis=_has_postgis(bin_dir, major))


def _bin_dirs() -> Iterator[Path]:
    pg_config = shutil.which("pg_config")
    said = _ask(pg_config, "--bindir") if pg_config else ""
    if said:
        yield Path(said)
    yield from sorted(_VERSIONED.glob("*/bin"))


def _has_postgis(bin_dir: Path, major: int) -> bool:
    pg_config = bin_dir / "pg_config"
    said = _ask(str(pg_config), "--sharedir") if pg_config.is_file() else ""
    share = Path(said) if said else Path(f"/usr/share/postgresql/{major}")
    return (share / "extension" / "postgis.control").is_file()


def _ask(*argv: str) -> str:
    """Answer what a program prints; empty when it does not run."""
    try:
        done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 - a program of this machine's PostgreSQL, no shell
            argv, capture_output=True, check=True, timeout=10, encoding="utf-8"
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _missing(servers: list[Server]) -> Unavailable:
    found = "no PostgreSQL"
    if servers:
        newest = servers[-1]
        found = f"PostgreSQL {newest.major}{'' if newest.has_postgis else ' without PostGIS'}"
    return Unavailable(
        "postgis_missing",
        f"landgis needs PostgreSQL {OLDEST_MAJOR} or newer with PostGIS, this machine has {found}: "
        f"run '{APT_LINE}' as root, or set LANDGIS_DATABASE_URL to a server of your own.",
    )


def _other_version(data_major: int, newest: Server) -> Unavailable:
    return Unavailable(
        "cluster_version",
        f"The register's data were made by PostgreSQL {data_major} and this machine has "
        f"PostgreSQL {newest.major}: install postgresql-{data_major} with "
        f"postgresql-{data_major}-postgis-3 and start again, or move the data with "
        f"{newest.bin_dir}/pg_upgrade.",
        data_version=data_major,
        server_version=newest.major,
    )

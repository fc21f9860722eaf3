"""The private PostGIS cluster of a deployment that has no database server of its own."""

import contextlib
import logging
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import URL

from landgis.errors import Unavailable
from landgis.store.cluster_files import (
    ADMIN,
    PORT,
    ROLE,
    ClusterFiles,
    link_from_checkout,
    unlink_from_checkout,
)
from landgis.store.cluster_process import (
    end_orphans,
    is_ready,
    postmaster_pid,
    said,
    wait_until_gone,
    wait_until_settled,
    was_killed,
)
from landgis.store.cluster_server import (
    Server,
    ServerUser,
    choose_server,
    run_program,
    server_user,
    user_name,
)

DATABASE = "landgis"
"""The register's database."""

TEMPLATE = "landgis_template"
"""Empty database with the extensions; every other database is a clone of it."""

_EXTENSIONS = ("postgis", "pg_trgm", "unaccent")
_START_TIMEOUT_S = 60
_LOG_BYTES = 10 * 2**20

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClusterStatus:
    """What is known about the cluster without asking its server."""

    running: bool
    killed: bool
    """It ended without being stopped."""

    pid: int | None
    version: int | None
    """PostgreSQL major version of the data; None when nothing was made yet."""

    data_dir: Path
    socket_dir: Path


class Cluster:
    """One PostgreSQL server of our own below ``home``, reachable by unix socket only.

    Parameters
    ----------
    home
        Folder of the deployment (``Settings.home``); made when it does not exist.
    """

    def __init__(self, home: Path) -> None:
        if sys.platform == "win32":
            raise Unavailable(
                "cluster_platform",
                "The private database needs Linux or macOS: set LANDGIS_DATABASE_URL.",
            )
        self._given_home = home
        self._files = ClusterFiles(home.resolve())

    def ensure_running(self) -> str:
        """Start the cluster unless it runs, and answer its ``url``."""
        if not (self._files.prepared.exists() and is_ready(self._files)):
            self.start()
        return self.url()

    def start(self) -> None:
        """Bring the cluster up, making it first where there is none.

        Does nothing to a running one. Two processes may call it at once: one works, one waits.

        Raises
        ------
        Unavailable
            ``postgis_missing``, ``cluster_version``, ``cluster_start``, ``home_not_ours``,
            ``home_unreachable``, ``os_user_missing``
        """
        user = server_user()
        self._files.make_folders(user)
        with self._files.locked():
            wait_until_settled(self._files)
            if not self._answers():
                wait_until_gone(self._files)
                self._start_server(user)
            if not self._files.prepared.exists():
                self._prepare()
        link_from_checkout(self._given_home)

    def stop(self) -> None:
        """Stop the server, ending open connections; does nothing when it is not running.

        Raises
        ------
        Unavailable
            ``cluster_stop``
        """
        if not self._files.lock.exists():
            return
        with self._files.locked():
            if postmaster_pid(self._files) is None:
                return
            server, user = choose_server(self._files.data_major), server_user()
            try:
                self._pg_ctl(server, user, "stop", "-m", "fast")
            except subprocess.SubprocessError as error:
                raise Unavailable("cluster_stop", said(error, "stop", self._files)) from error

    def remove(self) -> None:
        """Stop the server and delete its home for good; a folder that is no home stays as it is.

        Raises
        ------
        Unavailable
            ``cluster_stop``
        """
        if not self._files.lock.exists():
            return
        self.stop()
        for folder in (self._files.sockets, self._files.home):
            if folder.exists():
                shutil.rmtree(folder)
        unlink_from_checkout()

    def status(self) -> ClusterStatus:
        """Answer whether the server runs and where its things are; starts nothing."""
        pid = postmaster_pid(self._files)
        return ClusterStatus(
            running=pid is not None,
            killed=was_killed(self._files),
            pid=pid,
            version=self._files.data_major,
            data_dir=self._files.data,
            socket_dir=self._files.sockets,
        )

    def url(self, database: str = DATABASE) -> str:
        """Answer the SQLAlchemy URL of ``database`` as the role that owns the register."""
        url = URL.create(
            "postgresql+psycopg",
            username=ROLE,
            database=database,
            # Both explicit: PGHOST and PGPORT of the caller must not matter.
            query={"host": str(self._files.sockets), "port": str(PORT)},
        )
        return url.render_as_string(hide_password=False)

    def create_database(self, name: str, template: str = TEMPLATE) -> str:
        """Clone ``template`` into the new database ``name`` and answer its ``url``.

        Raises
        ------
        psycopg.errors.DuplicateDatabase
        """
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        with self._connect(ROLE, DATABASE) as connection:
            connection.execute(command.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Drop the database ``name``, ending its connections; nothing happens without one."""
        command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        # As administrator: the owner may not end an autovacuum worker that is busy in it.
        with self._connect(ADMIN, DATABASE) as connection:
            connection.execute(command.format(sql.Identifier(name)))

    def _start_server(self, user: ServerUser) -> None:
        server = choose_server(self._files.data_major)
        if self._files.data_major is None:
            self._init(server, user)
        self._files.write_configuration([user.name, user_name(os.geteuid())])
        self._clear_remains()
        _log.info("starting PostgreSQL %d in %s", server.major, self._files.data)
        options = shlex.join(["-c", f"config_file={self._files.configuration}"])
        try:
            self._pg_ctl(server, user, "start", "-l", str(self._files.log), "-o", options)
        except subprocess.SubprocessError as error:
            # Not in time is no failure: after a crash it replays what it had logged.
            wait_until_settled(self._files)
            if not is_ready(self._files):
                raise Unavailable("cluster_start", said(error, "start", self._files)) from error

    def _init(self, server: Server, user: ServerUser) -> None:
        """Make the data directory beside its place, so that a half-made one is never used."""
        self._files.prepared.unlink(missing_ok=True)
        new = self._files.data.with_name("pg.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        user.give(new, 0o700)
        _log.info("making a PostgreSQL %d cluster in %s", server.major, self._files.data)
        argv = [str(server.bin_dir / "initdb"), "--pgdata", str(new), "--username", ADMIN]
        argv += ["--data-checksums", "--encoding", "UTF8", "--locale", "C.UTF-8", "--auth", "peer"]
        try:
            run_program(user, argv, timeout_s=_START_TIMEOUT_S)
        except subprocess.SubprocessError as error:
            raise Unavailable("cluster_start", said(error, "initdb", self._files)) from error
        new.rename(self._files.data)

    def _pg_ctl(self, server: Server, user: ServerUser, *arguments: str) -> None:
        argv = [str(server.bin_dir / "pg_ctl"), "--pgdata", str(self._files.data)]
        argv += ["--wait", "--timeout", str(_START_TIMEOUT_S), "--silent", *arguments]
        run_program(user, argv, timeout_s=2 * _START_TIMEOUT_S)

    def _clear_remains(self) -> None:
        """Remove what a killed server leaves: backends at work, a pid file, an endless log."""
        end_orphans(self._files)
        # PostgreSQL itself takes these for a living server's when the pid in them now is another
        # program's, or still is the killed one's because nobody has collected it.
        (self._files.data / "postmaster.pid").unlink(missing_ok=True)
        (self._files.sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            if self._files.log.stat().st_size > _LOG_BYTES:
                self._files.log.replace(self._files.log.with_suffix(".log.1"))

    def _prepare(self) -> None:
        """Make roles, template and database; safe to repeat after a half-done attempt."""
        with self._connect(ADMIN, "postgres") as connection:
            role = sql.Identifier(ROLE)
            if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", ROLE):
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER CREATEDB NOCREATEROLE").format(role)
                )
            has_database = "SELECT 1 FROM pg_database WHERE datname = %s"
            if not _exists(connection, has_database, TEMPLATE):
                connection.execute(
                    sql.SQL("CREATE DATABASE {} IS_TEMPLATE true").format(sql.Identifier(TEMPLATE))
                )
            self._extend_template()
            if not _exists(connection, has_database, DATABASE):
                connection.execute(
                    sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(TEMPLATE), role
                    )
                )
        self._files.prepared.touch()

    def _extend_template(self) -> None:
        with self._connect(ADMIN, TEMPLATE) as connection:
            for extension in _EXTENSIONS:
                connection.execute(
                    sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension))
                )
            # The register keeps its own reference systems beside those PostGIS owns.
            connection.execute(
                sql.SQL(
                    "GRANT SELECT, INSERT, UPDATE, DELETE ON public.spatial_ref_sys TO {}"
                ).format(sql.Identifier(ROLE))
            )

    def _answers(self) -> bool:
        """Ask the server itself: one that was killed this moment still looks alive."""
        if postmaster_pid(self._files) is None:
            return False
        try:
            self._connect(ADMIN, "postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self, role: str, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host=str(self._files.sockets), port=PORT, user=role, dbname=database, autocommit=True
        )


def _exists(
    connection: psycopg.Connection[tuple[object, ...]], query: LiteralString, name: str
) -> bool:
    return connection.execute(query, [name]).fetchone() is not None

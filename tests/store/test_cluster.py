"""The private cluster, proved on a real one in a home of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from landgis.config import default_home
from landgis.errors import Unavailable
from landgis.store import cluster_files
from landgis.store.cluster import Cluster
from landgis.store.cluster_files import ADMIN, ClusterFiles
from landgis.store.cluster_server import choose_server

pytestmark = pytest.mark.db


def _home() -> Path:
    """Answer a new folder that the server's user can reach, whoever runs the tests."""
    root = Path("/var/lib/landgis")
    if os.geteuid() != 0:
        return Path(tempfile.mkdtemp(prefix="landgis-test-"))
    root.mkdir(mode=0o755, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="test-", dir=root))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    home = _home()
    made = Cluster(home)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(home)


def _connect(cluster: Cluster, **changed: str) -> psycopg.Connection[tuple[object, ...]]:
    url = make_url(cluster.url())
    wanted = {"user": url.username, "dbname": url.database, **url.query}
    return psycopg.connect(**{**wanted, **changed})  # type: ignore[arg-type]


def _one(cluster: Cluster, query: str, **changed: str) -> object:
    with _connect(cluster, **changed) as connection:
        row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def _until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        if time.monotonic() > deadline:
            pytest.fail(f"not within 20 s: {what}")
        time.sleep(0.01)


def test_url_reaches_postgis_as_the_registers_owner(cluster: Cluster) -> None:
    engine = create_engine(cluster.url())
    with engine.connect() as connection:
        area = connection.scalar(text("SELECT ST_Area(ST_MakeEnvelope(0, 0, 2, 3))"))
        who = connection.scalar(text("SELECT current_user"))
    engine.dispose()
    assert (area, who) == (6.0, "landgis")


def test_registers_owner_is_no_superuser(cluster: Cluster) -> None:
    query = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    assert _one(cluster, query) is False


def test_registers_owner_may_add_reference_systems(cluster: Cluster) -> None:
    query = "INSERT INTO spatial_ref_sys (srid, auth_name) VALUES (969209, 'X') RETURNING srid"
    with _connect(cluster) as connection:
        assert connection.execute(query).fetchone() == (969209,)
        connection.rollback()


def test_vietnamese_text_loses_its_marks_for_search(cluster: Cluster) -> None:
    assert _one(cluster, "SELECT lower(unaccent('Tây Ninh Đức Huệ'))") == "tay ninh duc hue"


def test_no_network_socket_is_open(cluster: Cluster) -> None:
    """Every TCP socket this server holds would be in its table of open files."""
    pid = cluster.status().pid
    inodes = [link.readlink() for link in Path(f"/proc/{pid}/fd").iterdir()]
    sockets = {str(i)[8:-1] for i in inodes if str(i).startswith("socket:[")}
    assert sockets
    for table in ("tcp", "tcp6", "udp", "udp6"):
        lines = Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]
        assert not sockets & {line.split()[9] for line in lines}


def test_every_way_in_is_peer_authentication(cluster: Cluster) -> None:
    query = "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules"
    assert _one(cluster, query, user=ADMIN) == "peer"


def test_a_name_outside_the_map_is_not_let_in(cluster: Cluster) -> None:
    with _connect(cluster, user=ADMIN) as connection:
        connection.execute("CREATE ROLE stranger LOGIN")
    with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
        _connect(cluster, user="stranger")


def test_another_operating_system_user_is_not_let_in(cluster: Cluster) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can try as somebody else")
    host = str(make_url(cluster.url()).query["host"])
    command = ["psql", "-h", host, "-U", "landgis", "-c", "SELECT 1", "landgis"]
    tried = subprocess.run(command, user="nobody", capture_output=True, check=False)
    assert tried.returncode != 0


def test_rows_of_people_do_not_reach_the_log(cluster: Cluster) -> None:
    insert = "INSERT INTO owners VALUES ('Canary Owner'), ('Canary Owner')"
    with _connect(cluster) as connection:
        connection.execute("CREATE TEMPORARY TABLE owners (name text PRIMARY KEY)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute(insert)
        connection.rollback()
    log = ClusterFiles(cluster.status().data_dir.parent).log.read_text(encoding="utf-8")
    assert "owners_pkey" in log
    assert "Canary" not in log


def test_second_start_is_a_quick_no_op(cluster: Cluster) -> None:
    before = cluster.status()
    began = time.perf_counter()
    cluster.start()
    assert cluster.ensure_running() == cluster.url()
    assert time.perf_counter() - began < 1
    assert cluster.status() == before


def test_databases_are_cloned_and_dropped_while_in_use(cluster: Cluster) -> None:
    engine = create_engine(cluster.create_database("clone"))
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT ST_SRID(ST_Point(1, 2, 4326))")) == 4326
        connection.commit()
        connection.exec_driver_sql("CREATE TABLE kept (id int)")
        connection.commit()
        cluster.create_database("clone_of_clone_template", template="landgis_template")
        cluster.drop_database("clone")
    engine.dispose()
    cluster.drop_database("clone_of_clone_template")
    cluster.drop_database("never_there")
    query = "SELECT count(*) FROM pg_database WHERE datname LIKE 'clone%'"
    assert _one(cluster, query) == 0


def _kill_server(cluster: Cluster) -> int:
    pid = cluster.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    _until(lambda: not cluster.status().running, "the killed server is gone")
    return pid


def test_data_survive_a_kill_of_the_server(cluster: Cluster) -> None:
    with _connect(cluster) as connection:
        connection.execute("CREATE TABLE survivors AS SELECT 42 AS answer")
    killed = _kill_server(cluster)
    cluster.start()
    assert cluster.status().pid != killed
    assert _one(cluster, "SELECT answer FROM survivors") == 42


def test_start_right_after_the_kill_is_not_taken_in_by_the_dying_server(cluster: Cluster) -> None:
    for _ in range(3):
        pid = cluster.status().pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        cluster.start()
        assert _one(cluster, "SELECT 1") == 1


def test_start_ends_backends_that_outlived_their_server(cluster: Cluster) -> None:
    with _connect(cluster) as connection:
        backend = connection.info.backend_pid
        # A stopped process cannot notice that its server is gone.
        os.kill(backend, signal.SIGSTOP)
        _kill_server(cluster)
        cluster.start()
        _until(lambda: not Path(f"/proc/{backend}/fd").is_dir(), "the old backend is gone")
    assert _one(cluster, "SELECT 1") == 1


def test_pid_file_that_names_another_living_program_is_stale(cluster: Cluster) -> None:
    cluster.stop()
    pid_file = cluster.status().data_dir / "postmaster.pid"
    program = subprocess.Popen(["sleep", "60"])
    try:
        pid_file.write_text(f"{program.pid}\n{cluster.status().data_dir}\n", encoding="utf-8")
        assert not cluster.status().running
        cluster.start()
    finally:
        program.kill()
        program.wait()
    assert _one(cluster, "SELECT 1") == 1


def test_stop_ends_open_connections_and_repeats_harmlessly(cluster: Cluster) -> None:
    connection = _connect(cluster)
    cluster.stop()
    assert not cluster.status().running
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    cluster.stop()
    cluster.start()


def test_two_processes_may_make_and_start_one_cluster_at_once() -> None:
    home = _home()
    program = (
        "import sys, pathlib; from landgis.store.cluster import Cluster; "
        "c = Cluster(pathlib.Path(sys.argv[1])); c.start(); print(c.status().pid)"
    )
    argv = [sys.executable, "-c", program, str(home)]
    try:
        both = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        answers = [process.communicate(timeout=120)[0] for process in both]
        assert [process.returncode for process in both] == [0, 0]
        assert answers[0] == answers[1]
        assert answers[0].strip() == str(Cluster(home).status().pid)
    finally:
        Cluster(home).stop()
        shutil.rmtree(home)


def test_data_of_a_version_that_is_not_installed_are_refused(tmp_path: Path) -> None:
    home = _home()
    (home / "pg").mkdir()
    (home / "pg" / "PG_VERSION").write_text("9\n", encoding="ascii")
    try:
        with pytest.raises(Unavailable, match="pg_upgrade") as refused:
            Cluster(home).start()
    finally:
        shutil.rmtree(home)
    assert refused.value.code == "cluster_version"
    assert refused.value.data["data_version"] == 9
    assert not (tmp_path / "pg").exists()


def test_a_machine_without_postgis_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("landgis.store.cluster_server._VERSIONED", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="apt-get install -y postgresql") as refused:
        choose_server(None)
    assert refused.value.code == "postgis_missing"


def test_a_home_the_servers_user_cannot_enter_is_refused(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root runs the server as somebody else")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(Unavailable, match="cannot enter") as refused:
        Cluster(closed / "home").start()
    assert refused.value.code == "home_unreachable"


def test_socket_path_stays_short_below_a_long_home(tmp_path: Path) -> None:
    files = ClusterFiles(tmp_path / ("deep" * 40))
    assert len(os.fsencode(files.sockets / ".s.PGSQL.5432.lock")) <= 100


def test_remove_leaves_nothing_behind() -> None:
    home = _home()
    cluster = Cluster(home)
    cluster.start()
    sockets = cluster.status().socket_dir
    cluster.remove()
    assert not home.exists()
    assert not sockets.exists()


def test_remove_spares_a_folder_that_is_no_home(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    Cluster(tmp_path).remove()
    assert (tmp_path / "letter.txt").exists()


def test_checkout_points_to_a_home_that_is_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    link = tmp_path / ".landgis"
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setattr(cluster_files, "_LINK", link)
    home = default_home(os.environ)
    cluster_files.link_from_checkout(tmp_path / "chosen by hand")
    assert not link.is_symlink()
    cluster_files.link_from_checkout(home)
    assert link.readlink() == home
    link.unlink()
    link.symlink_to(tmp_path / "where the checkout was before it moved")
    cluster_files.link_from_checkout(home)
    assert link.readlink() == home


def test_status_of_a_home_without_a_cluster_makes_nothing(tmp_path: Path) -> None:
    status = Cluster(tmp_path / "home").status()
    assert (status.running, status.pid, status.version) == (False, None, None)
    assert not (tmp_path / "home").exists()

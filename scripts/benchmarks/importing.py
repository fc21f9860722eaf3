"""Import, validate and publish, beside the hand-made chain of a careful user.

The chain: ``ogr2ogr`` with COPY and an index, then ST_IsValid, a reprojected copy with its index,
and the overlap self-join in SQL.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import psycopg

from benchmarks import memory, registers
from benchmarks.rows import Row
from landgis.config import Settings
from landgis.store import migrate
from landgis.store.cluster import Cluster
from landgis.store.database import Database

ROOT = Path(__file__).resolve().parents[2]
BAR_PEAK_MIB = 1024
BAR_GROWTH = 1.2

CHAIN = """
SELECT count(*) FROM parcels WHERE NOT ST_IsValid(geom);
CREATE TABLE metric AS
    SELECT fid, ST_Transform(geom, {epsg}) AS geom FROM parcels WHERE ST_IsValid(geom);
CREATE INDEX ON metric USING gist (geom);
ANALYZE metric;
SELECT count(*) FROM metric a JOIN metric b
    ON a.fid < b.fid AND a.geom && b.geom AND ST_Intersects(a.geom, b.geom)
    WHERE ST_Area(ST_Intersection(a.geom, b.geom)) > 0.01
"""


@dataclass(frozen=True)
class Case:
    """A file, how landgis is told to take it, and how the chain does."""

    what: str
    path: Path
    jurisdiction: str
    options: tuple[str, ...]
    epsg: int
    """The plane that the chain reprojects to."""

    encoding: str | None = None
    """What the chain must be told of the text; landgis finds it."""

    bar: float | None = None


def measure(data: Path | None, *, quick: bool, runs: int) -> list[Row]:
    """Answer time and peak memory of import + validation + publish."""
    if shutil.which("ogr2ogr") is None:
        raise SystemExit("The hand-made chain needs ogr2ogr (Debian package gdal-bin)")
    cluster = Cluster(Settings.from_env().home)
    cluster.ensure_running()
    rows = [row for case in _cases(data, quick=quick) for row in _measure(cluster, case, runs)]
    return rows if quick else [*rows, _growth(cluster)]


def _cases(data: Path | None, *, quick: bool) -> list[Case]:
    epinay = ROOT / "data_samples" / "epinay" / "parcelles_91216_l93_shp.zip"
    cases = [Case("4,241 parcels (Épinay)", epinay, "generic", (), 3857)]
    if quick:
        return cases
    if data is not None:
        path = data / "parcels-large" / "cambridge_x8_shp.zip"
        told = ("--profile", "cambridge")
        cases.append(Case("105,272 real parcels", path, "generic", told, 32619, bar=1.0))
    demo, million = registers.demo_times(25), registers.generated(1_000_000)
    bytewise = "ISO-8859-1"  # what TCVN3 is, nobody told GDAL
    cases.append(Case("demo register x 25 (TCVN3)", demo, "vn-80", (), 32648, bytewise, bar=1.3))
    cases.append(Case("1,000,000 generated parcels", million, "vn-80", (), 32648, bytewise))
    return cases


def _measure(cluster: Cluster, case: Case, runs: int) -> list[Row]:
    ours, theirs, loaded = [], [], []
    loads = shutil.which("shp2pgsql") is not None
    for i in range(runs):
        sys.stderr.write(f"{case.what}: run {i + 1} of {runs}\n")
        ours.append(_ours(cluster, case, watched=False).seconds)
        theirs.append(_theirs(cluster, case, _chain))
        if loads:
            loaded.append(_theirs(cluster, case, _shp2pgsql))
    # Apart: asking the kernel for a large process's memory again and again slows the process.
    peaks = [_ours(cluster, case, watched=True).peak_mib]
    is_barred = BAR_PEAK_MIB if case.bar is not None else None
    rows = [
        Row(f"{case.what}: import, validate, publish", ours, theirs, "s", case.bar),
        Row("  peak memory (PSS of landgis and its children)", peaks, None, "MiB", is_barred),
    ]
    if loads:
        rows.append(Row("  beside shp2pgsql | psql, which only loads", ours, loaded, "s", None))
    return rows


def _growth(cluster: Cluster) -> Row:
    """Answer how peak memory grows from 100,000 parcels to 3 million of the same kind."""
    peaks = []
    for parcels in (3_000_000, 100_000):
        case = Case("", registers.generated(parcels), "vn-80", (), 32648)
        sys.stderr.write(f"memory at {parcels:,} parcels\n")
        peaks.append([_ours(cluster, case, watched=True).peak_mib])
    what = "peak memory at 3,000,000 parcels beside 100,000"
    return Row(what, peaks[0], peaks[1], "MiB", BAR_GROWTH)


def _ours(cluster: Cluster, case: Case, *, watched: bool) -> memory.Used:
    name = f"bench{uuid4().hex[:8]}"
    url = cluster.create_database(name)
    database = Database(url)
    migrate.upgrade(database)
    database.dispose()
    env = os.environ | {"LANDGIS_DATABASE_URL": url, "LANDGIS_JURISDICTION": case.jurisdiction}
    landgis = (sys.executable, "-m", "landgis", "import")
    try:
        command = (*landgis, str(case.path), *case.options, "--publish")
        return memory.run(command, env, watched=watched)
    finally:
        cluster.drop_database(name)


def _theirs(
    cluster: Cluster, case: Case, work: Callable[[psycopg.Connection[Any], Case], None]
) -> float:
    name = f"bench{uuid4().hex[:8]}"
    url = cluster.create_database(name).replace("+psycopg", "")
    started = perf_counter()
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
            work(connection, case)
        return perf_counter() - started
    finally:
        cluster.drop_database(name)


def _chain(connection: psycopg.Connection[Any], case: Case) -> None:
    info = connection.info
    target = f"PG:host={info.host} port={info.port} dbname={info.dbname} user={info.user}"
    told = () if case.encoding is None else ("-oo", f"ENCODING={case.encoding}")
    form = ("-nlt", "PROMOTE_TO_MULTI", "-lco", "GEOMETRY_NAME=geom", "-lco", "FID=fid")
    source = f"/vsizip/{case.path}"
    subprocess.run(
        ("ogr2ogr", "-q", "-f", "PostgreSQL", target, source, "-nln", "parcels", *form, *told),
        env=os.environ | {"PG_USE_COPY": "YES"},
        check=True,
    )
    for statement in CHAIN.split(";"):
        connection.execute(statement.format(epsg=case.epsg).encode())


def _shp2pgsql(connection: psycopg.Connection[Any], case: Case) -> None:
    info = connection.info
    told = () if case.encoding is None else ("-W", "LATIN1")
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(case.path) as archive:
            archive.extractall(folder)
        (shp,) = Path(folder).rglob("*.shp")
        reading = ("shp2pgsql", "-D", "-I", *told, str(shp), "loaded")
        with subprocess.Popen(reading, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reader:
            place = ("-h", info.host, "-p", str(info.port), "-U", info.user, "-d", info.dbname)
            loading = ("psql", "-q", "-X", "-o", os.devnull, *place)
            subprocess.run(loading, stdin=reader.stdout, check=True)

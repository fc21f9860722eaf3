"""Import, validate and publish, beside the hand-made chain of a careful user.

The chain: ``ogr2ogr`` with COPY and an index, then ST_IsValid, a reprojected copy with its index,
and the overlap self-join in SQL.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import psycopg

from benchmarks import memory
from benchmarks.rows import Row
from landgis.config import Settings
from landgis.store import migrate
from landgis.store.cluster import Cluster
from landgis.store.database import Database

ROOT = Path(__file__).resolve().parents[2]
BAR_RATIO = 1.0
BAR_PEAK_MIB = 1024

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
    """A file, how landgis is told to take it, and the plane the chain reprojects to."""

    what: str
    path: Path
    options: tuple[str, ...]
    epsg: int


def measure(data: Path | None, *, quick: bool, runs: int) -> list[Row]:
    """Answer time and peak memory of import + validation + publish."""
    if shutil.which("ogr2ogr") is None:
        raise SystemExit("The hand-made chain needs ogr2ogr (Debian package gdal-bin)")
    epinay = ROOT / "data_samples" / "epinay" / "parcelles_91216_l93_shp.zip"
    cases = [Case("4,241 parcels (Épinay): import, validate, publish", epinay, (), 3857)]
    if data is not None and not quick:
        path = data / "parcels-large" / "cambridge_x8_shp.zip"
        what = "105,272 real parcels: import, validate, publish"
        cases.append(Case(what, path, ("--profile", "cambridge"), 32619))
    cluster = Cluster(Settings.from_env().home)
    cluster.ensure_running()
    return [row for case in cases for row in _measure(cluster, case, runs)]


def _measure(cluster: Cluster, case: Case, runs: int) -> list[Row]:
    ours, theirs = [], []
    for i in range(runs):
        sys.stderr.write(f"{case.what}: run {i + 1} of {runs}\n")
        ours.append(_ours(cluster, case, watched=False).seconds)
        theirs.append(_theirs(cluster, case))
    # Apart: asking the kernel for a large process's memory again and again slows the process.
    peaks = [_ours(cluster, case, watched=True).peak_mib]
    large = "real" in case.what
    return [
        Row(case.what, ours, theirs, "s", BAR_RATIO if large else None),
        Row(
            "  peak memory (PSS of landgis and its children)",
            peaks,
            None,
            "MiB",
            BAR_PEAK_MIB if large else None,
        ),
    ]


def _ours(cluster: Cluster, case: Case, *, watched: bool) -> memory.Used:
    name = f"bench{uuid4().hex[:8]}"
    url = cluster.create_database(name)
    database = Database(url)
    migrate.upgrade(database)
    database.dispose()
    env = {**os.environ, "LANDGIS_DATABASE_URL": url, "LANDGIS_JURISDICTION": "generic"}
    command = [
        sys.executable,
        "-m",
        "landgis",
        "import",
        str(case.path),
        *case.options,
        "--publish",
    ]
    try:
        return memory.run(command, env, watched=watched)
    finally:
        cluster.drop_database(name)


def _theirs(cluster: Cluster, case: Case) -> float:
    name = f"bench{uuid4().hex[:8]}"
    url = cluster.create_database(name).replace("+psycopg", "")
    started = perf_counter()
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            _ogr2ogr(connection.info, case.path)
            for statement in CHAIN.split(";"):
                connection.execute(statement.format(epsg=case.epsg).encode())
        return perf_counter() - started
    finally:
        cluster.drop_database(name)


def _ogr2ogr(info: psycopg.ConnectionInfo, path: Path) -> None:
    target = f"PG:host={info.host} port={info.port} dbname={info.dbname} user={info.user}"
    options = ["-nln", "parcels", "-nlt", "PROMOTE_TO_MULTI", "-lco", "GEOMETRY_NAME=geom"]
    subprocess.run(
        [
            "ogr2ogr",
            "-q",
            "-f",
            "PostgreSQL",
            target,
            f"/vsizip/{path}",
            *options,
            "-lco",
            "FID=fid",
        ],
        env={**os.environ, "PG_USE_COPY": "YES"},
        check=True,
    )

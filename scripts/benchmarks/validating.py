"""The checks of a file beside the SQL that a careful user writes for the same table.

Ours from columns of WKB, theirs from a loaded, indexed and analysed table: neither is timed for
reading the file. PostGIS has as many parallel workers as the server gives it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import numpy as np
import psycopg
import pyogrio
import shapely

from benchmarks import memory, registers
from benchmarks.rows import Row
from landgis.cadastre.parcels import Column
from landgis.cadastre.topology import Cells, Ground
from landgis.cadastre.topology.overlaps import Overlap, overlaps
from landgis.config import Settings
from landgis.store.cluster import Cluster

ROOT = Path(__file__).resolve().parents[2]
BAR_SAME, BAR_ALL, BAR_GROWTH = 0.4, 1.0, 1.2
NODE_M = 0.001
BLOCK_ROWS = 16_384

TABLE = """
CREATE TABLE parcels AS SELECT fid, {geom} AS geom FROM loaded;
CREATE INDEX ON parcels USING gist (geom);
VACUUM ANALYZE parcels
"""

CHECKS = """
CREATE TABLE invalid AS
    SELECT fid, ST_IsValidReason(geom) FROM parcels WHERE NOT ST_IsValid(geom);
DELETE FROM parcels WHERE fid IN (SELECT fid FROM invalid);
CREATE TABLE claimed_twice AS
    SELECT one, other, shared, ST_Area(shared) FROM (
        SELECT a.fid AS one, b.fid AS other, ST_Intersection(a.geom, b.geom) AS shared
        FROM parcels a JOIN parcels b ON a.fid < b.fid AND a.geom && b.geom
        WHERE ST_Relate(a.geom, b.geom, '2********')
    ) AS pairs WHERE ST_Area(shared) > 0
"""
"""The quickest that is right. An index on fid would lead the planner astray (two minutes instead of
four seconds); ST_Intersection of every pair that meets takes a third longer, and
ST_Overlaps is blind to a parcel inside another one. ST_Relate fails on invalid ones: they go first.
"""


@dataclass(frozen=True)
class Case:
    """A file of parcels."""

    what: str
    path: Path
    jurisdiction: str
    options: tuple[str, ...] = ()
    epsg: int | None = None
    """The plane that the table is in; None: that of the file."""

    scale: tuple[float, float] = (1.0, 1.0)
    """Metres in a unit of the file."""


def measure(data: Path | None, *, quick: bool, runs: int) -> list[Row]:
    """Answer time of validation beside SQL, and how memory grows with the parcels."""
    if shutil.which("ogr2ogr") is None:
        raise SystemExit("Loading the table of the SQL needs ogr2ogr (Debian package gdal-bin)")
    cluster = Cluster(Settings.from_env().home)
    cluster.ensure_running()
    rows = [row for case in _cases(data, quick=quick) for row in _measure(cluster, case, runs)]
    return rows if quick else [*rows, _growth()]


def _cases(data: Path | None, *, quick: bool) -> list[Case]:
    epinay = ROOT / "data_samples" / "epinay" / "parcelles_91216_l93_shp.zip"
    cases = [Case("4,241 parcels (Épinay)", epinay, "generic")]
    if data is not None:
        path = data / "parcels-large" / "cambridge_x8_shp.zip"
        told, metres = ("--profile", "cambridge"), (82_362.7, 111_080.6)
        cases.append(Case("105,272 real parcels", path, "generic", told, 32619, metres))
    if not quick:
        cases.append(Case("500,000 generated parcels", registers.generated(500_000), "vn-80"))
    return cases


def _measure(cluster: Cluster, case: Case, runs: int) -> list[Row]:
    wkb = pyogrio.raw.read(f"/vsizip/{case.path}", columns=[])[2]
    same, everything, theirs = [], [], []
    with _table(cluster, case) as connection:
        for i in range(runs):
            sys.stderr.write(f"{case.what}: run {i + 1} of {runs}\n")
            same.append(_timed(lambda: same_checks(wkb, case.scale)))
            theirs.append(_timed(lambda: _sql(connection)))
            everything.append(_all_rules(case))
    return [
        Row(f"{case.what}: validity and overlaps", same, theirs, "s", BAR_SAME),
        Row("  the full rule catalogue, the file read", everything, theirs, "s", BAR_ALL),
    ]


def same_checks(wkb: Column, scale: tuple[float, float]) -> tuple[int, int]:
    """Answer how many parcels are invalid, and how many pairs of the others share ground.

    On as many threads as there are cores: GEOS works outside Python's lock.
    """

    def read(part: Column) -> tuple[Column, Column, int]:
        geoms = shapely.from_wkb(part, on_invalid="ignore")
        present = ~(shapely.is_missing(geoms) | shapely.is_empty(geoms))
        sound = present & shapely.is_valid(geoms)
        metric = shapely.transform(geoms[sound], lambda xy: xy * scale)
        return metric, sound, int((present & ~sound).sum())

    def found(cell: tuple[int, int]) -> list[Overlap]:
        ground, square = cells.take(cell)
        edges = shapely.coverage_invalid_edges(ground.geom)
        suspects = np.flatnonzero(~shapely.is_empty(edges))
        if not len(suspects):
            return []
        return overlaps(ground, suspects, edges[suspects], square, NODE_M)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        geoms, sound, invalid = zip(
            *pool.map(read, np.array_split(wkb, 1 + len(wkb) // BLOCK_ROWS)), strict=True
        )
        cells = Cells(NODE_M)
        cells.add(_ground(np.concatenate(geoms), np.flatnonzero(np.concatenate(sound)) + 1))
        pairs = sum(map(len, pool.map(found, cells.cells())))
    return sum(invalid), pairs


def _ground(geom: Column, rows: Column) -> Ground:
    """Answer parcels of which nothing is known but where they are."""
    unknown = np.full(len(geom), None, dtype=object)
    columns: dict[str, Any] = {field.name: unknown for field in fields(Ground)}
    nowhere = np.full(len(geom), np.nan)
    return Ground(**columns | {"geom": geom, "row": rows, "accuracy_m": nowhere})


def _all_rules(case: Case) -> float:
    """Answer the seconds that ``landgis validate`` says it spent on rules, reading apart."""
    env = os.environ | {"LANDGIS_JURISDICTION": case.jurisdiction}
    command = (sys.executable, "-m", "landgis", "validate", str(case.path), *case.options)
    done = subprocess.run((*command, "--json"), env=env, capture_output=True, check=False)
    if done.returncode not in (0, 3):
        raise RuntimeError(done.stderr.decode(errors="replace")[-500:])
    return float(json.loads(done.stdout)["timings"]["validate"])


@contextmanager
def _table(cluster: Cluster, case: Case) -> Iterator[psycopg.Connection[Any]]:
    """Give a database in which the parcels are a table, indexed and analysed."""
    name = f"bench{uuid4().hex[:8]}"
    url = cluster.create_database(name).replace("+psycopg", "")
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
            _load(connection, case)
            yield connection
    finally:
        cluster.drop_database(name)


def _load(connection: psycopg.Connection[Any], case: Case) -> None:
    info = connection.info
    target = f"PG:host={info.host} port={info.port} dbname={info.dbname} user={info.user}"
    command = ["ogr2ogr", "-q", "-f", "PostgreSQL", target, f"/vsizip/{case.path}"]
    command += ["-nln", "loaded", "-nlt", "PROMOTE_TO_MULTI", "-select", ""]
    for option in ("GEOMETRY_NAME=geom", "FID=fid", "SPATIAL_INDEX=NONE"):
        command += ["-lco", option]
    subprocess.run(command, env=os.environ | {"PG_USE_COPY": "YES"}, check=True)
    geom = "geom" if case.epsg is None else f"ST_Transform(geom, {case.epsg})"
    for statement in TABLE.split(";"):
        connection.execute(statement.format(geom=geom).encode())


def _sql(connection: psycopg.Connection[Any]) -> None:
    """Run the checks and forget what they wrote."""
    with connection.transaction(force_rollback=True):
        for statement in CHECKS.split(";"):
            connection.execute(statement.encode())


def _timed(work: Any) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _growth() -> Row:
    """Answer how the peak memory of a validation grows from 100,000 parcels to 3 million."""
    peaks = []
    env = os.environ | {"LANDGIS_JURISDICTION": "vn-80"}
    for parcels in (3_000_000, 100_000):
        sys.stderr.write(f"memory at {parcels:,} parcels\n")
        path = str(registers.generated(parcels))
        command = (sys.executable, "-m", "landgis", "validate", path)
        peaks.append([memory.run(command, env, watched=True).peak_mib])
    what = "peak memory at 3,000,000 parcels beside 100,000"
    return Row(what, peaks[0], peaks[1], "MiB", BAR_GROWTH)

"""What others do for the same tile: the usual query, and tipg in an environment of its own."""

import contextlib
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.error import URLError
from urllib.parse import parse_qs, quote, urlsplit
from urllib.request import urlopen

import psycopg
from proofs.tile_truth import Place
from proofs.world import free_port

from benchmarks.asking import NO_HEADERS, Client

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "scripts" / "requirements" / "tipg.txt"
TABLE = "tipg_parcels"
START_TRIES = 100

USUAL = """
SELECT ST_AsMVT(t, 'parcels', 4096, 'geom', 'fid')
FROM (
    SELECT
        ST_AsMVTGeom(
            ST_Transform(geom, 3857),
            ST_TileEnvelope(%(z)s, %(x)s, %(y)s), 4096, 64, true
        ) AS geom,
        fid, number, sheet, main_use AS use
    FROM parcels
    WHERE geom && ST_Transform(
            ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 0.015625), {srid}
        )
        AND NOT withheld
) AS t
WHERE t.geom IS NOT NULL
"""
"""As the servers build it: storage plane, transformed and cut for each request."""

COLUMNS = "fid, number, sheet, main_use AS use"
"""What a tile shows of a parcel."""

TYPED = """
INSERT INTO spatial_ref_sys
    SELECT {epsg}, 'EPSG', {epsg}, srtext, proj4text FROM spatial_ref_sys WHERE srid = {srid}
    ON CONFLICT DO NOTHING;
CREATE TABLE {table} AS
    SELECT {columns},
        ST_SetSRID(geom, {epsg})::geometry(Geometry, {epsg}) AS geom
    FROM parcels WHERE NOT withheld ORDER BY ST_GeoHash(label_lonlat), fid;
ALTER TABLE {table} ADD PRIMARY KEY (fid);
CREATE INDEX ON {table} USING gist (geom);
ANALYZE {table}
"""


def usual(srid: int, place: Place) -> tuple[str, dict[str, int]]:
    """Answer the usual query for a tile with its parameters."""
    return USUAL.format(srid=srid), place._asdict()


class Tipg:
    """A running tipg."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process = process
        self._client = Client(f"http://127.0.0.1:{port}")

    def tile(self, place: Place) -> bytes:
        """Answer a tile as it came, gzip asked for."""
        path = f"/tiles/WebMercatorQuad/{place.z}/{place.x}/{place.y}"
        return self.get(path, {"Accept-Encoding": "gzip"})

    def get(self, path: str, headers: Mapping[str, str] = NO_HEADERS) -> bytes:
        """Answer what is at a path below the collection of parcels, as it came."""
        return self._client.get(f"/collections/public.{TABLE}{path}", headers)


@contextlib.contextmanager
def tipg(
    home: Path, database_url: str, srid: int, epsg: int, columns: str = COLUMNS, index: str = ""
) -> Iterator[Tipg]:
    """Start tipg before the database, on a table of the same rows that says its SRID.

    Ours does not (the plane is the deployment's choice), and tipg takes such a table for degrees;
    nor does it know a plane by any number but that of EPSG. ``index``: columns of its table that
    have one beside key and geometry.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        for statement in _typed(srid, epsg, columns).split(";"):
            connection.execute(statement.encode())
        if index:
            connection.execute(f"CREATE INDEX ON {TABLE} ({index})".encode())
    port = free_port()
    # One worker with a pool of connections, no features left out, no cache between us.
    settings = {
        "DATABASE_URL": _with_host(database_url),
        "TIPG_DB_TABLES": f'["public.{TABLE}"]',
        "TIPG_MAX_FEATURES_PER_TILE": "1000000",
        "TIPG_TILE_BUFFER": "64",
        "TIPG_DB_SPATIAL_EXTENT": "false",
        "TIPG_CATALOG_TTL": "0",
    }
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LANDGIS_", "PYTHON"))}
    command = ("-m", "uvicorn", "tipg.main:app", "--port", str(port), "--log-level", "warning")
    process = subprocess.Popen(
        (str(_environment(home)), *command), env=kept | settings, cwd=home, stderr=sys.stderr
    )
    try:
        _wait(process, port)
        yield Tipg(process, port)
    finally:
        process.terminate()
        process.wait()
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(f"DROP TABLE {TABLE}".encode())


def _typed(srid: int, epsg: int, columns: str) -> str:
    lonlat = "ST_Transform(ST_SetSRID(label_3857, 3857), 4326)"
    typed = TYPED.format(table=TABLE, columns=columns, srid=srid, epsg=epsg)
    return typed.replace("label_lonlat", lonlat)


def _with_host(database_url: str) -> str:
    """Answer the same address with the socket's folder as the host, which tipg insists on."""
    parts = urlsplit(database_url)
    query = parse_qs(parts.query)
    if "host" not in query:
        return database_url
    (host,), (port,) = query["host"], query["port"]
    return f"postgresql://{parts.username}@{quote(host, safe='')}:{port}{parts.path}"


def _environment(home: Path) -> Path:
    """Answer the Python of tipg's environment, made at the first use."""
    name = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:8]
    folder = home / "made" / f"tipg-{name}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        sys.stderr.write("tipg: making its environment\n")
        subprocess.run((sys.executable, "-m", "venv", "--clear", str(folder)), check=True)
        install = (str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(LOCK))
        subprocess.run(install, check=True, stdout=sys.stderr)
        (folder / "ready").touch()
    return python


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    for _ in range(START_TRIES):
        with (
            contextlib.suppress(URLError, ConnectionError),
            urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5),
        ):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise RuntimeError(f"tipg ended with {process.wait(timeout=0.2)}")
    raise RuntimeError("tipg did not become ready")

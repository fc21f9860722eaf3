"""A published register for the measurements of tiles: its services, its places, its servers."""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray
from proofs.server import Server
from proofs.tile_truth import Place
from proofs.world import free_port
from sqlalchemy import text

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.config import Settings
from landgis.store.cluster import Cluster
from landgis.tiling.grid import HALF_WORLD_M

SAMPLED = 20_000
PLACES = text(
    "SELECT ST_X(label_3857), ST_Y(label_3857), fid FROM parcels WHERE NOT withheld "
    "ORDER BY hashint8(fid) LIMIT :most"
)


@dataclass(frozen=True)
class Register:
    """What is measured."""

    what: str
    url: str
    home: Path
    services: Services
    cluster: Cluster
    points: NDArray[np.float64]
    """``(n, 3)`` x, y in EPSG:3857 and fid of public parcels, in an order without order."""

    published_s: float

    @property
    def dsn(self) -> str:
        """Where the database is, for libpq."""
        return self.url.replace("postgresql+psycopg://", "postgresql://", 1)

    def srid(self) -> int:
        """Answer what PostGIS calls the storage plane."""
        with self.services.database.begin() as connection:
            query = text("SELECT ST_SRID(geom) FROM parcels LIMIT 1")
            srid: int = connection.execute(query).scalar_one()
        return srid

    def index_storage_plane(self) -> None:
        """Give the usual query the index that it lives by; ours is on the other plane."""
        with self.services.database.begin() as connection:
            connection.execute(text("CREATE INDEX usual_geom ON parcels USING gist (geom)"))
            connection.execute(text("ANALYZE parcels"))

    def places(self, zoom: int, count: int, skip: int = 0) -> list[Place]:
        """Answer distinct tiles, the likelier the more parcels they show."""
        side = 2 * HALF_WORLD_M / 2**zoom
        x = ((self.points[:, 0] + HALF_WORLD_M) / side).astype(int)
        y = ((HALF_WORLD_M - self.points[:, 1]) / side).astype(int)
        found = list(dict.fromkeys(zip(x.tolist(), y.tolist(), strict=True)))
        turned = found[skip % len(found) :] + found[: skip % len(found)]
        return [Place(zoom, *xy) for xy in turned[:count]]

    @contextlib.contextmanager
    def server(self, home: Path | None = None) -> Iterator[Server]:
        """Start a server; without a home with an empty tile store, that is gone afterwards."""
        own = home or self.home / f"server-{uuid4().hex[:8]}"
        settings = {
            "LANDGIS_DATABASE_URL": self.dsn,
            "LANDGIS_JURISDICTION": self.services.settings.jurisdiction,
        }
        server = Server(own, free_port(), settings, self.home / "server.log")
        try:
            server.start()
            yield server
        finally:
            server.kill()
            if home is None:
                shutil.rmtree(own, ignore_errors=True)

    def command(self, home: Path, *arguments: str) -> str:
        """Run a command of landgis on the register; answer what it prints."""
        env = os.environ | {
            "LANDGIS_HOME": str(home),
            "LANDGIS_DATABASE_URL": self.dsn,
            "LANDGIS_JURISDICTION": self.services.settings.jurisdiction,
        }
        argv = (sys.executable, "-m", "landgis", *arguments)
        done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 3):
            raise RuntimeError(done.stderr[-800:])
        return done.stdout


@contextlib.contextmanager
def published(what: str, path: Path, jurisdiction: str, *options: str) -> Iterator[Register]:
    """Import and publish a file into a database of its own; nothing is left of it."""
    cluster = Cluster(Settings.from_env().home)
    cluster.ensure_running()
    name = f"bench{uuid4().hex[:8]}"
    url = cluster.create_database(name)
    home = Settings.from_env().home / "made" / name
    home.mkdir(parents=True)
    settings = replace(
        Settings.from_env({}), home=home, database_url=url, jurisdiction=jurisdiction
    )
    services = bootstrap.build(settings)
    made = Register(what, url, home, services, cluster, np.empty((0, 3)), 0.0)
    try:
        sys.stderr.write(f"{what}: publishing\n")
        begin = perf_counter()
        made.command(home, "import", str(path), *options, "--publish")
        seconds = perf_counter() - begin
        with services.database.begin() as connection:
            rows = connection.execute(PLACES, {"most": SAMPLED}).all()
            connection.execute(text("ANALYZE"))
        points = np.array([tuple(row) for row in rows], dtype=np.float64)
        yield replace(made, points=points, published_s=seconds)
    finally:
        services.close()
        cluster.drop_database(name)
        shutil.rmtree(home, ignore_errors=True)

"""The only place that builds engines, repositories and services."""

from dataclasses import dataclass

from landgis.cadastre import jurisdiction as jurisdictions
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.config import Settings
from landgis.jobs.queue import JobQueue
from landgis.services.access import AccessService
from landgis.services.deployment import DeploymentService
from landgis.services.load import LoadService
from landgis.services.publish import PublishService
from landgis.services.query import QueryService
from landgis.services.tiles import TileService
from landgis.store import migrate
from landgis.store.cluster import Cluster
from landgis.store.database import WEB_TIMEOUT_MS, Database
from landgis.store.history import HistoryStore
from landgis.store.keys import KeyStore
from landgis.store.parcels import ParcelStore
from landgis.store.setup import SetupStore
from landgis.store.staging import StagingStore
from landgis.store.tiles import TileStore
from landgis.tiling import layers


@dataclass(frozen=True)
class Services:
    """Every story, built on one database."""

    settings: Settings
    jurisdiction: Jurisdiction
    database_url: str
    database: Database
    deployments: DeploymentService
    load: LoadService
    publish: PublishService
    query: QueryService
    tiles: TileService
    access: AccessService
    queue: JobQueue

    def close(self) -> None:
        """Give every connection back."""
        self.queue.close()
        self.database.dispose()

    def ready(self) -> None:
        """Raise ``Unavailable`` unless the database answers with the present schema."""
        self.database.ping()
        migrate.require_head(self.database)


def database_url(settings: Settings) -> str:
    """Answer where the database is, starting the private cluster when it is ours."""
    return settings.database_url or Cluster(settings.home).ensure_running()


def load_jurisdiction(settings: Settings) -> Jurisdiction:
    """Answer the jurisdiction of the settings."""
    return jurisdictions.load(jurisdictions.find(settings.jurisdiction))


def build(settings: Settings, *, for_web: bool = False) -> Services:
    """Open the database, bring it up to date and wire the services to it.

    Parameters
    ----------
    for_web
        Bound every statement in time; imports and publications are not bounded.
    """
    url = database_url(settings)
    jurisdiction = load_jurisdiction(settings)
    database = Database(url, statement_timeout_ms=WEB_TIMEOUT_MS if for_web else 0)
    try:
        return _wire(settings, url, database, jurisdiction)
    except BaseException:
        database.dispose()
        raise


def _wire(settings: Settings, url: str, database: Database, jurisdiction: Jurisdiction) -> Services:
    migrate.upgrade(database)
    staging, parcels = StagingStore(database), ParcelStore(database)
    deployments = DeploymentService(SetupStore(database), parcels, jurisdiction)
    deployments.prepare()
    return Services(
        settings=settings,
        jurisdiction=jurisdiction,
        database_url=url,
        database=database,
        deployments=deployments,
        load=LoadService(staging, parcels, deployments, jurisdiction),
        publish=PublishService(staging, HistoryStore(database), deployments, jurisdiction),
        query=QueryService(parcels, deployments),
        tiles=TileService(
            layers.load(settings.tiles_dir), TileStore(database), parcels, jurisdiction
        ),
        access=AccessService(KeyStore(database)),
        queue=JobQueue(url),
    )

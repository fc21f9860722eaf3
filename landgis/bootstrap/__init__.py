"""The only place that builds engines, repositories and services."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from landgis.bootstrap import questions
from landgis.bootstrap.tiles import MapTiles, map_tiles
from landgis.cadastre import jurisdiction as jurisdictions
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.config import Settings
from landgis.services.access import AccessService
from landgis.services.batch_rows import BatchRows, batch_rows
from landgis.services.certificates import CertificateService
from landgis.services.deployment import DeploymentService
from landgis.services.editing import Editing, editing
from landgis.services.editing.ports import EditingStores
from landgis.services.feed.service import FeedService
from landgis.services.findings import FindingService
from landgis.services.fix_plan import FixPlanning
from landgis.services.fix_proposal import FixProposalService
from landgis.services.fix_verdict import FixVerdict
from landgis.services.fixing import FixService
from landgis.services.history import HistoryService
from landgis.services.identifying import Identifying, IdentifyingStores, identifying
from landgis.services.load import LoadService
from landgis.services.memory import MemoryService
from landgis.services.ogc.features import FeatureService
from landgis.services.parcel_lists import ParcelListService
from landgis.services.people.accounts import AccountService
from landgis.services.people.passwords import Passwords
from landgis.services.people.sign_in import SignInService
from landgis.services.ports import AtHand
from landgis.services.publish import PublishService
from landgis.services.query import QueryService
from landgis.services.retrying import Retrying
from landgis.services.searching.service import SearchService
from landgis.services.unit_layers import UnitLayerService
from landgis.services.uploads import UploadService
from landgis.services.verify import VerifyService
from landgis.store import migrate
from landgis.store.accounts import AccountStore
from landgis.store.answers import AnswerStore
from landgis.store.cluster import Cluster
from landgis.store.database import WEB_TIMEOUT_MS, Database
from landgis.store.documents import DocumentStore
from landgis.store.drafts import DraftStore
from landgis.store.features import FeatureStore
from landgis.store.feed import FeedStore
from landgis.store.findings import FindingStore
from landgis.store.fixes import FixStore
from landgis.store.history import HistoryStore
from landgis.store.identifiers import IdentifierStore
from landgis.store.keys import KeyStore
from landgis.store.live_ground import LiveGroundStore
from landgis.store.mappings import MappingStore
from landgis.store.mends import MendStore
from landgis.store.numbers import NumberStore
from landgis.store.parcels import ParcelStore
from landgis.store.past import PastStore
from landgis.store.placed import PlacedStore
from landgis.store.search import SearchStore
from landgis.store.sessions import SessionStore
from landgis.store.setup import SetupStore
from landgis.store.staging import StagingStore
from landgis.store.surveyed import SurveyedStore
from landgis.store.verify import TruthStore
from landgis.tiling import bands

if TYPE_CHECKING:
    from landgis.jobs.queue import JobQueue
    from landgis.services.images import Images


@dataclass(frozen=True, kw_only=True)
class Services(MapTiles):
    """Every story, built on one database."""

    settings: Settings
    jurisdiction: Jurisdiction
    database_url: str
    database: Database
    deployments: DeploymentService
    load: LoadService
    findings: FindingService
    fixing: FixService
    fix_proposals: FixProposalService
    unit_layers: UnitLayerService
    publish: PublishService
    rows: BatchRows
    query: QueryService
    search: SearchService
    features: FeatureService
    history: HistoryService
    parcel_lists: ParcelListService
    feed: FeedService
    verify: VerifyService
    access: AccessService
    accounts: AccountService
    sign_in: SignInService
    editing: Editing
    identifiers: Identifying
    certificates: CertificateService
    answers: AnswerStore
    uploads: UploadService

    @cached_property
    def queue(self) -> "JobQueue":
        """Answer the queue of jobs, which most commands do not need."""
        from landgis.jobs.queue import JobQueue  # a third of a command's start

        return JobQueue(self.database_url)

    @cached_property
    def images(self) -> "Images":
        """Answer the stories of images, which the server and few commands need."""
        from landgis.services.images import images
        from landgis.store.rasters import RasterStore

        store, surveyed = RasterStore(self.database), SurveyedStore(self.database)
        folder, told = self.settings.rasters_dir, (self.deployments, self.jurisdiction)
        return images(folder, store, surveyed, self.query, *told)

    def close(self) -> None:
        """Give every connection back."""
        if "queue" in self.__dict__:
            self.queue.close()
        self.answers.close()
        self.tile_store.close()
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
    query, told = QueryService(parcels, deployments), (deployments, jurisdiction)
    load = _loads(database, staging, parcels, deployments, jurisdiction)
    editing_stores, accounts = _editing_stores(database), AccountStore(database)
    stories, passwords = editing(editing_stores, deployments, jurisdiction), Passwords()
    history = HistoryService(PastStore(database), query, jurisdiction)
    features = FeatureService(FeatureStore(database), SurveyedStore(database), parcels, *told)
    return Services(
        **vars(map_tiles(settings, url, database, jurisdiction, features)),
        settings=settings,
        jurisdiction=jurisdiction,
        database_url=url,
        database=database,
        deployments=deployments,
        load=load,
        findings=FindingService(load, FindingStore(database)),
        fixing=_fixing(database, editing_stores, load, deployments, jurisdiction),
        fix_proposals=_fix_proposals(database, editing_stores, load, stories, jurisdiction),
        publish=PublishService(staging, editing_stores.history, *told, editing_stores.mends),
        rows=batch_rows(editing_stores, load, stories, deployments, jurisdiction),
        unit_layers=UnitLayerService(SetupStore(database), jurisdiction),
        query=query,
        search=SearchService(SearchStore(database), query, jurisdiction),
        features=features,
        history=history,
        parcel_lists=questions.parcel_lists(database, query, history, jurisdiction),
        certificates=questions.certificates(database, history, *told),
        identifiers=_identifying(editing_stores, history, deployments, jurisdiction),
        feed=FeedService(FeedStore(database), jurisdiction),
        verify=VerifyService(TruthStore(database), deployments, jurisdiction),
        access=AccessService(KeyStore(database)),
        accounts=AccountService(accounts, passwords, _units_in_force(jurisdiction)),
        sign_in=SignInService(accounts, SessionStore(database), passwords),
        editing=stories,
        answers=AnswerStore(Database(url)),
        uploads=UploadService(settings.uploads_dir / "arriving", settings.upload_limit_bytes),
    )


def _loads(
    database: Database,
    staging: StagingStore,
    parcels: ParcelStore,
    deployments: DeploymentService,
    jurisdiction: Jurisdiction,
) -> LoadService:
    return LoadService(
        staging,
        parcels,
        deployments,
        jurisdiction,
        MemoryService(MappingStore(database), jurisdiction),
        AtHand(PlacedStore(database), LiveGroundStore(database)),
    )


def _fix_proposals(
    database: Database,
    stores: EditingStores,
    load: LoadService,
    stories: Editing,
    jurisdiction: Jurisdiction,
) -> FixProposalService:
    return FixProposalService(
        FixStore(database),
        FindingStore(database),
        load,
        stores.surveyed,
        stores.drafts,
        stories.drafts,
        jurisdiction,
    )


def _fixing(
    database: Database,
    stores: EditingStores,
    load: LoadService,
    deployments: DeploymentService,
    jurisdiction: Jurisdiction,
) -> FixService:
    store, mends, staging = FixStore(database), stores.mends, stores.staging
    retrying = Retrying(mends, staging, stores.surveyed, stores.ground, jurisdiction)
    return FixService(
        store,
        mends,
        FindingStore(database),
        load,
        FixPlanning(store, mends, staging, stores.surveyed, jurisdiction),
        FixVerdict(staging, retrying, deployments),
    )


def _identifying(
    stores: EditingStores,
    history: HistoryService,
    deployments: DeploymentService,
    jurisdiction: Jurisdiction,
) -> Identifying:
    used = IdentifyingStores(stores.identifiers, stores.surveyed, stores.past)
    return identifying(used, history, deployments, jurisdiction)


def _editing_stores(database: Database) -> EditingStores:
    return EditingStores(
        drafts=DraftStore(database),
        documents=DocumentStore(database),
        numbers=NumberStore(database),
        surveyed=SurveyedStore(database),
        past=PastStore(database),
        parcels=ParcelStore(database),
        history=HistoryStore(database, bands.draw),
        staging=StagingStore(database),
        mends=MendStore(database),
        ground=LiveGroundStore(database),
        identifiers=IdentifierStore(database),
    )


def _units_in_force(jurisdiction: Jurisdiction) -> frozenset[str]:
    return frozenset(unit.code for unit in jurisdiction.units if unit.valid_to is None)

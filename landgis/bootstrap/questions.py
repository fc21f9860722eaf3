"""Builds the stories that answer questions about parcels, page by page or by a paper in hand."""

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.services.certificates import CertificateService, today_in
from landgis.services.deployment import DeploymentService
from landgis.services.history import HistoryService
from landgis.services.identifying.named import NamedParcels
from landgis.services.parcel_lists import ParcelListService
from landgis.services.query import QueryService
from landgis.store.certificates import CertificateStore
from landgis.store.database import Database
from landgis.store.identifiers import IdentifierStore
from landgis.store.parcel_lists import ParcelListStore
from landgis.store.past_states import PastStateStore


def parcel_lists(
    database: Database, query: QueryService, history: HistoryService, jurisdiction: Jurisdiction
) -> ParcelListService:
    """Answer the story of lists of parcels."""
    states = PastStateStore(database, jurisdiction.withheld_uses)
    return ParcelListService(ParcelListStore(database), states, query, history, jurisdiction)


def certificates(
    database: Database,
    history: HistoryService,
    deployments: DeploymentService,
    jurisdiction: Jurisdiction,
) -> CertificateService:
    """Answer the story of certificates."""
    named = NamedParcels(IdentifierStore(database), deployments)
    today = today_in(jurisdiction.time_zone)
    return CertificateService(CertificateStore(database), named, history, today)

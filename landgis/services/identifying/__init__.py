"""National identifiers in the register: given, explained, verified; wired together here."""

from dataclasses import dataclass

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.services.deployment import DeploymentService
from landgis.services.history import HistoryService
from landgis.services.identifying.checking import CheckingService
from landgis.services.identifying.explaining import ExplainingService
from landgis.services.identifying.giving import GivingService
from landgis.services.identifying.issuing import IssuingService
from landgis.services.identifying.named import NamedParcels
from landgis.services.identifying.once import FormerPlaces
from landgis.services.identifying.ports import Identifiers
from landgis.services.identifying.verifying import VerifyingService
from landgis.services.past_ports import Past
from landgis.services.ports import Surveyed


@dataclass(frozen=True)
class Identifying:
    """Everything that is done with the national identifiers of the register."""

    giving: GivingService
    explaining: ExplainingService
    verifying: VerifyingService
    issuing: IssuingService
    checking: CheckingService


@dataclass(frozen=True)
class IdentifyingStores:
    """What of the store these stories use."""

    identifiers: Identifiers
    surveyed: Surveyed
    past: Past


def identifying(
    stores: IdentifyingStores,
    history: HistoryService,
    deployments: DeploymentService,
    jurisdiction: Jurisdiction,
) -> Identifying:
    """Answer the stories of identifiers on a store."""
    named = NamedParcels(stores.identifiers, deployments)
    former = FormerPlaces(stores.identifiers, stores.past, jurisdiction)
    verifying = VerifyingService(named, former, jurisdiction)
    return Identifying(
        giving=GivingService(stores.identifiers, stores.surveyed, deployments, jurisdiction),
        explaining=ExplainingService(stores.identifiers, named, verifying, history, jurisdiction),
        verifying=verifying,
        issuing=IssuingService(stores.identifiers, verifying),
        checking=CheckingService(stores.identifiers, named, jurisdiction),
    )

"""The stories of drafts, wired together."""

from dataclasses import dataclass

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.services.attributes import AttributeService
from landgis.services.deployment import DeploymentService
from landgis.services.editing.approvals import ApprovalService
from landgis.services.editing.batch_undo import BatchUndoService
from landgis.services.editing.drafting import DraftService
from landgis.services.editing.ports import EditingStores
from landgis.services.editing.previews import PreviewService
from landgis.services.editing.resending import ResendService
from landgis.services.editing.showing import DraftShowing
from landgis.services.editing.surroundings import SurroundingsService


@dataclass(frozen=True)
class Editing:
    """Everything that people do with drafts."""

    drafts: DraftService
    previews: PreviewService
    approvals: ApprovalService
    surroundings: SurroundingsService
    resends: ResendService
    batch_undo: BatchUndoService
    attributes: AttributeService


def editing(
    stores: EditingStores, deployments: DeploymentService, jurisdiction: Jurisdiction
) -> Editing:
    """Answer the stories of drafts on a store."""
    showing = DraftShowing(stores, deployments, jurisdiction)
    return Editing(
        drafts=DraftService(stores, showing),
        previews=PreviewService(stores, showing),
        approvals=ApprovalService(stores, showing, deployments, jurisdiction),
        surroundings=SurroundingsService(stores, showing),
        resends=ResendService(stores, showing),
        batch_undo=BatchUndoService(stores, showing),
        attributes=AttributeService(stores, showing, jurisdiction),
    )

"""The stories of a batch's rows, wired together."""

from dataclasses import dataclass

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.services.deployment import DeploymentService
from landgis.services.editing import Editing
from landgis.services.editing.ports import EditingStores
from landgis.services.late_proposal import LateProposalService
from landgis.services.late_rows import LateRowService, Sifting
from landgis.services.load import LoadService
from landgis.services.mending import MendService
from landgis.services.retrying import Retrying
from landgis.services.rows import RowService


@dataclass(frozen=True)
class BatchRows:
    """Everything that people do with the rows of a batch."""

    reading: RowService
    mending: MendService
    late: LateRowService
    proposals: LateProposalService


def batch_rows(
    stores: EditingStores,
    loads: LoadService,
    editing: Editing,
    deployments: DeploymentService,
    jurisdiction: Jurisdiction,
) -> BatchRows:
    """Answer the stories of rows on a store."""
    mends, staging = stores.mends, stores.staging
    retrying = Retrying(mends, staging, stores.surveyed, stores.ground, jurisdiction)
    sifting = Sifting(mends, stores.surveyed, loads, deployments, retrying)
    return BatchRows(
        reading=RowService(loads, staging, mends),
        mending=MendService(mends, staging, retrying, loads, deployments, jurisdiction),
        late=LateRowService(
            sifting, stores.past, stores.history, deployments, jurisdiction, retrying
        ),
        proposals=LateProposalService(sifting, stores.drafts, editing.drafts),
    )

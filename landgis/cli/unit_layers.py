"""``--as units``: what ``landgis import`` and ``landgis validate`` do with outlines of units."""

from pathlib import Path

from landgis.bootstrap import Services
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cli.principal import local_principal
from landgis.documents.shown import ImportReport
from landgis.ingest.archive import OpenedSource
from landgis.ingest.evidence import Choices
from landgis.services.ports import Progress
from landgis.services.unit_layers import examine_units


def examined(
    opened: OpenedSource,
    workdir: Path,
    choices: Choices,
    tell: Progress,
    *,
    jurisdiction: Jurisdiction,
) -> tuple[ImportReport, str]:
    """Examine a layer of units and write nothing."""
    found = examine_units(opened, workdir, choices, jurisdiction, tell)
    return found.report(local_principal(), "examined"), "examined as units, nothing written"


def taken(
    opened: OpenedSource,
    workdir: Path,
    choices: Choices,
    tell: Progress,
    *,
    services: Services,
    publish: bool,
) -> tuple[ImportReport, str]:
    """Examine a layer of units; ``publish`` shows its outlines from now on."""
    by = local_principal()
    found = examine_units(opened, workdir, choices, services.jurisdiction, tell)
    if not publish:
        return found.report(by, "examined"), "examined as units; --publish shows these outlines"
    services.unit_layers.take(found, by)
    return found.report(by, "published"), "units shown with these outlines"

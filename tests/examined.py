"""Files looked at without a database."""

from pathlib import Path

from landgis.cadastre import jurisdiction
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices
from landgis.services.examine import Examined, examine, work_folder
from landgis.services.ports import silent


def examined(path: Path, choices: Choices | None = None, code: str = "generic") -> Examined:
    """Everything about a file, in a jurisdiction, with no register at hand."""
    rules = jurisdiction.load(jurisdiction.find(code))
    with work_folder() as workdir:
        opened = open_source(path, workdir)
        return examine(
            opened, workdir, choices or Choices(), rules, deployment=None, progress=silent
        )

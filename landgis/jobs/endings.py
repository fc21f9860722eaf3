"""How the work of a worker may end."""

import shutil
from pathlib import Path

from landgis.errors import LandgisError, Unavailable


def is_lost(error: LandgisError) -> bool:
    """Answer whether the database went away: nothing is settled, the job is to be begun again."""
    return error.code == "database_unavailable"


def internal(file_name: str) -> Unavailable:
    """Answer what is said of a fault of ours."""
    return Unavailable("internal", f"landgis failed on {file_name}; the worker's log says where")


def discard(upload: Path) -> None:
    """Remove an upload with the folder it has to itself."""
    shutil.rmtree(upload.parent, ignore_errors=True)

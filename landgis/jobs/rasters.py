"""What the worker does with images that were handed in over HTTP."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from landgis.cadastre.rasters import Asked
from landgis.cadastre.register import Principal
from landgis.errors import LandgisError
from landgis.jobs.endings import discard, internal, is_lost
from landgis.services.rasters import RasterService


def run_raster(
    service: RasterService,
    job_id: UUID,
    path: Path,
    asked: Mapping[str, Any],
    author: str,
    file_name: str,
) -> None:
    """Register a stored image; why that is not possible is said on its job, and the file goes.

    Safe to repeat: the same file under the same name is there already.

    Raises
    ------
    Unavailable
        ``database_unavailable``: nothing is settled; the job is to be begun again.
    """
    by = Principal.holding(author, {"import"})
    if path.exists():  # else an attempt before this one has done it
        try:
            service.register(path, Asked(**asked), by, file_name)
            service.settle(job_id, None)
        except LandgisError as error:
            if is_lost(error):
                raise
            service.settle(job_id, error)
        except Exception:
            service.settle(job_id, internal(file_name))
            raise
    discard(path)

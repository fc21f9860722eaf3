"""The stories of images, built together on one folder of pixels."""

from pathlib import Path
from typing import NamedTuple

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.services.deployment import DeploymentService
from landgis.services.ports import Surveyed
from landgis.services.query import QueryService
from landgis.services.raster_pictures import PictureFolder
from landgis.services.raster_ports import Rasters
from landgis.services.raster_tiles import RasterTileService
from landgis.services.rasters import RasterService


class Images(NamedTuple):
    """Which images there are, and their tiles."""

    rasters: RasterService
    tiles: RasterTileService


def images(
    folder: Path,
    store: Rasters,
    surveyed: Surveyed,
    query: QueryService,
    deployments: DeploymentService,
    jurisdiction: Jurisdiction,
) -> Images:
    """Answer the stories of the images whose pixels lie in ``folder``."""
    pictures = PictureFolder(folder)
    rasters = RasterService(store, deployments, jurisdiction, pictures)
    return Images(rasters, RasterTileService(rasters, pictures, query, surveyed))

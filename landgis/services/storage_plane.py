"""Which plane a deployment stores its parcels in."""

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import ParcelSet
from landgis.services.derive import extent_lonlat


def storage_for(parcels: ParcelSet, jurisdiction: Jurisdiction) -> int:
    """Answer the EPSG code of the storage plane that these parcels would fix, as the first ones.

    The jurisdiction's, where it names one; the parcels' own plane when it is projected; else the
    UTM zone of their middle.
    """
    if jurisdiction.storage_epsg is not None:
        return jurisdiction.storage_epsg
    extent = extent_lonlat(parcels)
    if not geodesy.plane(parcels.survey_epsg).is_geographic or extent is None:
        return parcels.survey_epsg
    west, south, east, north = extent
    return geodesy.utm_epsg((west + east) / 2, (south + north) / 2)

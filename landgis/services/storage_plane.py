"""Which plane a deployment stores its parcels in."""

import numpy as np

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import ParcelSet
from landgis.services.derive import extents_lonlat


def storage_for(parcels: ParcelSet, jurisdiction: Jurisdiction) -> int:
    """Answer the EPSG code of the storage plane that these parcels would fix, as the first ones.

    The jurisdiction's, where it names one; the parcels' own plane when it is projected; else the
    UTM zone of the median parcel.
    """
    if jurisdiction.storage_epsg is not None:
        return jurisdiction.storage_epsg
    extents = extents_lonlat(parcels)
    extents = extents[np.isfinite(extents).all(axis=1)]
    if not geodesy.plane(parcels.survey_epsg).is_geographic or not len(extents):
        return parcels.survey_epsg
    # The median parcel: one stray, or an archipelago across the antimeridian, moves it little.
    west, south, east, north = np.median(extents, axis=0)
    return geodesy.utm_epsg(float(west + east) / 2, float(south + north) / 2)

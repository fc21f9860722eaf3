"""What follows from surveyed parcels: other planes, label points, areas, keys; all rebuildable."""

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import Column, ParcelSet
from landgis.cadastre.register import Derived
from landgis.cadastre.rules import identity_keys
from landgis.tiling.snapping import oriented, snap_zooms


def derive(
    parcels: ParcelSet,
    storage_epsg: int,
    jurisdiction: Jurisdiction,
    identity_fields: tuple[str, ...],
) -> Derived:
    """Answer the derived columns of valid, non-empty parcels."""
    survey = parcels.survey_epsg
    mercator = _drawable(geodesy.transform(parcels.geom, survey, geodesy.WEB_MERCATOR))
    main_use = np.array([s[0].code if s else None for s in parcels.land_uses], dtype=object)
    hidden = jurisdiction.withheld_uses
    withheld = np.array(
        [any(share.code in hidden for share in shares) for shares in parcels.land_uses], dtype=bool
    )
    return Derived(
        geom=geodesy.transform(parcels.geom, survey, storage_epsg),
        geom_3857=mercator,
        label_3857=shapely.point_on_surface(mercator),
        snap_zoom=snap_zooms(mercator),
        # Legal areas are rounded to 0.1 m². Source: Circular 25/2014/TT-BTNMT (domain B1), class A.
        area_m2=np.round(geodesy.area_m2(parcels.geom, survey), 1),
        identity_key=identity_keys(parcels, identity_fields),
        withheld=withheld,
        main_use=main_use,
        extent_lonlat=extent_lonlat(parcels, ~withheld),
    )


def extent_lonlat(
    parcels: ParcelSet, shown: NDArray[np.bool_]
) -> tuple[float, float, float, float] | None:
    """Answer west, south, east, north in degrees of the parcels that are shown, None for none."""
    boxes = extents_lonlat(parcels)[shown]
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if not len(boxes):
        return None
    west, south = boxes[:, :2].min(axis=0)
    east, north = boxes[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def extents_lonlat(parcels: ParcelSet) -> NDArray[np.float64]:
    """Answer ``(n, 4)`` west, south, east, north per parcel in degrees, NaN where there is none.

    The corners of the bounding box in the survey plane are transformed: near enough to tell where
    a parcel lies, not to measure.
    """
    box = shapely.bounds(parcels.geom)
    corners = [(0, 1), (2, 1), (2, 3), (0, 3)]
    lon, lat = zip(
        *(
            geodesy.transform_xy(box[:, i], box[:, j], parcels.survey_epsg, geodesy.LONLAT)
            for i, j in corners
        ),
        strict=True,
    )
    extents = np.column_stack(
        [np.min(lon, axis=0), np.min(lat, axis=0), np.max(lon, axis=0), np.max(lat, axis=0)]
    )
    extents[~np.isfinite(extents).all(axis=1)] = np.nan
    return extents


def _drawable(mercator: Column) -> Column:
    """Make the picture of a valid parcel valid again where rounding in the other plane broke it.

    Only tiles see this geometry, so its rings run as tiles want them. The structure method is fast
    where the other one takes minutes.
    """
    broken = ~shapely.is_valid(mercator)
    if broken.any():
        mercator = mercator.copy()
        mended = shapely.make_valid(mercator[broken], method="structure", keep_collapsed=False)
        mercator[broken] = mended
    return oriented(mercator)

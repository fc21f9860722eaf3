"""The one room that transforms coordinates, by pinned operations and never by a default.

PROJ's default VN-2000 -> WGS 84 operation changes at 11.04°N and tears Tây Ninh by 0.80 m, so
every plane names the single pipeline that takes it to WGS 84, and all transformations are built
from these. A house test forbids every other way: ``from_crs``, ``to_crs``, ``ST_Transform``,
``ogr2ogr -t_srs``.
"""

from landgis.geodesy.planes import (
    LONLAT,
    VN2000_MERIDIANS,
    WEB_MERCATOR,
    Plane,
    epsg_of,
    is_north_first,
    own_srid_rows,
    plane,
    srid,
)
from landgis.geodesy.recognise import identify, projjson, utm_epsg
from landgis.geodesy.transform import (
    area_m2,
    mercator_pipeline,
    metres_per_unit,
    transform,
    transform_xy,
)

__all__ = [
    "LONLAT",
    "VN2000_MERIDIANS",
    "WEB_MERCATOR",
    "Plane",
    "area_m2",
    "epsg_of",
    "identify",
    "is_north_first",
    "mercator_pipeline",
    "metres_per_unit",
    "own_srid_rows",
    "plane",
    "projjson",
    "srid",
    "transform",
    "transform_xy",
    "utm_epsg",
]

"""A parcel that lies beyond the territory of the register: wrong coordinates or wrong file."""

from collections.abc import Iterator

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.placed import on_row

RULE = Rule(
    code="geometry.outside_jurisdiction",
    severity="error",
    title={"vi": "Thửa đất nằm ngoài địa bàn", "en": "Parcel outside the territory"},
    remedy={
        "vi": "Kiểm tra tọa độ và hệ tọa độ (kinh tuyến trục) của tệp gốc.",
        "en": "Check the coordinates and the coordinate system (meridian) of the source file.",
    },
)

FILE_RULE = Rule(
    code="dataset.outside_deployment",
    severity="block",
    title={"vi": "Tệp nằm ngoài địa bàn", "en": "File outside the territory"},
    remedy={
        "vi": "Chọn lại hệ tọa độ (--crs) hoặc kiểm tra thứ tự trục X, Y.",
        "en": "Choose another coordinate system (--crs), or check the order of the X and Y axes.",
    },
)

RULES = (RULE, FILE_RULE)

WHOLE_FILE_SHARE = 0.5
"""Above this share of rows outside, the file as a whole is in the wrong place."""


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find parcels whose extent reaches beyond the territory."""
    placed: NDArray[np.bool_] = np.asarray(np.isfinite(context.extent_lonlat).all(axis=1))
    present = ~(shapely.is_missing(parcels.geom) | shapely.is_empty(parcels.geom))
    outside = np.asarray(present & ~(placed & _inside(context, placed)))
    for i in np.flatnonzero(outside):
        row, territory = parcels.row[i], context.territory_name
        message = {
            "vi": f"Dòng {row} nằm ngoài {territory}.",
            "en": f"Row {row} lies outside {territory}.",
        }
        yield on_row(RULE, parcels, int(i), context, message)


def _inside(context: RuleContext, placed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    territory = context.territory_lonlat
    shapely.prepare(territory)
    west, south, east, north = context.extent_lonlat.T
    inside = placed.copy()
    for lon, lat in ((west, south), (east, north), ((west + east) / 2, (south + north) / 2)):
        inside &= shapely.contains_xy(territory, np.nan_to_num(lon), np.nan_to_num(lat))
    return inside


def whole_file(count: int, present: int, rows: int, context: RuleContext) -> Finding | None:
    """Answer that a file lies outside when most of its parcels do, None when they do not.

    Parameters
    ----------
    count, present, rows
        Rows that lie outside, rows with a geometry, all rows.
    """
    if not present or count / present <= WHOLE_FILE_SHARE:
        return None
    return Finding(
        rule=FILE_RULE,
        outcome="fail",
        message={
            "vi": f"{count} trong {rows} thửa nằm ngoài {context.territory_name}: "
            f"hệ tọa độ EPSG:{context.survey_epsg} có thể sai.",
            "en": f"{count} of {rows} parcels lie outside {context.territory_name}: "
            f"the coordinate system EPSG:{context.survey_epsg} may be wrong.",
        },
        measured=count / rows,
        limit=WHOLE_FILE_SHARE,
        unit="share",
    )

"""Fixes as JSON: every touched parcel before and after, with its areas."""

from collections.abc import Mapping
from typing import Any

import orjson
import shapely

from landgis import geodesy
from landgis.cadastre.fixes import Fix, FixedParcel
from landgis.cadastre.fixes.record import FixRecord
from landgis.cadastre.mends import StagedRow
from landgis.services.fix_plan import Offered
from landgis.services.fixing import Made, Preview
from landgis.web.row_render import tried_json

DEGREE_DECIMALS = 9
"""0.1 mm, so that rounding adds nothing to the survey's own error."""

AREA_DECIMALS = 3
"""The largest hairline changes an area by less than the tenth in which areas are told."""

MOVED_DECIMALS = 4

Document = dict[str, Any]


def preview_json(preview: Preview, epsg: int) -> Document:
    """Answer a fix as it would be, or why it is none."""
    offered = preview.offered
    if offered.fix is None:
        return refusal_json(offered)
    return {
        **_head(offered),
        **_measures(offered.fix),
        "rows": [_parcel(change, preview.rows, epsg) for change in offered.fix.changes],
        "then": [tried_json(tried) for tried in preview.tried],
    }


def refusal_json(offered: Offered) -> Document:
    """Answer why there is no fix."""
    refusal = offered.refusal
    why = None if refusal is None else {"code": refusal.code, "detail": refusal.message}
    data = {} if refusal is None else refusal.data
    return {**_head(offered), "refused": None if why is None else {**why, **data}}


def record_json(record: FixRecord) -> Document:
    """Answer a fix that was made, or what takes one back."""
    return {
        "fix_id": str(record.fix_id),
        "finding_id": record.finding_id,
        "rule": record.rule,
        "kind": record.kind,
        "by": record.by,
        "reason": record.reason,
        "at": record.at.isoformat() if record.at else None,
        "moved_m": round(record.moved_m, MOVED_DECIMALS),
        "rows": [
            {
                "row": row.row,
                "version": row.version,
                "area_before_m2": round(row.area_before_m2, AREA_DECIMALS),
                "area_after_m2": round(row.area_after_m2, AREA_DECIMALS),
                "difference_m2": round(row.area_after_m2 - row.area_before_m2, AREA_DECIMALS),
            }
            for row in record.rows
        ],
        "undoes": str(record.undoes) if record.undoes else None,
        "undone_by": str(record.undone_by) if record.undone_by else None,
    }


def made_json(made: Made) -> Document:
    """Answer what was done, or would be."""
    return {
        "fixes": [record_json(record) for record in made.fixes],
        "refused": [refusal_json(offered) for offered in made.refused],
        "rows": [tried_json(tried) for tried in made.tried],
        "left": made.left,
        "counts": made.batch.counts.as_dict(),
    }


def _head(offered: Offered) -> Document:
    return {
        "finding_id": offered.finding["id"],
        "rule": offered.finding["rule"],
        "kind": offered.kind,
    }


def _measures(fix: Fix) -> Document:
    return {"moved_m": round(fix.moved_m, MOVED_DECIMALS)}


def _parcel(change: FixedParcel, rows: Mapping[int, StagedRow], epsg: int) -> Document:
    row = rows[int(change.name)]
    return {
        "row": row.row,
        "state": row.state,
        "version": row.version,
        "area_before_m2": round(change.area_before_m2, AREA_DECIMALS),
        "area_after_m2": round(change.area_after_m2, AREA_DECIMALS),
        "difference_m2": round(change.difference_m2, AREA_DECIMALS),
        "before": _lonlat(change.before, epsg),
        "after": _lonlat(change.after, epsg),
    }


def _lonlat(geom: Any, epsg: int) -> Document | None:
    """Answer a geometry as GeoJSON in degrees, None for none."""
    if geom is None:
        return None
    there = geodesy.transform(geom, epsg, geodesy.LONLAT)
    rounded = shapely.transform(there, lambda xy: xy.round(DEGREE_DECIMALS))
    document: Document = orjson.loads(shapely.to_geojson(rounded))
    return document

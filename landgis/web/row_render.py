"""Rows of a batch as JSON values."""

from base64 import b64encode
from typing import Any

import shapely

from landgis.cadastre.mends import FACTS, Mend, StagedRow, Tried
from landgis.services.mended_values import as_json
from landgis.services.rows import RowHistory, ShownRow


def row_json(shown: ShownRow) -> dict[str, Any]:
    """Answer a row with its columns as found."""
    return {**staged_json(shown.row), "attributes": shown.attributes}


def staged_json(row: StagedRow) -> dict[str, Any]:
    """Answer a row as it is understood."""
    return {
        "row": row.row,
        "state": row.state,
        "reasons": list(row.reasons),
        "version": row.version,
        "values": {name: as_json(row.facts[name]) for name in FACTS},
    }


def history_json(history: RowHistory) -> dict[str, Any]:
    """Answer a row with its geometry and everything that happened to it."""
    shown, epsg = history.shown, history.batch.survey_epsg
    record = shown.record
    return {
        **row_json(shown),
        "record": None if record is None else b64encode(record).decode(),
        "crs": f"EPSG:{epsg}",
        "geometry": _geometry(shown.row.wkb),
        "findings": list(history.findings),
        "mends": [_mend(mend) for mend in history.mends],
        "retries": [tried_json(tried) for tried in history.tries],
    }


def _geometry(wkb: bytes | None) -> Any:
    """Answer a geometry as GeoJSON in its survey plane; what cannot be built as its bytes."""
    if wkb is None:
        return None
    try:
        geom = shapely.from_wkb(wkb, on_invalid="ignore")
    except NotImplementedError:  # a curve inside a collection
        geom = None
    return {"wkb": b64encode(wkb).decode()} if geom is None else shapely.geometry.mapping(geom)


def _mend(mend: Mend) -> dict[str, Any]:
    return {
        "version": mend.version,
        "at": mend.at.isoformat() if mend.at else None,
        "by": mend.by,
        "reason": mend.reason,
        "before": dict(mend.before),
        "after": dict(mend.after),
        "geometry_before": _geometry(mend.wkb_before),
        "geometry_after": _geometry(mend.wkb_after),
    }


def tried_json(tried: Tried) -> dict[str, Any]:
    """Answer what became of a row that was examined again."""
    return {
        "row": tried.row,
        "state": "accepted" if tried.is_accepted else "quarantined",
        "reasons": list(tried.reasons),
        "findings": list(tried.findings),
        **({"at": tried.at.isoformat(), "by": tried.by} if tried.at else {}),
        **({"revision": tried.revision} if tried.revision else {}),
    }

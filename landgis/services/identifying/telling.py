"""Identifiers explained, as documents: what HTTP answers and ``--json`` prints."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from landgis import geodesy
from landgis.cadastre.identifier import PROCEDURE, drift, geohash
from landgis.cadastre.identifier.borne import Bearer, Borne
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.past import Ref
from landgis.services.history import ref_body
from landgis.services.identifying.explaining import Cell, Computed, Explained
from landgis.services.identifying.issuing import Issued
from landgis.services.identifying.verifying import Verified

DEGREES, METRES = 9, 4
"""Decimals that are told: 0.1 mm either way."""

NAMED = ("parcel_id", "fid", "unit_code", "sheet", "number")

OPERATION = "EPSG:6960"

SAID: Mapping[str, dict[str, str]] = {
    "point": {"vi": "Điểm đặc trưng đã cho.", "en": "The feature point as given."},
    "plane": {"vi": "Điểm đó trong {plane}.", "en": "The point in {plane}."},
    "lonlat": {
        "vi": "Chuyển sang kinh độ, vĩ độ WGS 84{by}.",
        "en": "Longitude and latitude, WGS 84{by}.",
    },
    "cell": {
        "vi": "Ô chứa điểm: kinh độ và vĩ độ chia đôi 30 lần.",
        "en": "The cell around it: longitude and latitude halved 30 times each.",
    },
    "code": {
        "vi": "60 bit xen kẽ, mỗi ký tự 5 bit: mã định danh.",
        "en": "Their 60 bits in turn, 5 to a character: the identifier.",
    },
    "centre": {
        "vi": "Giải mã: tâm ô và kích thước ô.",
        "en": "Decoded again: the middle of the cell, and its size.",
    },
    "distance": {
        "vi": "Khoảng cách từ điểm đến tâm ô.",
        "en": "From the point to the middle of the cell.",
    },
}


def computed_document(
    computed: Computed, jurisdiction: Jurisdiction, fields: Collection[str]
) -> dict[str, Any]:
    """Answer how an identifier was computed, step by step."""
    return {
        "national_id": computed.cell.national_id,
        "procedure": PROCEDURE,
        "basis": _basis(jurisdiction),
        "steps": list(_steps(computed)),
        "parcels": [verified_document(one, fields) for one in computed.parcels],
    }


def explained_document(
    explained: Explained, jurisdiction: Jurisdiction, fields: Collection[str]
) -> dict[str, Any]:
    """Answer what an identifier stands for."""
    return {
        "national_id": explained.cell.national_id,
        "procedure": PROCEDURE,
        "basis": _basis(jurisdiction),
        "cell": _cell(explained.cell),
        "parcels": [verified_document(one, fields) for one in explained.there],
        "borne_by": [_parcel(bearer, fields) for bearer in explained.bearers],
        "assigned": _assigned(explained.given),
        "drift": _drift(explained.outside_m),
        "retired": [
            {
                "parcel": _ref(one.name, fields),
                "successors": [_ref(r, fields) for r in one.successors],
            }
            for one in explained.retired
        ],
    }


def verified_document(one: Verified, fields: Collection[str]) -> dict[str, Any]:
    """Answer what came of one claim."""
    found = one.canonical
    return {
        "row": one.claim.row,
        "stated": one.claim.national_id,
        "right": one.is_right,
        "canonical": None
        if found is None
        else {
            "national_id": found.national_id,
            "srid": found.epsg,
            "x": round(found.x, METRES),
            "y": round(found.y, METRES),
        },
        "distance_m": None if one.distance_m is None else round(one.distance_m, 3),
        "cause": {"code": one.cause.code, **one.cause.said},
        "parcel": None if one.bearer is None else _parcel(one.bearer, fields),
    }


def issued_document(one: Issued, fields: Collection[str]) -> dict[str, Any]:
    """Answer what became of one row of an issuer."""
    told = verified_document(one.verified, fields)
    del told["right"]
    return told | {"result": one.result, "why": dict(one.why)}


def _steps(computed: Computed) -> Iterator[dict[str, Any]]:
    cell, asked = computed.cell, computed.asked
    plane = geodesy.plane(computed.epsg).name
    is_vn2000 = geodesy.srid(asked.epsg) != asked.epsg
    yield _step("point", x=asked.x, y=asked.y, srid=asked.epsg)
    here = {"x": round(computed.x, METRES), "y": round(computed.y, METRES), "srid": computed.epsg}
    yield _step("plane", {"plane": f"{plane} (EPSG:{computed.epsg})"}, **here)
    by = f" ({OPERATION})" if is_vn2000 else ""
    yield _step(
        "lonlat", {"by": by}, lon=round(computed.lon, DEGREES), lat=round(computed.lat, DEGREES)
    )
    yield _step("cell", bbox=list(cell.bbox), bits=geohash.BITS)
    yield _step("code", national_id=cell.national_id)
    size: dict[str, Any] = {
        "width_m": round(cell.width_m, METRES),
        "height_m": round(cell.height_m, METRES),
    }
    yield _step("centre", lon=cell.lon, lat=cell.lat, **size)
    yield _step("distance", distance_m=round(computed.distance_m, METRES))


def _step(name: str, words: Mapping[str, str] | None = None, **values: Any) -> dict[str, Any]:
    said = {lang: text.format(**words) if words else text for lang, text in SAID[name].items()}
    return {"step": name, "said": said, **values}


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "lon": cell.lon,
        "lat": cell.lat,
        "bbox": list(cell.bbox),
        "width_m": round(cell.width_m, METRES),
        "height_m": round(cell.height_m, METRES),
    }


def _assigned(given: Borne | None) -> dict[str, Any] | None:
    if given is None:
        return None
    point = {"srid": given.epsg, "x": given.x, "y": given.y}
    return {
        "status": given.status,
        "issuer": given.issuer,
        "decision": given.decision,
        "procedure": given.procedure,
        "revision": given.revision,
        "point": None if given.x is None else point,
        "geometry_sha256": given.geom_sha256.hex(),
    }


def _drift(outside_m: float | None) -> dict[str, Any] | None:
    if outside_m is None:
        return None
    is_outside = outside_m > drift.CELL_M
    rule = drift.RULE
    finding = {
        "rule": rule.code,
        "severity": rule.severity,
        "title": rule.title,
        "remedy": rule.remedy,
        "basis": rule.basis,
    }
    told = {"outside_m": round(outside_m, 3), "limit_m": drift.CELL_M}
    return {**told, "finding": finding if is_outside else None}


def _parcel(bearer: Bearer, fields: Collection[str]) -> dict[str, Any]:
    parcel = bearer.parcel
    values = {name: getattr(parcel, name) for name in NAMED if name in fields}
    if "parcel_id" in values:
        values["parcel_id"] = str(parcel.parcel_id)
    borne = {"national_id": bearer.national_id, "national_id_status": bearer.status}
    return values | {name: value for name, value in borne.items() if name in fields}


def _ref(ref: Ref, fields: Collection[str]) -> dict[str, Any]:
    return {n: v for n, v in ref_body(ref).items() if n == "state" or n in fields}


def _basis(jurisdiction: Jurisdiction) -> dict[str, str] | None:
    return dict(jurisdiction.identifier.basis) if jurisdiction.identifier else None

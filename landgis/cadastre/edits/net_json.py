"""A net change as JSON, bit for bit both ways, and the digest that an approval is bound to."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

import shapely

from landgis.cadastre.changes import Before, Descent, SurveyedParcel
from landgis.cadastre.edits.net import NetChange
from landgis.cadastre.parcels import LandUseShare

FORMAT = 1
"""Grows when the JSON means something else."""


def to_json(net: NetChange) -> dict[str, Any]:
    """Answer the net change as JSON values; geometries as hexadecimal WKB, little-endian."""
    return {
        "format": FORMAT,
        "kind": net.kind,
        "undoes": net.undoes,
        "before": [asdict(b) | {"parcel_id": str(b.parcel_id)} for b in net.before],
        "after": [_parcel_to_json(p) for p in net.after],
        "lineage": [[str(d.parent), str(d.child)] for d in net.lineage],
    }


def from_json(value: Mapping[str, Any]) -> NetChange:
    """Answer the net change that ``to_json`` wrote.

    Raises
    ------
    ValueError
        When it was written in another format.
    """
    if value["format"] != FORMAT:
        raise ValueError(f"a net change of format {value['format']}, this landgis reads {FORMAT}")
    return NetChange(
        before=tuple(Before(**b | {"parcel_id": UUID(b["parcel_id"])}) for b in value["before"]),
        after=tuple(_parcel_from_json(p) for p in value["after"]),
        lineage=tuple(Descent(UUID(p), UUID(c)) for p, c in value["lineage"]),
        kind=value["kind"],
        undoes=value["undoes"],
    )


def digest(net: NetChange, extra: Mapping[str, Any]) -> bytes:
    """Answer the SHA-256 of the net change and of what else is approved with it (JSON values).

    Equal values give equal digests in any process; any other value gives another one.
    """
    text = json.dumps(
        {"change": to_json(net), "extra": dict(extra)},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=True,
        allow_nan=False,
    )
    return hashlib.sha256(text.encode("ascii")).digest()


def _parcel_to_json(parcel: SurveyedParcel) -> dict[str, Any]:
    values = {f.name: getattr(parcel, f.name) for f in fields(parcel)}
    return values | {
        "parcel_id": str(parcel.parcel_id),
        "geom": shapely.to_wkb(parcel.geom, hex=True, byte_order=1),
        "land_uses": [[share.code, share.area_m2] for share in parcel.land_uses],
    }


def _parcel_from_json(value: Mapping[str, Any]) -> SurveyedParcel:
    return SurveyedParcel(
        **dict(value)
        | {
            "parcel_id": UUID(value["parcel_id"]),
            "geom": shapely.from_wkb(value["geom"]),
            "land_uses": tuple(LandUseShare(code, area) for code, area in value["land_uses"]),
        }
    )

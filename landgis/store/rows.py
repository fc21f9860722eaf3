"""Between our values and what PostgreSQL keeps of them."""

from collections.abc import Iterable
from typing import Any

import orjson
import shapely
from numpy.typing import NDArray
from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, literal
from sqlalchemy.types import TypeEngine

from landgis.cadastre.parcels import Column, LandUseShare

HAS_SRID = 0x20000000
"""EWKB's mark that an SRID follows the type."""


def among(
    column: ColumnElement[Any], values: Iterable[Any], kind: type[TypeEngine[Any]] = Uuid
) -> ColumnElement[bool]:
    """Answer the condition that a column is one of these, in one parameter whatever their number.

    PostgreSQL takes at most 65,535 parameters: fewer than a batch has parcels.
    """
    return column == any_(literal(list(values), ARRAY(kind)))


def ewkb(geoms: NDArray[Any], srid: int) -> list[bytes | None]:
    """Answer EWKB bytes with the SRID inside; None stays None."""
    return ewkb_of(shapely.to_wkb(geoms, byte_order=1), srid)


def ewkb_of(wkb: NDArray[Any], srid: int) -> list[bytes | None]:
    """Answer little-endian WKB as EWKB with the SRID inside; None stays None."""
    heads = {}
    for kind in range(1, 8):
        known = b"\1" + kind.to_bytes(4, "little")
        heads[known] = b"\1" + (kind | HAS_SRID).to_bytes(4, "little") + srid.to_bytes(4, "little")
    return [None if one is None else heads[one[:5]] + one[5:] for one in wkb]


def shares_json(column: Column) -> list[list[dict[str, Any]]]:
    """Answer a column of land uses as the store keeps them."""
    return [[{"code": s.code, "area_m2": s.area_m2} for s in shares] for shares in column]


def shares_text(column: Column) -> list[bytes]:
    """Answer a column of land uses as JSON; few of them differ, each is written once."""
    known = {shares: orjson.dumps([s._asdict() for s in shares]) for shares in set(column)}
    return list(map(known.__getitem__, column))


def shares(stored: list[dict[str, Any]] | None) -> tuple[LandUseShare, ...]:
    """Answer land uses from what the store kept."""
    return tuple(LandUseShare(s["code"], s["area_m2"]) for s in stored or ())

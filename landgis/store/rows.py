"""Between our values and what PostgreSQL keeps of them."""

from typing import Any

import shapely
from numpy.typing import NDArray

from landgis.cadastre.parcels import Column, LandUseShare


def ewkb(geoms: NDArray[Any], srid: int) -> NDArray[Any]:
    """Answer EWKB bytes with the SRID inside; None stays None."""
    encoded: NDArray[Any] = shapely.to_wkb(shapely.set_srid(geoms, srid), include_srid=True)
    return encoded


def shares_json(column: Column) -> list[list[dict[str, Any]]]:
    """Answer a column of land uses as the store keeps them."""
    return [[{"code": s.code, "area_m2": s.area_m2} for s in shares] for shares in column]


def shares(stored: list[dict[str, Any]] | None) -> tuple[LandUseShare, ...]:
    """Answer land uses from what the store kept."""
    return tuple(LandUseShare(s["code"], s["area_m2"]) for s in stored or ())

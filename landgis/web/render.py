"""Records as GeoJSON, with the fields the asker may see and no others."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.register import ParcelRecord
from landgis.tiling.themes import hex_colour

DECIMALS = 9
"""Of degrees: 0.1 mm, so that rounding adds nothing to the survey's own error."""


class ParcelRenderer:
    """Knows the jurisdiction's words, colours and audience table."""

    def __init__(self, jurisdiction: Jurisdiction) -> None:
        self._jurisdiction = jurisdiction
        self._public = jurisdiction.audience.public_fields()

    def properties(self, record: ParcelRecord) -> dict[str, Any]:
        """Answer the public properties of a parcel."""
        values = {
            "parcel_id": str(record.parcel_id),
            "fid": record.fid,
            "national_id": record.national_id,
            "national_id_status": record.national_id_status,
            "unit_code": record.unit_code,
            "unit_name": record.unit_name,
            "sheet": record.sheet,
            "number": record.number,
            "old_unit_code": record.old_unit_code,
            "old_sheet": record.old_sheet,
            "old_number": record.old_number,
            "area_m2": record.area_m2,
            "register_area_m2": record.register_area_m2,
            "land_uses": [self._use(s.code, s.area_m2) for s in record.land_uses],
            "address": record.address,
            "status": record.status,
            "revision": record.revision,
            "published_at": self._jurisdiction.local_time(record.published_at),
            "effective_from": record.effective_from.isoformat() if record.effective_from else None,
        }
        return {name: value for name, value in values.items() if name in self._public}

    @property
    def shows_geometry(self) -> bool:
        """Answer whether anyone may see where parcels lie."""
        return "geometry" in self._public

    def lonlat(self, records: Sequence[ParcelRecord], storage_epsg: int) -> NDArray[Any]:
        """Answer boundaries in degrees, exterior rings counter-clockwise (RFC 7946)."""
        geoms = np.array([record.geom for record in records], dtype=object)
        lonlat = geodesy.transform(geoms, storage_epsg, geodesy.LONLAT)
        rounded = shapely.transform(lonlat, lambda xy: np.round(xy, DECIMALS))
        return np.asarray(shapely.orient_polygons(rounded))

    def features(self, records: Sequence[ParcelRecord], storage_epsg: int) -> list[dict[str, Any]]:
        """Answer RFC 7946 Features, their geometries as JSON already written, for ``orjson``."""
        shapes = shapely.to_geojson(self.lonlat(records, storage_epsg))
        return [
            {
                "type": "Feature",
                "id": record.fid,
                "geometry": orjson.Fragment(shape) if self.shows_geometry else None,
                "properties": self.properties(record),
            }
            for record, shape in zip(records, shapes, strict=True)
        ]

    def local_time(self, moment: datetime | None) -> str | None:
        """Answer a moment as the jurisdiction's clocks show it, ISO 8601 with offset."""
        return self._jurisdiction.local_time(moment)

    def _use(self, code: str, area_m2: float | None) -> dict[str, Any]:
        known = self._jurisdiction.land_uses.get(code)
        return {
            "code": code,
            "name": dict(known.name) if known else None,
            "colour": hex_colour(known.colour) if known else None,
            "area_m2": area_m2,
        }


def outline_svg(record: ParcelRecord, label: str) -> str:
    """Answer a small drawing of a parcel, north up, for pages without a map."""
    west, south, east, north = record.geom.bounds
    margin = max(east - west, north - south, 1.0) * 0.05
    rings = []
    for polygon in getattr(record.geom, "geoms", [record.geom]):
        for ring in (polygon.exterior, *polygon.interiors):
            points = " ".join(f"{x - west:.2f},{north - y:.2f}" for x, y in ring.coords)
            rings.append(f"M{points}Z")
    box = (-margin, -margin, east - west + 2 * margin, north - south + 2 * margin)
    view = " ".join(f"{v:.2f}" for v in box)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}" role="img" class="outline" '
        f'aria-label="{label}"><path d="{"".join(rings)}" fill-rule="evenodd" '
        f'vector-effect="non-scaling-stroke"/></svg>'
    )

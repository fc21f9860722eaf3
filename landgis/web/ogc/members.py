"""Members of collections as GeoJSON and as JSON-FG."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
import shapely

from landgis.cadastre.filters import Member
from landgis.cadastre.register import ParcelRecord
from landgis.cadastre.served import Collection
from landgis.services.ogc.crs import CRS, CRS84
from landgis.services.ogc.features import Page, Placed, in_crs84
from landgis.web.ogc import links
from landgis.web.ogc.params import JSONFG, Reading
from landgis.web.pages import translator
from landgis.web.render import ParcelRenderer

JSONFG_CORE = "http://www.opengis.net/spec/json-fg-1/1.0/conf/core"


class MemberRenderer:
    """Writes members with the fields that anyone may see."""

    def __init__(self, parcels: ParcelRenderer) -> None:
        self._parcels = parcels

    def page(self, page: Page, reading: Reading) -> dict[str, Any]:
        """Answer a FeatureCollection."""
        path = f"/collections/{page.collection.name}/items"
        following = [] if page.after is None else [links.next_page(path, reading, page.after)]
        matched = {} if page.matched is None else {"numberMatched": page.matched}
        features = [self._feature(m, page.collection, page.crs, reading) for m in page.members]
        return {
            "type": "FeatureCollection",
            **self._heading(page.collection, page.crs, reading),
            "timeStamp": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            **matched,
            "numberReturned": len(features),
            "links": [*links.same_in_every_format(path, reading), *following],
            "features": features,
        }

    def item(
        self, placed: Placed, collection: Collection, crs: CRS, reading: Reading
    ) -> dict[str, Any]:
        """Answer a Feature with its links."""
        t, path = translator(reading.lang), f"/collections/{collection.name}"
        own = links.same_in_every_format(f"{path}/items/{placed.member.key}", reading)
        back = links.link(
            links.to(path), "collection", "application/json", collection.title[reading.lang]
        )
        page = []
        if isinstance(placed.member.values, ParcelRecord):
            address = f"{links.root().removesuffix('/ogc')}/{t('ogc.parcel_path')}/"
            address += str(placed.member.key)
            page = [links.link(address, "about", "text/html", t("ogc.parcel_page"))]
        return {
            **self._heading(collection, crs, reading),
            **self._feature(placed, collection, crs, reading),
            "links": [*own, back, *page],
        }

    def _heading(self, collection: Collection, crs: CRS, reading: Reading) -> dict[str, Any]:
        if reading.format != JSONFG:
            return {}
        return {
            "conformsTo": [JSONFG_CORE],
            "featureType": collection.name,
            "coordRefSys": crs.uri,
        }

    def _feature(
        self, placed: Placed, collection: Collection, crs: CRS, reading: Reading
    ) -> dict[str, Any]:
        member = placed.member
        feature = {
            "type": "Feature",
            "id": member.key,
            "geometry": geojson(placed.geom, crs),
            "properties": self.properties(member, collection),
        }
        if reading.format != JSONFG:
            return feature
        is_default = crs is CRS84
        return feature | {
            "time": _time(member.begins, member.ends),
            "place": None if is_default else geojson(placed.geom, crs),
            "geometry": geojson(placed.geom if is_default else in_crs84(placed, crs), CRS84),
        }

    def properties(self, member: Member, collection: Collection) -> dict[str, Any]:
        """Answer the public properties of a member."""
        if isinstance(member.values, ParcelRecord):
            return self._parcels.properties(member.values)
        values: Mapping[str, Any] = member.values
        shown = (field.name for field in collection.fields if field.name in values)
        return {name: _plain(values[name]) for name in shown}


def geojson(geom: Any, crs: CRS) -> orjson.Fragment | None:
    """Answer a geometry as JSON already written, its axes in the plane's order."""
    if geom is None:
        return None
    named = shapely.transform(geom, lambda xy: xy[:, ::-1]) if crs.north_first else geom
    return orjson.Fragment(shapely.to_geojson(named))


def _time(begins: date | None, ends: date | None) -> dict[str, Any] | None:
    """Answer the days on which a member holds, both included."""
    if begins is None and ends is None:
        return None
    last = None if ends is None else ends - timedelta(days=1)
    return {"interval": [day.isoformat() if day else ".." for day in (begins, last)]}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value

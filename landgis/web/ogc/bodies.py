"""The documents of OGC API as JSON: landing page, conformance, collections."""

from datetime import UTC, datetime, time
from typing import Any

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.served import Collection
from landgis.services.ogc.crs import CRS84_URI
from landgis.services.ogc.features import Extent, FeatureService
from landgis.services.ogc.tilesets import TilesetService
from landgis.web.ogc import links
from landgis.web.ogc.params import Reading
from landgis.web.pages import translator

_SPEC = "http://www.opengis.net/spec"
CONFORMANCE = (
    *(f"{_SPEC}/ogcapi-common-1/1.0/conf/{c}" for c in ("core", "landing-page", "json", "html")),
    f"{_SPEC}/ogcapi-common-1/1.0/conf/oas30",
    f"{_SPEC}/ogcapi-common-2/1.0/conf/collections",
    *(f"{_SPEC}/ogcapi-features-1/1.0/conf/{c}" for c in ("core", "geojson", "html", "oas30")),
    f"{_SPEC}/ogcapi-features-2/1.0/conf/crs",
    *(
        f"{_SPEC}/ogcapi-features-3/1.0/conf/{c}"
        for c in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"{_SPEC}/ogcapi-tiles-1/1.0/conf/{c}"
        for c in (
            *("core", "tileset", "tilesets-list", "dataset-tilesets", "geodata-tilesets"),
            *("mvt", "oas30"),
        )
    ),
    *(
        f"{_SPEC}/cql2/1.0/conf/{c}"
        for c in (
            *("cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators"),
            *("case-insensitive-comparison", "accent-insensitive-comparison"),
            *("basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions"),
            *("temporal-functions", "property-property", "arithmetic"),
        )
    ),
)
"""What tests/web/ogc proves, class by class."""

GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"


class Bodies:
    """Writes the documents of one register."""

    def __init__(
        self, features: FeatureService, tilesets: TilesetService, jurisdiction: Jurisdiction
    ) -> None:
        self._features = features
        self._tilesets = tilesets
        self._jurisdiction = jurisdiction

    def landing(self, reading: Reading) -> dict[str, Any]:
        """Answer what there is here."""
        t = translator(reading.lang)
        return {
            "title": t("ogc.title", name=self._jurisdiction.name[reading.lang]),
            "description": t("ogc.about"),
            "links": links.of_landing(reading),
        }

    def conformance(self, reading: Reading) -> dict[str, Any]:
        """Answer which classes of which standards are held to."""
        return {
            "links": links.same_in_every_format("/conformance", reading),
            "conformsTo": list(CONFORMANCE),
        }

    def collections(self, reading: Reading) -> dict[str, Any]:
        """Answer every collection."""
        return {
            "links": links.same_in_every_format("/collections", reading),
            "collections": [
                self._described(collection, reading.lang)
                | {"links": self._links(collection, reading.lang)}
                for collection in self._features.collections()
            ],
        }

    def collection(self, collection: Collection, reading: Reading) -> dict[str, Any]:
        """Answer one collection."""
        own = links.same_in_every_format(f"/collections/{collection.name}", reading)
        body = self._described(collection, reading.lang)
        return body | {"links": own + self._links(collection, reading.lang)}

    def _links(self, collection: Collection, lang: str) -> list[links.Link]:
        storage = self._features.storage_crs(collection)
        found = links.of_collection(collection.name, storage.uri, lang)
        if self._tilesets.is_drawn(collection):
            found.append(links.of_tilesets(f"/collections/{collection.name}", lang))
        return found

    def _described(self, collection: Collection, lang: str) -> dict[str, Any]:
        extent = self._extent(self._features.extent(collection))
        return {
            "id": collection.name,
            "title": collection.title[lang],
            "description": collection.description[lang],
            **({"extent": extent} if extent else {}),
            "itemType": "feature",
            "crs": [crs.uri for crs in self._features.known_crs(collection)],
            "storageCrs": self._features.storage_crs(collection).uri,
        }

    def _extent(self, extent: Extent) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if extent.lonlat is not None:
            found["spatial"] = {"bbox": [list(extent.lonlat)], "crs": CRS84_URI}
        if extent.first_day is not None:
            start = datetime.combine(extent.first_day, time(), self._jurisdiction.time_zone)
            text = start.astimezone(UTC).isoformat().replace("+00:00", "Z")
            found["temporal"] = {"interval": [[text, None]], "trs": GREGORIAN}
        return found

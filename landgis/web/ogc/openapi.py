"""The OpenAPI document of ``/ogc``, made from the same registry as the routes' answers."""

from landgis import __version__
from landgis.cadastre.served import Collection
from landgis.services.ogc.asked import DEFAULT_LIMIT, MAX_LIMIT
from landgis.services.ogc.features import FeatureService
from landgis.services.ogc.gates import LANGUAGES as FILTER_LANGUAGES
from landgis.services.ogc.tilesets import TilesetService
from landgis.web.ogc import links, openapi_tiles, schemas
from landgis.web.ogc.openapi_parts import Part, answer, get, ref
from landgis.web.ogc.params import (
    DOCUMENT,
    LANGUAGES,
    MEMBERS,
    OPENAPI,
    SCHEMA,
    property_parameters,
)
from landgis.web.ogc.schema_parts import SCHEMAS
from landgis.web.pages import translator

PROBLEM = "application/problem+json"


class OpenAPIDocument:
    """Describes every operation of one register."""

    def __init__(self, features: FeatureService, tilesets: TilesetService) -> None:
        self._features = features
        self._tilesets = tilesets

    def document(self, lang: str) -> Part:
        """Answer the whole document."""
        collections = self._features.collections()
        return {
            "openapi": "3.0.3",
            "info": {
                "title": "landgis OGC API",
                "version": __version__,
                "description": translator(lang)("ogc.about"),
            },
            "servers": [{"url": links.root()}],
            "security": [{}, {"key": []}],
            "tags": [{"name": "about"}, *({"name": c.name} for c in collections)],
            "paths": self._about() | self._of_all(collections, lang) | self._tiles(lang),
            "components": {
                "parameters": _shared_parameters(self._features.most_paged)
                | openapi_tiles.PARAMETERS,
                "responses": {
                    "Problem": {
                        "description": "RFC 9457 problem; code says what is wrong",
                        "content": {PROBLEM: {"schema": ref("schemas", "Problem")}},
                    }
                },
                "schemas": SCHEMAS | openapi_tiles.SCHEMAS,
                "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            },
        }

    def _about(self) -> Part:
        one = "Answers what there is and where."
        named = [
            ("/", "landing", "LandingPage", DOCUMENT),
            ("/api", "api", "Anything", OPENAPI),
            ("/conformance", "conformance", "Conformance", DOCUMENT),
            ("/collections", "collections", "Collections", DOCUMENT),
        ]
        return {
            path: get("about", f"get.{name}", one, answer(media, ref("schemas", body)))
            for path, name, body, media in named
        }

    def _tiles(self, lang: str) -> Part:
        drawn = self._tilesets.drawn_collections()
        return openapi_tiles.paths([one.name for one in drawn], lang)

    def _of_all(self, collections: list[Collection], lang: str) -> Part:
        paths: Part = {}
        for collection in collections:
            paths |= self._of(collection, lang)
        return paths

    def _of(self, collection: Collection, lang: str) -> Part:
        name, path = collection.name, f"/collections/{collection.name}"
        uris = [crs.uri for crs in self._features.known_crs(collection)]
        described = {
            f"{path}/{what}": get(
                name,
                f"get.{name}.{what}",
                f"JSON Schema: {what}",
                answer(SCHEMA, {"type": "object"}),
            )
            for what in ("schema", "queryables", "sortables")
        }
        of_items = [*_item_parameters(collection, uris), *_own_parameters(collection, lang)]
        return {
            path: get(
                name,
                f"get.{name}",
                collection.title[lang],
                answer(DOCUMENT, ref("schemas", "Collection")),
            ),
            **described,
            f"{path}/items": get(
                name,
                f"get.{name}.items",
                collection.description[lang],
                answer(MEMBERS, ref("schemas", "FeatureCollection")),
                of_items,
            ),
            f"{path}/items/{{featureId}}": get(
                name,
                f"get.{name}.item",
                collection.title[lang],
                answer(MEMBERS, ref("schemas", "Feature")),
                [ref("parameters", "featureId"), _crs("crs", uris)],
            ),
        }


def _crs(name: str, uris: list[str]) -> Part:
    schema = {"type": "string", "format": "uri", "enum": uris, "default": uris[0]}
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _item_parameters(collection: Collection, uris: list[str]) -> list[Part]:
    shared = ("limit", "bbox", "datetime", "filter", "filter-lang", "after")
    keys = "|".join(collection.sortables)
    order = {
        "name": "sortby",
        "in": "query",
        "required": False,
        "schema": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "string", "pattern": f"^[+-]?({keys})$"},
        },
        "style": "form",
        "explode": False,
    }
    planes = [_crs(name, uris) for name in ("crs", "bbox-crs", "filter-crs")]
    return [*(ref("parameters", name) for name in shared), *planes, order]


def _own_parameters(collection: Collection, lang: str) -> list[Part]:
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": collection.queryables[name].title[lang],
            "schema": schemas.TYPES[collection.queryables[name].kind],
            "style": "form",
            "explode": False,
        }
        for name in property_parameters(collection)
    ]


def _shared_parameters(most_paged: int) -> Part:
    whole = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
    box = {
        "type": "array",
        "minItems": 4,
        "maxItems": 6,
        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
        "items": {"type": "number"},
    }
    text = {"type": "string"}
    deep = f"parcels behind the first {most_paged} of an answer need the scope register (too_deep)"
    query = {
        "limit": ("Members of a page at most", whole),
        "bbox": ("Only members that meet this box", box),
        "datetime": ("Only members that hold at this time: an instant or an interval", text),
        "filter": ("Only members of which this CQL2 filter is true", text),
        "filter-lang": ("Language of the filter", text | {"enum": list(FILTER_LANGUAGES)}),
        "after": (f"Where the page begins; from a next link; {deep}", text),
        "lang": ("Language of titles", text | {"enum": list(LANGUAGES)}),
    }
    shared: Part = {
        name: {
            "name": name,
            "in": "query",
            "required": False,
            "description": about,
            "schema": schema,
            "style": "form",
            "explode": False,
        }
        for name, (about, schema) in query.items()
    }
    path = {"name": "featureId", "in": "path", "required": True, "schema": text}
    return shared | {"featureId": path}

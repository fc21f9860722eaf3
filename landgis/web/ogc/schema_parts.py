"""Schemas of the bodies in the OpenAPI document of ``/ogc``."""

from typing import Any

_TEXT = {"type": "string"}
_LINKS = {"type": "array", "items": {"$ref": "#/components/schemas/Link"}}
_GEOMETRY = {
    "nullable": True,
    "type": "object",
    "required": ["type", "coordinates"],
    "properties": {"type": _TEXT, "coordinates": {"type": "array", "items": {}}},
}

SCHEMAS: dict[str, dict[str, Any]] = {
    "Anything": {"type": "object"},
    "Link": {
        "type": "object",
        "required": ["href", "rel", "type"],
        "properties": {"href": _TEXT, "rel": _TEXT, "type": _TEXT, "title": _TEXT},
    },
    "LandingPage": {
        "type": "object",
        "required": ["links"],
        "properties": {"title": _TEXT, "description": _TEXT, "links": _LINKS},
    },
    "Conformance": {
        "type": "object",
        "required": ["conformsTo"],
        "properties": {"conformsTo": {"type": "array", "items": _TEXT}},
    },
    "Collections": {
        "type": "object",
        "required": ["links", "collections"],
        "properties": {
            "links": _LINKS,
            "collections": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/Collection"},
            },
        },
    },
    "Collection": {
        "type": "object",
        "required": ["id", "links"],
        "properties": {
            "id": _TEXT,
            "title": _TEXT,
            "description": _TEXT,
            "links": _LINKS,
            "extent": {"type": "object"},
            "itemType": _TEXT,
            "crs": {"type": "array", "items": _TEXT},
            "storageCrs": _TEXT,
        },
    },
    "FeatureCollection": {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"$ref": "#/components/schemas/Feature"}},
            "links": _LINKS,
            "timeStamp": {"type": "string", "format": "date-time"},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
        },
    },
    "Feature": {
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"oneOf": [_TEXT, {"type": "integer"}]},
            "geometry": _GEOMETRY,
            "properties": {"type": "object", "nullable": True},
            "links": _LINKS,
        },
    },
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": _TEXT,
            "title": _TEXT,
            "status": {"type": "integer"},
            "code": _TEXT,
            "detail": _TEXT,
            "parameter": _TEXT,
        },
    },
}

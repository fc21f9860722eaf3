"""Collections as JSON Schema: what members have, what may be asked, what may be sorted by."""

from collections.abc import Iterable
from typing import Any

from landgis.cadastre.served import Collection, Field
from landgis.web.ogc import links
from landgis.web.pages import translator

DRAFT = "https://json-schema.org/draft/2020-12/schema"

TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "uuid": {"type": "string", "format": "uuid"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "geometry": {"format": "geometry-polygon-or-multipolygon"},
    "list": {"type": "array", "items": {"type": "object"}},
}
"""Kind of a field -> JSON Schema of its values."""


def schema(collection: Collection, lang: str) -> dict[str, Any]:
    """Answer what every member has."""
    return _document(collection, lang, "schema", (f for f in collection.fields if f.is_returned))


def queryables(collection: Collection, lang: str) -> dict[str, Any]:
    """Answer what filters and parameters may name."""
    return _document(collection, lang, "queryables", collection.queryables.values())


def sortables(collection: Collection, lang: str) -> dict[str, Any]:
    """Answer what ``sortby`` may name."""
    return _document(collection, lang, "sortables", collection.sortables.values())


def of_field(field: Field, lang: str) -> dict[str, Any]:
    """Answer the schema of one field."""
    role = {"x-ogc-role": field.role} if field.role else {}
    return {"title": field.title[lang]} | TYPES[field.kind] | role


def _document(
    collection: Collection, lang: str, what: str, fields: Iterable[Field]
) -> dict[str, Any]:
    return {
        "$schema": DRAFT,
        "$id": links.to(f"/collections/{collection.name}/{what}"),
        "type": "object",
        "title": collection.title[lang],
        "description": translator(lang)(f"ogc.{what}_of", name=collection.title[lang]),
        "properties": {field.name: of_field(field, lang) for field in fields},
        "additionalProperties": False,
    }

"""The OpenAPI document of the API: what the routes tell of their parameters, and what they answer.

Parameters and bodies come from the models of the routes; answers from ``answers.toml`` and
``schemas.json`` beside this module; who may ask from the scope that a route requires.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from flask import Flask
from flask_openapi3 import OpenAPI

from landgis.cadastre.roles import KEY_SCOPES
from landgis.web.access import MARK, require

PROBLEM = {
    "description": "What went wrong; `code` is what programs test for",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
SCHEMES = {
    "key": {"type": "http", "scheme": "bearer", "description": "A key of `landgis keys create`"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sid",
        "description": "Of somebody signed in (`__Host-sid` over https); writes need X-CSRF-Token",
    },
}
_VARIABLE = re.compile(r"<(?:[^:>]+:)?(\w+)>")

Json = dict[str, Any]


def register(app: OpenAPI) -> None:
    """Give the application the route of its document, which is made when it is first asked for."""

    @cache
    def document() -> Json:
        return completed(app.api_doc, app)

    @app.get("/api/v1/openapi.json", summary="This document")
    @require("public")
    def openapi() -> Json:
        return document()


def completed(document: Json, app: Flask) -> Json:
    """Answer a document with what every operation answers and who may ask it.

    Raises
    ------
    KeyError
        An operation is not in ``answers.toml``.
    """
    folder = files("landgis.web.openapi")
    told = tomllib.loads(folder.joinpath("answers.toml").read_text("utf-8"))
    schemas = json.loads(folder.joinpath("schemas.json").read_text("utf-8"))
    scopes = _scopes(app)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            name = f"{method.upper()} {path}"
            operation["responses"] = _responses(told["answers"][name], told["types"])
            operation.update(_rights(scopes[name]))
    components = document.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **schemas}
    components["securitySchemes"] = SCHEMES
    return document


def _responses(answer: Mapping[str, Any], types: Mapping[str, list[str]]) -> Json:
    said = answer.get("status", HTTPStatus.OK)
    statuses = said if isinstance(said, list) else [said]
    responses: Json = {}
    for status in statuses:
        responses[str(status)] = {"description": HTTPStatus(status).phrase}
        if status != HTTPStatus.NO_CONTENT:
            schema = answer.get("schema")
            content = {t: _media(t, schema) for t in types[answer.get("types", "json")]}
            responses[str(status)]["content"] = content
    return responses | {"default": PROBLEM}


def _media(media_type: str, schema: str | None) -> Json:
    if schema is not None and media_type.endswith("json"):
        return {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {}


def _rights(scope: str) -> Json:
    """Answer who may ask: anybody, or who holds a scope, with a key where keys can hold it."""
    if scope == "public":
        return {"security": [{}, {"key": []}, {"session": []}], "x-scope": scope}
    keys: list[Json] = [{"key": []}] if scope in KEY_SCOPES else []
    return {"security": [*keys, {"session": []}], "x-scope": scope}


def _scopes(app: Flask) -> dict[str, str]:
    """Answer the scope of each operation."""
    found: dict[str, str] = {}
    for rule in app.url_map.iter_rules():
        path = _VARIABLE.sub(r"{\1}", rule.rule)
        scope = getattr(app.view_functions[rule.endpoint], MARK, "public")
        found |= {f"{method} {path}": scope for method in rule.methods or ()}
    return found

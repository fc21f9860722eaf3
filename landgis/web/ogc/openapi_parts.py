"""Parts that every path of the OpenAPI document of ``/ogc`` is made of."""

from collections.abc import Mapping
from typing import Any

Part = dict[str, Any]
PROBLEMS = ("400", "401", "403", "404", "500", "503")


def get(
    tag: str, operation: str, summary: str, answer: Part, parameters: list[Part] | None = None
) -> Part:
    """Answer the description of a path that can only be read."""
    shared = [ref("parameters", "lang")]
    forms = [{"name": "f", "in": "query", "schema": {"type": "string", "enum": answer.pop("f")}}]
    problems = {status: ref("responses", "Problem") for status in PROBLEMS}
    return {
        "get": {
            "tags": [tag],
            "summary": summary,
            "operationId": operation,
            "parameters": [*(parameters or []), *forms, *shared],
            "responses": {"200": answer, **problems, "default": ref("responses", "Problem")},
        }
    }


def answer(media: Mapping[str, str], schema: Part) -> Part:
    """Answer the description of a success in some formats; ``f``, their names, is for ``get``."""
    content = {
        kind: {"schema": {"type": "string"} if kind == "text/html" else schema}
        for kind in media.values()
    }
    return {"description": "As asked", "content": content, "f": list(media)}


def ref(kind: str, name: str) -> Part:
    """Answer a reference to a shared part."""
    return {"$ref": f"#/components/{kind}/{name}"}

"""The base of query parameters: strict, and its JSON Schema made once.

flask-openapi3 asks a model for its schema with every request, and pydantic makes it anew each time:
half of what a small answer costs.
"""

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict


class QueryModel(BaseModel):
    """Query parameters; an unknown one is refused."""

    model_config = ConfigDict(extra="forbid")

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        """Answer the schema of the model; the caller does not change it."""
        return (
            _schema(cls) if not (args or options) else super().model_json_schema(*args, **options)
        )


@cache
def _schema(model: type[QueryModel]) -> dict[str, Any]:
    return super(QueryModel, model).model_json_schema()

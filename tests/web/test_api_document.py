"""What ``/api/v1/openapi.json`` says of every operation, held against what it really answers."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.office import Office
from tests.web.test_rights import ARRANGE, TABLE, Asking, Cell, asking, cells

pytestmark = pytest.mark.db

__all__ = ["asking"]

FIRST_ERROR = 400


def succeeding() -> Iterator[Cell]:
    """Answer one cell of each operation of the API in which somebody succeeds."""
    seen = set[str]()
    for cell in cells():
        is_api = re.search(r" (/api/v1/|/tiles/(style|legend)\.json)", cell.route)
        if is_api and cell.code < FIRST_ERROR and cell.route not in seen:
            seen.add(cell.route)
            yield cell


SUCCEEDING = list(succeeding())


@pytest.fixture(scope="module")
def document(office: Office) -> Any:
    return office.app.test_client().get("/api/v1/openapi.json").json


def operation(document: Any, route: str) -> Any:
    method, rule = route.split(" ")
    path = re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule)
    return document["paths"][path][method.lower()]


def validator(document: Any, schema: Any) -> Draft202012Validator:
    """Answer what checks a value against a schema that the document has a name for."""
    root = Resource(contents=document, specification=DRAFT202012)
    named = {"$ref": f"urn:api{schema['$ref']}"}
    return Draft202012Validator(named, registry=Registry().with_resource("urn:api", root))


@pytest.mark.parametrize("cell", SUCCEEDING, ids=lambda cell: cell.route.replace(" ", "-"))
def test_success_is_as_the_document_says(asking: Asking, document: Any, cell: Cell) -> None:
    answer = asking.ask(cell)
    said = operation(document, cell.route)["responses"][str(answer.status_code)]
    if answer.status_code == 204:
        assert "content" not in said
        assert answer.data == b""
        return
    content = said["content"]
    media = content.get(answer.mimetype, content.get("*/*"))
    assert media is not None, f"{answer.mimetype} is none of {list(content)}"
    if "schema" in media:
        faults = list(validator(document, media["schema"]).iter_errors(answer.json))
        assert faults == []


@pytest.mark.parametrize("cell", SUCCEEDING, ids=lambda cell: cell.route.replace(" ", "-"))
def test_every_json_answer_has_a_schema_that_says_something(document: Any, cell: Cell) -> None:
    for response in operation(document, cell.route)["responses"].values():
        for media_type, media in response.get("content", {}).items():
            if media_type.endswith("json"):
                check = validator(document, media["schema"])
                assert not check.is_valid({}) or not check.is_valid([])
                assert not check.is_valid(1)


def test_rights_are_told(document: Any) -> None:
    publish = operation(document, "POST /api/v1/imports/<batch_id>/publish")
    assert publish["security"] == [{"key": []}, {"session": []}]
    assert publish["x-scope"] == "import"
    assert operation(document, "POST /api/v1/drafts")["security"] == [{"session": []}]
    assert {} in operation(document, "GET /api/v1/parcels")["security"]
    told = {f"{m.upper()} {p}" for p, item in document["paths"].items() for m in item}
    known = {
        re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", route) for route in {*TABLE["anybody"], *TABLE}
    }
    assert told - known == set()
    assert set(ARRANGE)

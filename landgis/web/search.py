"""Search over HTTP: one question, ranked answers."""

from collections.abc import Mapping
from typing import Annotated, Any

from flask import Response
from flask_openapi3 import APIBlueprint, Tag
from pydantic import Field

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.search.found import Answer, FoundParcel, Result
from landgis.cadastre.search.names import UnitName
from landgis.cadastre.search.question import LONGEST
from landgis.cadastre.units import Succession
from landgis.services.searching.asker import Asker
from landgis.services.searching.service import MOST_RESULTS, SearchService
from landgis.web.access import principal, require
from landgis.web.parcels import answer as answered
from landgis.web.query_model import QueryModel
from landgis.web.render import DECIMALS

TAG = Tag(name="search", description="What people type, found")

SHOWN = (
    *("parcel_id", "fid", "national_id", "national_id_status", "unit_code", "sheet", "number"),
    *("old_unit_code", "old_sheet", "old_number", "area_m2", "address"),
)


class SearchQuery(QueryModel):
    """A question in one field."""

    q: Annotated[str, Field(description="the question", json_schema_extra={"maxLength": LONGEST})]
    limit: int = Field(10, ge=1, le=MOST_RESULTS, description="results at most")


def blueprint(stories: SearchService, jurisdiction: Jurisdiction) -> APIBlueprint:
    """Answer the route of search."""
    api = APIBlueprint("search", __name__, url_prefix="/api/v1", abp_tags=[TAG])

    @api.get("/search", summary="Parcels, units and places by what people call them")
    @require("public")
    def search(query: SearchQuery) -> Response:
        found = stories.search(query.q, query.limit, principal())
        fields = Asker.of(principal(), jurisdiction).fields
        return answered(_document(found, fields, jurisdiction), "application/json")

    return api


def _document(found: Answer, fields: frozenset[str], jurisdiction: Jurisdiction) -> dict[str, Any]:
    return {
        "query": found.query,
        "assumed": found.assumed,
        "results": [_result(result, fields, jurisdiction) for result in found.results],
        "ambiguous": found.ambiguous,
        "more": found.more,
        "next": found.next,
    }


def _result(result: Result, fields: frozenset[str], jurisdiction: Jurisdiction) -> dict[str, Any]:
    return {
        "kind": result.kind,
        "title": result.title,
        "detail": result.detail,
        "score": result.score,
        "why": result.why,
        "parcel": _parcel(result.parcel, fields) if result.parcel else None,
        "unit": _unit(result.unit) if result.unit else None,
        "bbox": _rounded(result.bbox),
        "point": _rounded(result.point),
        "srid": result.epsg,
        "succession": [_succession(one, jurisdiction) for one in result.succession],
    }


def _parcel(parcel: FoundParcel, fields: frozenset[str]) -> dict[str, Any]:
    values = {name: getattr(parcel, name) for name in SHOWN if name in fields}
    return values | {"parcel_id": str(parcel.parcel_id)} if "parcel_id" in fields else values


def _unit(unit: UnitName) -> dict[str, str | None]:
    return {"code": unit.code, "name": unit.name, "name_en": unit.name_en, "kind": unit.kind}


def _succession(one: Succession, jurisdiction: Jurisdiction) -> Mapping[str, Any]:
    return {
        "old_code": one.old_code,
        "old_name": one.old_name,
        "new_code": one.new_code,
        "partial": one.partial,
        "effective": one.effective.isoformat(),
        "act": {"vi": jurisdiction.vocabulary.act(one.act), "en": one.act},
        "class": one.class_,
    }


def _rounded(numbers: tuple[float, ...] | None) -> list[float] | None:
    return None if numbers is None else [round(number, DECIMALS) for number in numbers]

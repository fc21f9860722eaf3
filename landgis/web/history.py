"""The history of a parcel over HTTP and in sentences."""

from dataclasses import dataclass
from typing import Any

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from landgis.cadastre.past import ParcelHistory, Ref, ToldEvent
from landgis.services.history import HistoryService, ref_body
from landgis.web.access import principal, require
from landgis.web.parcels import NoQuery, ParcelPath, answer
from landgis.web.render import ParcelRenderer

TAG = Tag(name="history", description="What parcels were, and what became of them")


def blueprint(stories: HistoryService, renderer: ParcelRenderer) -> APIBlueprint:
    """Answer the route of a parcel's history."""
    api = APIBlueprint("history", __name__, url_prefix="/api/v1", abp_tags=[TAG])

    @api.get("/parcels/<name>/history", summary="What happened to a parcel, oldest first")
    @require("public")
    def history(path: ParcelPath, query: NoQuery) -> Response:  # noqa: ARG001 - refuses parameters
        told = stories.of(path.name, principal())
        return answer(_body(told, renderer), "application/json")

    return api


def _body(told: ParcelHistory, renderer: ParcelRenderer) -> dict[str, Any]:
    last = told.last
    return {
        "parcel_id": str(last.parcel_id),
        "fid": last.fid,
        "sheet": last.sheet,
        "number": last.number,
        "unit_code": last.unit_code,
        "state": "current" if told.is_current else "retired",
        "events": [_event(event, renderer) for event in told.events],
    }


def _event(event: ToldEvent, renderer: ParcelRenderer) -> dict[str, Any]:
    body: dict[str, Any] = {
        "revision": event.revision,
        "at": renderer.local_time(event.at),
        "event": event.what,
        "from": [ref_body(ref) for ref in event.parents],
        "to": [ref_body(ref) for ref in event.children],
    }
    if event.undoes is not None:
        body["undoes"] = event.undoes
    if event.ground is not None:
        ground = event.ground
        body |= {
            "record_no": ground.record_no,
            "basis": ground.basis,
            "author": ground.author,
            "approver": ground.approver,
        }
    return body


@dataclass(frozen=True)
class Sentence:
    """One event for a page to say: a text with places for the links to other parcels."""

    at: str | None
    key: str
    """Key of the text."""

    parents: tuple[Ref, ...]
    children: tuple[Ref, ...]
    revision: int
    undoes: int | None
    number_key: str
    """Key of how the revision is called, which is another word for what people changed."""

    ground: dict[str, str]
    """What the asker may know of the ground: key of its label -> text."""


def sentences(told: ParcelHistory, renderer: ParcelRenderer) -> list[Sentence]:
    """Answer the events of a parcel as sentences, the newest first."""
    return [_sentence(event, renderer) for event in reversed(told.events)]


def _sentence(event: ToldEvent, renderer: ParcelRenderer) -> Sentence:
    return Sentence(
        at=renderer.local_time(event.at),
        key=_key(event),
        parents=event.parents,
        children=event.children,
        revision=event.revision,
        undoes=event.undoes,
        number_key=f"history.revision_{event.kind}",
        ground=_ground(event),
    )


def _key(event: ToldEvent) -> str:
    """Answer the text for an event; where one end of it is not to be named, a shorter one."""
    if event.what == "undone":
        return "history.undone_to" if event.children else "history.undone"
    what = _descent(event)
    if what is None:
        return f"history.{event.what}"
    ends = f"{'from' if event.parents else ''}{'to' if event.children else ''}"
    return f"history.{what}_{ends or 'only'}"


def _descent(event: ToldEvent) -> str | None:
    """Answer how parcels became others, None where they did not."""
    if event.what == "changed" and (event.parents or event.children):
        return "replaced"
    return event.what if event.what in {"split", "merged"} else None


@dataclass(frozen=True)
class Fate:
    """What a retired parcel's page says in large."""

    key: str
    """Key of the text."""

    successors: tuple[Ref, ...]
    at: str | None
    revision: int = 0
    number_key: str = ""


def fate(told: ParcelHistory, renderer: ParcelRenderer) -> Fate:
    """Answer what became of a retired parcel, as far as the asker may know it."""
    if not told.events:
        return Fate("history.became_retired", (), None)
    end = told.events[-1]
    what = "undone" if end.what == "undone" else _descent(end)
    return Fate(
        key=f"history.became_{what if what and told.successors else 'retired'}",
        successors=told.successors,
        at=renderer.local_time(end.at),
        revision=end.revision,
        number_key=f"history.revision_{end.kind}",
    )


def _ground(event: ToldEvent) -> dict[str, str]:
    if event.ground is None:
        return {}
    said = {
        "history.record_no": event.ground.record_no,
        "history.basis": event.ground.basis,
        "history.author": event.ground.author,
        "history.approver": event.ground.approver,
    }
    return {key: text for key, text in said.items() if text}

"""Tables of attributes over HTTP: what each row would change, and the draft made of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePath
from typing import Any, Literal

from flask import Response, jsonify, request, send_file
from flask_openapi3 import APIBlueprint, FileStorage, Tag
from pydantic import BaseModel, ConfigDict, Field, model_validator

from landgis.bootstrap import Services
from landgis.cadastre.drafts import Heading
from landgis.documents.words import language
from landgis.errors import TooLarge
from landgis.ingest.attribute_table import TableChoices, read_attribute_table
from landgis.ingest.evidence import parse_field
from landgis.services.attribute_answer import answer, suffix_of
from landgis.services.attributes import Asking, Judged
from landgis.services.examine import work_folder
from landgis.web.access import principal, require
from landgis.web.draft_bodies import Line
from landgis.web.draft_render import DraftRenderer
from landgis.web.idempotency import token
from landgis.web.parcels import Name

TAG = Tag(name="attributes", description="Tables of attributes joined to parcels by their names")

TABLE_BYTES = 64 * 1024**2
"""Largest table over HTTP: it is read while its sender waits."""

MEDIA = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class TableBody(BaseModel):
    """A table with what its sender knows about it."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    file: FileStorage = Field(description=".xlsx, .csv or .txt")
    sheet: str | None = Field(None, max_length=255, pattern=r"^[^\x00]*$")
    unit: Name | None = Field(None, description="unit of rows that name none")
    base: int | None = Field(None, ge=0, lt=2**53, description="revision the table was made from")
    profile: Name | None = None
    map: list[str] = Field([], max_length=100, description="COLUMN=target, as often as needed")

    @model_validator(mode="before")
    @classmethod
    def as_sent(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Take texts as they were sent: the framework makes a number of a unit's code."""
        sent = {name: request.form[name] for name in values if name in request.form}
        return values | sent | ({"map": request.form.getlist("map")} if "map" in sent else {})

    def choices(self) -> TableChoices:
        """Answer what was chosen; ``UsageError`` ``bad_map``."""
        fields = tuple(parse_field(pair) for pair in self.map)
        return TableChoices(self.sheet, self.unit, fields, self.profile)


class DryRunBody(TableBody):
    """A table, and in which form the answer is wanted."""

    format: Literal["json", "file"] = Field("json", description="file: the same, with a column")
    lang: Literal["vi", "en"] | None = Field(None, description="the jurisdiction's own if not said")


class ProposeTableBody(TableBody):
    """A table, and the heading of the draft to be made of it."""

    record_no: Line
    reason: Line
    basis: Line | None = None

    def heading(self) -> Heading:
        """Answer the heading of the draft."""
        return Heading(self.record_no, self.reason, self.basis)


def blueprint(services: Services) -> APIBlueprint:
    """Answer the routes of tables of attributes."""
    api = APIBlueprint("attributes", __name__, url_prefix="/api/v1/attributes", abp_tags=[TAG])
    renderer = DraftRenderer(services.jurisdiction)
    stories = services.editing.attributes

    @api.post("", summary="What each row of a table would change; nothing is written")
    @require("edit")
    def dry_run(form: DryRunBody) -> Response:
        with _judged(services, form) as (judged, workdir):
            if form.format == "json":
                return jsonify(_document(judged))
            lang = language(form.lang, services.jurisdiction)
            return _file(judged, answer(judged, workdir, lang))

    @api.post("/propose", summary="Make a draft of what a table changes: 201")
    @require("edit")
    def propose(form: ProposeTableBody) -> tuple[Response, int]:
        with _judged(services, form) as (judged, _):
            made = stories.propose(judged, principal(), form.heading(), token())
            document: dict[str, Any] = renderer.draft(made)
            response = jsonify({**document, "attributes": _document(judged)})
        response.set_etag(str(made.draft.rev))
        return response, 201

    return api


@contextmanager
def _judged(services: Services, form: TableBody) -> Iterator[tuple[Judged, Path]]:
    """Read the table that was sent and judge its rows; its folder is gone when the block ends."""
    name = PurePath((form.file.filename or "table").replace("\\", "/")).name
    shown = "".join(letter if letter.isprintable() else "?" for letter in name)
    with work_folder() as workdir:
        stored = workdir / f"sent{PurePath(shown).suffix.lower()}"
        with stored.open("wb") as out:
            while chunk := form.file.stream.read(1024 * 1024):
                out.write(chunk)
                if out.tell() > TABLE_BYTES:
                    raise TooLarge(
                        "too_large",
                        f"The table is larger than {TABLE_BYTES} bytes",
                        limit=TABLE_BYTES,
                    )
        choices = form.choices()
        table = read_attribute_table(stored, workdir, choices, services.jurisdiction, shown)
        asking = Asking(form.unit, form.base)
        yield services.editing.attributes.judge(table, principal(), asking), workdir


def _document(judged: Judged) -> dict[str, Any]:
    return {
        "file": judged.table.source.name,
        "counts": judged.counts(),
        "columns": {t: list(c.columns) for t, c in judged.table.mapping.columns.items()},
        "personal": list(judged.table.mapping.personal),
        "unused": list(judged.table.mapping.unused),
        "rows": [found.document() for found in judged.results],
    }


def _file(judged: Judged, content: bytes) -> Response:
    suffix = suffix_of(judged)
    stem = PurePath(judged.table.source.name).stem
    return send_file(
        BytesIO(content),
        mimetype=MEDIA[suffix],
        as_attachment=True,
        download_name=f"{stem}-answer{suffix}",
        max_age=0,
    )

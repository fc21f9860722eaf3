"""The officers' pages of imports: hand in files, see what they became, publish."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from pydantic import ValidationError

from landgis.bootstrap import Services
from landgis.cadastre.batches import Batch
from landgis.documents import evidence
from landgis.documents.shown import sender
from landgis.documents.words import Words
from landgis.errors import LandgisError, UsageError
from landgis.services.load import WAITING, may_see
from landgis.web import finding_groups
from landgis.web.access import principal, require
from landgis.web.form_pages import FormPages
from landgis.web.handing_in import Intake
from landgis.web.import_form import UploadBody
from landgis.web.static import Assets

AT_WORK = frozenset({*WAITING, "publishing"})
OPTIONS = ("unit", "crs", "encoding", "layer", "map_scale", "dry_run")
"""Fields of the form beside the file."""


def blueprint(services: Services) -> Blueprint:
    """Answer the routes of the pages; what their script does, the API does."""
    pages, shown = Blueprint("import_pages", __name__), _Pages(services)

    @pages.get("/imports")
    @require("import")
    def imports() -> Response:
        return shown.listed()

    @pages.post("/imports")
    @require("import")
    def hand_in() -> Response:
        return shown.hand_in()

    @pages.get("/imports/<uuid:batch_id>")
    @require("import")
    def one(batch_id: UUID) -> Response:
        return shown.one(batch_id)

    @pages.post("/imports/<uuid:batch_id>")
    @require("import")
    def act(batch_id: UUID) -> Response:
        return shown.act(batch_id, request.form.get("act", ""))

    return pages


class _Pages:
    """What the pages show, and do without a script."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._load, self._jurisdiction = services.load, services.jurisdiction
        self._forms, self._intake = FormPages(services), Intake(services)
        self._assets = Assets(services.settings.static_dir)

    def listed(self, wrong: LandgisError | None = None) -> Response:
        mine = [batch for batch in self._load.batches() if may_see(batch, principal())]
        scales = sorted(self._jurisdiction.limits.scales)
        return self._show(
            "imports.html", wrong, Words(self._forms.lang()), batches=mine, scales=scales
        )

    def hand_in(self) -> Response:
        try:
            taken = [
                batch
                for file in request.files.getlist("file")
                for batch, _ in self._intake.take(_form(file)).batches
            ]
        except LandgisError as wrong:
            return self.listed(wrong)
        where = f"/imports/{taken[0].batch_id}" if len(taken) == 1 else "/imports"
        return self._forms.see(self._forms.url(where))

    def act(self, batch_id: UUID, what: str) -> Response:
        here = f"/imports/{batch_id}"
        try:
            self._load.get(batch_id, principal())
            if what == "publish":
                self._intake.publish(batch_id)
                return self._forms.see(self._forms.url(here, asked="publish"))
            if what in {"accept", "take_back"}:
                return self._say(batch_id, what)
            if what != "cancel":
                raise UsageError(
                    "bad_act", "Say act=publish, act=cancel, act=accept or act=take_back"
                )
            self._load.cancel(batch_id, principal())
            self._intake.remove(batch_id)
        except LandgisError as wrong:
            return self.one(batch_id, wrong)
        return self._forms.see(self._forms.url(here))

    def _say(self, batch_id: UUID, what: str) -> Response:
        """Keep a word on a finding and show the page as it was, at the finding."""
        name, stories = request.form.get("finding", ""), self._services.findings
        if what == "accept":
            stories.accept(batch_id, name, principal(), request.form.get("why", ""))
        else:
            stories.take_back(batch_id, name, principal())
        kept = {name: request.args.get(name) for name in (*finding_groups.FILTERS, "after")}
        return self._forms.see(self._forms.url(f"/imports/{batch_id}", **kept) + f"#f-{name}")

    def one(self, batch_id: UUID, wrong: LandgisError | None = None) -> Response:
        batch, words = self._load.get(batch_id, principal()), Words(self._forms.lang())
        is_examined = batch.status in {"staged", "publishing", "published"}
        found = finding_groups.shown(self._services, batch, words) if is_examined else None
        mapping = batch.evidence.get("mapping", {})
        return self._show(
            "import.html",
            wrong,
            words,
            batch=batch,
            is_examined=is_examined,
            is_at_work=batch.status in AT_WORK or _waits_for_publication(batch),
            may_publish=batch.status == "staged" and _may_be_published(batch),
            may_cancel=batch.status in {*WAITING, "staged"},
            found=found,
            decisions=evidence.decisions(batch.evidence, words),
            fields=evidence.field_lines(mapping, words),
            personal=mapping.get("personal", []),
            notes=[words.pick(note["message"]) for note in batch.evidence.get("notes", ())],
        )

    def _show(
        self, template: str, wrong: LandgisError | None, words: Words, **values: Any
    ) -> Response:
        return self._forms.show(
            template,
            wrong=wrong,
            asset=self._assets.url,
            words=words,
            pill=_pill,
            local=self._jurisdiction.local_time,
            sender=sender,
            **values,
        )


def _form(file: Any) -> UploadBody:
    said = {name: value for name in OPTIONS if (value := request.form.get(name, "").strip())}
    try:
        return UploadBody.model_validate({"file": file, **said})
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError("bad_form", f"{where}: {first['msg']}") from wrong


def _may_be_published(batch: Batch) -> bool:
    return bool(batch.counts.accepted) and not batch.options.get("dry_run")


def _waits_for_publication(batch: Batch) -> bool:
    """Answer whether a worker has still to take up what was just asked for."""
    return request.args.get("asked") == "publish" and batch.status == "staged" and not batch.error


def _pill(batch: Batch) -> str:
    """Answer the colour of a batch's status; the word stands in it."""
    if batch.status in {"refused", "failed"}:
        return "bad"
    if batch.status == "published":
        return "ok"
    held = batch.counts.quarantined + batch.counts.unreadable
    return "warn" if batch.status == "staged" and held else ""

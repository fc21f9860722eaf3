"""The officers' pages of imports: hand in files, see what they became, publish."""

from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from pydantic import ValidationError

from landgis.bootstrap import Services
from landgis.cadastre.batches import Batch
from landgis.documents import evidence
from landgis.documents.words import Words, basis_text, in_runs
from landgis.errors import LandgisError, UsageError
from landgis.services.load import WAITING, may_see
from landgis.web.access import principal, require
from landgis.web.form_pages import FormPages
from landgis.web.handing_in import Intake
from landgis.web.import_form import UploadBody
from landgis.web.static import Assets

AT_WORK = frozenset({*WAITING, "publishing"})
SHOWN_FINDINGS = 200
"""Findings on the page; the workbook has them all."""

OPTIONS = ("unit", "crs", "encoding", "layer", "dry_run")
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
        self._load, self._jurisdiction = services.load, services.jurisdiction
        self._forms, self._intake = FormPages(services), Intake(services)
        self._assets = Assets(services.settings.static_dir)

    def listed(self, wrong: LandgisError | None = None) -> Response:
        mine = [batch for batch in self._load.batches() if may_see(batch, principal())]
        return self._show("imports.html", wrong, Words(self._forms.lang()), batches=mine)

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
            if what != "cancel":
                raise UsageError("bad_act", "Say act=publish or act=cancel")
            self._load.cancel(batch_id, principal())
            self._intake.remove(batch_id)
        except LandgisError as wrong:
            return self.one(batch_id, wrong)
        return self._forms.see(self._forms.url(here))

    def one(self, batch_id: UUID, wrong: LandgisError | None = None) -> Response:
        batch, words = self._load.get(batch_id, principal()), Words(self._forms.lang())
        is_examined = batch.status in {"staged", "publishing", "published"}
        found = self._load.findings(batch_id, principal()) if is_examined else []
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
            groups=_groups(found, words),
            findings=sum(1 for finding in found if finding["outcome"] == "fail"),
            shown_findings=SHOWN_FINDINGS,
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
            sender=lambda name: name.partition(":")[2] or name,
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


def _groups(findings: list[dict[str, Any]], words: Words) -> list[dict[str, Any]]:
    """Answer findings rule by rule, what failed first in the order of the report."""
    failed = [finding for finding in findings if finding["outcome"] == "fail"][:SHOWN_FINDINGS]
    return [
        {
            "rule": rule,
            "title": words.pick(lines[0]["title"]),
            "severity": lines[0]["severity"],
            "remedy": words.pick(lines[0]["remedy"]),
            "basis": basis_text(lines[0]["basis"]) or words("findings.basis.none"),
            "lines": [_line(line, words) for line in lines],
        }
        for rule, found in groupby(failed, key=lambda finding: finding["rule"])
        if (lines := list(found))
    ]


def _line(finding: dict[str, Any], words: Words) -> dict[str, Any]:
    place = finding["place"]
    at = [words.number(value, 6) for value in place["coordinates"]] if place else []
    return {
        "message": words.pick(finding["message"]),
        "rows": in_runs(finding["rows"]),
        "place": "; ".join(reversed(at)),
        "measured": words.measured(finding["measured"], finding["unit"]),
        "limit": words.measured(finding["limit"], finding["unit"]),
    }

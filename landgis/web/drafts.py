"""Drafts over HTTP: open one, change it step by step, hand it in, decide on it."""

from pathlib import PurePath
from uuid import UUID

from flask import Response, current_app, jsonify, request, url_for
from flask_openapi3 import APIBlueprint, Tag
from werkzeug.http import parse_etags

from landgis.cadastre.drafts import Heading
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.errors import PreconditionMissing, TooLarge, UsageError
from landgis.services.editing import Editing
from landgis.services.editing.asked import Asked
from landgis.services.editing.drafting import MOST_BYTES
from landgis.services.editing.showing import Shown
from landgis.services.editing.surroundings import Surroundings
from landgis.web.access import MARK, SAFE, principal, require
from landgis.web.draft_bodies import (
    ApproveBody,
    CommitBody,
    ConsentBody,
    ConsentPath,
    ContextQuery,
    DocumentPath,
    DraftPath,
    FileBody,
    HeadingBody,
    ListQuery,
    PreviewBody,
    RenameBody,
    ReturnBody,
)
from landgis.web.draft_render import DraftRenderer
from landgis.web.idempotency import token
from landgis.web.parcels import NoQuery

TAG = Tag(name="drafts", description="Changes of the register, from their author to approval")


LARGEST_FORM = MOST_BYTES + 64 * 1024
"""A file of the largest size with what a form puts around it, in bytes."""


def blueprint(stories: Editing, jurisdiction: Jurisdiction) -> APIBlueprint:
    """Answer the routes of drafts."""
    api = APIBlueprint("drafts", __name__, url_prefix="/api/v1/drafts", abp_tags=[TAG])
    renderer = DraftRenderer(jurisdiction)

    @api.before_request
    def precede() -> None:
        """Answer 403, 404 and 428 before anything is said about the body."""
        draft_id = _draft_id()
        if draft_id is not None:
            view = current_app.view_functions[request.endpoint or ""]
            stories.drafts.admit(draft_id, getattr(view, MARK, None), principal())
            if request.method not in SAFE:
                request.max_content_length = min(request.max_content_length or 0, LARGEST_FORM)
                _rev()

    _add_reading(api, stories, renderer)
    _add_papers(api, stories, renderer)
    _add_steps(api, stories, renderer)
    _add_states(api, stories, renderer)
    return api


def _add_reading(api: APIBlueprint, stories: Editing, renderer: DraftRenderer) -> None:
    @api.get("", summary="The drafts that the asker may read, the newest first")
    @require("drafts")
    def listed(query: ListQuery) -> Response:
        found = stories.drafts.listed(principal(), query.state, mine=query.mine)
        drafts = [renderer.draft(shown) for shown in found]
        for draft in drafts:
            del draft["change"]
        return jsonify({"drafts": drafts})

    @api.get("/<draft_id>", summary="A draft with everything it changes")
    @require("drafts")
    def one(path: DraftPath, query: NoQuery) -> Response:  # noqa: ARG001 - refuses parameters
        return _answer(renderer, stories.drafts.get(path.draft_id, principal()))

    @api.get("/<draft_id>/context", summary="Parcels, nodes and boundary lines around a place")
    @require("drafts")
    def context(path: DraftPath, query: ContextQuery) -> Response:
        return jsonify(renderer.surroundings(_around(stories, path.draft_id, query)))


def _add_papers(api: APIBlueprint, stories: Editing, renderer: DraftRenderer) -> None:
    @api.post("", summary="Open a draft: 201")
    @require("edit")
    def create(body: HeadingBody) -> tuple[Response, int]:
        heading = Heading(body.record_no, body.reason, body.basis)
        shown = stories.drafts.create(heading, principal(), token())
        response = _answer(renderer, shown)
        response.headers["Location"] = url_for("drafts.one", draft_id=shown.draft.draft_id)
        return response, 201

    @api.patch("/<draft_id>", summary="Change its number, reason or basis")
    @require("edit")
    def rename(path: DraftPath, body: RenameBody) -> Response:
        return _answer(renderer, stories.drafts.rename(path.draft_id, _asked(), body.changes()))

    @api.post("/<draft_id>/documents", summary="Rest it on a PDF, PNG or JPEG of at most 20 MiB")
    @require("edit")
    def attach(path: DraftPath, form: FileBody) -> Response:
        with form.file.stream as stream:
            content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise TooLarge(
                "too_large", f"The file is larger than {MOST_BYTES} bytes", limit=MOST_BYTES
            )
        name = _file_name(form.file.filename)
        return _answer(renderer, stories.drafts.attach(path.draft_id, _asked(), name, content))

    @api.put("/<draft_id>/consents/<parcel_id>", summary="What the holders of a parcel say to it")
    @require("edit")
    def consent(path: ConsentPath, body: ConsentBody) -> Response:
        shown = stories.drafts.consent(path.draft_id, _asked(), path.parcel_id, body.text)
        return _answer(renderer, shown)

    @api.get("/<draft_id>/documents/<sha256>", summary="A document, to be saved and not shown")
    @require("drafts")
    def document(path: DocumentPath, query: NoQuery) -> Response:  # noqa: ARG001
        paper, content = stories.drafts.paper(
            path.draft_id, bytes.fromhex(path.sha256), principal()
        )
        response = Response(content, mimetype=paper.media_type)
        response.headers.set("Content-Disposition", "attachment", filename=paper.name)
        response.headers["Content-Security-Policy"] = "sandbox"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def _add_steps(api: APIBlueprint, stories: Editing, renderer: DraftRenderer) -> None:
    @api.post("/<draft_id>/preview", summary="Try a step; the newest one tried can be taken")
    @require("edit")
    def preview(path: DraftPath, body: PreviewBody) -> Response:
        tried = stories.previews.attempt(path.draft_id, _asked(), body.root.value())
        return jsonify(renderer.preview(tried))

    @api.post("/<draft_id>/commit", summary="Take the step that was tried last")
    @require("edit")
    def commit(path: DraftPath, body: CommitBody) -> Response:
        return _answer(renderer, stories.drafts.commit(path.draft_id, _asked(), body.token))

    @api.post("/<draft_id>/undo", summary="Go back a step")
    @require("edit")
    def undo(path: DraftPath) -> Response:
        return _answer(renderer, stories.drafts.undo(path.draft_id, _asked()))

    @api.post("/<draft_id>/redo", summary="Take an undone step again")
    @require("edit")
    def redo(path: DraftPath) -> Response:
        return _answer(renderer, stories.drafts.redo(path.draft_id, _asked()))


def _add_states(api: APIBlueprint, stories: Editing, renderer: DraftRenderer) -> None:
    @api.post("/<draft_id>/submit", summary="Hand it in for another person's approval")
    @require("edit")
    def submit(path: DraftPath) -> Response:
        return _answer(renderer, stories.drafts.submit(path.draft_id, _asked()))

    @api.post("/<draft_id>/abandon", summary="Give it up for good")
    @require("edit")
    def abandon(path: DraftPath) -> Response:
        return _answer(renderer, stories.drafts.abandon(path.draft_id, _asked()))

    @api.post("/<draft_id>/return", summary="Give it back to its author, with the reason")
    @require("review")
    def give_back(path: DraftPath, body: ReturnBody) -> Response:
        return _answer(renderer, stories.approvals.give_back(path.draft_id, _asked(), body.comment))

    @api.post("/<draft_id>/approve", summary="Make its change the register's next revision")
    @require("review")
    def approve(path: DraftPath, body: ApproveBody) -> Response:
        shown = bytes.fromhex(body.sha256)
        return _answer(renderer, stories.approvals.approve(path.draft_id, _asked(), shown))


def _answer(renderer: DraftRenderer, shown: Shown) -> Response:
    response = jsonify(renderer.draft(shown))
    response.set_etag(str(shown.draft.rev))
    return response


def _asked() -> Asked:
    return Asked(principal(), _rev(), token())


def _rev() -> int:
    """Answer which state of the draft the request was made for."""
    header = request.headers.get("If-Match")
    if header is None:
        raise PreconditionMissing(
            "if_match_missing", 'Send If-Match: "<rev>" with the rev of the draft as you read it'
        )
    tags = parse_etags(header).as_set()
    rev = tags.pop() if len(tags) == 1 else ""
    if not (rev.isascii() and rev.isdigit() and len(rev) < len(str(2**63))):
        raise UsageError("bad_if_match", f'If-Match must be "<rev>", not {header}')
    return int(rev)


def _draft_id() -> UUID | None:
    """Answer the draft that the path names; None for none, which the view answers."""
    try:
        return UUID((request.view_args or {})["draft_id"])
    except (KeyError, ValueError):
        return None


def _around(stories: Editing, draft_id: UUID, query: ContextQuery) -> Surroundings:
    if (query.bbox is None) == (query.parcel is None):
        raise UsageError("bad_parameter", "Give either bbox or parcel")
    if query.parcel is not None:
        return stories.surroundings.of_parcel(draft_id, query.parcel, principal())
    try:
        west, south, east, north = map(float, (query.bbox or "").split(","))
    except ValueError as problem:
        raise UsageError("bad_box", "bbox is west,south,east,north in degrees") from problem
    return stories.surroundings.of_box(draft_id, (west, south, east, north), principal())


def _file_name(sent: str | None) -> str:
    name = PurePath((sent or "").replace("\\", "/")).name
    if not name:
        raise UsageError("file_missing", "Send the file as the form field 'file', with its name")
    # What is not printable has no place in a list that people read, NUL none in the database.
    return "".join(letter if letter.isprintable() else "?" for letter in name)

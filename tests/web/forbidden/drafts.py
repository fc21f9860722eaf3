"""Drafts of oneself judged by oneself, drafts of other people and of other communes."""

import hashlib
from io import BytesIO
from uuid import uuid4

from werkzeug.test import TestResponse

from landgis.services.editing.showing import Shown
from tests.office import PDF, Office
from tests.web.forbidden.act import WARD, approval, enter, path, refused, seen, splitting

# -- Two persons ------------------------------------------------------------------------------


@refused("an officer with both roles approves his own draft", 403, "own_draft")
def _(office: Office) -> TestResponse:
    login = office.newcomer(("officer", WARD), ("reviewer", WARD))
    shown = office.draft("submitted", author=login)
    return enter(office, login).post(path(shown, "/approve"), **approval(shown))


@refused("an officer approves his own draft under his second account", 403, "own_draft")
def _(office: Office) -> TestResponse:
    login = office.newcomer(("officer", WARD))
    second = office.newcomer(("reviewer", WARD), same_person_as=login)
    shown = office.draft("submitted", author=login)
    return enter(office, second).post(path(shown, "/approve"), **approval(shown))


@refused("an officer returns his own draft to himself", 403, "own_draft")
def _(office: Office) -> TestResponse:
    login = office.newcomer(("officer", WARD), ("reviewer", WARD))
    shown = office.draft("submitted", author=login)
    sent = {"json": {"comment": "nhầm"}, "headers": seen(shown)}
    return enter(office, login).post(path(shown, "/return"), **sent)


@refused("a reviewer approves something else than he was shown", 409, "changed_since_shown")
def _(office: Office) -> TestResponse:
    shown = office.draft("submitted")
    other = approval(shown, sha256="0" * 64)
    return office.browser("reviewer").post(path(shown, "/approve"), **other)


@refused("a reviewer approves what nobody has submitted", 409, "draft_not_submitted")
def _(office: Office) -> TestResponse:
    shown = office.draft()
    return office.browser("reviewer").post(path(shown, "/approve"), **approval(shown))


@refused("a reviewer approves a second time", 409, None)
def _(office: Office) -> TestResponse:
    shown, browser = office.draft("submitted"), office.browser("reviewer")
    assert browser.post(path(shown, "/approve"), **approval(shown)).status_code == 200
    return browser.post(path(shown, "/approve"), **approval(shown))


@refused("a reviewer names another approver", 422, "bad_body")
def _(office: Office) -> TestResponse:
    shown = office.draft("submitted")
    sent = approval(shown, approver="user:registrar-own")
    return office.browser("reviewer").post(path(shown, "/approve"), **sent)


@refused("an author changes what lies before the reviewer", 409, "draft_not_open")
def _(office: Office) -> TestResponse:
    shown = office.draft("submitted")
    return office.browser("officer").post(path(shown, "/undo"), headers=seen(shown))


# -- Other people's drafts, other communes ----------------------------------------------------


@refused("a colleague of the same commune changes a draft", 403, "not_author")
def _(office: Office) -> TestResponse:
    shown, colleague = office.draft(), office.newcomer(("officer", WARD))
    sent = {"json": {"reason": "khác"}, "headers": seen(shown)}
    return enter(office, colleague).send("PATCH", path(shown), **sent)


@refused("a colleague gives a draft up", 403, "not_author")
def _(office: Office) -> TestResponse:
    shown, colleague = office.draft(), office.newcomer(("officer", WARD))
    return enter(office, colleague).post(path(shown, "/abandon"), headers=seen(shown))


@refused("a reviewer changes what he is to judge", 403, "scope_missing")
def _(office: Office) -> TestResponse:
    shown = office.draft()
    return office.browser("reviewer").post(path(shown, "/undo"), headers=seen(shown))


@refused("an officer of another commune reads a draft", 403, "other_unit")
def _(office: Office) -> TestResponse:
    return office.browser("officer", "other").get(path(office.draft()))


@refused("a reviewer of another commune approves", 403, "other_unit")
def _(office: Office) -> TestResponse:
    shown = office.draft("submitted")
    return office.browser("reviewer", "other").post(path(shown, "/approve"), **approval(shown))


@refused("a split of another commune's parcel, named in the body", 403, "other_unit")
def _(office: Office) -> TestResponse:
    shown = office.draft("new")
    sent = {"json": splitting(next(office.foreign).halving()), "headers": seen(shown)}
    return office.browser("officer").post(path(shown, "/preview"), **sent)


@refused("a merge that takes another commune's parcel along", 403, "other_unit")
def _(office: Office) -> TestResponse:
    shown, both = office.draft("new"), (next(office.squares), next(office.foreign))
    body = {"op": "merge", "parcels": [str(square.parcel_id) for square in both]}
    sent = {"json": body, "headers": seen(shown)}
    return office.browser("officer").post(path(shown, "/preview"), **sent)


@refused("another commune's revision taken back", 403, "other_unit")
def _(office: Office) -> TestResponse:
    theirs = office.draft("submitted", author="officer-other", land=next(office.foreign))
    reviewer = office.browser("reviewer", "other")
    revision = reviewer.post(path(theirs, "/approve"), **approval(theirs)).json["revision"]
    shown = office.draft("new")
    sent = {"json": {"op": "undo", "revision": revision}, "headers": seen(shown)}
    return office.browser("officer").post(path(shown, "/preview"), **sent)


@refused("the surroundings of another commune's draft", 403, "other_unit")
def _(office: Office) -> TestResponse:
    box = {"bbox": "106.11,11.26,106.111,11.261"}
    where = path(office.draft(), "/context")
    return office.browser("officer", "other").get(where, query_string=box)


@refused("the preview of one draft taken in another", 409, "preview_gone")
def _(office: Office) -> TestResponse:
    mine, other, browser = office.draft("new"), office.draft("new"), office.browser("officer")
    body = splitting(next(office.squares).halving())
    tried = browser.post(path(other, "/preview"), json=body, headers=seen(other))
    assert tried.json["can_commit"]
    sent = {"json": {"token": tried.json["token"]}, "headers": seen(mine)}
    return browser.post(path(mine, "/commit"), **sent)


@refused("a document of another commune's draft", 403, "other_unit")
def _(office: Office) -> TestResponse:
    return office.browser("officer", "other").get(document_of(office, office.draft()))


@refused("another draft's document, by way of one's own", 404, "no_such_document")
def _(office: Office) -> TestResponse:
    sha256 = document_of(office, office.draft()).rsplit("/", 1)[1]
    own = office.draft(author=office.newcomer(("officer", WARD)))
    return office.browser("officer").get(path(own, f"/documents/{sha256}"))


def document_of(office: Office, shown: Shown) -> str:
    """Rest a draft on a file that no other draft has; answer the file's path."""
    content = PDF + uuid4().bytes
    sent = {"data": {"file": (BytesIO(content), "a.pdf")}, "headers": seen(shown)}
    assert office.browser("officer").post(path(shown, "/documents"), **sent).status_code == 200
    return path(shown, f"/documents/{hashlib.sha256(content).hexdigest()}")

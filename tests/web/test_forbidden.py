"""Forbidden acts, thought up one by one and tried over HTTP: what must not work does not.

Written apart from the table of rights: people who know the system try to get around it.
"""

import hashlib
from collections.abc import Callable
from io import BytesIO
from typing import Any, NamedTuple
from uuid import uuid4

import pyotp
import pytest
from werkzeug.test import TestResponse

from landgis.services.editing.operations import Split
from landgis.services.editing.showing import Shown
from tests.office import PDF, Office, a_file
from tests.people import HOA_THANH, PASSWORD, ROOT, TAN_NINH, Browser

pytestmark = pytest.mark.db

WARD, OTHER_WARD = frozenset({HOA_THANH}), frozenset({TAN_NINH})
HEADING = {"record_no": "HS-1", "reason": "tách thửa"}

Try = Callable[[Office], TestResponse]


class Act(NamedTuple):
    what: str
    status: int
    code: str | None
    attempt: Try


ACTS: list[Act] = []


def refused(what: str, status: int, code: str | None) -> Callable[[Try], Try]:
    """Enter an act in the list, with the answer it must get."""

    def enter(attempt: Try) -> Try:
        ACTS.append(Act(what, status, code, attempt))
        return attempt

    return enter


def path(shown: Shown, act: str = "") -> str:
    return f"/api/v1/drafts/{shown.draft.draft_id}{act}"


def seen(shown: Shown) -> dict[str, str]:
    return {"If-Match": f'"{shown.draft.rev}"'}


def approval(shown: Shown, **more: object) -> dict[str, Any]:
    return {"json": {"sha256": shown.sha256.hex(), **more}, "headers": seen(shown)}


def splitting(cut: Split) -> dict[str, Any]:
    halves = [{"register_area_m2": 50.0, "land_uses": []}] * 2
    body = {"op": "split", "parcel_id": str(cut.parcel_id), "line": cut.line, "epsg": cut.epsg}
    return {**body, "allocation": halves}


def enter(office: Office, login: str) -> Browser:
    browser = Browser(office.app)
    assert browser.sign_in(login).status_code == 303
    return browser


def phone_of(office: Office, login: str) -> pyotp.TOTP:
    """Join a telephone to an account; the code that confirmed it is used up."""
    stories, account = office.services.sign_in, office.services.accounts.get(login, ROOT)
    stories.begin_totp(account)
    totp = pyotp.TOTP(stories.pending_totp(account).secret.replace(" ", ""))
    stories.confirm_totp(account, totp.now())
    return totp


# -- The session ------------------------------------------------------------------------------


@refused("a form of another site, with the cookie but without the token", 403, "csrf_missing")
def _(office: Office) -> TestResponse:
    return office.browser("officer").client.post("/api/v1/drafts", json=HEADING)


@refused("a guessed token", 403, "csrf_wrong")
def _(office: Office) -> TestResponse:
    browser = office.browser("officer")
    browser.csrf = "0" * 43
    return browser.post("/api/v1/drafts", json=HEADING)


@refused("the token of a colleague's session", 403, "csrf_wrong")
def _(office: Office) -> TestResponse:
    browser = office.browser("officer")
    browser.csrf = office.browser("reviewer").csrf
    return browser.post("/api/v1/drafts", json=HEADING)


@refused("the right token sent from another origin", 403, "cross_site")
def _(office: Office) -> TestResponse:
    headers = {"Origin": "https://elsewhere.example"}
    return office.browser("officer").post("/api/v1/drafts", json=HEADING, headers=headers)


@refused("the right token sent from a sister site", 403, "cross_site")
def _(office: Office) -> TestResponse:
    headers = {"Sec-Fetch-Site": "same-site"}
    return office.browser("officer").post("/api/v1/drafts", json=HEADING, headers=headers)


@refused("a cookie kept from before signing out", 401, "sign_in_needed")
def _(office: Office) -> TestResponse:
    browser = office.browser("officer")
    cookie = browser.client.get_cookie("sid").value
    browser.submit("/logout")
    browser.client.set_cookie("sid", cookie)
    return browser.post("/api/v1/drafts", json=HEADING)


@refused("a session of an account disabled meanwhile", 401, "sign_in_needed")
def _(office: Office) -> TestResponse:
    login = office.newcomer(("officer", WARD))
    browser = enter(office, login)
    office.services.accounts.disable(login, ROOT)
    return browser.post("/api/v1/drafts", json=HEADING)


@refused("a session from before the password was reset", 401, "sign_in_needed")
def _(office: Office) -> TestResponse:
    login = office.newcomer(("officer", WARD))
    browser = enter(office, login)
    office.services.accounts.reset(login, ROOT)
    return browser.post("/api/v1/drafts", json=HEADING)


@refused("what the database keeps of a session, sent as the cookie", 401, "sign_in_needed")
def _(office: Office) -> TestResponse:
    browser = office.browser("officer")
    kept = hashlib.sha256(browser.client.get_cookie("sid").value.encode()).hexdigest()
    browser.client.set_cookie("sid", kept)
    return browser.post("/api/v1/drafts", json=HEADING)


@refused("work with the password alone where a code is asked for", 401, "sign_in_needed")
def _(office: Office) -> TestResponse:
    login = office.newcomer(("officer", WARD))
    phone_of(office, login)
    return enter(office, login).post("/api/v1/drafts", json=HEADING)


@refused("a code of the telephone used a second time", 401, None)
def _(office: Office) -> TestResponse:
    login = office.newcomer(("officer", WARD))
    totp = phone_of(office, login)
    opened = office.services.sign_in.sign_in(login, PASSWORD)
    browser = Browser(office.app)
    browser.client.set_cookie("sid", opened.token)
    browser.csrf = opened.session.csrf
    return browser.submit("/login", code=totp.now())


@refused("a role taken away since the last request", 403, "scope_missing")
def _(office: Office) -> TestResponse:
    login = office.newcomer(("officer", WARD))
    browser = enter(office, login)
    assert browser.post("/api/v1/drafts", json=HEADING).status_code == 201
    office.services.accounts.revoke(login, "officer", ROOT)
    return browser.post("/api/v1/drafts", json=HEADING)


@refused("work under a password that an administrator knows", 403, "password_must_change")
def _(office: Office) -> TestResponse:
    login = f"given{next(office.numbers)}"
    made = office.services.accounts.create(login, "Mới", ROOT, roles=[("officer", WARD)])
    browser = Browser(office.app)
    browser.sign_in(login, made.password)
    return browser.post("/api/v1/drafts", json=HEADING)


@refused("the right password after five wrong ones", 429, None)
def _(office: Office) -> TestResponse:
    login = office.newcomer()
    browser = Browser(office.app)
    for _ in range(5):
        browser.sign_in(login, "sai mật khẩu rồi")
    return browser.sign_in(login)


# -- Keys -------------------------------------------------------------------------------------


@refused("a key in the address", 401, "key_needed")
def _(office: Office) -> TestResponse:
    words = {"key": office.key("import"), "api_key": office.key("import")}
    return office.app.test_client().get(f"/api/v1/imports/{office.batch()}", query_string=words)


@refused("a key in the form", 401, "key_needed")
def _(office: Office) -> TestResponse:
    data = {"key": office.key("import"), "file": (BytesIO(a_file()), "a.geojson")}
    return office.app.test_client().post("/api/v1/imports", data=data)


@refused("a key in the session's cookie", 401, "key_needed")
def _(office: Office) -> TestResponse:
    client = office.app.test_client()
    client.set_cookie("sid", office.key("import"))
    return client.get(f"/api/v1/imports/{office.batch()}")


@refused("a revoked key beside a good session", 401, "bad_key")
def _(office: Office) -> TestResponse:
    key = office.key("import")
    office.services.access.revoke(key.split("_")[1])
    headers = {"Authorization": f"Bearer {key}"}
    return office.browser("officer").get(f"/api/v1/imports/{office.batch()}", headers=headers)


@refused("a key that borrows the rights of the session beside it", 403, "scope_missing")
def _(office: Office) -> TestResponse:
    headers = {"Authorization": f"Bearer {office.key('register')}"}
    return office.browser("officer").post("/api/v1/drafts", json=HEADING, headers=headers)


@refused("a key that approves", 403, "scope_missing")
def _(office: Office) -> TestResponse:
    shown = office.draft("submitted")
    sent = approval(shown)
    sent["headers"] |= {"Authorization": f"Bearer {office.key('register')}"}
    return office.app.test_client().post(path(shown, "/approve"), **sent)


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


# -- More than was asked for ------------------------------------------------------------------


@refused("a draft that says of itself that it is approved", 422, "bad_body")
def _(office: Office) -> TestResponse:
    return office.browser("officer").post("/api/v1/drafts", json={**HEADING, "state": "approved"})


@refused("a draft in somebody else's name", 422, "bad_body")
def _(office: Office) -> TestResponse:
    body = {**HEADING, "author": "user:reviewer-own", "author_person": "nobody"}
    return office.browser("officer").post("/api/v1/drafts", json=body)


@refused("a draft's revision and state by way of its heading", 422, "bad_body")
def _(office: Office) -> TestResponse:
    shown = office.draft()
    sent = {"json": {"reason": "x", "revision": 1, "rev": 9}, "headers": seen(shown)}
    return office.browser("officer").send("PATCH", path(shown), **sent)


@refused("a write over what somebody has written meanwhile", 409, "stale_draft")
def _(office: Office) -> TestResponse:
    shown, browser = office.draft(), office.browser("officer")
    sent = {"json": {"reason": "lần một"}, "headers": seen(shown)}
    assert browser.send("PATCH", path(shown), **sent).status_code == 200
    return browser.send("PATCH", path(shown), **sent)


@refused("a write that does not say what it has seen", 428, "if_match_missing")
def _(office: Office) -> TestResponse:
    return office.browser("officer").post(path(office.draft(), "/submit"))


@refused("an account with its roles and its person of one's choice", 422, "bad_body")
def _(office: Office) -> TestResponse:
    body = {"login": "sneak", "shown_as": "Sneak", "roles": [{"role": "admin", "units": None}]}
    return office.browser("admin").post("/api/v1/accounts", json=body | {"person": "x"})


# -- Roles that are none on parcels, or none on accounts --------------------------------------


@refused("an administrator opens a draft", 403, "scope_missing")
def _(office: Office) -> TestResponse:
    return office.browser("admin").post("/api/v1/drafts", json=HEADING)


@refused("an administrator reads drafts", 403, "scope_missing")
def _(office: Office) -> TestResponse:
    return office.browser("admin").get(path(office.draft()))


@refused("an administrator hands in parcels", 403, "scope_missing")
def _(office: Office) -> TestResponse:
    data = {"file": (BytesIO(a_file()), "a.geojson")}
    return office.browser("admin").post("/api/v1/imports", data=data)


@refused("an administrator makes himself an officer", 403, "own_account")
def _(office: Office) -> TestResponse:
    where = "/api/v1/accounts/admin-own/roles/officer"
    return office.browser("admin").send("PUT", where, json={"units": [HOA_THANH]})


@refused("an administrator gives his other account a role", 403, "own_account")
def _(office: Office) -> TestResponse:
    second = office.newcomer(same_person_as="admin-own")
    where = f"/api/v1/accounts/{second}/roles/officer"
    return office.browser("admin").send("PUT", where, json={"units": [HOA_THANH]})


@refused("an administrator of one commune makes a registrar of all", 403, "other_unit")
def _(office: Office) -> TestResponse:
    where = f"/api/v1/accounts/{office.newcomer()}/roles/registrar"
    return office.browser("admin").send("PUT", where, json={"units": None})


@refused("an administrator of one commune takes over the account of another's", 403, "other_unit")
def _(office: Office) -> TestResponse:
    login = office.newcomer(("registrar", OTHER_WARD))
    return office.browser("admin").post(f"/api/v1/accounts/{login}/reset")


@refused("an officer gives himself the reviewer's role", 403, "scope_missing")
def _(office: Office) -> TestResponse:
    where = "/api/v1/accounts/officer-own/roles/reviewer"
    return office.browser("officer").send("PUT", where, json={"units": [HOA_THANH]})


@refused("a registrar lists accounts", 403, "scope_missing")
def _(office: Office) -> TestResponse:
    return office.browser("registrar").get("/api/v1/accounts")


@refused("an auditor writes", 403, "scope_missing")
def _(office: Office) -> TestResponse:
    shown = office.draft()
    sent = {"json": {"reason": "x"}, "headers": seen(shown)}
    return office.browser("auditor").send("PATCH", path(shown), **sent)


@refused("an auditor approves", 403, "scope_missing")
def _(office: Office) -> TestResponse:
    shown = office.draft("submitted")
    return office.browser("auditor").post(path(shown, "/approve"), **approval(shown))


@refused("a department reads a draft", 403, "scope_missing")
def _(office: Office) -> TestResponse:
    return office.browser("department").get(path(office.draft()))


@refused("a department lists drafts", 403, "scope_missing")
def _(office: Office) -> TestResponse:
    return office.browser("department").get("/api/v1/drafts")


# -- What files and withheld land hold --------------------------------------------------------


@refused("raw rows read by an officer of another commune", 404, "no_such_batch")
def _(office: Office) -> TestResponse:
    return office.browser("officer", "other").get(f"/api/v1/imports/{office.batch()}/rows")


@refused("raw rows read by a registrar of one commune", 404, "no_such_batch")
def _(office: Office) -> TestResponse:
    return office.browser("registrar").get(f"/api/v1/imports/{office.batch()}/rows")


@refused("somebody else's file published", 404, "no_such_batch")
def _(office: Office) -> TestResponse:
    colleague = enter(office, office.newcomer(("officer", WARD)))
    return colleague.post(f"/api/v1/imports/{office.batch()}/publish")


@refused("defence land looked up by an officer", 404, "no_such_parcel")
def _(office: Office) -> TestResponse:
    return office.browser("officer").get(f"/api/v1/parcels/{office.withheld}")


@refused("defence land looked up by a registrar of another commune", 404, "no_such_parcel")
def _(office: Office) -> TestResponse:
    return office.browser("registrar", "other").get(f"/api/v1/parcels/{office.withheld}")


@refused("the history of defence land read by an officer", 404, "no_such_parcel")
def _(office: Office) -> TestResponse:
    return office.browser("officer").get(f"/api/v1/parcels/{office.withheld}/history")


@refused("defence land named as what an officer wants to draw on", 404, "no_such_parcel")
def _(office: Office) -> TestResponse:
    words = {"parcel": str(office.withheld)}
    return office.browser("officer").get(path(office.draft(), "/context"), query_string=words)


@refused("defence land divided by an officer", 404, "no_such_parcel")
def _(office: Office) -> TestResponse:
    shown = office.draft("new")
    theirs = next(office.squares)._replace(parcel_id=office.withheld).halving()
    sent = {"json": splitting(theirs), "headers": seen(shown)}
    return office.browser("officer").post(path(shown, "/preview"), **sent)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.what.replace(" ", "-"))
def test_forbidden(office: Office, act: Act) -> None:
    answer = act.attempt(office)
    assert answer.status_code == act.status, answer.text[:500]
    if act.code is not None:
        assert answer.json["code"] == act.code, answer.text[:500]


def test_the_list_is_as_long_as_it_was_promised() -> None:
    assert len(ACTS) >= 40
    assert len({act.what for act in ACTS}) == len(ACTS)


def test_the_same_acts_work_for_those_who_may(office: Office) -> None:
    """Without this the list would pass on a system that refuses everything."""
    officer, reviewer = office.browser("officer"), office.browser("reviewer")
    made = officer.post("/api/v1/drafts", json={**HEADING, "basis": "Quyết định 2"})
    where, body = f"/api/v1/drafts/{made.json['id']}", splitting(next(office.squares).halving())
    rev = {"If-Match": made.headers["ETag"]}
    tried = officer.post(f"{where}/preview", json=body, headers=rev)
    token = {"token": tried.json["token"]}
    taken = officer.post(f"{where}/commit", json=token, headers=rev)
    rev = {"If-Match": taken.headers["ETag"]}
    sent = officer.post(f"{where}/submit", headers=rev)
    assert sent.json["state"] == "submitted"
    shown = reviewer.get(where)
    body, rev = {"sha256": shown.json["sha256"]}, {"If-Match": shown.headers["ETag"]}
    approved = reviewer.post(f"{where}/approve", json=body, headers=rev)
    assert (approved.status_code, approved.json["state"]) == (200, "approved")
    batch = office.batch()
    assert officer.get(f"/api/v1/imports/{batch}/rows").json["rows"]
    everywhere = enter(office, office.newcomer(("registrar", None)))
    assert everywhere.get(f"/api/v1/parcels/{office.withheld}").status_code == 200

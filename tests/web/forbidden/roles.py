"""More than was asked for, and more than a role gives."""

from io import BytesIO

from werkzeug.test import TestResponse

from tests.office import Office, a_file
from tests.people import HOA_THANH, TAN_NINH
from tests.web.forbidden.act import HEADING, approval, path, refused, seen

OTHER_WARD = frozenset({TAN_NINH})


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

"""Signing in, cookies, tokens, and keys that are not where they belong."""

import hashlib
from io import BytesIO

import pyotp
from werkzeug.test import TestResponse

from tests.office import Office, a_file
from tests.people import PASSWORD, ROOT, Browser
from tests.web.forbidden.act import HEADING, WARD, approval, enter, path, refused


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

"""Signing in as browsers do: cookies, forms, the token against forgery, where one lands."""

import re
from dataclasses import replace
from uuid import uuid4

import pyotp
import pytest
from flask import Flask

from landgis.bootstrap import Services
from landgis.web.app import create_app
from tests.people import HOA_THANH, PASSWORD, ROOT, Browser, Clock

pytestmark = pytest.mark.db


def test_session_says_who_is_in_and_what_they_may(browser: Browser, login: str) -> None:
    before = browser.get("/api/v1/session")
    assert before.json == {"account": None, "csrf": None, "may": {"public": None}}
    browser.sign_in(login)
    answer = browser.get("/api/v1/session")
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.json["account"] == {
        "login": login,
        "shown_as": login.title(),
        "roles": [{"role": "officer", "units": [HOA_THANH]}],
        "must_change": False,
    }
    assert answer.json["may"]["edit"] == [HOA_THANH]
    assert answer.json["may"]["public"] is None


def test_cookie_is_out_of_reach_for_scripts_and_other_sites(browser: Browser, login: str) -> None:
    plain = browser.sign_in(login)
    assert plain.status_code == 303
    (cookie,) = plain.headers.getlist("Set-Cookie")
    assert re.fullmatch(r"sid=[\w-]{43}; HttpOnly; Path=/; SameSite=Lax", cookie)


def test_cookie_over_https_is_bound_to_the_host(app: Flask, login: str) -> None:
    client = app.test_client()
    form = {"login": login, "password": PASSWORD}
    answer = client.post("/login", data=form, base_url="https://localhost")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert re.fullmatch(r"__Host-sid=[\w-]{43}; Secure; HttpOnly; Path=/; SameSite=Lax", cookie)
    inside = client.get("/api/v1/session", base_url="https://localhost")
    assert inside.json["account"]["login"] == login


def test_wrong_password_is_401_in_words_and_keeps_what_was_typed(
    browser: Browser, login: str
) -> None:
    answer = browser.sign_in(login, "wrong")
    assert answer.status_code == 401
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in answer.text
    assert f'value="{login}"' in answer.text
    assert "wrong" not in re.sub(r"<[^>]*>", "", answer.text)
    assert "Set-Cookie" not in answer.headers
    english = browser.client.post("/login?lang=en", data={"login": login, "password": "wrong"})
    assert "Login or password is wrong." in english.text


def test_sixth_attempt_is_429_and_says_when_to_come_back(browser: Browser, login: str) -> None:
    codes = [browser.sign_in(login, "wrong").status_code for _ in range(5)]
    assert codes == [401] * 5
    locked = browser.sign_in(login)
    assert (locked.status_code, locked.headers["Retry-After"]) == (429, "900")
    assert "Thử lại sau 15 phút" in locked.text
    assert "too_many_attempts" in locked.text


def test_code_is_asked_for_after_the_password_and_before_anything_else(
    services: Services, browser: Browser, clock: Clock, login: str
) -> None:
    browser.sign_in(login)
    assert browser.submit("/account", act="totp_begin").status_code == 303
    page = browser.get("/account").text
    assert 'class="qr"' in page
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    totp = pyotp.TOTP(secret)
    done = browser.submit("/account", act="totp_confirm", code=totp.at(clock.now))
    assert done.headers["Location"] == "/account?done=totp"
    assert "Từ nay đăng nhập cần thêm mã" in browser.get("/account?done=totp").text
    browser.submit("/logout")
    clock.pass_(seconds=30)

    half = browser.sign_in(login, next="/accounts")
    assert half.headers["Location"] == "/login?next=/accounts"
    assert browser.get("/api/v1/session").json["account"] is None
    assert browser.get("/account").status_code == 302
    page = browser.get("/login?next=/accounts").text
    assert 'name="code"' in page
    assert 'name="password"' not in page
    browser.csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    assert browser.submit("/login", code="000000").status_code == 401
    cookie = browser.client.get_cookie("sid").value
    whole = browser.submit("/login?next=/accounts", code=totp.at(clock.now))
    assert whole.headers["Location"] == "/accounts"
    assert browser.client.get_cookie("sid").value != cookie
    assert browser.get("/api/v1/session").json["account"]["login"] == login


def test_somebody_who_awaits_a_code_may_begin_anew(
    services: Services, browser: Browser, clock: Clock, login: str
) -> None:
    account = services.accounts.get(login, ROOT)
    services.sign_in.begin_totp(account)
    secret = services.sign_in.pending_totp(account).secret.replace(" ", "")
    services.sign_in.confirm_totp(account, pyotp.TOTP(secret).at(clock.now))
    browser.sign_in(login)
    page = browser.get("/login").text
    browser.csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[1]
    again = re.search(r'action="(/logout[^"]*)"', page)[1]
    assert browser.submit(again).headers["Location"] == "/login"
    assert 'name="password"' in browser.get("/login").text


def test_page_sends_whoever_is_out_to_sign_in_and_back(
    services: Services, browser: Browser, boss: str
) -> None:
    sent = browser.get("/accounts?done=granted")
    assert sent.status_code == 302
    assert sent.headers["Location"] == "/login?next=%2Faccounts%3Fdone%3Dgranted"
    back = browser.sign_in(boss, next="/accounts?done=granted")
    assert (back.status_code, back.headers["Location"]) == (303, "/accounts?done=granted")
    assert browser.get("/accounts").status_code == 200
    already = browser.get("/login?next=/accounts")
    assert (already.status_code, already.headers["Location"]) == (303, "/accounts")


def test_json_says_401_and_goes_nowhere(browser: Browser) -> None:
    answer = browser.get("/api/v1/accounts")
    assert (answer.status_code, answer.json["code"]) == (401, "sign_in_needed")


@pytest.mark.parametrize(
    "target",
    [
        *("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"),
        *("/\t/elsewhere.example", "javascript:alert(1)", "accounts", "", "/a\r\nSet-Cookie: x=1"),
    ],
)
def test_signing_in_leads_to_this_server_only(browser: Browser, login: str, target: str) -> None:
    assert browser.sign_in(login, next=target).headers["Location"] == "/officer"


def test_page_without_the_right_is_403_in_words(browser: Browser, login: str) -> None:
    browser.sign_in(login)
    answer = browser.get("/accounts", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.mimetype) == (403, "text/html")
    assert "không có quyền mở trang này" in answer.text
    assert answer.headers["Cache-Control"] == "no-store, private"


def test_signing_out_ends_the_session_on_the_server(browser: Browser, login: str) -> None:
    browser.sign_in(login)
    cookie = browser.client.get_cookie("sid").value
    out = browser.submit("/logout")
    assert (out.status_code, out.headers["Location"]) == (303, "/")
    assert browser.client.get_cookie("sid") is None
    browser.client.set_cookie("sid", cookie)
    assert browser.get("/api/v1/session").json["account"] is None


def test_signing_in_again_ends_the_session_before(browser: Browser, login: str, boss: str) -> None:
    browser.sign_in(login)
    cookie = browser.client.get_cookie("sid").value
    answer = browser.submit("/login", login=boss, password=PASSWORD)
    assert answer.headers["Location"] == "/accounts"
    browser.client.set_cookie("sid", cookie)
    assert browser.get("/api/v1/session").json["account"] is None


def test_session_ends_by_itself(browser: Browser, clock: Clock, login: str) -> None:
    browser.sign_in(login)
    clock.pass_(minutes=29)
    assert browser.get("/account").status_code == 200
    clock.pass_(minutes=31)
    assert browser.get("/account").status_code == 302


def test_map_and_tiles_that_anybody_may_see_do_not_keep_a_session_alive(
    browser: Browser, clock: Clock, login: str
) -> None:
    browser.sign_in(login)
    for _ in range(4):
        clock.pass_(minutes=10)
        assert browser.get("/api/v1/revision").status_code == 200
    assert browser.get("/account").status_code == 302


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, "cross_site"),
        ({"Sec-Fetch-Site": "same-site"}, "cross_site"),
        ({"Origin": "https://elsewhere.example"}, "cross_site"),
        ({"Origin": "null"}, "cross_site"),
        ({"Origin": "http://localhost.elsewhere.example"}, "cross_site"),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, None),
        ({"Origin": "https://localhost"}, None),
    ],
)
def test_other_sites_cannot_sign_anybody_in(
    app: Flask, login: str, headers: dict[str, str], code: str | None
) -> None:
    client, form = app.test_client(), {"login": login, "password": PASSWORD}
    answer = client.post("/login", data=form, headers=headers)
    if code is None:
        assert answer.status_code == 303
    else:
        assert (answer.status_code, answer.json["code"]) == (403, code)
        assert client.get_cookie("sid") is None


@pytest.mark.parametrize(
    ("token", "code"),
    [(None, "csrf_missing"), ("", "csrf_missing"), ("x", "csrf_wrong"), ("é", "csrf_wrong")],
)
def test_unsafe_request_with_a_cookie_needs_its_token(
    services: Services, browser: Browser, boss: str, token: str | None, code: str
) -> None:
    browser.sign_in(boss)
    body = {"login": f"n{uuid4().hex[:8]}", "shown_as": "Mai"}
    headers = {} if token is None else {"X-CSRF-Token": token}
    refused = browser.client.post("/api/v1/accounts", json=body, headers=headers)
    assert (refused.status_code, refused.json["code"]) == (403, code)
    assert browser.post("/api/v1/accounts", json=body).status_code == 201


def test_token_of_another_session_is_refused(
    app: Flask, browser: Browser, login: str, boss: str
) -> None:
    browser.sign_in(boss)
    other = Browser(app)
    other.sign_in(login)
    browser.csrf = other.csrf
    assert browser.post("/api/v1/accounts/x/reset").json["code"] == "csrf_wrong"


def test_key_needs_no_token_and_makes_the_cookie_count_for_nothing(
    services: Services, browser: Browser, boss: str
) -> None:
    key = services.access.create("script", frozenset({"import"}), None)
    bearer = {"Authorization": f"Bearer {key}"}
    answer = browser.client.post("/api/v1/imports", headers=bearer, data={})
    assert answer.status_code == 422
    browser.sign_in(boss)
    refused = browser.get("/api/v1/accounts", headers=bearer)
    assert (refused.status_code, refused.json["code"]) == (403, "scope_missing")
    assert browser.get("/api/v1/session", headers=bearer).json["account"] is None


@pytest.mark.parametrize(("proxies", "is_secure"), [(0, False), (1, True)])
def test_cookie_is_secure_behind_a_proxy_that_is_known(
    services: Services, login: str, proxies: int, is_secure: bool
) -> None:
    """A header that anybody can write counts only where a proxy is said to write it."""
    told = replace(services, settings=replace(services.settings, proxies=proxies))
    client = create_app(told).test_client()
    answer = client.post(
        "/login",
        data={"login": login, "password": PASSWORD},
        headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"},
    )
    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    assert ("Secure" in cookie) is is_secure
    assert cookie.startswith("__Host-sid=" if is_secure else "sid=")

"""Accounts as their owners and administrators keep them: on pages of forms, and over JSON."""

import re
from uuid import uuid4

import pytest
from flask import Flask

from landgis.bootstrap import Services
from tests.people import HOA_THANH, PASSWORD, ROOT, Browser

pytestmark = pytest.mark.db


def test_given_password_has_to_be_replaced_before_any_change(
    services: Services, browser: Browser
) -> None:
    login = f"n{uuid4().hex[:8]}"
    made = services.accounts.create(login, "Mai", ROOT, roles=[("admin", None)])
    entered = browser.sign_in(login, made.password, next="/accounts")
    assert entered.headers["Location"] == "/account"
    assert "Mật khẩu này do người khác đặt" in browser.get("/account").text
    body = {"login": "never", "shown_as": "Never"}
    refused = browser.post("/api/v1/accounts", json=body)
    assert (refused.status_code, refused.json["code"]) == (403, "password_must_change")
    assert browser.get("/api/v1/accounts").status_code == 200
    changed = browser.submit(
        "/account", act="password", current=made.password, new=PASSWORD, again=PASSWORD
    )
    assert changed.headers["Location"] == "/account?done=password"
    browser.csrf = browser.get("/api/v1/session").json["csrf"]
    assert browser.post("/api/v1/accounts/never/reset").status_code == 404


@pytest.mark.parametrize(
    ("form", "status", "text"),
    [
        ({"new": "ngắn", "again": "ngắn"}, 422, "ít nhất 12 ký tự"),
        ({"new": "một câu khác hẳn", "again": "hai câu khác hẳn"}, 422, "không giống nhau"),
        ({"current": "sai"}, 403, "Mật khẩu hiện tại không đúng"),
        ({"act": "totp_confirm", "code": "1"}, 409, "Chưa thiết lập mã"),
        ({"act": "dance"}, 400, "knows no act"),
    ],
)
def test_account_page_says_what_is_wrong(
    browser: Browser, login: str, form: dict[str, str], status: int, text: str
) -> None:
    browser.sign_in(login)
    full = {"act": "password", "current": PASSWORD, "new": "một câu khác hẳn"}
    full["again"] = full["new"]
    answer = browser.submit("/account", **full | form)
    assert answer.status_code == status
    assert text in answer.text


def test_administrator_keeps_accounts_with_forms_alone(
    app: Flask, browser: Browser, boss: str
) -> None:
    browser.sign_in(boss)
    login = f"n{uuid4().hex[:8]}"
    made = browser.submit("/accounts", act="create", login=login, shown_as="Mai <b>")
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store, private"
    password = re.search(r'<code class="secret">([a-z2-9-]{19})</code>', made.text)[1]
    assert "Mai &lt;b&gt;" in made.text
    given = browser.submit("/accounts", act="grant", login=login, role="officer", units=HOA_THANH)
    assert given.headers["Location"] == "/accounts?done=granted"
    assert "Phường Hoà Thành (25645)" in browser.get("/accounts").text
    mai = Browser(app)
    assert mai.sign_in(login, password).status_code == 303
    assert mai.get("/api/v1/session").json["may"]["edit"] == [HOA_THANH]
    browser.submit("/accounts", act="revoke", login=login, role="officer")
    assert mai.get("/api/v1/session").json["may"] == {"public": None}
    browser.submit("/accounts", act="disable", login=login)
    assert mai.get("/api/v1/session").json["account"] is None
    browser.submit("/accounts", act="enable", login=login)
    assert mai.sign_in(login, password).status_code == 303
    again = browser.submit("/accounts", act="reset", login=login)
    assert password not in again.text
    assert mai.sign_in(login, password).status_code == 401


@pytest.mark.parametrize(
    ("form", "status", "code"),
    [
        ({"act": "create", "login": "Ông", "shown_as": "x"}, 422, "bad_login_name"),
        ({"act": "grant", "login": "nobody-here", "role": "officer"}, 404, "no_such_account"),
        ({"act": "grant", "role": "officer", "units": ""}, 422, "units_missing"),
        ({"act": "grant", "role": "officer", "units": "99999"}, 422, "unknown_unit"),
        ({"act": "grant", "role": "king", "everywhere": "1"}, 422, "unknown_role"),
        ({"act": "dance"}, 400, "unknown_act"),
    ],
)
def test_accounts_page_says_what_is_wrong(
    browser: Browser, boss: str, login: str, form: dict[str, str], status: int, code: str
) -> None:
    browser.sign_in(boss)
    answer = browser.submit("/accounts", **{"login": login} | form)
    assert answer.status_code == status
    assert code in answer.text


def test_accounts_over_json_are_the_same_story(app: Flask, browser: Browser, boss: str) -> None:
    browser.sign_in(boss)
    login = f"n{uuid4().hex[:8]}"
    made = browser.post("/api/v1/accounts", json={"login": login, "shown_as": "Mai"})
    assert (made.status_code, made.json["account"]["roles"]) == (201, [])
    path = f"/api/v1/accounts/{login}"
    given = browser.send("PUT", f"{path}/roles/officer", json={"units": [HOA_THANH]})
    assert given.json["roles"] == [{"role": "officer", "units": [HOA_THANH]}]
    assert browser.get(path).json == given.json
    assert given.json in browser.get("/api/v1/accounts").json["accounts"]
    unsaid = browser.send("PUT", f"{path}/roles/officer", json={})
    assert (unsaid.status_code, unsaid.json["code"]) == (422, "bad_body")
    assert browser.send("DELETE", f"{path}/roles/officer").json["roles"] == []
    assert browser.post(f"{path}/disable").json["disabled_at"] is not None
    assert browser.post(f"{path}/enable").json["disabled_at"] is None
    second = browser.post(f"{path}/reset").json["password"]
    assert second != made.json["password"]
    assert Browser(app).sign_in(login, second).status_code == 303
    again = browser.post("/api/v1/accounts", json={"login": login, "shown_as": "Mai"})
    assert (again.status_code, again.json["code"]) == (409, "login_taken")


def test_pages_of_forms_carry_no_inline_script_or_style(browser: Browser, boss: str) -> None:
    pages = [browser.get("/login").text]
    browser.sign_in(boss)
    browser.submit("/account", act="totp_begin")
    pages += [browser.get(path).text for path in ("/account", "/accounts", "/accounts?lang=en")]
    assert '<html lang="en">' in pages[-1]
    for page in pages:
        assert re.search(r"<script|<style|style=|\son\w+=", page) is None
        assert "src/public" not in page

"""Sign in, sign out, one's own account; and where a page sends whoever it does not serve."""

from urllib.parse import urlsplit

import segno
from flask import Blueprint, Response, jsonify, request
from flask_openapi3 import APIBlueprint, Tag

from landgis.bootstrap import Services
from landgis.cadastre.accounts import Account, Opened
from landgis.errors import (
    LandgisError,
    NotAllowed,
    NotAuthenticated,
    Refused,
    TooMany,
    UsageError,
)
from landgis.services.people.sign_in import SignInService
from landgis.web.access import (
    SAFE,
    cookie_name,
    drop_cookie,
    principal,
    require,
    session,
    set_cookie,
    signed_in,
)
from landgis.web.errors import problem_of, status_of
from landgis.web.form_pages import FormPages, said
from landgis.web.parcels import NoQuery

TAG = Tag(name="session", description="Who is signed in")
DONE = ("password", "totp")
"""What the account page can say that it has done."""


def blueprint(services: Services) -> Blueprint:
    """Answer the pages of signing in and of one's own account."""
    pages, forms, stories = Blueprint("sign_in", __name__), FormPages(services), services.sign_in
    _handle_refusals(pages, forms)

    @pages.get("/login")
    @require("public")
    def login() -> Response:
        found = session()
        if found is not None and not found.awaits_totp:
            return forms.see(_target(forms, found.account))
        return _login_page(forms)

    @pages.post("/login")
    @require("public")
    def enter() -> Response:
        try:
            opened = _enter(stories)
        except (NotAuthenticated, TooMany) as wrong:
            return _login_page(forms, wrong)
        awaits = opened.session.awaits_totp
        here = request.full_path if request.query_string else request.path
        response = forms.see(here if awaits else _target(forms, opened.session.account))
        set_cookie(response, opened.token)
        return response

    @pages.post("/logout")
    @require("public")
    def logout() -> Response:
        stories.sign_out(request.cookies.get(cookie_name(), ""))
        response = forms.see(_local(request.args.get("next")) or "/")
        drop_cookie(response)
        return response

    @pages.get("/account")
    @require("public")
    def account() -> Response:
        signed_in()
        return _account_page(forms, stories)

    @pages.post("/account")
    @require("public")
    def change() -> Response:
        mine = signed_in()
        try:
            opened, done = _change(stories, mine)
        except LandgisError as wrong:
            return _account_page(forms, stories, wrong)
        response = forms.see(forms.url("/account", done=done))
        if opened is not None:
            set_cookie(response, opened.token)
        return response

    return pages


def api_blueprint() -> APIBlueprint:
    """Answer the route that tells a page's script who is signed in."""
    api = APIBlueprint("session", __name__, url_prefix="/api/v1", abp_tags=[TAG])

    @api.get("/session", summary="The signed-in account, its CSRF token and its rights")
    @require("public")
    def who(query: NoQuery) -> Response:  # noqa: ARG001 - refuses parameters
        found = session()
        is_in = found is not None and not found.awaits_totp
        response = jsonify(
            {
                "account": _document(found.account) if found is not None and is_in else None,
                "csrf": found.csrf if found is not None and is_in else None,
                "may": {
                    scope: None if units is None else sorted(units)
                    for scope, units in principal().grants.items()
                },
            }
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    return api


def _document(account: Account) -> dict[str, object]:
    return {
        "login": account.login,
        "shown_as": account.shown_as,
        "roles": [
            {"role": role, "units": None if units is None else sorted(units)}
            for role, units in account.roles
        ],
        "must_change": account.must_change,
    }


def _handle_refusals(pages: Blueprint, forms: FormPages) -> None:
    """Send people who are not signed in to sign in, and tell the others in words; JSON stays."""

    @pages.app_errorhandler(NotAuthenticated)
    def absent(error: NotAuthenticated) -> Response:
        if not _is_page() or error.code not in {"sign_in_needed", "key_needed"}:
            return problem_of(error)
        if request.method not in SAFE:
            return forms.see(forms.url("/login", next=request.path))
        here = request.full_path if request.query_string else request.path
        return forms.see(forms.url("/login", next=here), 302)

    @pages.app_errorhandler(NotAllowed)
    def refused(error: NotAllowed) -> Response:
        if not _is_page() or not request.accept_mimetypes.accept_html:
            return problem_of(error)
        told = said(error, forms.lang())
        problem = {"status": 403, "code": told["code"], "detail": told["text"]}
        return forms.show("problem.html", status=status_of(error), problem=problem)


def _is_page() -> bool:
    return not request.path.startswith(("/api/", "/tiles/", "/static/"))


def _enter(stories: SignInService) -> Opened:
    """Do the step of signing in that the form is for."""
    found, old = session(), request.cookies.get(cookie_name(), "")
    if found is not None and found.awaits_totp and "code" in request.form:
        return stories.enter_code(old, request.form["code"])
    opened = stories.sign_in(request.form.get("login", ""), request.form.get("password", ""))
    if found is not None:
        stories.sign_out(old)
    return opened


def _login_page(forms: FormPages, wrong: LandgisError | None = None) -> Response:
    found = session()
    return forms.show(
        "login.html",
        wrong=wrong,
        awaits_code=found is not None and found.awaits_totp,
        login=request.form.get("login", ""),
        action=forms.url("/login", next=_local(request.args.get("next"))),
        again=forms.url("/logout", next=forms.url("/login")),
    )


def _target(forms: FormPages, account: Account) -> str:
    """Answer where somebody who has just signed in wants, or has, to go."""
    if account.must_change:
        return forms.url("/account")
    asked, may = _local(request.args.get("next")), account.principal().grants
    if asked is not None:
        return asked
    page = "/officer" if "drafts" in may else "/accounts" if "accounts" in may else "/account"
    return forms.url(page)


def _local(target: str | None) -> str | None:
    """Answer a path of this server, None for anything that could lead elsewhere."""
    # Browsers drop tabs and line ends and read a backslash as a slash: "/\t/host" is another host.
    if not target or not target.startswith("/") or not target.isprintable() or "\\" in target:
        return None
    parts = urlsplit(target)
    return None if target.startswith("//") or parts.scheme or parts.netloc else target


def _change(stories: SignInService, mine: Account) -> tuple[Opened | None, str | None]:
    """Do what a form of the account page asks for; answer what the page then says is done."""
    form = request.form
    match form.get("act"):
        case "password":
            if form.get("new", "") != form.get("again", ""):
                raise Refused("password_differs", "The new password is not the same in both fields")
            opened = stories.change_password(mine, form.get("current", ""), form.get("new", ""))
            return opened, "password"
        case "totp_begin":
            stories.begin_totp(mine)
            return None, None
        case "totp_confirm":
            stories.confirm_totp(mine, form.get("code", ""))
            return None, "totp"
        case other:
            raise UsageError("unknown_act", f"The account page knows no act {other!r}")


def _account_page(
    forms: FormPages, stories: SignInService, wrong: LandgisError | None = None
) -> Response:
    mine = signed_in()
    pending = None if mine.has_totp else stories.pending_totp(mine)
    done = request.args.get("done")
    return forms.show(
        "account.html",
        wrong=wrong,
        done=done if done in DONE and wrong is None else None,
        action=forms.url("/account"),
        qr=None if pending is None else _qr(pending.uri),
        secret="" if pending is None else pending.secret,
    )


def _qr(uri: str) -> str:
    """Answer a QR code as an SVG element without any style of its own."""
    return segno.make(uri, error="m").svg_inline(border=2, svgclass="qr", omitsize=True)

"""Every route says what it requires; one hook holds it to that, and denies by default."""

from collections.abc import Callable
from functools import cached_property
from hmac import compare_digest
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

from landgis.cadastre.accounts import Account, Session
from landgis.cadastre.register import ANONYMOUS, Principal
from landgis.cadastre.roles import SCOPES
from landgis.errors import NotAllowed, NotAuthenticated
from landgis.services.access import AccessService, check
from landgis.services.people.sign_in import SignInService

View = TypeVar("View", bound=Callable[..., object])
MARK = "required_scope"

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, 9.2.1)."""

BEFORE_THE_PASSWORD = frozenset({"/login", "/logout", "/account"})
"""What somebody may still send whose password has to be changed first."""


def require(scope: str) -> Callable[[View], View]:
    """Mark a view with the scope its caller must hold."""
    if scope not in SCOPES:
        raise ValueError(f"there is no scope {scope!r}")

    def mark(view: View) -> View:
        setattr(view, MARK, scope)
        return view

    return mark


def principal() -> Principal:
    """Answer who makes the present request."""
    asker: _Asker = g.asker
    return asker.principal


def session() -> Session | None:
    """Answer the session of the present request's cookie; one that awaits a code, too."""
    asker: _Asker = g.asker
    return asker.session


def signed_in() -> Account:
    """Answer the account of the present request; ``NotAuthenticated`` ``sign_in_needed``."""
    found = session()
    if found is None or found.awaits_totp:
        raise NotAuthenticated("sign_in_needed", "Sign in first, at /login")
    return found.account


def cookie_name() -> str:
    """Answer the session cookie's name: the prefix binds it to this host, over https only."""
    return "__Host-sid" if request.is_secure else "sid"


def set_cookie(response: Response, token: str) -> None:
    """Hand out a session."""
    response.set_cookie(
        cookie_name(), token, secure=request.is_secure, httponly=True, samesite="Lax"
    )


def drop_cookie(response: Response) -> None:
    """Have the browser forget its session."""
    response.delete_cookie(cookie_name(), secure=request.is_secure, httponly=True, samesite="Lax")


class _Asker:
    """Who makes a request. A session costs a query, so it is read when somebody asks for it."""

    def __init__(self, access: AccessService, sign_in: SignInService) -> None:
        self._access = access
        self._sign_in = sign_in
        self.key = _key()

    @cached_property
    def session(self) -> Session | None:
        token = request.cookies.get(cookie_name())
        if self.key is not None or not token:  # a key is all that counts where there is one
            return None
        return self._sign_in.session(token)

    @cached_property
    def principal(self) -> Principal:
        if self.key is not None:
            return self._access.principal(self.key)
        if self.session is None or self.session.awaits_totp:
            return ANONYMOUS
        return self.session.account.principal()


def register(app: Flask, access: AccessService, sign_in: SignInService) -> None:
    """Check every request before its view runs; a view without a mark serves nobody."""

    @app.before_request
    def guard() -> None:
        if request.endpoint is None:
            return
        asker = g.asker = _Asker(access, sign_in)
        scope = getattr(current_app.view_functions[request.endpoint], MARK, None)
        if scope is None:
            raise NotAllowed("route_unguarded", f"{request.path} declares no required scope")
        is_unsafe = request.method not in SAFE
        if is_unsafe and asker.key is None:
            _refuse_other_site()
        if scope != "public" or asker.key is not None:
            check(asker.principal, scope)
        if is_unsafe and asker.session is not None:
            _refuse_forged(asker.session)

    @app.after_request
    def keep_private(response: Response) -> Response:
        """Let no cache on the way keep what somebody in particular was told."""
        asker: _Asker | None = g.get("asker")
        if asker is not None and vars(asker).get("session") is not None:
            if "Cache-Control" not in response.headers:
                response.cache_control.no_store = True
            response.cache_control.private = True
        return response


def _key() -> str | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    kind, _, key = header.partition(" ")
    if kind.lower() != "bearer" or not key:
        raise NotAuthenticated("bad_key", "Authorization must read: Bearer <key>")
    return key.strip()


def _refuse_other_site() -> None:
    """Raise ``cross_site`` for what another site's page has sent; browsers say where it began."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    # Only the host counts: a proxy that ends TLS makes our own scheme another than the browser's.
    is_ours = origin is None or urlsplit(origin).netloc == request.host
    if site not in {None, "same-origin", "none"} or not is_ours:
        raise NotAllowed("cross_site", "This came from a page of another site; open ours and retry")


def _refuse_forged(found: Session) -> None:
    """Raise unless the request carries its session's token, and its password is one's own."""
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf")
    if not given:
        raise NotAllowed(
            "csrf_missing", "Send X-CSRF-Token, or the field csrf; GET /api/v1/session has it"
        )
    if not compare_digest(given.encode(), found.csrf.encode()):
        raise NotAllowed("csrf_wrong", "The CSRF token is of another session; load the page again")
    if found.account.must_change and request.path not in BEFORE_THE_PASSWORD:
        raise NotAllowed("password_must_change", "Choose a password of your own first, at /account")

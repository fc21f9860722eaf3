"""Every route says what it requires; one hook holds it to that, and denies by default."""

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, g, request

from landgis.cadastre.register import Principal
from landgis.cadastre.roles import SCOPES
from landgis.errors import NotAllowed, NotAuthenticated
from landgis.services.access import AccessService, check

View = TypeVar("View", bound=Callable[..., object])
MARK = "required_scope"


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
    found: Principal = g.principal
    return found


def register(app: Flask, access: AccessService) -> None:
    """Check every request before its view runs; a view without a mark serves nobody."""

    @app.before_request
    def guard() -> None:
        if request.endpoint is None:
            return
        g.principal = access.principal(_key())
        scope = getattr(current_app.view_functions[request.endpoint], MARK, None)
        if scope is None:
            raise NotAllowed("route_unguarded", f"{request.path} declares no required scope")
        check(g.principal, scope)


def _key() -> str | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    kind, _, key = header.partition(" ")
    if kind.lower() != "bearer" or not key:
        raise NotAuthenticated("bad_key", "Authorization must read: Bearer <key>")
    return key.strip()

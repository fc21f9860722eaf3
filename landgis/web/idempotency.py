"""A write that is sent twice is done once: answers kept by Idempotency-Key."""

import hashlib
from http import HTTPStatus

from flask import Flask, Response, current_app, g, request

from landgis.cadastre.register import ANONYMOUS
from landgis.errors import Unavailable, UsageError
from landgis.services.editing.ports import Answers, Claim
from landgis.web.access import MARK, SAFE, principal

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
LONGEST_KEY = 200
PREFIX = "/api/v1/"

LARGE = frozenset({"multipart/form-data", "application/offset+octet-stream"})
"""Bodies that are not read into memory."""

KEPT_HEADERS = ("Content-Type", "ETag", "Location")
"""What of an answer's header is repeated with it; the rest is made anew."""

SECRET_SCOPES = frozenset({"accounts"})
"""Scopes of views whose answers hold passwords: these are kept nowhere."""

PASSING = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT})
"""Answers that are about the moment, not about the request."""


def token() -> str | None:
    """Answer the name of the present request, None when it has none.

    The same for the same principal, route and key; what it did is found by it, even when this
    process died before the answer was kept.
    """
    name: str | None = g.get("idempotency_token")
    return name


def register(app: Flask, answers: Answers) -> None:
    """Repeat kept answers, and keep new ones; the guard must have been registered before."""

    @app.before_request
    def claim() -> Response | None:
        key = request.headers.get(HEADER)
        if key is None or not _counts():
            return None
        if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            raise UsageError(
                "bad_idempotency_key",
                f"{HEADER} must be 1 to {LONGEST_KEY} printable ASCII characters",
            )
        name, route = principal().name, f"{request.method} {request.path}"
        g.idempotency_token = hashlib.sha256(f"{name}\n{route}\n{key}".encode()).hexdigest()
        if request.mimetype in LARGE:
            # The same upload is other bytes each time; a draft knows by the token that it has it.
            return None
        body = hashlib.sha256(request.get_data()).digest()
        g.claim = answers.claim(name, route, key, body)
        return _repeated(g.claim)

    @app.after_request
    def keep(response: Response) -> Response:
        found: Claim | None = g.get("claim")
        if found is not None and found.status is None and _is_lasting(response):
            headers = [(n, response.headers[n]) for n in KEPT_HEADERS if n in response.headers]
            try:
                found.keep(response.status_code, headers, response.get_data())
            except Unavailable as problem:
                # What was asked for is done and said; only a repetition would be done again,
                # and that finds it done.
                app.logger.warning("an answer was not kept: %s", problem.message)
        return response

    @app.teardown_request
    def release(_problem: BaseException | None) -> None:
        found: Claim | None = g.pop("claim", None)
        if found is not None:
            found.release()


def _counts() -> bool:
    """Answer whether a request is a write whose answer may be kept."""
    if request.method in SAFE or request.endpoint is None or not request.path.startswith(PREFIX):
        return False
    scope = getattr(current_app.view_functions[request.endpoint], MARK, None)
    return scope not in SECRET_SCOPES and principal() is not ANONYMOUS


def _repeated(found: Claim) -> Response | None:
    if found.status is None:
        return None
    response = Response(found.body, found.status)
    for name, value in found.headers:
        response.headers[name] = value
    response.headers[REPLAYED] = "true"
    return response


def _is_lasting(response: Response) -> bool:
    status = response.status_code
    is_failure = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in PASSING
    return not is_failure and not response.cache_control.no_store

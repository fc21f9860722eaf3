"""One request at a time, asked again while the reason is the moment and not the request."""

import http.client
import json
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from uuid import uuid4

from landgis.errors import (
    Conflict,
    LandgisError,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    PreconditionMissing,
    Refused,
    TooLarge,
    TooMany,
    Unavailable,
    UsageError,
)

ANSWER_WITHIN_S = 60.0
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 10.0

PASSING = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
PASSING_CODES = frozenset({"in_progress", "upload_busy"})
"""Conflicts that end by themselves."""

BRANCHES: dict[int, type[LandgisError]] = {
    HTTPStatus.BAD_REQUEST: UsageError,
    HTTPStatus.UNAUTHORIZED: NotAuthenticated,
    HTTPStatus.FORBIDDEN: NotAllowed,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.GONE: Conflict,
    HTTPStatus.PRECONDITION_FAILED: Conflict,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooLarge,
    HTTPStatus.UNPROCESSABLE_ENTITY: Refused,
    HTTPStatus.PRECONDITION_REQUIRED: PreconditionMissing,
    HTTPStatus.TOO_MANY_REQUESTS: TooMany,
}
"""The errors of a server are raised as what they were there; the rest is ``Unavailable``."""


@dataclass(frozen=True)
class Answer:
    """What a server has said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> Any:
        """Answer the body as JSON; ``Unavailable`` ``not_landgis`` when it is none."""
        try:
            return json.loads(self.body)
        except ValueError as problem:
            raise Unavailable(
                "not_landgis", "The answer is no JSON; is there a landgis at this address?"
            ) from problem


class Broken(Exception):
    """A connection ended before the answer."""


class Server:
    """An address, a key for it if there is one, and patience."""

    def __init__(self, url: str, key: str | None, patience_s: float) -> None:
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
            raise UsageError("bad_server", f"A server is written https://name, not {url!r}")
        self._url = url.rstrip("/")
        self._authorization = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._patience_s = patience_s
        self._opener = urllib.request.build_opener(_StayHere)

    def get(self, path: str) -> Answer:
        """Ask for something."""
        return self.patiently("GET", path, None, {})

    def post(self, path: str, body: bytes = b"", kind: str = "application/json") -> Answer:
        """Have something done, once, however often it must be asked for."""
        headers = {"Content-Type": kind, "Idempotency-Key": str(uuid4())}
        return self.patiently("POST", path, body, headers)

    def patiently(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        """Ask until there is an answer that will stay the same.

        Raises
        ------
        LandgisError
            What the server answers; ``Unavailable`` ``server_unreachable``.
        """
        waiting = Waiting(self._patience_s)
        while True:
            try:
                return self.once(method, path, body, headers)
            except Broken as broken:
                waiting.pause(self.unreachable(broken))
            except LandgisError as error:
                if not _is_passing(error):
                    raise
                waiting.pause(error)

    def once(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        """Ask once.

        Raises
        ------
        Broken
            There was no answer.
        LandgisError
            There was one, and it says what is wrong.
        """
        request = urllib.request.Request(  # noqa: S310 - http or https, see above
            self._url + path,
            data=body,
            method=method,
            headers={**headers, **self._authorization},
        )
        try:
            with self._opener.open(request, timeout=ANSWER_WITHIN_S) as response:
                return Answer(response.status, response.headers, response.read())
        except HTTPError as refusal:
            with refusal:
                raise _problem(refusal) from None
        except (URLError, OSError, http.client.HTTPException) as problem:
            raise Broken(str(getattr(problem, "reason", None) or problem)) from problem

    def waiting(self) -> "Waiting":
        """Answer a new measure of this server's patience."""
        return Waiting(self._patience_s)

    def unreachable(self, broken: Broken) -> Unavailable:
        """Answer that there was no answer."""
        return Unavailable("server_unreachable", f"{self._url} does not answer: {broken}")


class Waiting:
    """Longer pauses from time to time, and an end to patience."""

    def __init__(self, patience_s: float) -> None:
        self._until = time.monotonic() + patience_s
        self._pause_s = FIRST_PAUSE_S

    def pause(self, why: LandgisError) -> None:
        """Wait a little; raise ``why`` when that has been done for long enough."""
        pause = max(self._pause_s, float(why.data.get("wait_s", 0)))
        if time.monotonic() + pause > self._until:
            raise why
        time.sleep(pause)
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follow no redirection: the key is for this server only."""

    def redirect_request(self, *_: object) -> None:
        return None


def _is_passing(error: LandgisError) -> bool:
    return error.data.get("status") in PASSING or error.code in PASSING_CODES


def _problem(refusal: HTTPError) -> LandgisError:
    """Answer an error of the server as the error it was there."""
    branch = BRANCHES.get(refusal.code, Unavailable)
    try:
        said = json.loads(refusal.read())
        code, detail = str(said["code"]), str(said["detail"])
    except (ValueError, KeyError, TypeError, OSError, http.client.HTTPException):
        said, code = {}, "not_landgis"
        detail = f"The answer is {refusal.code} and no problem of landgis; is the address right?"
    data = {name: v for name, v in said.items() if name not in {"type", "title", "code", "detail"}}
    wait = refusal.headers.get("Retry-After", "0")
    data |= {"status": refusal.code, "wait_s": float(wait) if wait.isdigit() else 0.0}
    return branch(code, detail, **data)

"""A person at a browser as far as the server can tell: session, CSRF token, JSON."""

import http.client
import json
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

TIMEOUT_S = 60
FOUND = 302


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> str:
        """The problem's code, empty for a success."""
        return self.body.get("code", "") if isinstance(self.body, dict) else ""


class Lost(Exception):
    """The connection ended before an answer came: the write may have happened or not."""


class Person:
    """One signed-in account on one server."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self.url = url
        self.login = login
        self._password = password
        self._cookie = ""
        self._csrf = ""

    def sign_in(self) -> "Person":
        """Begin a session."""
        form = urlencode({"login": self.login, "password": self._password})
        status, headers, _ = self._send(
            "POST",
            "/login",
            form.encode(),
            {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.url},
        )
        if status not in (FOUND, 303):
            raise RuntimeError(f"{self.login} cannot sign in: {status}")
        cookies = SimpleCookie(headers.get("set-cookie", ""))
        self._cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in cookies.items())
        self._csrf = self.get("/api/v1/session").body["csrf"]
        return self

    def elsewhere(self, url: str) -> "Person":
        """Answer the same session on another server of the same register."""
        other = Person(url, self.login, self._password)
        other._cookie, other._csrf = self._cookie, self._csrf
        return other

    def headers(self) -> dict[str, str]:
        """Answer what another program sends to ask in this session."""
        return {"Cookie": self._cookie, "X-CSRF-Token": self._csrf}

    def get(self, path: str) -> Answer:
        """Read."""
        return self._json("GET", path, None, {})

    def page(self, path: str) -> str:
        """Read a page."""
        return self.content(path).decode()

    def content(self, path: str) -> bytes:
        """Read what is not JSON; empty when there is none."""
        return self._send("GET", path, None, {"Cookie": self._cookie})[2]

    def post(
        self, path: str, body: Any, *, rev: int | None = None, key: str | None = None
    ) -> Answer:
        """Write, with an idempotency key of its own unless one is given."""
        headers = {"X-CSRF-Token": self._csrf, "Idempotency-Key": key or uuid4().hex}
        if rev is not None:
            headers["If-Match"] = f'"{rev}"'
        return self._json("POST", path, body, headers)

    def _json(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Answer:
        data = None if body is None else json.dumps(body).encode()
        sent = {"Cookie": self._cookie, "Content-Type": "application/json", **headers}
        status, received, content = self._send(method, path, data, sent)
        return Answer(status, json.loads(content) if content else None, received)

    def _send(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as problem:
            raise Lost(f"{method} {path}: {problem!r}") from problem
        finally:
            connection.close()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, content

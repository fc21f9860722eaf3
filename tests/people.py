"""People for tests: accounts whose passwords cost little, a clock that is moved, browsers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from landgis.bootstrap import Services
from landgis.cadastre.register import Principal, Units
from landgis.cadastre.roles import SCOPES
from landgis.services.people.accounts import AccountService
from landgis.services.people.passwords import Passwords
from landgis.services.people.sign_in import SignInService
from landgis.store.accounts import AccountStore
from landgis.store.database import Database
from landgis.store.sessions import SessionStore

PASSWORD = "mười hai con giáp"  # noqa: S105 - opens nothing but tests
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ROOT = Principal.holding("local:root", SCOPES)
HOA_THANH, TAN_NINH = "25645", "25459"


class Clock:
    """The present, which stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


def account_stories(
    database: Database, clock: Clock | None = None
) -> tuple[AccountService, SignInService]:
    """The two stories of accounts with cheap passwords; without a clock, time passes."""
    store, passwords = AccountStore(database), Passwords(CHEAP)
    timed = {} if clock is None else {"clock": clock}
    return (
        AccountService(store, passwords, frozenset({HOA_THANH, TAN_NINH})),
        SignInService(store, SessionStore(database), passwords, **timed),
    )


def with_people(services: Services, clock: Clock | None = None) -> Services:
    """The same services with accounts that cost little."""
    accounts, sign_in = account_stories(services.database, clock)
    return replace(services, accounts=accounts, sign_in=sign_in)


def person(
    services: Services,
    login: str,
    *roles: tuple[str, Units],
    same_person_as: str | None = None,
) -> str:
    """Make an account that signs in with ``PASSWORD``; answer its login."""
    services.accounts.create(
        login, login.title(), ROOT, password=PASSWORD, roles=roles, same_person_as=same_person_as
    )
    return login


class Browser:
    """One person's browser: it keeps the cookie and sends the token as the pages do."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self.csrf = ""

    def sign_in(self, login: str, password: str = PASSWORD, **query: str) -> TestResponse:
        answer = self.client.post(
            "/login", query_string=query, data={"login": login, "password": password}
        )
        self.csrf = self.client.get("/api/v1/session").json["csrf"] or ""
        return answer

    def get(self, path: str, **more) -> TestResponse:
        return self.client.get(path, **more)

    def send(self, method: str, path: str, **more) -> TestResponse:
        """Send as the page's script does."""
        headers = {"X-CSRF-Token": self.csrf, **more.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **more)

    def post(self, path: str, **more) -> TestResponse:
        return self.send("POST", path, **more)

    def submit(self, path: str, **fields: str) -> TestResponse:
        """Send a form as the page does, without any script."""
        return self.client.post(path, data={"csrf": self.csrf, **fields})

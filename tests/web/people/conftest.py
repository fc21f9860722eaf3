"""An office in which people sign in, once for all tests of accounts, and its clock."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from flask import Flask

from landgis.bootstrap import Services
from landgis.store.cluster import Cluster
from landgis.web.app import create_app
from tests.own import own_services
from tests.people import HOA_THANH, Browser, Clock, person, with_people

WARD = frozenset({HOA_THANH})


@pytest.fixture(scope="session")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def services(
    cluster: Cluster, template: str, clock: Clock, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """An office on an empty register; every test makes people of its own."""
    with own_services(cluster, template, tmp_path_factory.mktemp("home")) as opened:
        yield with_people(opened, clock)


@pytest.fixture(scope="session")
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def login(services: Services) -> str:
    return person(services, f"u{uuid4().hex[:8]}", ("officer", WARD))


@pytest.fixture
def boss(services: Services) -> str:
    return person(services, f"b{uuid4().hex[:8]}", ("admin", None))

"""The application on a register of a few parcels, and on the demonstration register."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.cadastre.register import Principal
from landgis.config import Settings
from landgis.ingest.evidence import Choices
from landgis.store.cluster import Cluster
from landgis.web.app import create_app
from tests.conftest import SAMPLES, Open
from tests.office import Office, open_office

DEMO = SAMPLES / "demo-register" / "demo_hoa_thanh_vilis.zip"


@pytest.fixture(scope="module")
def demo(
    cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """Services on a published demonstration register, shared by a module that only reads."""
    name = f"demo{uuid4().hex}"
    settings = replace(
        Settings.from_env({}),
        home=tmp_path_factory.mktemp("home"),
        database_url=cluster.create_database(name, template),
    )
    services = bootstrap.build(settings)
    by = Principal.holding("tester", {"import"})
    batch = services.load.load(DEMO, Choices(), by).batch
    services.publish.publish(batch.batch_id, by)
    yield services
    services.close()
    cluster.drop_database(name)


@pytest.fixture(scope="module")
def client(demo: Services) -> FlaskClient:
    return create_app(demo).test_client()


@pytest.fixture
def key(demo: Services) -> str:
    """A key that may import."""
    return demo.access.create("tester", frozenset({"import"}), None)


@pytest.fixture
def upload() -> Path:
    return DEMO


@pytest.fixture
def services(open_services: Open) -> Services:
    """Services on an empty register of the test's own."""
    return open_services("vn-80")


@pytest.fixture
def api(services: Services) -> FlaskClient:
    """Asks the server of these services."""
    return create_app(services).test_client()


@pytest.fixture
def bearer(services: Services) -> dict[str, str]:
    """The header of a script that may hand in files."""
    key = services.access.create("office", frozenset({"import"}), None)
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture(scope="module")
def office(
    cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """An office with its people, shared by a module."""
    with open_office(cluster, template, tmp_path_factory.mktemp("home")) as opened:
        yield opened

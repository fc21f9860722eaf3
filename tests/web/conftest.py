"""The application on a register of a few parcels, and on the demonstration register."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from landgis.bootstrap import Services
from landgis.cadastre.register import Principal
from landgis.ingest.evidence import Choices
from landgis.store.cluster import Cluster
from landgis.web.app import create_app
from tests.conftest import SAMPLES, Open
from tests.office import Office, open_office
from tests.own import own_services

DEMO = SAMPLES / "demo-register" / "demo_hoa_thanh_vilis.zip"


@pytest.fixture(scope="module")
def demo(
    cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """Services on a published demonstration register, shared by a module that only reads."""
    with own_services(cluster, template, tmp_path_factory.mktemp("home")) as services:
        by = Principal.holding("tester", {"import"})
        batch = services.load.load(DEMO, Choices(), by).batch
        services.publish.publish(batch.batch_id, by)
        yield services


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

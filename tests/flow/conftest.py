"""A register that several tests of one file share: they send different files to it."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.config import Settings
from landgis.store.cluster import Cluster
from tests.conftest import Open


@pytest.fixture(scope="module")
def open_lasting(
    cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Open]:
    """Answer a function from jurisdiction to services, each on a database of the module's own."""
    opened: list[tuple[str, Services]] = []

    def open_(jurisdiction: str) -> Services:
        name = f"t{uuid4().hex}"
        settings = replace(
            Settings.from_env({}),
            home=tmp_path_factory.mktemp("home"),
            database_url=cluster.create_database(name, template),
            jurisdiction=jurisdiction,
        )
        opened.append((name, bootstrap.build(settings)))
        return opened[-1][1]

    yield open_
    for name, services in opened:
        services.close()
        cluster.drop_database(name)

"""A register that the tests of one module share."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.config import Settings
from landgis.store.cluster import Cluster


@pytest.fixture(scope="module")
def services(
    cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """A register that stays empty: each test has its own batch in it."""
    name = f"stories{uuid4().hex}"
    settings = replace(
        Settings.from_env({}),
        home=tmp_path_factory.mktemp("home"),
        database_url=cluster.create_database(name, template),
    )
    opened = bootstrap.build(settings)
    yield opened
    opened.close()
    cluster.drop_database(name)

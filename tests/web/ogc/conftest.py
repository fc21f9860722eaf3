"""The small register, once for all tests of OGC API: they only read."""

from collections.abc import Iterator

import pytest

from landgis.store.cluster import Cluster
from tests.web.ogc.world import World, open_world


@pytest.fixture(scope="session")
def world(
    cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The application on a register of squares."""
    with open_world(cluster, template, tmp_path_factory.mktemp("world")) as opened:
        yield opened

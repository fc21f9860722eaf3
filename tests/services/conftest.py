"""A register that the tests of one module share."""

from collections.abc import Iterator

import pytest

from landgis.bootstrap import Services
from landgis.store.cluster import Cluster
from tests.own import own_services


@pytest.fixture(scope="module")
def services(
    cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """A register that stays empty: each test has its own batch in it."""
    with own_services(cluster, template, tmp_path_factory.mktemp("home")) as opened:
        yield opened

"""A register that several tests of one file share: they send different files to it."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from landgis.bootstrap import Services
from landgis.store.cluster import Cluster
from tests.conftest import Open
from tests.own import own_services


@pytest.fixture(scope="module")
def open_lasting(
    cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Open]:
    """Answer a function from jurisdiction to services, each on a database of the module's own."""
    with ExitStack() as opened:

        def open_(jurisdiction: str) -> Services:
            home = tmp_path_factory.mktemp("home")
            mine = own_services(cluster, template, home, jurisdiction=jurisdiction)
            return opened.enter_context(mine)

        yield open_

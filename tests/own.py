"""Services on a register that nobody else has."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.config import Settings
from landgis.store.cluster import Cluster


@contextmanager
def own_services(cluster: Cluster, template: str, home: Path, **said: Any) -> Iterator[Services]:
    """Open services on an empty register, which goes when they are closed.

    ``said``: other settings than the usual ones.
    """
    name = f"own{uuid4().hex}"
    url = cluster.create_database(name, template)
    settings = replace(Settings.from_env({}), home=home, database_url=url, **said)
    opened = bootstrap.build(settings)
    try:
        yield opened
    finally:
        opened.close()
        cluster.drop_database(name)

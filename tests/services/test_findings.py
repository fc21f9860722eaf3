"""A word on a finding in the next file: where the source names no parcels, too."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import shapely

from landgis.bootstrap import Services
from landgis.cadastre.acceptance import FindingsWanted
from landgis.cadastre.register import Principal
from landgis.ingest.evidence import Choices
from tests.builders import square
from tests.conftest import Open

pytestmark = pytest.mark.db
AN = Principal.holding("user:an", {"public", "import"})
STACKS = FindingsWanted(rule="topology.stack", outcome="fail")


@pytest.fixture
def services(open_services: Open) -> Services:
    return open_services("generic")


def staged(services: Services, path: Path, shapes: list[shapely.Polygon]) -> UUID:
    """A file that says nothing of its parcels but where they lie."""
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9209"}}
    features = [
        {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(shape)}
        for shape in shapes
    ]
    path.write_text(
        json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}), "utf-8"
    )
    return services.load.load(path, Choices(), AN).batch.batch_id


def stacks(services: Services, batch_id: UUID) -> list[dict[str, Any]]:
    return services.findings.page(batch_id, AN, STACKS, after=0, limit=10).findings


def test_parcels_without_names_are_known_by_their_geometry(
    services: Services, tmp_path: Path
) -> None:
    apart = [square(40.0 * i, 0) for i in range(6)]
    before = staged(services, tmp_path / "a.geojson", [apart[0], apart[0], *apart[1:], apart[5]])
    first, second = stacks(services, before)
    services.findings.accept(before, first["id"], AN, "hai căn hộ")
    services.findings.accept(before, second["id"], AN, "nhà chung")
    # The order is turned round, the second stack has been mended.
    after = staged(services, tmp_path / "b.geojson", [*apart[::-1], apart[0]])
    (stayed,) = stacks(services, after)
    assert stayed["id"] == first["id"]
    assert stayed["rows"] != first["rows"]
    assert stayed["acceptance"]["why"] == "hai căn hộ"


def test_other_geometry_on_the_spot_is_another_defect(services: Services, tmp_path: Path) -> None:
    apart = [square(40.0 * i, 0) for i in range(6)]
    before = staged(services, tmp_path / "a.geojson", [apart[0], *apart])
    (found,) = stacks(services, before)
    services.findings.accept(before, found["id"], AN, "hai căn hộ")
    smaller = square(0.0, 0.0, 9.9)
    after = staged(services, tmp_path / "b.geojson", [smaller, smaller, *apart[1:]])
    assert [f["acceptance"] for f in stacks(services, after)] == [None]

"""Exports of what senders do: axes swapped, holes, several parts, mixed uses; units; identifiers."""

from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from landgis.bootstrap import Services
from landgis.bootstrap.exporting import exports
from landgis.cadastre.register import Principal
from landgis.cadastre.roles import SCOPES
from landgis.ingest.evidence import Choices
from landgis.services.exporting import ExportAsked, Exported
from tests.builders import square
from tests.conftest import Open

pytestmark = pytest.mark.db

BY = Principal.holding("local:lan", SCOPES)
HOLED = square(0, 0, 40).difference(square(10, 10, 8))
PARTS = shapely.MultiPolygon([square(60, 0, 10), square(60, 20, 10)])
SHAPES = (HOLED, PARTS, square(100, 0, 12))
USES = ("ODT+CLN", "LUC", "ONT")


def sent(folder: Path, unit: str, *, north: float = 0.0, is_north_first: bool = False) -> Path:
    """Write three parcels as an office does; the column GHICHU is nobody's but its own."""
    path = folder / f"xa_{unit}.shp"
    shapes = shapely.transform(np.array(SHAPES), lambda xy: xy + np.array([0.0, north]))
    if is_north_first:
        shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
    fields = {
        "MA_XA": [unit] * len(SHAPES),
        "SO_TO": ["7"] * len(SHAPES),
        "SO_THUA": ["1", "2", "3"],
        "LOAI_DAT": list(USES),
        "TEN_CHU": ["Người thử"] * len(SHAPES),
        "GHICHU": ["a", "b", "c"],
    }
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(shapes),
        field_data=[np.array(values, dtype=object) for values in fields.values()],
        fields=list(fields),
        crs="EPSG:9209",
        geometry_type="MultiPolygon",
        encoding="UTF-8",
        driver="ESRI Shapefile",
    )
    return path


def published(services: Services, path: Path) -> Any:
    batch = services.load.load(path, Choices(crs=9209), BY).batch
    assert (batch.counts.accepted, batch.counts.quarantined) == (3, 0)
    services.publish.publish(batch.batch_id, BY)
    return batch


def export(services: Services, out: Path, **asked: Any) -> tuple[Exported, dict[str, Any], Any]:
    done = exports(services).write(out, ExportAsked(**asked), BY)
    source = f"/vsizip/{out}" if out.suffix == ".zip" else out
    meta, _, wkb, columns = pyogrio.raw.read(source)
    return done, dict(zip(meta["fields"].tolist(), columns, strict=True)), shapely.from_wkb(wkb)


@pytest.mark.parametrize("is_north_first", [False, True])
def test_sender_gets_his_own_axes_shapes_and_words_back(
    open_services: Open, tmp_path: Path, *, is_north_first: bool
) -> None:
    services = open_services("vn-80")
    path = sent(tmp_path, "25645", is_north_first=is_north_first)
    batch = published(services, path)
    done, columns, shapes = export(services, tmp_path / "like.zip", like=batch.batch_id)
    assert (done.emptied, done.unread) == (("TEN_CHU",), ("GHICHU",))
    _, _, wkb, theirs = pyogrio.raw.read(path)
    for ours, his in zip(shapes, shapely.from_wkb(wkb), strict=True):
        assert shapely.normalize(ours).equals_exact(shapely.normalize(his), 0.0)
    assert list(columns) == ["MA_XA", "SO_TO", "SO_THUA", "LOAI_DAT", "TEN_CHU", "GHICHU"]
    for name, values in zip(columns, theirs, strict=True):
        if name != "TEN_CHU":
            assert list(columns[name]) == list(values)
    assert set(columns["TEN_CHU"]) <= {None, ""}
    found = services.load.load(tmp_path / "like.zip", Choices(crs=9209), BY).batch
    difference = services.editing.resends.difference(found.batch_id, BY, "unit")
    assert difference.changed == difference.created == difference.retired == ()


@pytest.mark.parametrize("suffix", ["gpkg", "zip", "geojson", "fgb"])
def test_unit_has_its_own_parcels_with_their_identifiers(
    open_services: Open, tmp_path: Path, suffix: str
) -> None:
    services = open_services("vn-80")
    published(services, sent(tmp_path, "25645"))
    published(services, sent(tmp_path, "25630", north=300.0))
    services.identifiers.giving.give_missing()
    done, columns, _ = export(services, tmp_path / f"one.{suffix}", unit="25645")
    assert done.parcels == 3
    unit = next(name for name in columns if name.startswith("unit_code"))
    assert {str(code).strip("'") for code in columns[unit]} == {"25645"}
    identifiers = next(columns[name] for name in columns if name.startswith("national_i"))
    assert len({str(code) for code in identifiers if code}) == 3
    batch = services.load.load(tmp_path / f"one.{suffix}", Choices(), BY).batch
    difference = services.editing.resends.difference(batch.batch_id, BY, "unit")
    assert (difference.same, difference.absent) == (3, 0)
    assert difference.changed == difference.created == difference.clashes == ()

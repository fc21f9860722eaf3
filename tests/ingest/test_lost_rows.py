"""Rows that could not be read: what is there of them is kept."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from landgis.cadastre.register import Principal
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices
from landgis.ingest.read import open_layers
from tests.conftest import Open
from tests.hostile.parts import NULL, dbf, keys, layer, loose, polygon, polygons, square

NAN = struct.pack("<d", float("nan"))


def damaged(folder: Path) -> Path:
    """Six parcels: the second has NaN, the third -1 parts, the fifth is deleted, the sixth cut
    off.
    """
    contents = polygons(6)
    contents[1] = contents[1][:64] + NAN + contents[1][72:]
    contents[2] = contents[2][:36] + struct.pack("<i", -1) + contents[2][40:]
    parts = layer(contents, table=dbf(keys(6), deleted=[5]))
    return loose(folder, {**parts, "shp": parts["shp"][:-20]})


def test_what_is_there_of_lost_rows_is_given(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (found,) = open_layers(open_source(damaged(tmp_path), tmp_path / "work"), tmp_path / "work")
    assert found.rows.tolist() == [1, 4]
    given, bytes_only = found.lost()
    assert given.rows.tolist() == [2, 3, 6]
    assert given.columns["KEY"].tolist() == ["K2", "K3", "K6"]
    assert given.records is not None
    assert [record.tobytes() for record in given.records] == [
        b" K2          ", b" K3          ", b" K6          "]  # fmt: skip
    with np.errstate(invalid="ignore"):
        found_again = shapely.from_wkb(given.wkb[0])
    assert np.isnan(shapely.get_coordinates(found_again)).any()
    assert given.wkb[1][:44] == polygon(square(2))[:36] + struct.pack("<2i", -1, 5)
    assert given.wkb[2] is None
    assert bytes_only.rows.tolist() == [5]
    assert bytes_only.records is not None
    assert bytes_only.records[0].tobytes() == b"*K5          "
    assert bytes_only.wkb[0] == polygon(square(4))


def test_a_sound_layer_has_no_lost_rows(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    path = loose(tmp_path, layer([*polygons(2), NULL]))
    (found,) = open_layers(open_source(path, tmp_path / "work"), tmp_path / "work")
    assert list(found.lost()) == []


@pytest.mark.db
def test_lost_rows_are_staged_with_attributes_bytes_and_geometry(
    tmp_path: Path, open_services: Open, make_polygon: Callable[..., bytes]
) -> None:
    services = open_services("generic")
    by = Principal.holding("tester", {"import"})
    batch = services.load.load(damaged(tmp_path), Choices(), by).batch
    assert batch.counts.as_dict() == {
        "read": 6, "accepted": 2, "quarantined": 0, "unreadable": 4}  # fmt: skip
    raw = services.load._staging.raw(batch.batch_id, [2, 3, 5, 6])
    kept = dict(zip(raw.rows, zip(raw.attributes, raw.records, strict=True), strict=True))
    assert kept == {
        2: ({"KEY": "K2"}, b" K2          "),
        3: ({"KEY": "K3"}, b" K3          "),
        5: ({}, b"*K5          "),
        6: ({"KEY": "K6"}, b" K6          "),
    }

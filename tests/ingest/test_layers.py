"""Which layers a file has, and that each can be read alone by its name."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import shapely

from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices
from landgis.ingest.gate import look_at, parted
from landgis.ingest.layers import Layers, layers_of
from landgis.ingest.read import read_layers
from tests.ingest.reading import code_of, write_gpkg
from tests.sending import parcels, shapefile, vilis

BOX = shapely.box(0, 0, 1, 1)
SUFFIXES = (".shp", ".shx", ".dbf", ".prj")


def zipped(path: Path, **members: Path) -> Path:
    """Files in one archive; of a .shp all its parts."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, source in members.items():
            parts = SUFFIXES if source.suffix == ".shp" else (source.suffix,)
            for suffix in parts:
                archive.write(source.with_suffix(suffix), f"{name.replace('_', '/')}{suffix}")
    return path


@pytest.fixture
def layers(tmp_path: Path) -> Callable[[Path], Layers]:
    """Answers the layers of a file, having read each alone by its name."""
    work = tmp_path / "work"
    work.mkdir()

    def ask(path: Path) -> Layers:
        opened = open_source(path, work)
        found = layers_of(opened, work)
        for name in found.names:
            (only,) = read_layers(opened, work, layer=name)
            assert len(only.rows) > 0
        return found

    return ask


def gpkg(path: Path, **tables: tuple[str, list[shapely.Geometry]]) -> Path:
    for name, (kind, shapes) in tables.items():
        numbers = {"n": np.arange(len(shapes))}
        write_gpkg(path, name, shapes, numbers, geometry_type=kind)
    return path


def test_tables_of_a_geopackage_are_told_by_what_they_hold(
    tmp_path: Path, layers: Callable[[Path], Layers]
) -> None:
    point, line = shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)])
    path = gpkg(
        tmp_path / "x.gpkg",
        thua=("Polygon", [BOX]),
        moc=("Point", [point]),
        lan=("Unknown", [point, BOX]),
        duong=("Unknown", [point, line]),
    )
    assert layers(path) == Layers(("lan", "thua"), ("duong (geometry)", "moc (point)"))


def test_layers_of_one_name_are_told_apart_by_their_files(
    tmp_path: Path, layers: Callable[[Path], Layers]
) -> None:
    land = shapefile(tmp_path / "land.shp", parcels(), vilis())
    package = gpkg(tmp_path / "x.gpkg", thua=("Polygon", [BOX]), khac=("Polygon", [BOX]))
    path = zipped(tmp_path / "a.zip", mot_thua=land, hai_thua=land, ba=package)
    assert layers(path).names == (
        "khac",
        "ba.gpkg/thua",
        "hai/thua.shp",
        "mot/thua.shp",
    )


def test_broken_member_is_a_layer_of_its_own(tmp_path: Path) -> None:
    land = shapefile(tmp_path / "land.shp", parcels(), vilis())
    page = tmp_path / "page.gpkg"
    page.write_bytes(b"<!DOCTYPE html>")
    path = zipped(tmp_path / "a.zip", thua=land, page=page)
    work = tmp_path / "work"
    work.mkdir()
    opened = open_source(path, work)
    found = layers_of(opened, work)
    assert found.names == ("page.gpkg", "thua")
    (sound,) = read_layers(opened, work, layer="thua")
    assert len(sound.rows) == 60
    assert code_of(lambda: read_layers(opened, work, layer="page.gpkg")) == "not_a_geopackage"


def test_only_what_is_chosen_is_looked_at(tmp_path: Path) -> None:
    land = shapefile(tmp_path / "land.shp", parcels(), vilis())
    cut = shapefile(tmp_path / "cut.shp", parcels(), vilis())
    cut.write_bytes(cut.read_bytes()[:150])
    work = tmp_path / "work"
    work.mkdir()
    opened = open_source(zipped(tmp_path / "a.zip", cut=cut, land=land), work)
    look_at(opened, "land")
    assert code_of(lambda: look_at(opened, "cut")) == "truncated_shp"
    assert code_of(lambda: look_at(opened, "nowhere")) == "no_such_layer"
    assert [c.layer for c in parted(opened, work, Choices()).choices] == ["cut", "land"]
    assert [c.layer for c in parted(opened, work, Choices(layer="x")).choices] == ["x"]


def test_one_layer_is_a_batch_with_the_choices_as_they_are(tmp_path: Path) -> None:
    land = shapefile(tmp_path / "land.shp", parcels(), vilis())
    work = tmp_path / "work"
    work.mkdir()
    found = parted(open_source(land, work), work, Choices(unit="25645"))
    assert list(found.choices) == [Choices(unit="25645")]


def test_lists_beside_layers_are_no_layers(tmp_path: Path) -> None:
    land = shapefile(tmp_path / "land.shp", parcels(), vilis())
    path = zipped(tmp_path / "a.zip", thua=land)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("danh sach.csv", io.StringIO("a,b\n1,2\n").getvalue())
    work = tmp_path / "work"
    work.mkdir()
    assert layers_of(open_source(path, work), work).names == ("thua",)

"""Drawings written by GDAL from real parcels: outlines, bare lines, hatches, labels, blocks."""

from pathlib import Path

import geopandas
import pytest
import shapely

from landgis.ingest.drawing_v8 import read_v8
from landgis.ingest.raw import RawLayer
from tests.conftest import SAMPLES
from tests.ingest.drawing_files import (
    SQUARE,
    add,
    add_block,
    by_label,
    count_of,
    labels_of,
    notes_of,
    outlines,
    write_dgn,
    write_dxf,
)
from tests.ingest.reading import Read, code_of

EPINAY = SAMPLES / "epinay" / "parcelles_91216_l93_shp.zip"


@pytest.fixture(scope="module")
def parcels() -> geopandas.GeoDataFrame:
    return geopandas.read_file(f"/vsizip/{EPINAY}", encoding="ISO-8859-1", rows=600)


def assert_are_the_parcels(layer: RawLayer, parcels: geopandas.GeoDataFrame) -> None:
    found = by_label(layer)
    assert sorted(found) == sorted(parcels["id"])
    for name, meant in zip(parcels["id"], parcels.geometry, strict=True):
        assert found[name].area == pytest.approx(meant.area, abs=1e-6), name
        assert shapely.hausdorff_distance(found[name], meant) < 1e-6, name


def test_lines_are_closed_to_the_parcels_they_bound(
    tmp_path: Path, read_file: Read, parcels: geopandas.GeoDataFrame
) -> None:
    lines = outlines(parcels)
    path = write_dxf(tmp_path / "a.dxf", lines, ["10"] * len(lines), labels_of(parcels))
    (layer,) = read_file(path)
    assert_are_the_parcels(layer, parcels)
    assert (layer.driver, layer.crs_wkt, layer.unreadable) == ("DXF", None, ())
    assert layer.rows.tolist() == list(range(1, len(layer.wkb) + 1))
    notes = notes_of(layer)
    assert "level 10" in notes["boundary_levels"]
    # What the parcels surround is an area too: counted, and no parcel.
    enclosed = len(layer.wkb) - len(parcels)
    assert ("areas_unlabelled" in notes) == (enclosed > 0)
    assert "dangling_lines" not in notes


@pytest.mark.parametrize("form", ["closed lines", "hatches", "both"])
def test_closed_lines_and_hatches_are_the_parcels(
    tmp_path: Path, read_file: Read, parcels: geopandas.GeoDataFrame, form: str
) -> None:
    simple = parcels[[len(one.interiors) == 0 for one in parcels.geometry]]
    rings = [shapely.LineString(one.exterior.coords) for one in simple.geometry]
    shapes = (rings if form != "hatches" else []) + (
        list(simple.geometry) if form != "closed lines" else []
    )
    path = write_dxf(tmp_path / "a.dxf", shapes, ["10"] * len(shapes), labels_of(simple))
    (layer,) = read_file(path)
    assert_are_the_parcels(layer, simple)
    assert len(layer.wkb) == len(simple)
    assert ("repeated_fills" in notes_of(layer)) == (form == "both")


def test_texts_become_a_column_a_level(tmp_path: Path, read_file: Read) -> None:
    labels = [
        ("13", 2, 8, "125"), ("4", 2, 6, "150.3"), ("2", 4, 8, "ODT"), ("13", 2, 4, "126"),
        ("13", 12, 5, "127"), ("13", 40, 40, "nowhere"), ("13", 10, 5, "on the line"),
    ]  # fmt: skip
    shapes = [shapely.boundary(SQUARE), shapely.boundary(shapely.box(10, 0, 20, 10))]
    path = write_dxf(tmp_path / "a.dxf", shapes, ["10", "10"], labels)
    (layer,) = read_file(path)
    assert layer.columns["drawing"].tolist() == ["a", "a"]
    assert list(layer.columns) == ["drawing", "level", "text_2", "text_4", "text_13", "text"]
    assert layer.columns["text_13"].tolist() == ["125|126", "127"]
    assert layer.columns["text_2"].tolist() == ["ODT", None]
    assert layer.columns["text_4"].tolist() == ["150.3", None]
    assert layer.columns["text"].tolist() == ["125|ODT|150.3|126", "127"]
    assert layer.columns["level"].tolist() == ["10", "10"]
    assert count_of(layer, "labels_outside") == 2


def test_text_in_two_areas_belongs_to_none(tmp_path: Path, read_file: Read) -> None:
    shapes = [shapely.boundary(SQUARE), shapely.boundary(shapely.box(5, 0, 15, 10))]
    labels = [("13", 7, 5, "both"), ("13", 2, 5, "1"), ("13", 12, 5, "2")]
    (layer,) = read_file(write_dxf(tmp_path / "a.dxf", shapes, ["10", "10"], labels))
    assert shapely.area(shapely.from_wkb(layer.wkb)).tolist() == [100, 100]
    assert layer.columns["text_13"].tolist() == ["1", "2"]
    assert count_of(layer, "labels_several") == 1


def drawn_sheet(folder: Path) -> Path:
    """Three parcels side by side, the last closed by a road edge; houses, a frame, a loose line."""
    houses = [shapely.boundary(shapely.box(x + 2, 2, x + 4, 4)) for x in (0, 10, 20)]
    shapes = {
        "10": [
            shapely.LineString([(30, 0), (0, 0), (0, 10), (30, 10)]),
            shapely.LineString([(10, 0), (10, 10)]),
            shapely.LineString([(20, 0), (20, 10)]),
            shapely.LineString([(40, 3), (45, 3)]),
        ],
        "23": [shapely.LineString([(30, -20), (30, 30)])],
        "14": houses,
        "63": [shapely.boundary(shapely.box(-50, -50, 100, 100))],
    }
    labels = [("13", x + 5, 7, f"{x // 10 + 1}") for x in (0, 10, 20)]
    labels += [("4", x + 5, 6, "100") for x in (0, 10, 20)]
    labels += [("15", x + 3, 3, "b") for x in (0, 10, 20)] + [("20", 60, 60, "road 12")]
    levels = [level for level, drawn in shapes.items() for _ in drawn]
    return write_dxf(
        folder / "a.dxf", [one for drawn in shapes.values() for one in drawn], levels, labels
    )


def test_levels_of_the_boundaries_are_those_the_labels_fit(tmp_path: Path, read_file: Read) -> None:
    (layer,) = read_file(drawn_sheet(tmp_path))
    assert sorted(layer.columns["text_13"]) == ["1", "2", "3"]
    assert shapely.area(shapely.from_wkb(layer.wkb)).tolist() == [100, 100, 100]
    assert set(layer.columns["level"]) == {"10,23"}
    assert count_of(layer, "dangling_lines") == 3
    assert count_of(layer, "levels_unused") == 4
    assert "14: 3" in notes_of(layer)["levels_unused"]


def test_levels_can_be_named(tmp_path: Path, read_file: Read) -> None:
    path = drawn_sheet(tmp_path)
    (layer,) = read_file(path, layer="10")
    assert sorted(layer.columns["text_13"]) == ["1", "2"]
    (layer,) = read_file(path, layer="14")
    assert layer.columns["text_15"].tolist() == ["b", "b", "b"]
    (layer,) = read_file(path, layer=" 10, 23 ")
    assert len(layer.wkb) == 3
    assert code_of(lambda: read_file(path, layer="99")) == "no_such_layer"
    assert code_of(lambda: read_file(path, layer="23")) == "no_polygon_layer"
    assert code_of(lambda: read_file(path, layer=",")) == "no_such_layer"


def test_line_across_divides_and_line_inside_is_a_hole(tmp_path: Path, read_file: Read) -> None:
    shapes = [
        shapely.boundary(shapely.box(0, 0, 20, 10)),
        shapely.LineString([(10, 0), (10, 10)]),
        shapely.boundary(shapely.box(30, 0, 40, 10)),
        shapely.boundary(shapely.box(32, 2, 36, 6)),
        shapely.boundary(shapely.box(50, 0, 60, 10)),
        shapely.LineString([(52, 5), (55, 5)]),
    ]
    (layer,) = read_file(write_dxf(tmp_path / "a.dxf", shapes, ["10"] * 6))
    found = shapely.from_wkb(layer.wkb)
    assert sorted(shapely.area(found)) == [16, 84, 100, 100, 100]
    assert count_of(layer, "lines_divide_areas") == 1
    assert count_of(layer, "nested_areas") == 1
    assert count_of(layer, "dangling_lines") == 1


def test_ends_that_miss_by_less_than_a_millimetre_are_joined(
    tmp_path: Path, read_file: Read
) -> None:
    shapes = [
        shapely.LineString([(500_000, 0), (500_010, 0), (500_010, 10)]),
        shapely.LineString([(500_010.0003, 10.0002), (500_000, 10), (500_000, 0.0004)]),
    ]
    (layer,) = read_file(write_dxf(tmp_path / "a.dxf", shapes, ["10", "10"]))
    assert shapely.area(shapely.from_wkb(layer.wkb)) == pytest.approx([100], abs=0.02)
    assert "lines_snapped" in notes_of(layer)


def test_blocks_faces_and_odd_entities_are_read_or_counted(tmp_path: Path, read_file: Read) -> None:
    path = write_dxf(tmp_path / "a.dxf", [shapely.boundary(SQUARE)], ["10"], [("13", 5, 5, "1")])
    corners = [(10 + k, x) for k, x in enumerate((0, 1, 1, 0))]
    corners += [(20 + k, y) for k, y in enumerate((0, 0, 1, 1))]
    corners += [(30 + k, z) for k, z in enumerate((1, 2, 3, 4))]
    add(
        path,
        [(0, "3DFACE"), (8, "10"), *corners],
        [(0, "INSERT"), (8, "10"), (2, "NO SUCH BLOCK"), (10, 0), (20, 0)],
        [(0, "WIPEOUT"), (8, "10")],
        [(0, "XLINE"), (8, "10"), (10, 0), (20, 0), (11, 1), (21, 1)],
        [(0, "POINT"), (8, "11"), (10, 3), (20, 3)],
    )
    (layer,) = read_file(path)
    assert layer.columns["text_13"].tolist() == ["1"]
    assert count_of(layer, "entities_unused") == 2
    assert "3D face: 1" in notes_of(layer)["entities_unused"]
    assert count_of(layer, "entities_not_read") == 3
    assert "INSERT of a missing block: 1" in notes_of(layer)["entities_not_read"]
    assert count_of(layer, "drawing_entities") == 7


def test_blocks_keep_the_levels_of_their_parts(tmp_path: Path, read_file: Read) -> None:
    path = write_dxf(tmp_path / "a.dxf", [shapely.LineString([(0, 0), (1, 1)])], ["0"])
    block = (
        [(0, "BLOCK"), (8, "0"), (2, "PLOT"), (70, 0), (10, 0), (20, 0), (3, "PLOT")],
        [(0, "LWPOLYLINE"), (100, "AcDbEntity"), (8, "10"), (100, "AcDbPolyline"), (90, 4)],
        [(70, 1), (10, 0), (20, 0), (10, 9), (20, 0), (10, 9), (20, 9), (10, 0), (20, 9)],
        [(0, "TEXT"), (8, "13"), (10, 4), (20, 4), (40, 1), (1, "7")],
        [(0, "ENDBLK")],
    )
    add_block(path, block)
    add(path, *([(0, "INSERT"), (8, "5"), (2, "PLOT"), (10, x), (20, 0)] for x in (100, 200)))
    (layer,) = read_file(path)
    assert layer.columns["text_13"].tolist() == ["7", "7"]
    assert shapely.bounds(shapely.from_wkb(layer.wkb)).tolist() == [
        [100, 0, 109, 9],
        [200, 0, 209, 9],
    ]


def test_block_that_holds_itself_ends(tmp_path: Path, read_file: Read) -> None:
    path = write_dxf(tmp_path / "a.dxf", [shapely.boundary(SQUARE)], ["10"], [("13", 5, 5, "1")])
    inner = [(0, "INSERT"), (8, "10"), (2, "S"), (10, 1), (20, 1)]
    head = [(0, "BLOCK"), (8, "0"), (2, "S"), (70, 0), (10, 0), (20, 0), (3, "S")]
    add_block(path, (head, inner, [(0, "ENDBLK")]))
    (layer,) = read_file(add(path, inner))
    assert layer.columns["text_13"].tolist() == ["1"]


@pytest.mark.parametrize(
    ("raw", "meant"),
    [("§Êt", "§Êt"), ("\\U+0110\\U+1EA4T", "ĐẤT"), ("Đất".encode().decode("latin-1"), "Đất")],
)
def test_letters_stay_the_bytes_of_the_file(
    tmp_path: Path, read_file: Read, raw: str, meant: str
) -> None:
    path = write_dxf(tmp_path / "a.dxf", [shapely.boundary(SQUARE)], ["10"], [("13", 5, 5, raw)])
    (layer,) = read_file(path)
    assert layer.bytes_text
    (text,) = layer.columns["text_13"]
    encoded = text.encode("latin-1")
    assert encoded == (raw.encode("latin-1") if meant == raw else meant.encode())


def test_drawing_that_is_cut_off_gives_what_is_there(
    tmp_path: Path, read_file: Read, parcels: geopandas.GeoDataFrame
) -> None:
    some = parcels[[len(one.interiors) == 0 for one in parcels.geometry]].head(40)
    rings = [shapely.LineString(one.exterior.coords) for one in some.geometry]
    path = write_dxf(tmp_path / "a.dxf", rings, ["10"] * len(rings))
    content = path.read_bytes()
    start = content.index(b"ENTITIES")
    path.write_bytes(content[: start + (content.index(b"ENDSEC", start) - start) // 2])
    (layer,) = read_file(path)
    assert 10 < len(layer.wkb) < 40
    assert "drawing_cut_off" in notes_of(layer)


def test_dgn_lines_and_texts_are_the_parcels(
    tmp_path: Path, read_file: Read, parcels: geopandas.GeoDataFrame
) -> None:
    some = parcels.head(200)
    lines = outlines(some)
    (layer,) = read_file(
        write_dgn(
            tmp_path / "a.dgn",
            lines,
            ["10"] * len(lines),
            labels_of(some),
            ORIGIN="-650000,-6840000,0",
        )
    )
    found = by_label(layer)
    assert sorted(name.strip() for name in found) == sorted(some["id"])
    for name, meant in zip(some["id"], some.geometry, strict=True):
        # A design file holds whole millimetres here.
        assert shapely.hausdorff_distance(found[name], meant) < 0.002
    assert layer.driver == "DGN"
    assert layer.crs_wkt is None


def test_v8_gives_the_shapes_and_texts_that_gdal_states() -> None:
    """GDAL's own V8 drawing; the answer of its reader is known from the table beside it there."""
    path = Path(__file__).parent / "drawings" / "test_dgnv8.dgn"
    counted, entities = read_v8(path)
    assert [text for text in entities.text if text] == ["myT\xe9xt", "x", "z", "z"]
    shapes = {shapely.normalize(one).wkt for one in entities.shape}
    meant = (
        "POLYGON ((0 0, 0 1, 1 1, 0 0))",
        "LINESTRING (0 1, 3 4, 6 7)",
        "LINESTRING (2 3, 4 5)",
    )
    assert {shapely.normalize(shapely.from_wkt(one)).wkt for one in meant} <= shapes
    assert entities.unused["curve"] == 2
    assert sum(counted.entities.values()) == 58

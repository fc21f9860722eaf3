"""Heights, measures and curves are lost on reading, and never without a word."""

import shutil
import struct
import warnings
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from landgis.cadastre.rules.geometry import dropped
from landgis.ingest.evidence import Choices
from tests.builders import EAST, NORTH, square
from tests.examined import examined


def test_heights_are_one_finding_with_their_count() -> None:
    (found,) = dropped.findings_of({"heights_left_out": 12, "shx_missing": 1})
    assert (found.rule.code, found.rule.severity) == ("geometry.dimension_dropped", "warning")
    assert (found.measured, found.limit, found.unit) == (12.0, 0.0, "rows")
    assert found.message["en"] == (
        "12 rows have heights (Z) or measures (M) at their vertices; only X and Y are kept."
    )
    assert found.message["vi"].startswith("12 dòng có độ cao (Z)")
    assert (found.rows, found.place_xy) == ((), None)


def test_curves_are_one_finding_with_their_count() -> None:
    (found,) = dropped.findings_of({"curves_cut": 3})
    assert (found.rule.code, found.unit) == ("geometry.curve_dropped", "curves")
    assert found.message["en"] == (
        "3 arcs or other curves of the boundaries became straight segments."
    )


def test_nothing_left_out_gives_nothing() -> None:
    assert list(dropped.findings_of({"heights_left_out": 0, "lines_snapped": 4})) == []


CURVED = struct.pack("<BIIBII10d", 1, 10, 1, 1, 8, 5, *(
    (EAST, NORTH, EAST + 5, NORTH + 5, EAST + 10, NORTH, EAST + 5, NORTH - 5, EAST, NORTH)
))  # fmt: skip
"""A polygon whose ring is a circle, as WKB (ISO 13249-3: curve polygon of a circular string)."""


@pytest.mark.parametrize(
    ("name", "driver"),
    [("a.gpkg", "GPKG"), ("a.fgb", "FlatGeobuf"), ("a.gdb", "OpenFileGDB")],
)
def test_curve_of_a_table_is_a_row_that_cannot_be_read(
    tmp_path: Path, name: str, driver: str
) -> None:
    path = tmp_path / name
    sound = shapely.multipolygons([square(20, 0)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            path,
            geometry=np.array([shapely.to_wkb(sound), CURVED], dtype=object),
            field_data=[np.array(["1", "2"], dtype=object)],
            fields=["so"],
            geometry_type="MultiPolygon" if driver == "OpenFileGDB" else "Unknown",
            driver=driver,
            crs="EPSG:32648",
            **({"SPATIAL_INDEX": "NO"} if driver == "FlatGeobuf" else {}),
        )
    if path.is_dir():
        path = Path(shutil.make_archive(str(path), "zip", tmp_path, name))
    result = examined(path)
    assert [(lost.row, lost.code) for lost in result.unreadable] == [(2, "not_a_polygon")]
    codes = {f.rule.code for f in result.findings if f.outcome == "fail"}
    assert "file.row_unreadable" in codes
    assert "geometry.curve_dropped" not in codes


def test_arcs_of_a_drawing_are_counted_on_the_level_of_the_boundaries(tmp_path: Path) -> None:
    path = tmp_path / "a.dxf"
    ring = shapely.get_exterior_ring(square(20, 0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            path,
            geometry=shapely.to_wkb(np.array([ring], dtype=object)),
            field_data=[np.array(["10"], dtype=object)],
            fields=["Layer"],
            geometry_type="Unknown",
            driver="DXF",
        )
    rounded = [(0, "LWPOLYLINE"), (8, "10"), (90, 3), (70, 1), (10, EAST), (20, NORTH), (42, 0.5),
               (10, EAST + 9), (20, NORTH), (42, 0.0), (10, EAST), (20, NORTH + 9)]  # fmt: skip
    circle = [(0, "CIRCLE"), (8, "10"), (10, EAST + 60), (20, NORTH), (40, 5)]
    pole = [(0, "CIRCLE"), (8, "63"), (10, EAST + 90), (20, NORTH), (40, 1)]
    labels = [
        [(0, "TEXT"), (8, "13"), (10, EAST + x), (20, NORTH + y), (40, 1), (1, str(n))]
        for n, (x, y) in enumerate([(2, 2), (25, 5), (60, 0)])
    ]
    text = path.read_text("latin-1")
    at = text.index("  0\nENDSEC", text.index("ENTITIES"))
    pairs = "".join(f"{a}\n{b}\n" for one in (rounded, circle, pole, *labels) for a, b in one)
    path.write_text(text[:at] + pairs + text[at:], "latin-1")
    result = examined(path, Choices(crs=32648, layer="10"))
    (found,) = (f for f in result.findings if f.rule.code == "geometry.curve_dropped")
    assert (found.measured, found.unit) == (2.0, "curves")

"""Drawings that are none, say nothing, or are spoilt: rows or a refusal by name."""

from collections.abc import Callable
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landgis.errors import Refused
from landgis.ingest.raw import RawLayer
from tests.ingest.drawing_files import SQUARE, add, notes_of, write_dgn, write_dxf
from tests.ingest.reading import Read, code_of

REFUSALS = {
    "bad_dxf", "bad_dgn", "dwg", "dgn_v8", "binary_dxf", "reader_failed", "no_polygon_layer",
    "linework_unusable",
}  # fmt: skip


def test_coordinates_out_of_reason_end_in_rows_or_a_refusal(
    tmp_path: Path, read_file: Read
) -> None:
    far = shapely.LineString([(0, 0), (1e300, 1e300), (-1e300, 1e300)])
    path = write_dxf(tmp_path / "a.dxf", [shapely.boundary(SQUARE), far], ["10", "11"])
    (layer,) = read_file(path)
    assert shapely.area(shapely.from_wkb(layer.wkb)).tolist() == [100]
    path = write_dxf(tmp_path / "b.dxf", [shapely.boundary(SQUARE)], ["10"])
    add(path, [(0, "LINE"), (8, "10"), (10, "nan"), (20, 0), (11, "inf"), (21, 1)])
    (layer,) = read_file(path)
    assert len(layer.wkb) == 1
    assert "not a number: 1" in notes_of(layer)["entities_unused"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.dxf", b"<html><body>404</body></html>", "bad_dxf"),
        ("a.dxf", b"AutoCAD Binary DXF\r\n\x1a\x00\x00\x00", "binary_dxf"),
        ("a.dxf", b"AC1032\x00\x00\x00", "dwg"),
        ("a.dwg", b"AC1032\x00\x00\x00", "dwg"),
        ("a.dxf", b"  0\nSECTION\n  2\nENTITIES\n", "no_polygon_layer"),
        ("a.dgn", b"<html><body>404</body></html>", "bad_dgn"),
        ("a.dgn", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "dgn_v8"),
        ("a.dgn", b"\x08\x09\xfe\x02\x01\x08" + bytes(40), "reader_failed"),
    ],
)
def test_what_is_no_drawing_is_refused_by_name(
    tmp_path: Path, read_file: Read, name: str, content: bytes, code: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert code_of(lambda: read_file(tmp_path / name)) == code


def test_v8_is_refused_with_the_recipe(tmp_path: Path, read_file: Read) -> None:
    (tmp_path / "a.dgn").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    with pytest.raises(Refused, match=r"a\.dgn: .*V8.*Save As.*V7.*DXF"):
        read_file(tmp_path / "a.dgn")


def test_drawing_without_areas_says_what_to_do(tmp_path: Path, read_file: Read) -> None:
    lines = [shapely.LineString([(0, 0), (1, 0)]), shapely.LineString([(0, 1), (1, 1)])]
    path = write_dxf(tmp_path / "a.dxf", lines, ["10", "11"])
    with pytest.raises(Refused, match=r"2 lines and no closed area.*--layer") as refused:
        read_file(path)
    assert refused.value.code == "no_polygon_layer"


@given(data=st.data())
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.parametrize("suffix", ["dxf", "dgn"])
def test_damaged_drawings_end_in_rows_or_a_refusal(
    tmp_path: Path, read_file: Read, data: st.DataObject, suffix: str
) -> None:
    path = tmp_path / f"a.{suffix}"
    path.unlink(missing_ok=True)
    (write_dxf if suffix == "dxf" else write_dgn)(
        path, [shapely.boundary(SQUARE)], ["10"], [("13", 5, 5, "1")]
    )
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
    said = outcome_of(lambda: read_file(path))
    assert said in REFUSALS | {"rows"}


def outcome_of(read: Callable[[], list[RawLayer]]) -> str:
    try:
        (layer,) = read()
    except Refused as refusal:
        return refusal.code
    return "rows" if len(layer.rows) + len(layer.unreadable) else "nothing"

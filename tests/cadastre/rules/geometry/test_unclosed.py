"""A ring that does not close: no polygon, a finding with its row and its reason."""

import json
from pathlib import Path

import pytest

from landgis.cadastre.rules.file.unread import Unread, findings_of
from landgis.cadastre.rules.geometry import unclosed
from tests.builders import EAST, NORTH, square
from tests.examined import examined


def test_row_with_an_open_ring_is_named_as_such() -> None:
    (found,) = findings_of([Unread(7, "ring_unclosed", "row 7: a ring is not closed")])
    assert (found.rule, found.rows) == (unclosed.RULE, (7,))
    assert found.rule.code == "geometry.unclosed"
    assert found.message == {
        "vi": "Dòng 7: vòng ranh giới không trở về đỉnh đầu.",
        "en": "Row 7: a ring is not closed.",
    }


def test_rows_that_cannot_be_read_for_another_reason_are_not() -> None:
    others = [f for f in findings_of([Unread(7, "damaged_geometry", "row 7: damaged")])
              if f.rule is unclosed.RULE]  # fmt: skip
    assert others == []


def file_of(folder: Path, *rings: list[tuple[float, float]]) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"so": str(k)},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        for k, ring in enumerate(rings)
    ]
    crs = {"type": "name", "properties": {"name": "EPSG:32648"}}
    path = folder / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}))
    return path


def test_file_with_an_open_ring_and_heights_says_both(tmp_path: Path) -> None:
    closed = [(x, y, 3.5) for x, y in square(0, 0).exterior.coords]
    opened = [(x, y) for x, y in square(20, 0).exterior.coords][:-1]
    result = examined(file_of(tmp_path, closed, opened))  # type: ignore[arg-type]
    said = {f.rule.code: f for f in result.findings}
    assert result.counts.as_dict() == {
        "read": 2, "accepted": 1, "quarantined": 0, "unreadable": 1,
    }  # fmt: skip
    assert said["geometry.unclosed"].rows == (2,)
    assert said["geometry.dimension_dropped"].measured == 1
    assert [lost.code for lost in result.unreadable] == ["ring_unclosed"]


@pytest.mark.parametrize("bad", ["nan", "two"])
def test_what_cannot_be_closed_either_is_told_by_its_own_name(tmp_path: Path, bad: str) -> None:
    good = list(square(0, 0).exterior.coords)
    if bad == "two":
        other, code = [(EAST, NORTH), (EAST + 5, NORTH)], "damaged_geometry"
    else:
        other, code = (
            [(float("nan"), NORTH), *good[1:4], (float("nan"), NORTH)],
            ("coordinate_not_finite"),
        )
    result = examined(file_of(tmp_path, good, other))
    assert [lost.code for lost in result.unreadable] == [code]

"""``scripts/prove qgis`` sees what is wrong, and says what it needs; QGIS itself is not in CI."""

import sys
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely

from landgis.geodesy import LONLAT, WEB_MERCATOR, transform_xy

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from proofs import by_qgis
from proofs.by_qgis_truth import degrees, differences

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SHAPE = shapely.box(106.1, 11.2, 106.1001, 11.2001)
TRUTH = {
    "7": {
        "fid": 7,
        "address": "Đường Hùng Vương",
        "area_m2": 121.27,
        "published_at": datetime(2026, 11, 24, 3, 7, 19, 970863, UTC),
        "effective_from": date(2025, 7, 1),
        "shape": SHAPE,
    }
}
VALUES = {
    "fid": 7,
    "address": "Đường Hùng Vương",
    "area_m2": 121.3,
    "published_at": "2026-11-24T10:07:19.970",
    "effective_from": "2025-07-01",
}


def feature(moved: float = 0.0, **values: Any) -> dict[str, Any]:
    shape = shapely.transform(SHAPE, lambda xy: xy + moved)
    return {"values": VALUES | values, "wkb": shape.wkb.hex()}


def found(*features: dict[str, Any]) -> list[str]:
    return list(differences(features, deepcopy(TRUTH), ZONE))


def test_what_is_right_has_no_fault() -> None:
    assert found(feature()) == []
    assert found(feature(moved=5e-9)) == []


@pytest.mark.parametrize(
    ("features", "fault"),
    [
        ([], "1 are missing"),
        ([feature(), feature()], "more than once"),
        ([feature(), feature(fid=8)], "in no register"),
        ([feature(moved=2e-8)], "boundary is off by"),
        ([feature(address="Đường Hùng Vuong")], "address is"),
        ([feature(address=None)], "address is None"),
        ([feature(area_m2=121.4)], "area_m2 is"),
        ([feature(published_at="2026-11-24T03:07:19.970")], "published_at is"),
        ([feature(published_at=None)], "published_at is"),
        ([feature(effective_from="2025-07-02")], "effective_from is"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(features: list[dict[str, Any]], fault: str) -> None:
    (said,) = found(*features)
    assert fault in said


def test_degrees_are_those_of_the_pinned_operation() -> None:
    xy = np.array([[11813200.5, 1261000.25], [-7916000.0, 5218000.0]])
    lon, lat = transform_xy(xy[:, 0], xy[:, 1], WEB_MERCATOR, LONLAT)
    assert degrees(xy) == pytest.approx(np.column_stack([lon, lat]), abs=1e-12)


def test_without_qgis_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_qgis, "PYTHON", Path(sys.executable))
    with pytest.raises(SystemExit, match=r"apt-get install .*python3-qgis qgis-providers") as end:
        by_qgis.prove(1, 0, print)
    assert "\n" not in str(end.value)

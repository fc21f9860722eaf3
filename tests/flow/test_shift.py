"""A whole file beside the live register: measured, diagnosed, asked about, never refused for it.

The other usual mistakes are among the forms of ``test_forms.py``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from landgis.bootstrap import Services
from landgis.cadastre.batches import Batch
from landgis.cadastre.register import Principal
from landgis.geodesy import LONLAT, transform, transform_xy
from landgis.geodesy.wrong_ways import written
from landgis.ingest.evidence import Choices
from tests.conftest import Open
from tests.sending import PRJ_9209, parcels, shapefile, vilis

pytestmark = pytest.mark.db

AN = Principal.holding("user:an", {"import"})
RULE = "dataset.systematic_shift"
Move = Callable[[Any], Any]


@pytest.fixture(scope="module")
def register(open_lasting: Open, tmp_path_factory: pytest.TempPathFactory) -> Services:
    """Sixty parcels in Hoà Thành, live."""
    services = open_lasting("vn-80")
    path = shapefile(tmp_path_factory.mktemp("live") / "thua.shp", parcels(), vilis())
    batch = services.load.load(path, Choices(memory=False), AN).batch
    services.publish.publish(batch.batch_id, AN)
    return services


def shift_of(services: Services, path: Path, **said: Any) -> tuple[Batch, list[dict[str, Any]]]:
    batch = services.load.load(path, Choices(memory=False, **said), AN).batch
    found = services.load.findings(batch.batch_id, AN)
    return batch, [f for f in found if f["rule"] == RULE]


def wrongly(cause: str) -> Move:
    def move(xy: Any) -> Any:
        lonlat = transform_xy(xy[:, 0], xy[:, 1], 9209, LONLAT)
        return np.column_stack(written(*lonlat, 9209, cause)).round(3)

    return move


def by(east: float, north: float) -> Move:
    return lambda xy: xy + np.array([east, north])


def moved(folder: Path, move: Move, columns: dict[str, list[str]] | None = None) -> Path:
    shapes = [shapely.transform(p, move) for p in parcels()]
    return shapefile(folder / "thua.shp", shapes, columns or vilis())


@pytest.mark.parametrize(
    ("move", "length", "cause", "said"),
    [
        (wrongly("unflipped_rotations"), 0.56, "unflipped_rotations", "signs unchanged"),
        (by(0.35, 0.20), 0.40, "unknown", "Which of the two is right?"),
    ],
)
def test_shift_is_told_in_metres_with_its_cause(
    register: Services, tmp_path: Path, move: Move, length: float, cause: str, said: str
) -> None:
    batch, (finding,) = shift_of(register, moved(tmp_path, move))
    assert batch.status == "staged"
    assert (finding["severity"], finding["outcome"]) == ("warning", "fail")
    assert finding["measured"] == pytest.approx(length, rel=0.02)
    assert said in finding["message"]["en"]
    assert "60 parcels of the register with the same identity" in finding["message"]["en"]
    assert "60 thửa cùng số hiệu trong sổ" in finding["message"]["vi"]
    evidence = batch.evidence["shift"]
    assert (evidence["chosen"], evidence["ambiguous"]) == (cause, cause == "unknown")
    assert np.hypot(*evidence["offset_m"]) == pytest.approx(length, rel=0.02)


def test_register_that_carries_the_mistake_itself_is_named(
    register: Services, tmp_path: Path
) -> None:
    wrong = wrongly("no_datum_shift")

    def back(xy: Any) -> Any:
        return 2 * xy - wrong(xy)

    _, (finding,) = shift_of(register, moved(tmp_path, back))
    assert "in the present register, the mark of a missing datum shift" in finding["message"]["en"]


def test_same_parcels_in_the_other_meridian_are_not_shifted(
    register: Services, tmp_path: Path
) -> None:
    there = transform(np.array(parcels(), dtype=object), 9209, 9210)
    prj = PRJ_9209.replace("105.5", "105.75")
    batch, found = shift_of(register, shapefile(tmp_path / "thua.shp", there, vilis(), prj=prj))
    assert (batch.survey_epsg, found) == (9210, [])
    assert batch.evidence["shift"]["chosen"] == "none"
    assert batch.evidence["shift"]["compared"] == 60


def test_boundaries_tell_it_where_the_numbers_are_new(register: Services, tmp_path: Path) -> None:
    columns = vilis() | {"SHTHUA": [str(500 + i) for i in range(60)]}
    _, (finding,) = shift_of(register, moved(tmp_path, wrongly("epsg_5194"), columns))
    assert finding["measured"] == pytest.approx(0.80, abs=0.02)
    assert "off the boundaries in the register" in finding["message"]["en"]


def test_parcels_that_moved_each_by_itself_are_no_shift(register: Services, tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    shapes = [shapely.transform(p, by(*chance.uniform(-3, 3, 2))) for p in parcels()]
    batch, found = shift_of(register, shapefile(tmp_path / "thua.shp", shapes, vilis()))
    assert found == []
    assert batch.evidence["shift"]["chosen"] == "none"
    assert "each differs in its own way" in batch.evidence["shift"]["reason"]["en"]


def test_nothing_to_compare_with_is_untested_and_not_passed(
    register: Services, tmp_path: Path
) -> None:
    far = vilis() | {"SHBANDO": ["90"] * 60}
    batch, (finding,) = shift_of(register, moved(tmp_path, by(3_000, 0), far))
    assert finding["outcome"] == "untested"
    assert "too little of it there" in finding["message"]["en"]
    line = next(line for line in batch.by_rule if line["rule"] == RULE)
    assert line["outcome"] == "untested"


def test_wrong_meridian_is_told_by_the_register_where_no_outline_can(
    open_lasting: Open, tmp_path: Path
) -> None:
    services = open_lasting("generic")
    columns = {"PID": [f"HT-{i}" for i in range(60)], "ML": ["1"] * 60}
    live = shapefile(tmp_path / "live" / "thua.shp", parcels(), columns)
    batch = services.load.load(live, Choices(crs=9209), AN).batch
    services.publish.publish(batch.batch_id, AN)
    there = transform(np.array(parcels(), dtype=object), 9209, 9210)
    path = shapefile(tmp_path / "new" / "thua.shp", there, columns)
    _, (finding,) = shift_of(services, path, crs=9209)
    assert finding["measured"] == pytest.approx(27_260, rel=0.01)
    assert "wrong meridian: the coordinates were computed in EPSG:9210" in finding["message"]["en"]

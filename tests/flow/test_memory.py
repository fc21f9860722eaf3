"""What a sender said of one file is proposed for the next one of the same form, and no longer."""

from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from landgis.bootstrap import Services
from landgis.cadastre.batches import Batch
from landgis.cadastre.register import Principal
from landgis.errors import Refused
from landgis.ingest.evidence import Choices
from landgis.services.load import Loaded
from tests.conftest import Open
from tests.sending import PRJ_9209, PRJ_9210, parcels, shapefile, vilis

pytestmark = pytest.mark.db

SAID = Choices(crs=9209)
SEEDS = count(100)


def new_parcels() -> list[Any]:
    """Parcels that no other file of these tests holds: equal bytes are one batch."""
    return parcels(seed=next(SEEDS))


class Sender:
    """Somebody of a test's own, whom nobody remembers."""

    def __init__(self, services: Services, name: str) -> None:
        self._services = services
        self._by = Principal.holding(f"user:{name}", {"import"})

    def sends(self, path: Path, choices: Choices = SAID) -> Loaded:
        return self._services.load.load(path, choices, self._by)

    def batch(self, path: Path, choices: Choices | None = None) -> Batch:
        return self.sends(path, choices or Choices()).batch

    def asked(self, path: Path, **said: Any) -> str:
        with pytest.raises(Refused) as refusal:
            self.sends(path, Choices(**said))
        return refusal.value.code


@pytest.fixture(scope="module")
def services(open_lasting: Open) -> Services:
    return open_lasting("vn-80")


@pytest.fixture
def an(services: Services, request: pytest.FixtureRequest) -> Sender:
    return Sender(services, f"an-{request.node.name}")


@pytest.fixture
def binh(services: Services, request: pytest.FixtureRequest) -> Sender:
    return Sender(services, f"binh-{request.node.name}")


def mislabelled(folder: Path, name: str, *, prj: str = PRJ_9210) -> Path:
    """A file whose .prj names the other meridian: its sender has to say which is right."""
    return shapefile(folder / name / "thua.shp", new_parcels(), vilis(), prj=prj)


def reason(batch: Batch, what: str) -> str:
    words: str = batch.evidence[what]["reason"]["en"]
    return words


def test_coordinate_system_is_remembered_for_its_sender_and_named(
    an: Sender, binh: Sender, tmp_path: Path
) -> None:
    first, second, third = (mislabelled(tmp_path, f"to{i}") for i in (1, 2, 3))
    assert an.asked(first) == "crs_contradicted"
    assert an.sends(first).batch.survey_epsg == 9209
    batch = an.batch(second)
    assert batch.survey_epsg == 9209
    assert reason(batch, "crs").startswith("Remembered from file thua.shp of 20")
    assert "Nhớ từ tệp thua.shp" in batch.evidence["crs"]["reason"]["vi"]
    assert batch.options["crs"] is None
    assert binh.asked(third) == "crs_contradicted"


def test_same_bytes_without_the_remembered_options_are_the_first_batch(
    an: Sender, binh: Sender, tmp_path: Path
) -> None:
    path = mislabelled(tmp_path, "to1")
    first = an.sends(path)
    again = an.sends(path, Choices())
    assert (again.already, again.batch.batch_id) == (True, first.batch.batch_id)
    other = an.sends(path, Choices(crs=9209, unit="25630"))
    assert not other.already
    assert binh.sends(path).batch.batch_id == first.batch.batch_id


def test_memory_yields_to_a_file_that_contradicts_it(an: Sender, tmp_path: Path) -> None:
    an.sends(mislabelled(tmp_path, "to1"))
    # 9209 coordinates were right under that label; here the label itself is.
    truly_9210 = shapefile(
        tmp_path / "to2" / "thua.shp", parcels(540_000.0, 1_246_000.0), vilis(), prj=PRJ_9210
    )
    batch = an.batch(truly_9210)
    assert batch.survey_epsg == 9210
    assert reason(batch, "crs") == "As the file declares."
    assert [note["code"] for note in batch.evidence["notes"]] == ["memory_contradicted"]


def test_a_correction_holds_for_the_same_label_only(an: Sender, tmp_path: Path) -> None:
    an.sends(mislabelled(tmp_path, "to1"))
    well = mislabelled(tmp_path, "to2", prj=PRJ_9209)
    assert reason(an.batch(well), "crs") == "As the file declares."


def test_no_memory_neither_uses_nor_keeps_it(an: Sender, tmp_path: Path) -> None:
    an.sends(mislabelled(tmp_path, "to1"))
    assert an.asked(mislabelled(tmp_path, "to2"), memory=False) == "crs_contradicted"
    still = an.batch(mislabelled(tmp_path, "to3"))
    assert still.survey_epsg == 9209  # what was refused has changed nothing
    an.sends(mislabelled(tmp_path, "to4"), replace(SAID, memory=False))
    assert an.asked(mislabelled(tmp_path, "to5")) == "crs_contradicted"


def test_encoding_is_remembered_until_the_text_contradicts_it(
    an: Sender, binh: Sender, tmp_path: Path
) -> None:
    def named(name: str, codec: str, places: list[str]) -> Path:
        columns = vilis() | {"DIADANH": [places[i % len(places)] for i in range(60)]}
        columns["TENCHU"] = ["-"] * 60
        return shapefile(tmp_path / name / "thua.shp", new_parcels(), columns, codec=codec)

    few = ["Bến", "Cầu"]
    first = named("a", "viscii", few)
    an.sends(first, Choices(encoding="VISCII"))
    batch = an.batch(named("bb", "viscii", few))
    assert batch.evidence["encoding"]["chosen"] == "viscii"
    assert reason(batch, "encoding").startswith("Remembered from file thua.shp")
    many = ["Phường Hoà Thành", "Ấp Trường Đông", "Khu phố Long Thới", "Xã Thạnh Đức"]
    batch = an.batch(named("ccc", "tcvn3", many))
    assert batch.evidence["encoding"]["chosen"] == "tcvn3"
    assert "The remembered encoding, viscii, contradicts the text" in reason(batch, "encoding")


def test_fields_and_profile_are_remembered_each_by_itself(
    an: Sender, binh: Sender, tmp_path: Path
) -> None:
    def odd(name: str) -> Path:
        columns = vilis()
        columns = {"BANVE": columns.pop("SHBANDO"), "THU_TU": columns.pop("SHTHUA"), **columns}
        return shapefile(tmp_path / name / "thua.shp", new_parcels(), columns)

    first, second, third = odd("a"), odd("bb"), odd("ccc")
    assert an.asked(first) == "identity_missing"
    pairs = (("BANVE", "sheet"), ("THU_TU", "number"))
    an.sends(first, Choices(profile="gcadas", fields=pairs))
    batch = an.sends(second, Choices(fields=(("BANVE", "sheet"),))).batch
    mapping = batch.evidence["mapping"]
    assert (batch.counts.accepted, mapping["chosen"]) == (60, "gcadas")
    assert mapping["reason"]["en"].startswith("Remembered from file")
    assert mapping["fields"]["number"]["reason"]["en"].startswith("Remembered from file")
    assert mapping["fields"]["sheet"]["reason"]["en"] == "BANVE was named by the user."
    # What was said for one field of the second file takes nothing away from the first one's.
    assert an.batch(third).counts.accepted == 60


def test_a_field_whose_values_look_otherwise_is_not_remembered(an: Sender, tmp_path: Path) -> None:
    def odd(name: str, areas: list[str]) -> Path:
        columns = vilis()
        del columns["DIENTICH"]
        path = tmp_path / name / "thua.shp"
        return shapefile(path, new_parcels(), columns | {"SO_DO": areas})

    numbers, words = [str(500 + i) for i in range(60)], ["đo năm 2019"] * 60
    an.batch(odd("a", numbers), Choices(fields=(("SO_DO", "register_area_m2"),)))
    again = an.batch(odd("b", numbers)).evidence["mapping"]["fields"]
    assert again["register_area_m2"]["chosen"] == "SO_DO"
    assert "register_area_m2" not in an.batch(odd("c", words)).evidence["mapping"]["fields"]


def test_a_unit_is_never_remembered(an: Sender, tmp_path: Path) -> None:
    def without_unit(name: str) -> Path:
        columns = vilis()
        del columns["XAID"]
        return shapefile(tmp_path / name / "thua.shp", new_parcels(), columns)

    an.sends(without_unit("a"), Choices(unit="25645"))
    assert an.asked(without_unit("bb")) == "identity_missing"

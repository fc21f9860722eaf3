"""Workbooks of attributes against a live register: row by row, and back to their sender."""

import datetime as dt
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from landgis.cadastre.drafts import Heading
from landgis.cadastre.register import Principal
from landgis.errors import Conflict, Refused
from landgis.ingest.attribute_table import TableChoices, read_attribute_table
from landgis.services.attribute_answer import answer
from landgis.services.attributes import Asking, Judged
from landgis.store.cluster import Cluster
from landgis.web.app import create_app
from tests.builders import parcel_set, square
from tests.drafting import LAN, MINH, OTHER_UNIT, UNIT, Office, person, with_areas
from tests.own import own_services
from tests.people import Browser, with_people
from tests.people import person as person_of

pytestmark = pytest.mark.db

HEADING = Heading("HS-77", "làm sạch dữ liệu", "Kế hoạch 515")
HEAD = ["Mã xã", "Số tờ", "Số thửa", "Loại đất", "Diện tích", "DC_THUA", "Tên chủ"]
Judge = Callable[..., Judged]


@pytest.fixture(scope="module")
def office(
    cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """Six parcels of one commune on sheet 5, one of another; one is of defence land.

    Tests that write use parcels of their own.
    """
    home = tmp_path_factory.mktemp("home")
    with own_services(cluster, template, home, jurisdiction="vn-80") as services:
        office = Office(services)
        names = [f"{UNIT}/5/{n}" for n in ("1", "2", "3", "4", "007", "12")]
        names += [f"{UNIT}/8/{n}" for n in range(1, 7)]
        plain = parcel_set([square(20 * i, 0) for i in range(12)], names)
        defence = parcel_set([square(0, 200)], [f"{UNIT}/5/99"], uses=[["CQP"]])
        other = parcel_set([square(0, 100)], [f"{OTHER_UNIT}/6/1"])
        office.publish(with_areas(plain, 100.0, ("ONT", 100.0)), defence, other)
        yield office


@pytest.fixture
def judge(office: Office, tmp_path: Path) -> Judge:
    count = 0

    def judge_(path: Path, by: Principal = LAN, **asking: Any) -> Judged:
        nonlocal count
        count += 1
        workdir = tmp_path / f"work-{count}"
        workdir.mkdir()
        choices = TableChoices(sheet=asking.pop("sheet", None), unit=asking.get("unit"))
        table = read_attribute_table(path, workdir, choices, office.services.jurisdiction)
        return office.services.editing.attributes.judge(table, by, Asking(**asking))

    return judge_


def workbook(path: Path, *rows: Sequence[Any], head: Sequence[str] = HEAD) -> Path:
    book = openpyxl.Workbook()
    for row in (head, *rows):
        book.active.append(row)
    book.save(path)
    return path


def row(number: Any, **said: Any) -> list[Any]:
    values = {"unit": UNIT, "sheet": 5, "use": None, "area": None, "address": None} | said
    return [
        *(values["unit"], values["sheet"], number, values["use"], values["area"]),
        *(values["address"], "Nguyễn Văn Ất"),
    ]


def results(judged: Judged) -> list[str]:
    return [found.result for found in judged.results]


def test_every_row_gets_one_result_and_they_add_up(judge: Judge, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        row(1, use="CLN", area=120.5, address="Ấp 3"),
        row(2.0, use="ONT", area=100),
        row("007", address="Ấp 7"),
        row(7, address="Ấp 7"),
        row(1, unit=OTHER_UNIT, sheet=6),
        row(4, use="XYZ"),
        row(12, area="nhiều"),
        row(dt.date(2026, 5, 12), address="Ấp 9"),
        row(99, address="Ấp 9"),
    )  # fmt: skip
    judged = judge(path)
    assert results(judged) == [
        *("changed", "unchanged", "changed", "not_found", "not_allowed"),
        *("bad_value", "bad_value", "bad_value", "not_found"),
    ]
    counts = judged.counts()
    assert counts.pop("read") == 9 == sum(counts.values())
    first = judged.results[0].after
    assert first is not None
    assert (first.register_area_m2, first.address) == (120.5, "Ấp 3")
    assert [tuple(share) for share in first.land_uses] == [("CLN", 120.5)]
    assert "XYZ" in judged.results[5].why["en"]
    assert "Excel" in judged.results[7].why["vi"], "a number that Excel made a date of"


def test_two_rows_that_differ_about_one_parcel_change_nothing(judge: Judge, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        *(row(1, address="Ấp 1"), row(1, address="Ấp 2")),
        *(row(2, address="Ấp 4"), row("2", address="Ấp 4")),
    )
    judged = judge(path)
    assert results(judged) == ["ambiguous", "ambiguous", "changed", "unchanged"]
    assert "2, 3" in judged.results[0].why["en"]


def test_formula_counts_by_its_last_value_and_is_named_where_it_has_none(
    judge: Judge, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "a.xlsx", row(1, area="=50+20"), row(2, area="=60+20"))
    calculated = rewritten(path, b"<f>50+20</f><v />", b"<f>50+20</f><v>70</v>")
    judged = judge(calculated)
    assert results(judged) == ["changed", "bad_value"]
    changed = judged.results[0].after
    assert changed is not None
    assert changed.register_area_m2 == 70.0
    assert "formula" in judged.results[1].why["en"]


def test_area_of_several_uses_must_be_told_for_each(judge: Judge, tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        row(1, use="ONT 60 + CLN 40"),
        row(2, use="ONT 60 + CLN 30"),
        row(3, use="ONT+CLN"),
    )
    judged = judge(path)
    assert results(judged) == ["changed", "bad_value", "changed"]
    split = judged.results[0].after
    assert split is not None
    assert [tuple(share) for share in split.land_uses] == [("ONT", 60.0), ("CLN", 40.0)]


def test_answer_is_the_same_workbook_with_one_column_more(judge: Judge, tmp_path: Path) -> None:
    path = tmp_path / "kế hoạch.xlsx"
    book = openpyxl.Workbook()
    page = book.active
    page.title = "Tờ 5"
    page.append(["DANH SÁCH THỬA ĐẤT"])
    page.merge_cells("A1:G1")
    page.append(HEAD)
    for cell in page[2]:
        cell.font = Font(bold=True)
    page.append(row(1, address="Ấp 3"))
    page.append(row(2, address="=1+1"))
    page.append([])
    page.append(row(50, address="Ấp 3"))
    page["F3"].fill = PatternFill("solid", fgColor="FFFF00")
    page["F3"].comment = Comment("xem lại", "A")
    page.row_dimensions[6].hidden = True
    page.column_dimensions["F"].width = 41.5
    book.save(path)

    judged = judge(path)
    assert results(judged) == ["changed", "bad_value", "not_found"], "hidden rows count, too"
    (tmp_path / "out").mkdir()
    made = tmp_path / "answer.xlsx"
    made.write_bytes(answer(judged, tmp_path / "out", "vi"))

    with zipfile.ZipFile(path) as sent, zipfile.ZipFile(made) as back:
        assert sent.namelist() == back.namelist()
        differing = [n for n in sent.namelist() if sent.read(n) != back.read(n)]
    assert differing == ["xl/worksheets/sheet1.xml"]
    after = openpyxl.load_workbook(made)["Tờ 5"]
    assert [after.cell(n, 8).value for n in (2, 3, 4, 6)] == [
        "kết quả",
        "thay đổi: địa chỉ – → Ấp 3",
        "giá trị sai: address '': công thức chưa được tính; hãy mở bằng Excel, tính lại và lưu",
        "không tìm thấy thửa",
    ]
    assert after["H2"].font.bold
    assert after["F3"].fill.fgColor.rgb == "00FFFF00"
    assert after["F3"].comment.text == "xem lại"
    assert after["F4"].value == "=1+1"
    assert after.row_dimensions[6].hidden
    assert after.column_dimensions["F"].width == 41.5
    assert after.dimensions == "A1:H6"


def test_text_table_comes_back_as_text(judge: Judge, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('ma_xa;so_to;so_thua;dc_thua\n25645;5;1;"Ấp 3; tổ 2"\n25645;5;50;x\n')
    judged = judge(path)
    (tmp_path / "out").mkdir()
    text = answer(judged, tmp_path / "out", "en").decode("utf-8-sig")
    assert text.splitlines() == [
        "ma_xa;so_to;so_thua;dc_thua;result",
        '25645;5;1;"Ấp 3; tổ 2";"changed: address – → Ấp 3; tổ 2"',
        "25645;5;50;x;not found",
    ]


def test_changes_become_a_draft_for_a_second_person(
    office: Office, judge: Judge, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "a.xlsx", row(1, sheet=8, use="CLN"), row(2, sheet=8, use="ONT"))
    before = office.live()
    shown = office.services.editing.attributes.propose(judge(path), LAN, HEADING, None)
    assert office.live() == before, "a draft changes nothing"
    submitted = office.submit(shown)
    office.approve(submitted, MINH)
    after = office.live()
    assert [tuple(s) for s in after["8/1"].land_uses] == [("CLN", 100.0)]
    assert after["8/1"].geom.equals_exact(before["8/1"].geom, 0)
    assert {n for n in after if after[n].revision != before[n].revision} == {"8/1"}
    with pytest.raises(Conflict) as nothing:
        office.services.editing.attributes.propose(judge(path), LAN, HEADING, None)
    assert nothing.value.code == "nothing_to_propose"


def test_table_older_than_the_register_does_not_take_back_what_others_did(
    office: Office, judge: Judge, tmp_path: Path
) -> None:
    base = office.services.query.state().revision
    newer = workbook(tmp_path / "new.xlsx", *(row(n, sheet=8, address="Ấp 8") for n in (4, 5)))
    shown = office.services.editing.attributes.propose(judge(newer), LAN, HEADING, None)
    office.approve(office.submit(shown), MINH)

    stale = workbook(
        tmp_path / "old.xlsx",
        row(4, sheet=8, use="CLN", address="Ấp 1"),
        row(5, sheet=8, use="CLN"),
        row(6, sheet=8, address="Ấp 1"),
    )
    judged = judge(stale, base=base)
    assert results(judged) == ["conflict", "changed", "changed"]
    kept = judged.results[1].after
    assert kept is not None
    assert kept.address == "Ấp 8", "what the table does not say stays as it is now"
    assert results(judge(stale, base=base + 1)) == ["changed"] * 3


def test_row_of_a_parcel_by_its_identifier(office: Office, judge: Judge, tmp_path: Path) -> None:
    known = office.live()["5/3"].parcel_id
    path = workbook(
        tmp_path / "a.xlsx",
        *([str(known), "Ấp 3"], ["no identifier", "Ấp 4"]),
        head=["parcel_id", "DC_THUA"],
    )
    assert results(judge(path)) == ["changed", "not_found"]


def test_unit_may_be_said_once_for_all_rows(judge: Judge, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [5, 1, "Ấp 1"], head=["Tờ", "Thửa", "DC_THUA"])
    with pytest.raises(Refused) as missing:
        judge(path)
    assert missing.value.code == "identity_missing"
    assert results(judge(path, unit=UNIT)) == ["changed"]
    stranger = person("ngoai", "edit", units=(OTHER_UNIT,))
    assert results(judge(path, stranger, unit=UNIT)) == ["not_allowed"]


def rewritten(
    path: Path, old: bytes, new: bytes, *, name: str = "xl/worksheets/sheet1.xml"
) -> Path:
    """The workbook with some bytes of a part replaced."""
    target = path.with_name(f"re-{path.name}")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as made:
        for part in source.namelist():
            content = source.read(part).replace(b"<v></v>", b"<v />")  # as libraries write it
            if part == name:
                assert old in content, content[:2000]
                content = content.replace(old, new)
            made.writestr(part, content)
    return target


def test_several_sheets_are_asked_about(judge: Judge, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "một"
    book.active.append(HEAD)
    book.active.append(row(1, address="Ấp 1"))
    other = book.create_sheet("hai")
    other.append(HEAD)
    other.append(row(2, address="Ấp 2"))
    book.create_sheet("trống")
    book.save(path)
    with pytest.raises(Refused, match="một, hai") as several:
        judge(path)
    assert several.value.code == "several_sheets"
    assert [found.row for found in judge(path, sheet="hai").results] == [2]


@pytest.fixture(scope="module")
def lan(office: Office) -> Browser:
    """The browser of an officer of the commune."""
    services = with_people(office.services)
    person_of(services, "lan", ("officer", frozenset({UNIT})))
    browser = Browser(create_app(services))
    browser.sign_in("lan")
    return browser


def test_table_over_http_is_judged_answered_and_proposed(lan: Browser, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", row(3, sheet=8, address="Ấp 5"), row(77, sheet=8))
    url = "/api/v1/attributes"

    def sent(**fields: str) -> dict[str, Any]:
        return {"data": {"file": (BytesIO(path.read_bytes()), "kế hoạch.xlsx"), **fields}}

    judged = lan.post(url, **sent()).json
    assert judged["counts"] == {
        "read": 2, "changed": 1, "unchanged": 0, "not_found": 1, "ambiguous": 0, "conflict": 0,
        "not_allowed": 0, "bad_value": 0,
    }  # fmt: skip
    assert judged["personal"] == ["Tên chủ"]
    assert "Nguyễn" not in json.dumps(judged, ensure_ascii=False)

    answered = lan.post(url, **sent(format="file", lang="en"))
    book = openpyxl.load_workbook(BytesIO(answered.data)).active
    assert [book.cell(n, 8).value for n in (1, 2, 3)] == [
        "result", "changed: address – → Ấp 5", "not found",
    ]  # fmt: skip

    heading = {"record_no": "HS-8", "reason": "làm sạch"}
    made, again = (
        lan.post(f"{url}/propose", headers={"Idempotency-Key": "k1"}, **sent(**heading))
        for _ in range(2)
    )
    assert made.status_code == 201
    assert again.json["id"] == made.json["id"], "sent twice, done once"
    assert made.json["record_no"] == "HS-8"
    assert made.json["attributes"]["counts"]["changed"] == 1
    assert lan.post(url, data={"unit": UNIT}).status_code == 422, "without a file"
    wrong = lan.post(url, data={"file": (BytesIO(b"%PDF-1.7"), "a.xlsx")})
    assert (wrong.status_code, wrong.json["code"]) == (422, "pdf")

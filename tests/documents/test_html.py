"""The page of a report: complete, the same for the same file, safe, and on its own."""

import json
import re
import struct
import zipfile
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from landgis.documents import html
from landgis.documents.shown import ImportReport
from landgis.documents.words import LANGUAGES
from tests.conftest import SAMPLES
from tests.documents.reports import DEMO, finding, invented, report_of, tay_ninh

VARYING = {"batch_id": "b" * 36, "status": "published", "revision": 7, "timings": {"read": 9.0}}


def page(*reports: ImportReport, lang: str = "en") -> str:
    return html.write(reports, tay_ninh(), lang).decode()


def text_of(page: str) -> str:
    """What a reader sees, spaces drawn together."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_of_the_report_is_on_the_page(demo_report: ImportReport, lang: str) -> None:
    shown = text_of(page(demo_report, lang=lang))
    document = demo_report.document
    assert document["findings"]
    for found in document["findings"]:
        for part in ("id", "rule"):
            assert found[part] in shown
        for part in ("title", "message", "remedy"):
            assert found[part][lang] in shown
    for line in document["by_rule"]:
        assert line["title"][lang] in shown
    for decision in ("crs", "encoding", "axis_order", "mapping"):
        assert document["evidence"][decision]["reason"][lang] in shown
    assert document["file"]["sha256"] in shown


def test_page_says_the_planted_truth(demo_report: ImportReport) -> None:
    shown = text_of(page(demo_report))
    assert "4 247 rows in the file = 4 238 accepted + 9 held back + 0 unreadable" in shown
    planted = json.loads((SAMPLES / "demo-register" / "planted.json").read_text())
    for rule in {p["rule"] for p in planted if p["expect"] == "quarantined"}:
        held = [p["row"] for p in planted if p["rule"] == rule and p["expect"] == "quarantined"]
        waits = re.search(rf"{re.escape(rule)} {len(held)} ([\d, -]+) ", shown)
        assert waits
        assert waits[1] == html.in_runs(held)


def test_place_is_told_in_both_systems_as_the_language_writes_it(
    demo_report: ImportReport,
) -> None:
    found = demo_report.findings[2]
    x, y = found["place_native"]["xy"]
    north, east = (f"{v:,.3f}".replace(",", " ") for v in (y, x))
    lon, lat = (f"{v:.7f}" for v in found["place"]["coordinates"])
    english = text_of(page(demo_report))
    assert f"N {north} E {east} {lat}° {lon}°" in english
    vietnamese = text_of(page(demo_report, lang="vi"))
    assert f"X {north} Y {east} {lat}° {lon}°".replace(".", ",") in vietnamese


def test_measured_limit_and_basis_are_told() -> None:
    basis = {"document": "Circular 1", "article": "Article 2", "date": "2024-05-06", "class": "A"}
    found = finding(1, measured=0.00125, limit=0.75, unit="share", basis=basis)
    shown = text_of(page(invented(found, finding(2, measured=12.5, limit=3.0, unit="m"))))
    assert "Circular 1, Article 2, 2024-05-06 (A)" in shown
    assert "0.125 % 75 %" in shown
    assert "12.5 m 3 m" in shown


def test_accepted_finding_stays_and_says_who_and_why() -> None:
    said = {"by": "user:lan", "at": "2026-11-23T08:00:00+00:00", "why": "nhà <chung> cư"}
    made = page(invented(finding(1, severity="warning", acceptance=said)))
    assert "Accepted as it is by lan on 23/11/2026: nhà <chung> cư" in text_of(made)
    assert "nhà &lt;chung&gt; cư" in made


def test_same_file_gives_the_same_bytes_but_for_the_last_lines(demo_report: ImportReport) -> None:
    again = report_of(DEMO)
    published = replace(again, document={**again.document, **VARYING})
    first, second = page(demo_report), page(published)
    assert first != second
    run = re.compile(r'<footer class="run">.*?</footer>', re.DOTALL)
    assert run.sub("", first) == run.sub("", second)
    assert "b" * 36 in second


def test_order_that_a_database_forgets_changes_nothing(demo_report: ImportReport) -> None:
    stored = json.loads(json.dumps(demo_report.document, sort_keys=True))
    assert page(replace(demo_report, document=stored)) == page(demo_report)


def test_page_needs_nothing_outside_itself(demo_report: ImportReport) -> None:
    made = page(demo_report)
    assert not re.search(r"<(script|link|iframe|img|object|embed)\b|@import|url\(|\bon\w+=", made)
    targets = re.findall(r'(?:href|src)="([^"]*)"', made)
    assert targets
    names = set(re.findall(r'\bid="([^"]*)"', made))
    assert {t.removeprefix("#") for t in targets} <= names


def test_what_a_file_says_is_text_not_markup() -> None:
    evil = '"><script>alert(1)</script>&amp;'
    said = {"vi": evil, "en": evil}
    crs = {"chosen": evil, "candidates": [], "score": None, "samples": [evil], "reason": said}
    told = invented(
        finding(1, (567_000.0, 1_246_000.0), message=said, title=said, remedy=said, id=evil),
        name=evil,
        evidence={"crs": crs, "extent": None, "notes": [{"code": "x", "message": evil}]},
        options={"layer": evil},
    )
    made = page(
        told, ImportReport({"file": {"name": evil}, "error": {"code": "x", "message": evil}})
    )
    assert "<script" not in made
    assert made.count("&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;") >= 9


def test_no_name_of_a_person_is_on_the_page(demo_report: ImportReport) -> None:
    owners = _owners()
    assert len(owners) > 100
    made = page(demo_report, lang="vi")
    assert "TENCHU" in made
    assert [name for name in owners if name in made] == []


def _owners() -> set[str]:
    from landgis.ingest.archive import open_source
    from landgis.ingest.evidence import Choices
    from landgis.services.examine import examine, work_folder
    from landgis.services.ports import silent

    with work_folder() as workdir:
        opened = open_source(DEMO, workdir)
        found = examine(opened, workdir, Choices(), tay_ninh(), deployment=None, progress=silent)
    return {name for name in found.normalised.attributes["TENCHU"] if name}


def test_unreadable_rows_have_their_reason(tmp_path: Path) -> None:
    path = tmp_path / "cut.zip"
    with zipfile.ZipFile(DEMO) as whole, zipfile.ZipFile(path, "w") as cut:
        for name in whole.namelist():
            data = whole.read(name)
            if name.endswith(".dbf"):
                head, record = struct.unpack("<HH", data[8:12])
                data = data[: head + 4240 * record]
            cut.writestr(name, data)
    report = report_of(path)
    assert report.document["counts"]["unreadable"] == 7
    shown = text_of(page(report))
    assert "attributes are missing: the .dbf is cut off attributes_cut_off 7 4241-4247" in shown


def test_refused_file_says_why_and_the_others_follow(demo_report: ImportReport) -> None:
    refused = ImportReport(
        {"file": {"name": "bad.zip"}, "error": {"code": "not_a_zip", "message": "It is a page"}}
    )
    shown = text_of(page(refused, demo_report))
    assert "bad.zip The file was refused as a whole. It is a page not_a_zip" in shown
    assert demo_report.findings[0]["id"] in shown


def test_empty_report_is_a_page() -> None:
    shown = text_of(page(invented()))
    assert "All 9 rows are sound." in shown
    assert "Nothing was found." in shown
    assert "<svg" not in page(invented())


def test_page_of_thousands_of_findings_stays_below_3_mb() -> None:
    many = [
        finding(i, (560_000.0 + i % 300 * 20, 1_240_000.0 + i // 300 * 20)) for i in range(5000)
    ]
    made = page(invented(*many))
    assert len(made) < 3_000_000
    assert all(f["id"] in made for f in many)

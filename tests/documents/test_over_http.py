"""The report of a batch over HTTP, in every form."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pyogrio
import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from landgis.bootstrap import Services
from landgis.documents import html
from landgis.documents.shown import ImportReport
from landgis.ingest.evidence import Choices
from landgis.web.app import create_app
from tests.conftest import Open
from tests.documents.reports import ANYBODY, DEMO, report_of, tay_ninh

pytestmark = pytest.mark.db


@pytest.fixture
def asked(open_services: Open) -> tuple[FlaskClient, str, dict[str, str]]:
    """A client, the report's address and the header of a key that may read it."""
    services: Services = open_services("vn-80")
    batch = services.load.load(DEMO, Choices(), ANYBODY, name="Hoà Thành.zip").batch
    key = services.access.create("office", frozenset({"import"}), None)
    api = create_app(services).test_client()
    return api, f"/api/v1/imports/{batch.batch_id}/report", {"Authorization": f"Bearer {key}"}


def test_every_form_says_the_same(
    asked: tuple[FlaskClient, str, dict[str, str]], tmp_path: Path
) -> None:
    api, path, bearer = asked
    truth = api.get(path, headers=bearer).json
    ids = [f["id"] for f in truth["findings"]]
    assert api.get(f"{path}?format=json", headers=bearer).json == truth
    page = api.get(f"{path}?format=html", headers=bearer)
    assert [i for i in ids if i in page.text] == ids
    book = load_workbook(BytesIO(api.get(f"{path}?format=xlsx&lang=en", headers=bearer).data))
    head, *rows = book["findings"].iter_rows(values_only=True)
    assert [row[head.index("Id")] for row in rows] == ids
    (tmp_path / "f.gpkg").write_bytes(api.get(f"{path}?format=gpkg", headers=bearer).data)
    table = pyogrio.read_dataframe(tmp_path / "f.gpkg", layer="findings")
    assert table["finding_id"].tolist() == ids


def test_page_runs_nothing_and_loads_nothing(
    asked: tuple[FlaskClient, str, dict[str, str]],
) -> None:
    api, path, bearer = asked
    page = api.get(f"{path}?format=html&lang=en", headers=bearer)
    assert page.mimetype == "text/html"
    assert '<html lang="en">' in page.text
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
    assert "script" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert not page.headers.get("Content-Disposition", "").startswith("attachment")
    assert '<html lang="vi">' in api.get(f"{path}?format=html", headers=bearer).text


@pytest.mark.parametrize("form", ["xlsx", "gpkg"])
def test_files_are_kept_under_the_name_of_what_they_report(
    asked: tuple[FlaskClient, str, dict[str, str]], form: str
) -> None:
    api, path, bearer = asked
    answer = api.get(f"{path}?format={form}", headers=bearer)
    kept = answer.headers["Content-Disposition"]
    assert kept.startswith("attachment")
    assert f"Ho%C3%A0%20Th%C3%A0nh-report.{form}" in kept
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("query", ["format=pdf", "lang=fr", "form=html", "format="])
def test_unknown_form_or_language_is_400(
    asked: tuple[FlaskClient, str, dict[str, str]], query: str
) -> None:
    api, path, bearer = asked
    assert api.get(f"{path}?{query}", headers=bearer).status_code == 400


def test_report_is_for_those_who_may_import(
    asked: tuple[FlaskClient, str, dict[str, str]],
) -> None:
    api, path, _ = asked
    assert api.get(f"{path}?format=html").status_code == 401


def test_import_gives_the_page_that_a_check_without_a_database_gave(open_services: Open) -> None:
    services = open_services("vn-80")
    batch = services.load.load(DEMO, Choices(), ANYBODY).batch
    offline, online = report_of(DEMO), services.load.shown(batch.batch_id, ANYBODY)
    # What is compared with the register is not tested where there is none.
    apart = {f["rule"] for f in offline.findings if f["outcome"] == "untested"}
    pages = [html.write([without(r, apart)], tay_ninh(), "vi").decode() for r in (online, offline)]
    assert pages[0].count('class="parcel') == pages[1].count('class="parcel') > 20
    same = [page.partition('<footer class="run">')[0] for page in pages]
    assert same[0] == same[1]


def without(report: ImportReport, rules: set[str]) -> ImportReport:
    """The report as if it had no such rules."""
    kept = {
        part: [line for line in report.document[part] if line["rule"] not in rules]
        for part in ("findings", "by_rule")
    }
    return replace(report, document={**report.document, **kept})

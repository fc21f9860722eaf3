"""Reports of real files and of invented ones."""

from functools import cache
from pathlib import Path
from typing import Any

from landgis.cadastre import jurisdiction as jurisdictions
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.register import Principal
from landgis.documents.shown import ImportReport
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices
from landgis.services.examine import examine, work_folder
from landgis.services.ports import silent
from landgis.services.staged_batch import report_of as whole_report_of
from tests.conftest import SAMPLES

DEMO = SAMPLES / "demo-register" / "demo_hoa_thanh_vilis.zip"
ANYBODY = Principal.holding("tester", {"import"})


@cache
def tay_ninh() -> Jurisdiction:
    return jurisdictions.load(jurisdictions.find("vn-80"))


def report_of(path: Path) -> ImportReport:
    """What ``landgis validate`` has to say about a file."""
    choices = Choices()
    with work_folder() as workdir:
        opened = open_source(path, workdir)
        examined = examine(opened, workdir, choices, tay_ninh(), deployment=None, progress=silent)
    return whole_report_of(examined, choices, ANYBODY)


def both(text: str) -> dict[str, str]:
    return {"vi": text, "en": text}


def finding(no: int, xy: tuple[float, float] | None = None, **changed: Any) -> dict[str, Any]:
    """A finding at a place of EPSG:9209; its longitude and latitude are only near."""
    return {
        "id": f"{no:016x}",
        "rule": "geometry.invalid",
        "severity": "error",
        "outcome": "fail",
        "title": both("a title"),
        "message": both(f"message {no}"),
        "remedy": both("a remedy"),
        "place": {"type": "Point", "coordinates": [106.1, 11.2]} if xy else None,
        "place_native": {"srid": 9209, "xy": list(xy)} if xy else None,
        "shape": None,
        "measured": None,
        "limit": None,
        "unit": None,
        "basis": None,
        "batch_id": None,
        "rows": [no],
        "keys": [],
        "parcels": [],
        "fixes": [],
        "acceptance": None,
        **changed,
    }


def invented(*findings: dict[str, Any], name: str = "a.zip", **changed: Any) -> ImportReport:
    """A report of findings that no file gave."""
    reason = both("a reason")
    decision = {"candidates": [], "score": None, "samples": [], "reason": reason}
    document = {
        "format": 1,
        "landgis": "0",
        "file": {"name": name, "sha256": "0" * 64, "bytes": 10},
        "options": {"crs": None},
        "evidence": {"crs": {"chosen": "EPSG:9209", **decision}, "extent": None},
        "counts": {"read": 9, "accepted": 9, "quarantined": 0, "unreadable": 0},
        "by_rule": [],
        "findings": list(findings),
        "rows": [],
        "batch_id": None,
        "status": "examined",
        "revision": None,
        "timings": {"read": 0.5},
        **changed,
    }
    return ImportReport(document)

"""Hostile files sent to the real server: it answers each, stays well and goes on."""

import re
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.hostile.posting import Server, send_all
from tests.hostile.table import MADE
from tests.running import landgis, log_of

NAMES = {
    "archives: slip parent", "archives: bomb as .shp", "archives: encrypted", "archives: link",
    "archives: overlapping", "archives: cut in the middle", "structures: VRT as .shp",
    "structures: shp cut in the header", "tables: header of nothing", "geojsons: nested",
    "geojsons: TopoJSON", "geopackages: cut at half", "geopackages: a view in place",
    "columnar: parquet footer of gigabytes", "columnar: fgb of zeros", "drawings: DWG as .dxf",
}  # fmt: skip


@pytest.mark.db
def test_hostile_files_leave_the_server_well(
    live_url: str, live_home: Path, tmp_path: Path
) -> None:
    made = landgis(live_home, "keys", "create", "hostile", "--scope", "import")
    key = re.findall(r"\S+", made.stdout)[-1]
    cases = [case for case in MADE if case.name in NAMES]
    assert len(cases) == len(NAMES)
    assert send_all(Server(live_url, key), cases, tmp_path) == []
    with urlopen(f"{live_url}/readyz", timeout=30) as answer:
        assert answer.status == 200
    assert "Traceback" not in log_of(live_home).read_text(errors="replace")

"""Real cadastres through the same checks: identity found, stacks accepted, counts that add up."""

from pathlib import Path

import pytest

from landgis.cadastre import jurisdiction
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices
from landgis.services.examine import Examined, examine, work_folder
from landgis.services.ports import silent

pytestmark = pytest.mark.large
GENERIC = jurisdiction.load(jurisdiction.find("generic"))

SETS = {
    # file: rows, identity column, rows held back, rows in stacks
    "parcels-us-wi/BCPLPropertyBoundariesShapefile.zip": (1936, "PLSSDIR_PL", 0, 0),
    "parcels-us-nd/Surface_Trust_Lands_with_Trusts.zip": (4889, None, 0, 0),
    "parcels-us-mn/UnivTrustMins.shp": (1235, "SU_SUID", 0, 61),
    "parcels-us-berkeley/us-ca-berkeley-excerpt.zip": (746, "APN", 0, 144),
    "parcels-us-cambridge/cambridge_fy2013_shp.zip": (13_159, "id", 24, 2),
    "parcels-us-cambridge/cambridge_fy2014_shp.zip": (13_116, "id", 38, 0),
    "parcels-nz-waca/nz_waca_adjustments.shp": (228, "id", 0, 8),
    "fields-vietnam/vietnam_fields_vn2000_shp.zip": (100, None, 0, 0),
    "fields-world/RO_ny.zip": (100, None, 5, 5),
    "fields-world/bg_arable_land_2024.zip": (100, "PHBIDENT", 0, 0),
    "fields-world/india_10k.zip": (100, None, 0, 0),
}


def examined(path: Path) -> Examined:
    with work_folder() as workdir:
        opened = open_source(path, workdir)
        return examine(opened, workdir, Choices(), GENERIC, deployment=None, progress=silent)


@pytest.mark.parametrize(("name", "wanted"), SETS.items())
def test_real_cadastre_is_understood(
    test_data: Path, name: str, wanted: tuple[int, str | None, int, int]
) -> None:
    rows, column, held, stacked = wanted
    result = examined(test_data / name)
    assert result.counts.as_dict() == {
        "read": rows,
        "accepted": rows - held,
        "quarantined": held,
        "unreadable": 0,
    }
    assert result.normalised.evidence["mapping"]["identity_column"] == column
    found = [f for f in result.findings if f.rule.code == "topology.stack"]
    assert len({row for f in found for row in f.rows}) == stacked

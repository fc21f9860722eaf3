"""Every polygon set that we have: understood by itself, each row counted, on evidence to sign."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from landgis.cadastre import jurisdiction
from landgis.cadastre.register import Principal
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices
from landgis.services.examine import Examined, examine, work_folder
from landgis.services.ports import silent
from tests.conftest import Open

pytestmark = pytest.mark.large
GENERIC = jurisdiction.load(jurisdiction.find("generic"))
AN = Principal.holding("user:an", {"import"})


class Set(NamedTuple):
    """What a set must give."""

    rows: int
    held: int
    """Rows in quarantine, those apart that wait for nothing but an overlap."""

    stacked: int
    """Rows in stacks of several parcels on one polygon."""

    crs: int
    encoding: str
    profile: str
    identity: tuple[str, ...]
    """Columns of the file that name a parcel."""

    area: str | None = None
    """In which unit the file states areas, or wrote them before its profile was known."""

    overlapping: int = 0
    """Rows that wait for an overlap only; tests/samples/test_real_rules.py finds their pairs."""


SETS = {
    # PLSS: tracts named by their holder, areas in acres.
    "parcels-us-wi/BCPLPropertyBoundariesShapefile.zip": Set(
        1936, 0, 0, 3071, "utf-8", "plss", ("PLSSDIR_PL",), "m2", overlapping=71
    ),
    # 13 tracts are two rows each, on both sides of a railway: which is the tract is to be said.
    "parcels-us-nd/Surface_Trust_Lands_with_Trusts.zip": Set(
        4889, 26, 0, 4269, "utf-8", "plss", ("TRACT_ID",), "m2", overlapping=2
    ),
    "parcels-us-mn/UnivTrustMins.shp": Set(
        1235, 0, 61, 26915, "utf-8", "plss", ("SU_SUID",), "m2", overlapping=4
    ),
    "parcels-us-berkeley/us-ca-berkeley-excerpt.zip": Set(
        746, 0, 144, 32610, "utf-8", "generic", ("APN",), overlapping=3
    ),
    # Rings that cross themselves, and map-lots that several rows bear.
    "parcels-us-cambridge/cambridge_fy2013_shp.zip": Set(
        13_159, 109, 0, 4326, "utf-8", "cambridge", ("ML",), overlapping=47
    ),
    "parcels-us-cambridge/cambridge_fy2014_shp.zip": Set(
        13_116, 124, 0, 4326, "utf-8", "cambridge", ("ML",), overlapping=20
    ),
    "parcels-fr-epinay/cadastre-91216-parcelles.json": Set(
        4241, 0, 0, 4326, "utf-8", "etalab", ("commune", "prefixe+section", "numero"), "m2"
    ),
    "parcels-fr-epinay/parcelles_91216_l93_shp.zip": Set(
        4241, 0, 0, 2154, "iso-8859-1", "etalab", ("commune", "prefixe+section", "numero"), "m2"
    ),
    "parcels-large/cambridge_x8_shp.zip": Set(
        105_272, 192, 16, 4326, "utf-8", "cambridge", ("PID",), overlapping=408
    ),
    "parcels-nz-waca/nz_waca_adjustments.shp": Set(
        228, 0, 8, 4167, "utf-8", "generic", ("id",), overlapping=127
    ),
    "fields-vietnam/1_vietnam_areas.gpkg": Set(100, 0, 0, 32648, "utf-8", "generic", ()),
    "fields-vietnam/vietnam_fields_vn2000_shp.zip": Set(100, 0, 0, 5897, "utf-8", "generic", ()),
    "fields-world/RO_ny.zip": Set(100, 5, 5, 32635, "utf-8", "generic", ()),
    "fields-world/SI_2021.zip": Set(100, 0, 0, 3794, "utf-8", "generic", ("ID",)),
    "fields-world/bg_arable_land_2024.zip": Set(
        100, 0, 0, 32635, "utf-8", "generic", ("PHBIDENT",)
    ),
    "fields-world/brpgewaspercelen_definitief_2023.gpkg": Set(
        100, 0, 0, 28992, "utf-8", "generic", ()
    ),
    "fields-world/india_10k.zip": Set(100, 0, 0, 4326, "utf-8", "generic", ()),
    "fields-world/lwb_nutzungsflaechen_v2_0_lv95.gpkg": Set(
        100, 0, 0, 2056, "utf-8", "generic", ("nutzungsidentifikator",)
    ),
}


def examined(path: Path) -> Examined:
    with work_folder() as workdir:
        opened = open_source(path, workdir)
        return examine(opened, workdir, Choices(), GENERIC, deployment=None, progress=silent)


@pytest.mark.parametrize(("name", "wanted"), SETS.items())
def test_real_set_is_understood(test_data: Path, name: str, wanted: Set) -> None:
    result = examined(test_data / name)
    for_overlap = [why for why in result.reasons.values() if why == ("topology.overlap",)]
    assert len(for_overlap) == wanted.overlapping
    held = wanted.held + wanted.overlapping
    assert result.counts.as_dict() == {
        "read": wanted.rows,
        "accepted": wanted.rows - held,
        "quarantined": held,
        "unreadable": 0,
    }
    assert sum(fate.state != "accepted" for fate in result.fates()) == held
    evidence = result.normalised.evidence
    assert evidence["crs"]["chosen"] == f"EPSG:{wanted.crs}"
    assert evidence["encoding"]["chosen"] == wanted.encoding
    assert evidence["mapping"]["chosen"] == wanted.profile
    assert named_by(evidence["mapping"]) == wanted.identity
    assert evidence.get("areas", {}).get("chosen") == wanted.area
    found = [f for f in result.findings if f.rule.code == "topology.stack"]
    assert len({row for f in found for row in f.rows}) == wanted.stacked
    sign(evidence)


def named_by(mapping: dict[str, Any]) -> tuple[str, ...]:
    """The columns of the file that name a parcel."""
    if mapping["identity_column"]:
        return (mapping["identity_column"],)
    return tuple(mapping["fields"][target]["chosen"] for target in mapping["identity"])


def sign(evidence: dict[str, Any]) -> None:
    """What a surveyor reads before he signs: every decision with its reason in both languages."""
    for name in ("crs", "encoding", "axis_order", "mapping"):
        assert evidence[name]["chosen"], name
        assert all(evidence[name]["reason"][lang].endswith(".") for lang in ("vi", "en")), name
    assert evidence["crs"]["samples"]
    assert evidence["crs"]["declared"]
    for target, choice in evidence["mapping"]["fields"].items():
        assert choice["samples"], target
        assert choice["reason"]["vi"], target
    assert not {n["code"] for n in evidence["notes"]} & {"place_unconfirmed", "crs_contradicted"}


@pytest.mark.db
def test_real_sets_enter_a_register_of_their_own(open_services: Open, test_data: Path) -> None:
    """The year after in the register of the year before: the same land, by the same names."""
    services = open_services("generic")
    first = test_data / "parcels-us-cambridge" / "cambridge_fy2013_shp.zip"
    batch = services.load.load(first, Choices(), AN).batch
    services.publish.publish(batch.batch_id, AN)
    second = first.with_name("cambridge_fy2014_shp.zip")
    batch = services.load.load(second, Choices(), AN).batch
    assert batch.counts.read == 13_116
    shift = batch.evidence["shift"]
    assert shift["compared"] > 300
    assert shift["chosen"] == "none"
    assert shift["spread_m"] < 1

"""Everything that can be fixed in real cadastres is fixed, proved by the rules, and taken back."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely

from landgis.bootstrap import Services
from landgis.cadastre.batches import Batch
from landgis.cadastre.fixes import FIXES
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.register import Principal
from landgis.cadastre.rules import check_all
from landgis.ingest.evidence import Choices
from landgis.services.fixing import FixAsked, Made
from landgis.services.surroundings import Surroundings
from tests.conftest import SAMPLES, Open

pytestmark = pytest.mark.db

BY = Principal.holding("tester", {"import"})
ASKED = FixAsked(BY, "khớp ranh giới")

ORDER = (
    "geometry.bow_tie",
    "geometry.self_crossing",
    "geometry.ring_touches",
    "topology.dangle",
    "geometry.duplicate_vertex",
    "geometry.spike",
    "topology.missing_node",
    "topology.near_miss",
    "topology.overlap",
    "topology.hairline_overlap",
    "topology.gap",
)
"""Each parcel by itself first, then each boundary, then the ground between."""


def everything(services: Services, batch: Batch) -> ParcelSet:
    rows = range(1, batch.counts.read + 1)
    return services.rows.reading._staging.concerned(batch, list(rows))


def told(services: Services, batch: Batch) -> Counter[tuple[str, frozenset[int]]]:
    """What the rules that have a fix find on the rows as they are: rule and rows."""
    parcels = everything(services, batch)
    storage = services.deployments.require().storage_epsg
    around = Surroundings(batch.identity_fields, services.jurisdiction, storage).of(parcels)
    every = check_all(parcels, around, services.jurisdiction.severities)
    return Counter(
        (f.rule.code, frozenset(f.rows))
        for f in every
        if f.outcome == "fail" and f.rule.code in FIXES
    )


def fixed(services: Services, batch: Batch) -> dict[str, Made]:
    return {
        rule: services.fixing.make_all(batch.batch_id, rule, None, ASKED, dry_run=False)
        for rule in ORDER
    }


def check_fixed_and_undone(services: Services, path: Path, choices: Choices) -> dict[str, Made]:
    batch = services.load.load(path, choices, BY).batch
    before, was = everything(services, batch), told(services, batch)
    done = fixed(services, batch)
    after, now = everything(services, batch), told(services, batch)
    assert np.isin(after.row, before.row).all()
    # What a boundary overlaps that crossed itself is found once it is a boundary.
    invalid = frozenset(before.row[~shapely.is_valid(before.geom)].tolist())
    fresh = {found for found in now - was if not found[1] & invalid}
    assert fresh == set()
    touched = {row.row for made in done.values() for fix in made.fixes for row in fix.rows}
    same = shapely.equals_exact(before.geom, after.geom, 0.0)
    assert set(before.row[~same].tolist()) == touched
    for made in done.values():
        for fix in made.fixes:
            assert fix.rows, "a fix without a row"
    for made in reversed(done.values()):
        for fix in reversed(made.fixes):
            services.fixing.undo(batch.batch_id, fix.fix_id, ASKED)
    undone = everything(services, batch)
    assert shapely.equals_exact(before.geom, undone.geom, 0.0).all(), "bit for bit as before"
    assert services.load.get(batch.batch_id, BY).counts == batch.counts
    assert services.verify.audit().is_clean
    return done


def test_the_clean_cadastre_has_a_few_hairlines_less(open_services: Open) -> None:
    services = open_services("generic")
    path = SAMPLES / "epinay" / "parcelles_91216_l93_shp.zip"
    done = check_fixed_and_undone(services, path, Choices())
    made = {rule: len(of.fixes) for rule, of in done.items() if of.fixes or of.refused}
    assert made["topology.hairline_overlap"] + made["topology.near_miss"] >= 3


@pytest.mark.large
def test_what_is_invalid_in_a_large_city_is_rebuilt(open_services: Open, test_data: Path) -> None:
    services = open_services("generic")
    path = test_data / "parcels-us-cambridge" / "cambridge_fy2013_shp.zip"
    done = check_fixed_and_undone(services, path, Choices(crs=4326))
    invalid = ("geometry.bow_tie", "geometry.ring_touches", "topology.dangle")
    assert {rule: len(done[rule].fixes) for rule in invalid} == {
        "geometry.bow_tie": 6,
        "geometry.ring_touches": 4,
        "topology.dangle": 14,
    }

"""What a change does to boundaries is told with it; what was there before is not."""

from dataclasses import replace
from typing import Any

import pytest

from landgis.cadastre.edits import NetChange
from tests.builders import parcel_set, ring, square
from tests.conftest import Open
from tests.drafting import LAN, Office, asked

pytestmark = pytest.mark.db

EMPTY_CHECKS = {"change.missing_node", "change.near_miss", "change.sliver"}


@pytest.fixture
def office(open_services: Open) -> Office:
    """Two parcels side by side, a third 30 m away, and a strip that is open beside it already."""
    office = Office(open_services("vn-80"))
    office.publish(
        parcel_set([square(0, 0, 20), square(20, 0, 20), square(70, 0, 20), square(90.03, 0, 20)])
    )
    return office


def outcomes(office: Office, name: str, geom: Any) -> dict[str, tuple[str, str]]:
    """What is said of a draft that draws one parcel otherwise."""
    parcel = office.live()[name]
    net = NetChange((parcel.as_before(),), (replace(parcel, geom=geom),), ())
    shown = office.draft_of(net, f"HS-{name}")
    assert shown.change is not None
    return {c.code: (c.outcome, c.message["en"]) for c in shown.change.checks}


def test_split_that_gives_its_neighbours_the_node_is_clean(office: Office) -> None:
    shown = office.cut(office.open(), office.live()["1/2"].parcel_id, (19, 10), (41, 10))
    assert shown.change is not None
    found = {check.code: check.outcome for check in shown.change.checks}
    assert found["change.no_gap_no_overlap"] == "pass"
    assert not EMPTY_CHECKS & found.keys()


def test_strip_that_a_change_leaves_open_is_told(office: Office) -> None:
    found = outcomes(office, "1/3", ring((40.1, 0), (90, 0), (90, 20), (40.1, 20)))
    outcome, said = found["change.no_gap_no_overlap"]
    assert outcome == "warning"
    assert "1, 2.0000 m² up to 0.100 m wide" in said
    assert not EMPTY_CHECKS & found.keys(), "the strip of 3 cm beside 1/4 was there before"


def test_vertex_that_a_neighbour_lacks_is_told(office: Office) -> None:
    found = outcomes(office, "1/2", ring((20, 0), (40, 0), (41, 20), (20, 20), (20, 8)))
    assert found["change.missing_node"] == (
        "warning",
        "Neighbours lack 1 node(s) on the common boundary.",
    )


def test_vertex_beside_a_boundary_is_told(office: Office) -> None:
    found = outcomes(office, "1/2", ring((20, 0), (40, 0), (40, 20), (20, 20), (20.02, 8)))
    assert found["change.near_miss"][0] == "warning"
    assert "up to 0.020 m beside" in found["change.near_miss"][1]


def test_sliver_is_told_in_the_preview(office: Office) -> None:
    shown = office.open()
    cut = (20.05, -1), (20.05, 21)
    tried = office.split(shown, office.live()["1/2"].parcel_id, *cut)
    checks = {check.code: check for check in tried.change.checks}
    assert checks["change.sliver"].outcome == "warning"
    assert "0.050 m" in checks["change.sliver"].message["vi"]
    kept = office.drafts.commit(shown.draft.draft_id, asked(shown, LAN), tried.token)
    assert "change.sliver" in {check.code for check in kept.change.checks}

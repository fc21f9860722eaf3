"""What one step of a draft does: merging, splitting across survey planes, undoing a revision."""

import numpy as np
import pytest
import shapely

from landgis import geodesy
from landgis.cadastre.parcels import LandUseShare
from landgis.services.editing.operations import Merge, Split
from landgis.services.editing.undoing import Undo
from tests.builders import EAST, NORTH, parcel_set, square
from tests.conftest import Open
from tests.drafting import OTHER_UNIT, UNIT, Office, asked, coordinates, person
from tests.services.three_squares import ACROSS, code_of, three_squares

pytestmark = pytest.mark.db


@pytest.fixture
def office(open_services: Open) -> Office:
    return three_squares(open_services("vn-80"))


def test_merge_makes_one_parcel_and_retires_the_others(office: Office) -> None:
    live = office.live()
    shown = office.open()
    tried = office.merge(shown, live["1/1"].parcel_id, live["1/2"].parcel_id)
    assert tried.refusal is None
    office.approve(office.submit(office.commit(shown, tried)))
    after = office.live()
    assert set(after) == {"1/3", "1/4"}
    assert after["1/4"].register_area_m2 == 800.0
    assert after["1/4"].land_uses == (LandUseShare("ODT", 200.0), LandUseShare("CLN", 600.0))
    assert after["1/4"].geom.area == 800.0


def test_merge_of_parcels_with_two_addresses_asks_which(open_services: Open) -> None:
    office = Office(open_services("vn-80"))
    pair = parcel_set([square(0, 0), square(10, 0)])
    pair.address[:] = ["số 1", "số 2"]
    office.publish(pair)
    ids = [p.parcel_id for p in office.live().values()]
    shown = office.open()
    tried = office.merge(shown, *ids)
    assert tried.refusal.code == "address_needed"
    assert sorted(tried.refusal.data["addresses"]) == ["số 1", "số 2"]
    assert code_of(lambda: office.commit(shown, tried)) == "address_needed"
    tried = office.merge(shown, *ids, address="số 1-2")
    assert office.commit(shown, tried).change.view.own_after[0].parcel.address == "số 1-2"


def test_merge_across_units_or_gaps_is_refused(open_services: Open) -> None:
    office = Office(open_services("vn-80"))
    names = [f"{UNIT}/1/1", f"{OTHER_UNIT}/1/1", f"{UNIT}/1/2"]
    office.publish(parcel_set([square(0, 0), square(10, 0), square(50, 0)], names))
    both = person("lan", "edit", "drafts", "drafts", units=(UNIT, OTHER_UNIT))
    shown = office.open(both)
    a, b, c = (p.parcel_id for p in office.by_fid())

    def merge(*parcels):
        return office.previews.attempt(shown.draft.draft_id, asked(shown, both), Merge(parcels))

    assert code_of(lambda: merge(a, b)) == "other_unit"
    assert code_of(lambda: merge(a, c)) == "not_adjacent"
    assert code_of(lambda: merge(a)) == "too_few"


def test_neighbour_of_another_survey_plane_gets_the_node_in_its_own(open_services: Open) -> None:
    office = Office(open_services("vn-80"))
    west, east = square(0, 0, 20), square(20, 0, 20)
    over_there = geodesy.transform(east, 9209, 9210)
    office.publish(
        parcel_set([west], [f"{UNIT}/1/1"]),
        parcel_set([over_there], [f"{UNIT}/1/2"], epsg=9210),
    )
    before = office.live()
    shown = office.cut(office.open(), before["1/1"].parcel_id, (-5, 10), (25, 10))
    office.approve(office.submit(shown))
    after = office.live()["1/2"]
    assert after.survey_epsg == 9210
    old, new = coordinates(before["1/2"]), coordinates(after)
    assert old < new
    (node,) = new - old
    x, y = geodesy.transform_xy(np.array([node[0]]), np.array([node[1]]), 9210, 9209)
    assert np.hypot(x - (EAST + 20), y - (NORTH + 10))[0] < 1e-6


def test_parcel_surveyed_in_degrees_is_cut_and_keeps_its_vertices(open_services: Open) -> None:
    office = Office(open_services("generic"))
    pair = [shapely.box(2.3, 48.6, 2.301, 48.601), shapely.box(2.301, 48.6, 2.302, 48.601)]
    rows = parcel_set(pair, [None, None], epsg=geodesy.LONLAT)
    rows.sheet[:] = "A"
    office.services.deployments.fix_by(rows)
    office.publish(rows)
    lan = person("lan", "edit", "drafts", "drafts", units=None)
    shown = office.open(lan)
    target = office.by_fid()[0].parcel_id
    line = ((2.2995, 48.6004), (2.3015, 48.6004))

    def tried(allocation):
        op = Split(target, line, geodesy.LONLAT, allocation)
        return office.previews.attempt(shown.draft.draft_id, asked(shown, lan), op)

    view = office.commit(shown, tried(tried(None).proposal), lan).change.view
    children = [f for f in view.after if f.fate == "created"]
    assert {f.parcel.survey_epsg for f in children} == {geodesy.LONLAT}
    corners = set().union(*(coordinates(f.parcel) for f in children))
    assert {tuple(c) for c in shapely.get_coordinates(pair[0]).tolist()} < corners
    (neighbour,) = (f.parcel for f in view.after if f.fate == "node_added")
    shared = (
        coordinates(neighbour) & coordinates(children[0].parcel) & coordinates(children[1].parcel)
    )
    assert len(shared) == 1
    before, after = (sum(f.area_m2 for f in own) for own in (view.own_before, view.own_after))
    assert abs(after - before) < 0.01


def test_undo_brings_parcels_back_with_their_identity(office: Office) -> None:
    before = office.live()
    office.approve(office.submit(office.cut(office.open(), before["1/2"].parcel_id, *ACROSS)))
    shown = office.open()
    tried = office.previews.attempt(shown.draft.draft_id, asked(shown), Undo(2))
    assert tried.change.view.net.kind == "undo"
    shown = office.approve(office.submit(office.commit(shown, tried)))
    assert shown.draft.revision == 3
    after = office.live()
    assert set(after) == {"1/1", "1/2", "1/3"}
    for name, parcel in before.items():
        assert (after[name].parcel_id, after[name].fid) == (parcel.parcel_id, parcel.fid)
        assert after[name].geom.wkb == parcel.geom.wkb
    redo = office.open()
    tried = office.previews.attempt(redo.draft.draft_id, asked(redo), Undo(3))
    office.approve(office.submit(office.commit(redo, tried)))
    assert set(office.live()) == {"1/1", "1/3", "1/4", "1/5"}


def test_undo_of_what_changed_since_or_of_no_edit_is_refused(office: Office) -> None:
    live = office.live()
    office.approve(
        office.submit(office.cut(office.open(), live["1/1"].parcel_id, (10, -5), (10, 25)))
    )
    north = office.live()["1/4"]
    office.approve(office.submit(office.cut(office.open(), north.parcel_id, (-5, 15), (25, 15))))
    shown = office.open()

    def undo(revision: int):
        return office.previews.attempt(shown.draft.draft_id, asked(shown), Undo(revision))

    assert code_of(lambda: undo(2)) == "stale"
    assert code_of(lambda: undo(1)) == "not_undoable"
    assert code_of(lambda: undo(99)) == "no_such_revision"


def test_undo_is_a_draft_of_its_own(office: Office) -> None:
    live = office.live()
    office.approve(
        office.submit(office.cut(office.open(), live["1/1"].parcel_id, (10, -5), (10, 25)))
    )
    drawn = office.cut(office.open(), live["1/3"].parcel_id, (50, -5), (50, 25))
    assert (
        code_of(lambda: office.previews.attempt(drawn.draft.draft_id, asked(drawn), Undo(2)))
        == "undo_alone"
    )
    undoing = office.open()
    tried = office.previews.attempt(undoing.draft.draft_id, asked(undoing), Undo(2))
    undoing = office.commit(undoing, tried)
    cut = (live["1/3"].parcel_id, (50.0, -5.0), (50.0, 25.0))
    assert code_of(lambda: office.split(undoing, *cut)) == "undo_alone"

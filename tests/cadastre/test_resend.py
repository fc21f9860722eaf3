"""A file sent again: one side may change a parcel, two sides clash, absence retires nothing."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
import shapely

from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.edits import insert_nodes
from landgis.cadastre.parcels import LandUseShare
from landgis.cadastre.resend import Clash, Known, Row, difference, differing
from tests.builders import EPSG, square


def parcel(number: str, **values: Any) -> SurveyedParcel:
    """A parcel surveyed where its number says, without a version."""
    facts: dict[str, Any] = {
        "parcel_id": uuid4(),
        "fid": None,
        "revision": None,
        "survey_epsg": EPSG,
        "geom": square(20.0 * int(number), 0),
        "unit_code": "25645",
        "sheet": "1",
        "number": number,
        "old_unit_code": None,
        "old_sheet": None,
        "old_number": None,
        "land_uses": (LandUseShare("ODT", 100.0),),
        "register_area_m2": 100.0,
        "address": None,
    }
    return SurveyedParcel(**{**facts, **values})


def key(number: str) -> str:
    return f"25645/1/{number}"


def row(sent: SurveyedParcel, **values: Any) -> Row:
    """The file's row of a parcel, with what its sender changed."""
    assert sent.number is not None
    as_sent = replace(sent, parcel_id=uuid4(), fid=None, revision=None)
    return Row(int(sent.number), key(sent.number), replace(as_sent, **values))


def live(sent: SurveyedParcel, **values: Any) -> SurveyedParcel:
    return replace(sent, fid=7, revision=3, **values)


SENT = parcel("5")
LIVE = live(SENT)
OTHER_USE = (LandUseShare("CLN", 100.0),)


def judged(one: Row, now: SurveyedParcel | None, sent: SurveyedParcel | None = SENT, **options):
    known = {one.key: Known(now, sent)}
    used = frozenset({one.key}) if now or sent else frozenset()
    return difference([one], known, options.pop("used", used), **options)


def test_row_that_says_what_the_register_says_does_nothing() -> None:
    found = judged(row(SENT), LIVE)
    assert (found.same, found.changed, found.clashes) == (1, (), ())


def test_change_of_the_sender_alone_is_taken_under_the_parcels_own_id() -> None:
    found = judged(row(SENT, land_uses=OTHER_USE), LIVE)
    (changed,) = found.changed
    assert (changed.parcel_id, changed.fid, changed.revision) == (LIVE.parcel_id, 7, 3)
    assert changed.land_uses == OTHER_USE
    assert found.created == found.clashes == ()


def test_stale_row_leaves_the_registers_change_alone() -> None:
    found = judged(row(SENT), live(SENT, address="12 Lê Lợi"))
    assert (found.outdated, found.changed, found.clashes) == (1, (), ())


def test_change_on_both_sides_is_a_clash_that_names_the_fields() -> None:
    found = judged(row(SENT, land_uses=OTHER_USE), live(SENT, address="12 Lê Lợi"))
    assert found.changed == ()
    assert found.clashes == (Clash(key("5"), "changed_on_both_sides", 5, ("land_uses", "address")),)


def test_same_change_on_both_sides_is_no_clash() -> None:
    found = judged(row(SENT, land_uses=OTHER_USE), live(SENT, land_uses=OTHER_USE))
    assert (found.same, found.clashes) == (1, ())


def test_node_that_a_cut_beside_it_left_is_no_change_and_stays() -> None:
    west, south, _, _ = SENT.geom.bounds
    noded = insert_nodes(SENT.geom, [(west, south + 3.3)])
    assert noded is not SENT.geom
    found = judged(row(SENT, land_uses=OTHER_USE), live(SENT, geom=noded))
    (changed,) = found.changed
    assert changed.geom.wkb == noded.wkb
    assert judged(row(SENT), live(SENT, geom=noded)).same == 1


def test_moved_boundary_is_a_change_of_geometry() -> None:
    moved = square(100.5, 0)
    assert differing(SENT, replace(SENT, geom=moved)) == ("geometry",)
    (changed,) = judged(row(SENT, geom=moved), LIVE).changed
    assert changed.geom.wkb == moved.wkb


def test_parcel_that_was_split_here_stays_split() -> None:
    found = judged(row(SENT), None)
    assert (found.outdated, found.created, found.clashes) == (1, (), ())


def test_parcel_that_was_split_here_and_changed_there_is_a_clash() -> None:
    found = judged(row(SENT, address="3 Trần Phú"), None)
    assert found.clashes == (Clash(key("5"), "retired_here", 5, ("address",)),)


def test_new_parcel_is_created_unless_its_number_was_ever_used() -> None:
    fresh = row(parcel("9"))
    assert judged(fresh, None, None).created == (fresh.parcel,)
    clash = judged(fresh, None, None, used=frozenset({key("9")})).clashes
    assert clash == (Clash(key("9"), "number_used", 9),)


def test_parcel_that_no_file_gave_is_changed_by_the_first_that_does() -> None:
    (changed,) = judged(row(SENT, land_uses=OTHER_USE), LIVE, None).changed
    assert changed.land_uses == OTHER_USE


@pytest.mark.parametrize(
    ("scope", "retired"), [("none", []), ("sheet", ["6"]), ("unit", ["6", "8"])]
)
def test_absence_retires_only_what_the_file_is_complete_for(scope: Any, retired: list[str]) -> None:
    here, gone, elsewhere = parcel("5"), parcel("6"), parcel("8", sheet="2")
    child = parcel("7")
    known = {
        key("5"): Known(live(here), here),
        key("6"): Known(live(gone), gone),
        key("7"): Known(live(child), None),
        "25645/2/8": Known(live(elsewhere), elsewhere),
    }
    found = difference([row(here)], known, frozenset(known), scope)
    assert [p.number for p in found.retired] == retired
    assert found.absent == 2 - len(retired)
    step = found.step()
    assert len(step.removed) == len(retired)
    assert step.after == ()


def test_parcel_left_out_but_changed_here_is_a_clash() -> None:
    here, gone = parcel("5"), parcel("6")
    known = {
        key("5"): Known(live(here), here),
        key("6"): Known(live(gone, address="1 Hùng Vương"), gone),
    }
    found = difference([row(here)], known, frozenset(known), "unit")
    assert found.retired == ()
    assert found.clashes == (Clash(key("6"), "changed_on_both_sides", None, ("address",)),)


def test_clashing_parcels_leave_the_step() -> None:
    fresh = row(parcel("9"))
    found = judged(fresh, None, None)
    clash = Clash(fresh.key, "overlap", 9)
    left: dict[UUID, Clash] = {fresh.parcel.parcel_id: clash}
    assert found.without(left).step().after == ()
    assert found.without(left).clashes == (clash,)


def test_other_survey_plane_is_other_geometry() -> None:
    assert "geometry" in differing(SENT, replace(SENT, survey_epsg=9210))
    same = shapely.Polygon(list(SENT.geom.exterior.coords)[1:])
    assert differing(SENT, replace(SENT, geom=same)) == ()
    assert same.wkb != SENT.geom.wkb

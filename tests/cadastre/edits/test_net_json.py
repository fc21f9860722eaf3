"""A net change comes back from JSON bit for bit, and no two changes have one digest."""

import json
from dataclasses import fields, replace
from uuid import UUID, uuid4

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landgis.cadastre.changes import Before, Descent, SurveyedParcel
from landgis.cadastre.edits import EMPTY, NetChange, digest, from_json, to_json
from landgis.cadastre.parcels import LandUseShare
from tests.cadastre.edits.land import SHAPES, created, parcel, rectangle, vertices

FIXED = UUID(int=7)
ONE = parcel(rectangle(0, 0, 10, 10), parcel_id=FIXED, number=None)
NET = NetChange(
    (Before(FIXED, 4, "25645"),), (ONE,), (Descent(FIXED, UUID(int=8)),), "undo", undoes=3
)


def there_and_back(net: NetChange) -> NetChange:
    return from_json(json.loads(json.dumps(to_json(net))))


@given(
    SHAPES,
    st.none() | st.floats(0, 1e7, allow_subnormal=False),
    st.lists(st.tuples(st.text(min_size=1), st.none() | st.floats(0, 1e7)), max_size=3),
    st.none() | st.text(min_size=1),
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_json_and_back_is_the_same_bit_for_bit(
    geom: shapely.Geometry,
    area: float | None,
    uses: list[tuple[str, float | None]],
    text: str | None,
) -> None:
    shares = tuple(LandUseShare(*use) for use in uses)
    made = created(geom, register_area_m2=area, land_uses=shares, address=text, old_sheet=text)
    net = NetChange((Before(uuid4(), 2),), (made, ONE), (Descent(uuid4(), made.parcel_id),))
    back = there_and_back(net)
    assert back == net
    assert shapely.to_wkb(back.after[0].geom) == shapely.to_wkb(geom)
    assert isinstance(back.after[0].land_uses, tuple)
    assert digest(back, {}) == digest(net, {})


def test_empty_and_undo_come_back() -> None:
    assert there_and_back(EMPTY) == EMPTY
    assert there_and_back(NET) == NET


def test_json_of_another_format_is_not_read() -> None:
    with pytest.raises(ValueError, match="format 2"):
        from_json(to_json(NET) | {"format": 2})


def nudged(geom: shapely.Geometry) -> shapely.Geometry:
    points = vertices(geom).copy()
    points[1, 0] = np.nextafter(points[1, 0], np.inf)
    return shapely.Polygon(points)


OTHERS: dict[str, object] = {
    "parcel_id": UUID(int=9),
    "fid": 2,
    "revision": 2,
    "survey_epsg": 9210,
    "geom": nudged(ONE.geom),
    "land_uses": ONE.land_uses[::-1],
    "register_area_m2": np.nextafter(100.4, 101).item(),
}


@pytest.mark.parametrize("name", [f.name for f in fields(SurveyedParcel)])
def test_any_value_of_a_parcel_changes_the_digest(name: str) -> None:
    other = replace(ONE, **{name: OTHERS.get(name, "another")})
    assert digest(replace(NET, after=(other,)), {}) != digest(NET, {})


@pytest.mark.parametrize(
    "other",
    [
        replace(NET, before=()),
        replace(NET, before=(Before(FIXED, 5, "25645"),)),
        replace(NET, after=()),
        replace(NET, after=(ONE, ONE)),
        replace(NET, lineage=()),
        replace(NET, lineage=(Descent(UUID(int=8), FIXED),)),
        replace(NET, kind="edit"),
        replace(NET, undoes=2),
    ],
)
def test_any_part_of_the_change_changes_the_digest(other: NetChange) -> None:
    assert digest(other, {}) != digest(NET, {})


def test_what_is_approved_with_it_is_in_the_digest_whatever_its_order() -> None:
    basis = {"record_no": "12/2026", "documents": ["ab", "cd"]}
    assert digest(NET, basis) == digest(NET, dict(reversed(basis.items())))
    assert digest(NET, basis) != digest(NET, basis | {"documents": ["cd", "ab"]})
    assert digest(NET, basis) != digest(NET, {})
    assert len(digest(NET, basis)) == 32

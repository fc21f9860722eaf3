"""Identifiers in the register: given once, carried by changes, explained and verified."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from landgis import geodesy
from landgis.bootstrap import Services
from landgis.cadastre.changes import ChangeSet, Descent, Entry, Part
from landgis.cadastre.identifier import feature_points, geohash
from landgis.cadastre.register import ANONYMOUS, Principal
from landgis.errors import NotFound, Refused, UsageError
from landgis.ingest.evidence import Choices
from landgis.services.deployment import DeploymentService
from landgis.services.derive import derive
from landgis.services.identifying.claims import Claim
from landgis.services.identifying.giving import GivingService
from landgis.services.query import Point
from landgis.store.cluster import Cluster
from landgis.store.database import Database
from landgis.store.history import HistoryStore
from landgis.store.identifiers import IdentifierStore
from landgis.store.parcels import ParcelStore
from landgis.store.setup import SetupStore
from landgis.store.surveyed import SurveyedStore
from landgis.store.verify import TruthStore
from tests.builders import EAST, EPSG, NORTH, column, parcel_set, square, vn_80
from tests.histories import DEPLOYMENT, IDENTITY, Land, Register
from tests.own import own_services

pytestmark = pytest.mark.db

DEMO = Path(__file__).parents[2] / "data_samples/demo-register/demo_hoa_thanh_vilis.zip"
GOLDEN = ("w652q6gtt0zn", 565_302.0, 1_250_811.0, 106.100001214, 11.310000700)
"""Identifier, east and north in EPSG:9209, longitude and latitude. Source: domain B1 and B2."""


@pytest.fixture(scope="module")
def demo(
    cluster: Cluster, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    """The demonstration register, every parcel with its identifier."""
    with own_services(cluster, template, tmp_path_factory.mktemp("home")) as services:
        by = Principal.holding("tester", {"import"})
        services.publish.publish(services.load.load(DEMO, Choices(), by).batch.batch_id, by)
        services.identifiers.giving.give_missing()
        yield services


def borne(database: Database) -> dict[UUID, str | None]:
    with database.begin() as connection:
        rows = connection.execute(text("SELECT parcel_id, national_id FROM parcels"))
        return {row.parcel_id: row.national_id for row in rows}


def test_whole_register_is_given_identifiers_once(demo: Services) -> None:
    store = SurveyedStore(demo.database)
    bearing = borne(demo.database)
    live = store.by_ids(bearing)
    assert len(live) == demo.query._parcels.count() > 500
    points = feature_points(column([p.geom for p in live.values()]))
    codes = geohash.encode(*geodesy.transform_xy(*points.T, EPSG, geodesy.LONLAT))
    assert [bearing[i] for i in live] == codes.tolist()
    assert demo.identifiers.giving.give_missing() == (0, True)
    assert demo.verify.register().is_clean


def test_point_is_explained_step_by_step_with_the_golden_values(demo: Services) -> None:
    code, x, y, lon, lat = GOLDEN
    found = demo.identifiers.explaining.compute(Point(x, y, EPSG), ANONYMOUS)
    assert (found.cell.national_id, found.epsg) == (code, EPSG)
    assert (found.lon, found.lat) == pytest.approx((lon, lat), abs=5e-10)
    assert found.cell.width_m == pytest.approx(0.0366, abs=1e-4)
    assert found.cell.height_m == pytest.approx(0.0185, abs=1e-4)
    assert found.distance_m <= 0.021
    again = demo.identifiers.explaining.compute(Point(lon, lat, geodesy.LONLAT), ANONYMOUS)
    assert again.cell == found.cell
    with pytest.raises(UsageError) as refusal:
        demo.identifiers.explaining.compute(Point(y, x, EPSG), ANONYMOUS)
    assert refusal.value.code == "no_such_place"


@given(st.floats(560_000, 600_000), st.floats(1_200_000, 1_260_000))
@settings(max_examples=60, deadline=None)
def test_identifier_leads_back_to_its_point(demo: Services, x: float, y: float) -> None:
    found = demo.identifiers.explaining.compute(Point(x, y, EPSG), ANONYMOUS)
    cell = found.cell
    half = np.hypot(cell.width_m, cell.height_m) / 2
    assert found.distance_m <= half * 1.000001
    west, south, east, north = cell.bbox
    assert west <= found.lon <= east
    assert south <= found.lat <= north
    again = demo.identifiers.explaining.compute(
        Point(cell.lon, cell.lat, geodesy.LONLAT), ANONYMOUS
    )
    assert (again.cell.national_id, again.distance_m) == (cell.national_id, pytest.approx(0))


@given(st.integers(0, 400), st.floats(-60, 60), st.floats(-60, 60))
@settings(max_examples=25, deadline=None)
def test_distance_is_that_by_which_an_identifier_was_moved(
    demo: Services, which: int, east: float, north: float
) -> None:
    fid, code, point = a_parcel(demo, which)
    moved = code_at(point[0] + east, point[1] + north)
    (found,) = verify(demo, Claim(1, moved, str(fid)))
    assert found.distance_m == pytest.approx(np.hypot(east, north), abs=0.025)
    assert found.canonical is not None
    assert found.canonical.national_id == code
    assert found.is_right == (moved == code)


def verify(demo: Services, *claims: Claim) -> list[Any]:
    return demo.identifiers.verifying.verify(claims, ANONYMOUS)


def code_at(x: float, y: float, epsg: int = EPSG) -> str:
    place = np.array([x]), np.array([y])
    return str(geohash.encode(*geodesy.transform_xy(*place, epsg, geodesy.LONLAT))[0])


def a_parcel(demo: Services, which: int = 0) -> tuple[int, str, Any]:
    """Tile id, identifier and feature point of a public parcel of one part."""
    bearers = [
        b
        for b in IdentifierStore(demo.database).identified(0, 1_000)
        if not any(u.code in vn_80().withheld_uses for u in b.parcel.land_uses)
    ]
    bearer = bearers[which % len(bearers)]
    point = feature_points(column([bearer.parcel.geom]))[0]
    return bearer.parcel.fid or 0, bearer.national_id or "", point


def test_identifier_is_explained_with_the_parcel_that_bears_it(demo: Services) -> None:
    fid, code, _ = a_parcel(demo)
    found = demo.identifiers.explaining.explain(f" {code.upper()} ", ANONYMOUS)
    assert [b.parcel.fid for b in found.bearers] == [fid]
    assert [v.cause.code for v in found.there if v.bearer.parcel.fid == fid] == ["same"]
    assert (found.outside_m, found.retired) == (0.0, ())
    assert found.given is not None
    assert (found.given.procedure, found.given.status) == ("landgis-1", "proposed")
    nowhere = demo.identifiers.explaining.explain("w652q6gtt0zn", ANONYMOUS)
    assert (nowhere.bearers, nowhere.there, nowhere.outside_m) == ((), (), None)
    with pytest.raises(UsageError) as refusal:
        demo.identifiers.explaining.explain("w652q6gtt0za", ANONYMOUS)
    assert refusal.value.code == "bad_identifier"


def test_each_mistake_is_named(demo: Services) -> None:
    fid, code, (x, y) = a_parcel(demo, 7)
    other_fid, other, _ = a_parcel(demo, 8)
    geom = SurveyedStore(demo.database).by_fid(fid).geom  # type: ignore[union-attr]
    lon, lat = (v[0] for v in geodesy.transform_xy(np.array([x]), np.array([y]), EPSG, 4326))
    # Half a metre off the feature point, and not where a wrong operation leads.
    inside = np.array([x, y]) - [0.3, 0.3]
    assert shapely.intersects_xy(geom, *inside)
    stated = {
        "same": code,
        "rounding": code_at(x, y + 0.02),
        "other_procedure": code_at(*inside),
        "axes_swapped": code_at(y, x),
        "other_zone": code_at(x, y, 9210),
        "other_parcel": other,
        "no_identifier": "w652q6gtt0za",
        "unknown": code_at(x, y + 60_000),
    }
    found = verify(demo, *(Claim(i, s, str(fid)) for i, s in enumerate(stated.values(), 1)))
    assert [v.cause.code for v in found] == list(stated)
    from landgis.geodesy.wrong_ways import WRONG_WAYS, displacement_m

    for way in WRONG_WAYS:
        east, north = displacement_m(way, EPSG, lon, lat)
        (one,) = verify(demo, Claim(1, code_at(x - east, y - north), str(fid)))
        assert one.cause.code == "wrong_operation", way
    (elsewhere,) = verify(demo, Claim(1, code, str(other_fid)))
    assert elsewhere.cause.code == "other_parcel"


def test_points_and_bearers_are_verified_without_a_parcels_name(demo: Services) -> None:
    code, x, y, lon, lat = GOLDEN
    fid, borne_there, _ = a_parcel(demo, 3)
    found = verify(
        demo,
        Claim(1, code, place=Point(x, y, EPSG)),
        Claim(2, code, place=Point(lon, lat, geodesy.LONLAT)),
        Claim(3, code, place=Point(x, y + 60, EPSG)),
        Claim(4, borne_there),
        Claim(5, code),
        Claim(6, code, "25645/0/0"),
    )
    assert [v.cause.code for v in found] == [
        *("same", "same", "unknown", "same", "no_parcel", "no_parcel")
    ]
    assert found[2].distance_m == pytest.approx(60, abs=0.03)
    assert found[3].bearer.parcel.fid == fid
    with pytest.raises(Refused) as refusal:
        verify(demo, Claim(9, code, place=Point(x, y, 999_999)))
    assert (refusal.value.code, refusal.value.data["row"]) == ("unknown_crs", 9)


def test_withheld_land_is_as_if_it_were_not(demo: Services) -> None:
    with demo.database.begin() as connection:
        row = connection.execute(
            text("SELECT fid, national_id FROM parcels WHERE withheld LIMIT 1")
        ).one()
    for claim in (Claim(1, row.national_id), Claim(1, row.national_id, str(row.fid))):
        assert verify(demo, claim)[0].cause.code == "no_parcel"
    found = demo.identifiers.explaining.explain(row.national_id, ANONYMOUS)
    assert (found.bearers, found.there, found.given, found.retired) == ((), (), None, ())
    seer = Principal.holding("minh", {"public", "withheld"})
    assert demo.identifiers.verifying.verify([Claim(1, row.national_id)], seer)[0].is_right


class Changing:
    """A register whose changes give identifiers, as approvals do."""

    def __init__(self, database: Database, **fates: str) -> None:
        self.register = Register(database)
        self.database = database
        jurisdiction = vn_80()
        kept = MappingProxyType({**jurisdiction.identifier_fates, **fates})
        self.giving = GivingService(
            IdentifierStore(database),
            SurveyedStore(database),
            DeploymentService(SetupStore(database), ParcelStore(database), jurisdiction),
            replace(jurisdiction, identifier_fates=kept),  # type: ignore[arg-type]
        )

    def publish(self, *geoms: Any) -> list[UUID]:
        lands = [Land(geom, f"25645/12/{i}") for i, geom in enumerate(geoms, 1)]
        ids = self.register.publish(*lands)
        self.giving.give_missing()
        return ids

    def change(
        self, before: Sequence[UUID], after: Mapping[UUID, Land], kind: Any = "edit"
    ) -> None:
        live = SurveyedStore(self.database).by_ids(before)
        made = parcel_set([a.geom for a in after.values()], [a.name for a in after.values()])
        edges = [Descent(p, c) for p in before for c in after if p not in after and c not in before]
        changeset = ChangeSet(
            kind,
            tuple(p.as_before() for p in live.values()),
            (Part(made, column(list(after))),),
            tuple(edges),
        )
        HistoryStore(self.database).append(
            changeset,
            [derive(made, EPSG, vn_80(), IDENTITY)],
            DEPLOYMENT,
            Entry("user:lan"),
            identifiers=self.giving.of_change(changeset),
        )

    def differences(self) -> list[str]:
        with TruthStore(self.database).snapshot() as snapshot:
            return [d.code for d in snapshot.contradictions(lambda _done, _all: None)]


HALVES = (shapely.box(EAST, NORTH, EAST + 10, NORTH + 20), square(10, 0), square(10, 10))


def test_split_and_merge_make_other_parcels(database: Database) -> None:
    changing = Changing(database)
    (whole,) = changing.publish(square(0, 0, 20))
    before = borne(database)[whole]
    ids = [UUID(int=i) for i in (1, 2, 3)]
    lands = [Land(geom, f"25645/12/{i}") for i, geom in enumerate(HALVES, 2)]
    changing.change([whole], dict(zip(ids, lands, strict=True)))
    children = borne(database)
    assert set(children) == set(ids)
    assert all(code not in (None, before) for code in children.values())
    assert changing.differences() == []


def test_parcel_that_goes_on_keeps_its_identifier_even_beside_it(database: Database) -> None:
    changing = Changing(database)
    (one,) = changing.publish(square(0, 0, 20))
    code = borne(database)[one]
    changing.change([one], {one: Land(square(0, 0, 20), "25645/12/9")})
    assert borne(database)[one] == code
    changing.change([one], {one: Land(square(12, 12, 8), "25645/12/9")})
    assert borne(database)[one] == code
    assert changing.giving.give_missing() == (0, True)
    assert changing.differences() == []


def test_other_fates_are_obeyed(database: Database) -> None:
    changing = Changing(database, split="keep", merge="keep", boundary="new")
    (whole,) = changing.publish(square(0, 0, 20))
    code = borne(database)[whole]
    ids = [UUID(int=i) for i in (1, 2, 3)]
    lands = [Land(geom, f"25645/12/{i}") for i, geom in enumerate(HALVES, 2)]
    changing.change([whole], dict(zip(ids, lands, strict=True)))
    children = borne(database)
    # The point of the whole lies where the cuts meet: the largest child inherits, nobody else.
    assert children[ids[0]] == code
    assert len(set(children.values()) - {None}) == 3
    with_new = {ids[0]: Land(shapely.box(EAST, NORTH, EAST + 6, NORTH + 20), "25645/12/2")}
    changing.change([ids[0]], with_new)
    moved = borne(database)[ids[0]]
    assert moved not in (None, children[ids[0]])
    changing.change([ids[0]], {ids[0]: lands[0]}, kind="undo")
    assert borne(database)[ids[0]] == children[ids[0]]
    assert changing.differences() == []


def test_register_is_looked_through_for_places_outside(
    database: Database, open_services: Any
) -> None:
    changing = Changing(database)
    one, two = changing.publish(square(0, 0, 20), square(40, 0, 20))
    changing.change([one], {one: Land(square(12, 12, 8), "25645/12/1")})
    services = open_services("vn-80")
    checked = services.identifiers.checking.check()
    assert dict(checked.counts) == {"parcels": 2, "outside": 1, "twice": 0}
    (finding,) = checked.findings
    assert finding.rule.code == "identity.national_id_outside"
    assert (finding.rule.severity, finding.legal_basis["class"]) == ("warning", "A")  # type: ignore[index]
    assert finding.measured == pytest.approx(np.hypot(2, 2), abs=0.03)
    assert finding.parcels == (str(one),)
    code = borne(database)[one] or ""
    explained = services.identifiers.explaining.explain(code, ANONYMOUS)
    assert explained.outside_m == pytest.approx(np.hypot(2, 2), abs=0.03)
    (kept,) = services.identifiers.verifying.verify([Claim(1, code)], ANONYMOUS)
    assert (kept.cause.code, kept.is_right) == ("kept", True)
    old = code_at(EAST + 50, NORTH + 10)
    changing.change([two], {two: Land(square(40, 12, 8), "25645/12/2")})
    changing.register.tamper("UPDATE parcels SET national_id = 'w652q6gtt0zn'")
    (stale,) = services.identifiers.verifying.verify([Claim(1, old, str(two))], ANONYMOUS)
    assert stale.cause.code == "old_geometry"
    assert changing.differences() == ["identifier_differs"] * 2


def test_former_identifier_resolves_to_what_became_of_its_parcel(
    database: Database, open_services: Any
) -> None:
    changing = Changing(database, boundary="new")
    whole, other = changing.publish(square(0, 0, 20), square(40, 0, 20))
    before = borne(database)
    ids = [UUID(int=i) for i in (1, 2, 3)]
    lands = [Land(geom, f"25645/12/{i}") for i, geom in enumerate(HALVES, 3)]
    changing.change([whole], dict(zip(ids, lands, strict=True)))
    changing.change([other], {other: Land(square(40, 0, 8), "25645/12/2")})
    services = open_services("vn-80")
    with pytest.raises(NotFound) as gone:
        services.history.live(before[whole] or "", ANONYMOUS)
    assert gone.value.code == "parcel_retired"
    assert {s["parcel_id"] for s in gone.value.data["successors"]} == set(map(str, ids))
    with pytest.raises(NotFound) as renamed:
        services.history.live((before[other] or "").upper(), ANONYMOUS)
    assert [s["parcel_id"] for s in renamed.value.data["successors"]] == [str(other)]
    assert services.history.of(before[whole] or "", ANONYMOUS).last.parcel_id == whole
    explained = services.identifiers.explaining.explain(before[whole] or "", ANONYMOUS)
    (retired,) = explained.retired
    assert {ref.parcel_id for ref in retired.successors} == set(ids)
    with pytest.raises(NotFound) as unknown:
        services.history.live("w652q6gtt0zn", ANONYMOUS)
    assert unknown.value.code == "no_such_parcel"


def test_parcel_too_narrow_is_told_to_have_none(database: Database) -> None:
    changing = Changing(database)
    (strip,) = changing.publish(shapely.box(EAST, NORTH, EAST + 30, NORTH + 0.015))
    with database.begin() as connection:
        row = connection.execute(text("SELECT national_id, national_id_status FROM parcels")).one()
    assert tuple(row) == (None, "none")
    assert changing.giving.give_missing() == (0, True)
    assert IdentifierStore(database).borne([strip])[strip][0].x is None

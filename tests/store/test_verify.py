"""The present follows from the history, and whatever was altered behind its back is found."""

import random
from datetime import timedelta
from typing import Any

import pytest
import shapely
from sqlalchemy import Connection, text

from landgis.cadastre.truth import Head, Verdict
from landgis.cli.verify import parse_head
from landgis.errors import UsageError
from landgis.services.deployment import DeploymentService
from landgis.services.verify import VerifyService
from landgis.store.database import Database
from landgis.store.parcels import ParcelStore
from landgis.store.setup import SetupStore
from landgis.store.verify import TruthStore
from tests.builders import EAST, NORTH, square
from tests.histories import VN_80, Land, Register, disarm

pytestmark = pytest.mark.db

EAST_ZONE = 9210
LONLAT_VN2000 = 4756


def verifier(database: Database) -> VerifyService:
    deployments = DeploymentService(SetupStore(database), ParcelStore(database), VN_80)
    return VerifyService(TruthStore(database), deployments, VN_80)


def verdict(database: Database) -> Verdict:
    return verifier(database).register()


@pytest.fixture
def register(database: Database) -> Register:
    """Twelve revisions: a load, splits, a merge, a node, an undo, three survey planes."""
    register = Register(database)
    wide = [Land(square(40 * i, 0, 20), f"25645/12/{i + 1}") for i in range(6)]
    a, b, c, *_ = register.publish(*wide, author="key:survey")
    halves = [
        Land(shapely.box(EAST, NORTH, EAST + 10, NORTH + 20), "25645/12/311", (("ODT", 30.5),)),
        Land(shapely.box(EAST + 10, NORTH, EAST + 20, NORTH + 20), "25645/12/312"),
    ]
    left, right = register.split(a, *halves, approver="user:minh", record_no="HS-1", basis="QĐ 1")
    register.divide([left, right], Land(square(0, 0, 20), "25645/12/313"), approver="user:minh")
    with_node = shapely.Polygon(
        [(EAST + x, NORTH + y) for x, y in [(40, 0), (50, 0), (60, 0), (60, 20), (40, 20)]]
    )
    register.change("edit", [b], {b: Land(with_node, "25645/12/2")}, approver="user:minh")
    register.split(
        c,
        Land(shapely.box(EAST + 80, NORTH, EAST + 90, NORTH + 20), "25645/12/314"),
        Land(shapely.box(EAST + 90, NORTH, EAST + 100, NORTH + 20), "25645/12/315"),
    )
    register.undo(5)
    elsewhere = shapely.box(565_000.3, 1_250_000.7, 565_030.1, 1_250_040.9)
    register.publish(Land(elsewhere, "25648/3/9", epsg=EAST_ZONE))
    degrees = shapely.box(106.1, 11.30, 106.1004, 11.3005)
    register.publish(Land(degrees, "25648/4/1a", epsg=LONLAT_VN2000, uses=(("CQP", None),)))
    for n in range(4):
        register.publish(Land(square(60 * n, 900), f"25645/{50 + n}/7"))
    return register


def test_register_with_every_kind_of_revision_is_clean(register: Register) -> None:
    found = verdict(register.database)
    assert found.differences == []
    assert (found.size.parcels, found.size.versions, found.size.revision) == (12, 19, 12)


def test_rows_from_before_snap_zoom_are_clean(register: Register) -> None:
    with register.database.begin() as connection:
        old = "UPDATE parcels SET snap_zoom = NULL, geom_3857 = ST_Reverse(geom_3857)"
        connection.execute(text(old))
    assert verdict(register.database).differences == []


def test_empty_register_is_clean(database: Database) -> None:
    assert verdict(database).is_clean
    assert verifier(database).audit().is_clean


ONE = "WHERE (parcel_id, revision_from) IN (SELECT parcel_id, revision_from FROM parcel_versions"
OPEN = f"{ONE} WHERE revision_to IS NULL ORDER BY fid LIMIT 1)"
CLOSED = f"{ONE} WHERE revision_to IS NOT NULL ORDER BY fid LIMIT 1)"
FIRST = "WHERE fid = (SELECT min(fid) FROM parcels)"

TAMPERINGS = [
    # The present, altered.
    ("live_differs", f"UPDATE parcels SET sheet = '99' {FIRST}"),
    ("live_differs", f"UPDATE parcels SET land_uses = '[]' {FIRST}"),
    ("live_differs", f"UPDATE parcels SET register_area_m2 = NULL {FIRST}"),
    ("live_differs", f"UPDATE parcels SET area_m2 = area_m2 + 0.1 {FIRST}"),
    ("live_differs", f"UPDATE parcels SET fid = 777 {FIRST}"),
    ("live_differs", f"UPDATE parcels SET effective_from = '2026-01-01' {FIRST}"),
    ("live_differs", f"UPDATE parcels SET revision = 2 {FIRST}"),
    ("live_differs", f"DELETE FROM parcels {FIRST}"),
    ("derived_differs", f"UPDATE parcels SET withheld = NOT withheld {FIRST}"),
    ("derived_differs", f"UPDATE parcels SET main_use = 'CQP' {FIRST}"),
    ("derived_differs", f"UPDATE parcels SET geom = ST_Translate(geom, 0.001, 0) {FIRST}"),
    ("derived_differs", f"UPDATE parcels SET geom_3857 = ST_Reverse(geom_3857) {FIRST}"),
    ("derived_differs", f"UPDATE parcels SET snap_zoom = 17 {FIRST}"),
    (
        "derived_differs",
        f"UPDATE parcels SET label_3857 = ST_Translate(label_3857, 0.001, 0) {FIRST}",
    ),
    # The history, altered.
    ("versions_overlap", f"UPDATE parcel_versions SET revision_to = revision_from {OPEN}"),
    ("versions_overlap", "UPDATE parcel_versions SET revision_to = NULL WHERE revision_to = 4"),
    ("revision_count", f"DELETE FROM parcel_versions {CLOSED}"),
    ("digest_differs", f"UPDATE parcel_versions SET address = 'khu phố 9' {CLOSED}"),
    ("digest_differs", f"UPDATE parcel_versions SET old_number = '5' {OPEN}"),
    ("digest_differs", f"UPDATE parcel_versions SET register_area_m2 = 99 {CLOSED}"),
    (
        "digest_differs",
        (
            "UPDATE parcel_versions SET land_uses ="
            f" jsonb_set(land_uses, '{{0,area_m2}}', '60.1') {CLOSED}"
        ),
    ),
    (
        "digest_differs",
        f"UPDATE parcel_versions SET geom_survey = ST_Translate(geom_survey, 0.000001, 0) {CLOSED}",
    ),
    (
        "digest_differs",
        (
            "UPDATE parcel_versions SET survey_srid = 969210,"
            f" geom_survey = ST_SetSRID(geom_survey, 969210) {CLOSED}"
        ),
    ),
    ("digest_differs", "UPDATE revisions SET kind = 'undo' WHERE revision = 3"),
    ("digest_differs", "UPDATE revisions SET changeset_sha256 = '\\x00' WHERE revision = 3"),
    ("derived_differs", f"UPDATE parcel_versions SET area_m2 = area_m2 + 0.1 {CLOSED}"),
    ("derived_differs", f"UPDATE parcel_versions SET identity_key = 'x' {CLOSED}"),
    (
        "geometry_invalid",
        (
            "UPDATE parcel_versions SET geom_survey = ST_SetSRID("
            f"'POLYGON((0 0, 9 9, 9 0, 0 9, 0 0))'::geometry, survey_srid) {CLOSED}"
        ),
    ),
    (
        "plane_unknown",
        (
            "UPDATE parcel_versions SET survey_srid = 5773,"
            f" geom_survey = ST_SetSRID(geom_survey, 5773) {CLOSED}"
        ),
    ),
    ("fid_changed", "UPDATE parcel_versions SET fid = 778 WHERE revision_to = 4"),
    ("fid_unissued", f"UPDATE parcel_versions SET fid = 778 {CLOSED}"),
    ("fid_reused", "UPDATE parcel_versions SET fid = (SELECT min(fid) FROM parcels)"),
    ("revision_gap", "DELETE FROM revisions WHERE revision = 9"),
    ("revision_unknown", "DELETE FROM revisions WHERE revision = 9"),
    ("revision_count", "UPDATE revisions SET parcels = parcels + 1 WHERE revision = 9"),
    ("lineage_dangling", "UPDATE lineage SET child_id = gen_random_uuid() WHERE revision = 3"),
    ("no_successor", "DELETE FROM lineage WHERE revision = 3"),
    (
        "lineage_cycle",
        (
            "INSERT INTO lineage (revision, parent_id, child_id)"
            " SELECT 3, below.child_id, above.parent_id FROM lineage AS above"
            " JOIN lineage AS below ON below.parent_id = above.child_id"
            " WHERE above.revision = 2 LIMIT 1"
        ),
    ),
    (
        "area_unbalanced",
        (
            "UPDATE parcel_versions SET area_m2 = area_m2 + 0.4"
            " WHERE parcel_id IN (SELECT child_id FROM lineage WHERE revision = 3)"
        ),
    ),
    ("number_above_highest", "UPDATE sheet_numbers SET highest = 314 WHERE sheet = '12'"),
    ("number_above_highest", "DELETE FROM sheet_numbers WHERE sheet = '12'"),
    (
        "identifier_differs",
        "UPDATE parcels SET national_id = 'w652q6gtt0zn', national_id_status = 'proposed'",
    ),
    ("tiles_behind", "UPDATE tile_state SET revision = 3"),
]


@pytest.mark.parametrize(
    ("code", "statement"), TAMPERINGS, ids=[f"{i}-{c}" for i, (c, _) in enumerate(TAMPERINGS)]
)
def test_tampering_is_found(register: Register, code: str, statement: str) -> None:
    register.tamper(statement)
    found = verdict(register.database)
    assert found.counts.get(code), found.differences
    assert all(d.where and d.what for d in found.differences)


def test_two_open_versions_and_reused_names_are_found(register: Register) -> None:
    copy = "SELECT {} FROM parcel_versions WHERE revision_from = 9"
    with register.database.begin() as connection:
        columns = connection.execute(text("SELECT * FROM parcel_versions LIMIT 0")).keys()
    kept = [c if c != "revision_from" else "revision_from + 1" for c in columns]
    register.tamper(
        f"INSERT INTO parcel_versions ({', '.join(columns)}) {copy.format(', '.join(kept))}"
    )
    found = verdict(register.database)
    assert {"versions_overlap", "revision_count", "digest_differs"} <= set(found.counts)


def test_number_given_again_after_retirement_is_found(register: Register) -> None:
    register.publish(Land(square(0, 500), "25645/12/311"))
    found = verdict(register.database)
    assert found.counts == {"identity_reused": 1}
    assert "25645/12/311" in found.differences[0].where


def test_merge_across_two_planes_may_differ_by_their_scale(database: Database) -> None:
    register = Register(database)
    here = Land(square(0, 0, 100), "25645/1/1")
    there = Land(shapely.box(541_000, 1_246_000, 541_100, 1_246_100), "25645/1/2", epsg=EAST_ZONE)
    parents = register.publish(here, there)
    whole = shapely.MultiPolygon([square(0, 0, 100), square(200, 0, 100.03)])
    register.divide(parents, Land(whole, "25645/1/3"))
    assert verdict(database).is_clean
    (again,) = register.publish(Land(square(0, 900, 100), "25645/2/1"))
    register.split(again, Land(square(0, 900, 100.03), "25645/2/2"))
    assert verdict(database).counts == {"area_unbalanced": 1}


def test_snapshot_does_not_see_what_is_committed_meanwhile(register: Register) -> None:
    with TruthStore(register.database).snapshot() as snapshot:
        before = snapshot.size()
        (parcel_id,) = register.publish(Land(square(0, 700), "25645/77/1"))
        register.split(
            parcel_id, Land(square(0, 700, 5), "25645/77/2"), Land(square(5, 700, 5), "25645/77/3")
        )
        assert list(snapshot.changed_digests(lambda _n: None)) == []
        assert list(snapshot.contradictions(lambda *_n: None)) == []
        assert sum(len(kept.ids) for kept in snapshot.kept()) == before.versions


def test_only_so_many_of_one_code_are_kept(database: Database, monkeypatch: Any) -> None:
    monkeypatch.setattr("landgis.cadastre.truth.SHOWN_PER_CODE", 3)
    register = Register(database)
    register.publish(*(Land(square(20 * i, 0), f"25645/1/{i + 1}") for i in range(5)))
    register.tamper("UPDATE parcels SET withheld = true")
    found = verdict(database)
    assert (found.counts, len(found.differences)) == ({"derived_differs": 5}, 3)


# The audit log.


def test_audit_of_an_untouched_log_is_clean_and_tells_its_head(register: Register) -> None:
    found = verifier(register.database).audit()
    assert found.is_clean
    assert found.size.entries == 12
    assert found.head is not None
    assert found.head.seq == 12
    assert parse_head(str(found.head)) == found.head


@pytest.mark.parametrize("text_", ["", "12", "12:ab", "x:" + "0" * 64, "12:" + "0" * 65])
def test_head_that_is_none_is_refused(text_: str) -> None:
    with pytest.raises(UsageError, match="SEQ:HASH"):
        parse_head(text_)


TEXTS = ("body", "actor", "action")
HASHES = ("sha256", "previous_sha256")
OF_REVISION = (
    *("author", "approver", "basis", "record_no", "kind", "changeset_sha256", "parcels"),
    "committed_at",
)


def test_every_random_tampering_with_the_log_is_found(register: Register) -> None:
    """240 single changes, each on the whole log and taken back before the next."""
    database = register.database
    service = verifier(database)
    known = service.audit().head
    assert known is not None
    chance = random.Random(20261123)  # noqa: S311
    tamperings = (one_character, one_byte, removal, reordering, truncation, other_facts)
    with database.begin() as connection:
        disarm_and_remember(connection)
    missed = []
    for turn in range(240):
        tamper = tamperings[turn % len(tamperings)]
        with database.begin() as connection:
            what = tamper(connection, chance)
        if service.audit(known).is_clean:
            missed.append(what)
        with database.begin() as connection:
            restore(connection)
    assert missed == []
    assert service.audit(known).is_clean


def disarm_and_remember(connection: Connection) -> None:
    disarm(connection)
    connection.execute(text("ALTER TABLE lineage DROP CONSTRAINT lineage_revision_fkey"))
    for table in ("audit_log", "revisions"):
        connection.execute(text(f"CREATE TABLE true_{table} AS SELECT * FROM {table}"))


def restore(connection: Connection) -> None:
    for table in ("audit_log", "revisions"):
        connection.execute(text(f"DELETE FROM {table}"))
        connection.execute(text(f"INSERT INTO {table} SELECT * FROM true_{table}"))


def one_character(connection: Connection, chance: random.Random) -> str:
    """Another character in the body, or in a column beside it."""
    seq, column = chance.randint(1, 12), chance.choice(TEXTS)
    old = value(connection, f"SELECT {column} FROM audit_log WHERE seq = {seq}")
    at = chance.randrange(len(old))
    new = old[:at] + chance.choice([c for c in "0aZ{ ợ" if c != old[at]]) + old[at + 1 :]
    put(connection, f"UPDATE audit_log SET {column} = :new WHERE seq = {seq}", new)
    return f"{column} of {seq}: {old!r} -> {new!r}"


def one_byte(connection: Connection, chance: random.Random) -> str:
    """Another bit in a hash."""
    seq, column = chance.randint(1, 12), chance.choice(HASHES)
    old = bytearray(value(connection, f"SELECT {column} FROM audit_log WHERE seq = {seq}"))
    old[chance.randrange(32)] ^= 1 << chance.randrange(8)
    put(connection, f"UPDATE audit_log SET {column} = :new WHERE seq = {seq}", bytes(old))
    return f"{column} of {seq}"


def removal(connection: Connection, chance: random.Random) -> str:
    """An entry gone, with or without its revision."""
    seq = chance.randint(1, 12)
    put(connection, "DELETE FROM audit_log WHERE seq = :new", seq)
    if chance.random() < 0.5:
        put(connection, "DELETE FROM revisions WHERE revision = :new", seq)
    return f"removal of {seq}"


def reordering(connection: Connection, chance: random.Random) -> str:
    """Two entries in each other's place, whole or only their bodies."""
    a, b = chance.sample(range(1, 13), 2)
    if chance.random() < 0.5:
        for old, new in ((a, -1), (b, a), (-1, b)):
            put(connection, f"UPDATE audit_log SET seq = :new WHERE seq = {old}", new)
        return f"seq of {a} and {b}"
    bodies = [value(connection, f"SELECT body FROM audit_log WHERE seq = {s}") for s in (a, b)]
    for seq, body in ((a, bodies[1]), (b, bodies[0])):
        put(connection, f"UPDATE audit_log SET body = :new WHERE seq = {seq}", body)
    return f"bodies of {a} and {b}"


def truncation(connection: Connection, chance: random.Random) -> str:
    """The end of the log gone together with its revisions: only the known head tells."""
    last = chance.randint(0, 11)
    put(connection, "DELETE FROM audit_log WHERE seq > :new", last)
    put(connection, "DELETE FROM revisions WHERE revision > :new", last)
    return f"truncation after {last}"


def other_facts(connection: Connection, chance: random.Random) -> str:
    """A revision that says something else than its entry."""
    revision, column = chance.randint(1, 12), chance.choice(OF_REVISION)
    old = value(connection, f"SELECT {column} FROM revisions WHERE revision = {revision}")
    new: Any = f"{old}x"
    if column == "kind":
        new = next(k for k in ("edit", "undo") if k != old)
    elif column == "parcels":
        new = old + 1
    elif column == "committed_at":
        new = old + timedelta(milliseconds=1)
    elif column == "changeset_sha256":
        new = bytes([old[0] ^ 1]) + old[1:]
    put(connection, f"UPDATE revisions SET {column} = :new WHERE revision = {revision}", new)
    return f"{column} of revision {revision}"


def value(connection: Connection, query: str) -> Any:
    return connection.execute(text(query)).scalar_one()


def put(connection: Connection, statement: str, new: Any) -> None:
    connection.execute(text(statement), {"new": new})


def test_log_rewritten_as_a_whole_is_told_by_the_known_head(register: Register) -> None:
    service = verifier(register.database)
    known = service.audit().head
    assert known is not None
    other = Head(known.seq, bytes(32))
    assert service.audit(other).counts == {"head_differs": 1}
    later = Head(known.seq + 1, known.sha256)
    assert service.audit(later).counts == {"head_missing": 1}

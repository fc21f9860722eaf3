"""The schema from empty, and that the tables we program against are the tables there are."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
from psycopg.types.json import Jsonb
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import DBAPIError

from landgis.errors import Unavailable
from landgis.store import account_tables, draft_tables, mapping_tables, migrate, raster_tables
from landgis.store.cluster import Cluster
from landgis.store.database import Database, driver
from landgis.store.findings import FindingStore
from landgis.store.staging import StagingStore
from landgis.store.tables import metadata
from tests.store.batches import a_batch

pytestmark = pytest.mark.db


def test_migrations_give_the_tables_the_code_knows(database: Database) -> None:
    assert account_tables.accounts.metadata is draft_tables.drafts.metadata is metadata
    assert mapping_tables.remembered_choices.metadata is metadata
    assert raster_tables.rasters.metadata is metadata
    inspector = inspect(database.engine)
    for table in metadata.sorted_tables:
        found = {c["name"]: c for c in inspector.get_columns(table.name, schema=table.schema)}
        assert set(found) == {c.name for c in table.columns}, table.name
        for column in table.columns:
            kind = found[column.name]["type"].compile(database.engine.dialect).split("(")[0]
            wanted = column.type.compile(database.engine.dialect).split("(")[0]
            assert kind.upper() == wanted.upper(), f"{table.name}.{column.name}"
            assert found[column.name]["nullable"] == column.nullable, f"{table.name}.{column.name}"
        key = inspector.get_pk_constraint(table.name, schema=table.schema)["constrained_columns"]
        assert set(key) == {c.name for c in table.primary_key}, table.name
        checks = inspector.get_check_constraints(table.name, schema=table.schema)
        wanted_checks = {c.name for c in table.constraints if isinstance(c, CheckConstraint)}
        assert {c["name"] for c in checks} == wanted_checks, table.name
        indexes = {i["name"] for i in inspector.get_indexes(table.name, schema=table.schema)}
        assert indexes == {i.name for i in table.indexes}, table.name


def test_upgrade_twice_changes_nothing(database: Database) -> None:
    before = migrate.current(database)
    migrate.upgrade(database)
    assert migrate.current(database) == before == migrate.head()


def test_empty_database_is_not_ready(cluster: Cluster) -> None:
    database = Database(cluster.create_database("empty_one"))
    try:
        with pytest.raises(Unavailable) as refusal:
            migrate.require_head(database)
        assert refusal.value.code == "schema_old"
        migrate.upgrade(database)
        migrate.require_head(database)
    finally:
        database.dispose()
        cluster.drop_database("empty_one")


def test_database_of_a_newer_landgis_is_refused(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Unavailable, match="9999") as refusal:
        migrate.upgrade(database)
    assert refusal.value.code == "schema_newer"


def test_postgis_agrees_with_the_golden_points(database: Database) -> None:
    golden = [
        (565_302.0, 1_250_811.0, 106.100001214, 11.310000700),
        (590_000.0, 1_223_000.0, 106.325524776, 11.058037220),
        (590_000.0, 1_220_000.0, 106.325448985, 11.030916219),
    ]
    ask = text(
        "SELECT ST_X(g), ST_Y(g) FROM (SELECT ST_Transform(ST_SetSRID(ST_MakePoint(:x, :y),"
        " 969209), 4326) AS g) AS p"
    )
    with database.begin() as connection:
        for x, y, lon, lat in golden:
            found = connection.execute(ask, {"x": x, "y": y}).one()
            assert tuple(found) == pytest.approx((lon, lat), abs=0.001 / 111_000)


def test_line_across_the_seam_is_the_same_in_postgis_and_here(database: Database) -> None:
    import numpy as np

    from landgis.geodesy import LONLAT, transform_xy

    north = np.linspace(1_215_000.0, 1_227_000.0, 241)
    lon, lat = transform_xy(np.full_like(north, 590_000.0), north, 9209, LONLAT)
    ask = text(
        "SELECT ST_X(g), ST_Y(g) FROM (SELECT (ST_DumpPoints(ST_Transform(ST_SetSRID("
        "ST_GeomFromText(:line), 969209), 4326))).geom AS g) AS p"
    )
    line = "LINESTRING(" + ",".join(f"590000 {y}" for y in north) + ")"
    with database.begin() as connection:
        rows = np.array([tuple(row) for row in connection.execute(ask, {"line": line})])
    assert np.abs(rows - np.column_stack([lon, lat])).max() < 0.001 / 111_000


def test_our_srids_are_restored_when_somebody_changed_them(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(
            text("UPDATE spatial_ref_sys SET proj4text = '+proj=longlat' WHERE srid = 969209")
        )
    migrate.upgrade(database)
    with database.begin() as connection:
        migrate.verify_srids(connection)


def test_wrong_operation_is_noticed(database: Database) -> None:
    unflipped = text(
        "UPDATE spatial_ref_sys SET proj4text = replace(proj4text,"
        " '0.00928836,-0.01975479,0.00427372', '-0.00928836,0.01975479,-0.00427372')"
        " WHERE srid = 969209"
    )
    with database.engine.connect() as connection:
        connection.execute(unflipped)
        with pytest.raises(Unavailable) as refusal:
            migrate.verify_srids(connection)
    assert refusal.value.code == "coordinates_wrong"


@pytest.mark.parametrize("table", ["audit_log", "revisions"])
def test_history_cannot_be_rewritten(database: Database, table: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), database.begin() as connection:
        connection.execute(text(f"DELETE FROM {table}"))


@pytest.fixture
def as_in(cluster: Cluster) -> Iterator[Callable[[str], Database]]:
    """Answer a function from a version to an empty database with the schema of then."""
    made: list[tuple[str, Database]] = []

    def of(version: str) -> Database:
        name = f"as_in_{version}_{uuid4().hex}"
        database = Database(cluster.create_database(name))
        made.append((name, database))
        config = Config()
        config.set_main_option("script_location", str(migrate.MIGRATIONS))
        with database.begin() as connection:
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
            config.attributes["connection"] = connection
            command.upgrade(config, version)
        return database

    yield of
    for name, database in made:
        database.dispose()
        cluster.drop_database(name)


def test_raw_rows_of_earlier_batches_are_packed_and_none_is_lost(
    as_in: Callable[[str], Database],
) -> None:
    database = as_in("0005")
    shapefile, package = uuid4(), uuid4()
    loose = [
        (shapefile, row, {"SHTHUA": f"{row}", "TENCHU": "Lê B", "DT": row + 0.5}, b"\0 %d" % row)
        for row in (1, 2, 7)
    ]
    loose += [(package, row, {"number": row, "note": None, "mixed": 1}, None) for row in (3, 4)]
    with database.begin() as connection:
        put = "INSERT INTO pii.import_raw VALUES (%s, %s, %s, %s)"
        for batch_id, row, attributes, record in loose:
            driver(connection).execute(put, (batch_id, row, Jsonb(attributes), record))
    migrate.upgrade(database)
    staging = StagingStore(database)
    for batch_id in (shapefile, package):
        wanted = [one for one in loose if one[0] == batch_id]
        found = staging.raw(batch_id, [row for _, row, _, _ in wanted])
        assert found.rows == [row for _, row, _, _ in wanted]
        assert found.attributes == [attributes for _, _, attributes, _ in wanted]
        assert found.records == [record for _, _, _, record in wanted]


def test_findings_of_earlier_batches_are_read_and_accepted_as_others(
    as_in: Callable[[str], Database],
) -> None:
    database = as_in("0007")
    staging, store = StagingStore(database), FindingStore(database)
    batch = a_batch()
    staging.create(batch)
    both = {"vi": "a", "en": "b"}
    old = {
        "id": f"{1:016x}",
        "rule": "topology.stack",
        "severity": "warning",
        "outcome": "fail",
        "title": both,
        "message": both,
        "remedy": both,
        "basis": None,
        "place": {"type": "Point", "coordinates": [106.123456789, 11.25]},
        "place_native": {"srid": 9209, "xy": [568000.0, 1246000.0]},
        "measured": 2.0,
        "limit": 1.0,
        "unit": "rows",
        "batch_id": str(batch.batch_id),
        "rows": [1, 2],
        "parcels": [],
        "fixes": [],
        "acceptance": None,
    }
    untested = {**old, "id": f"{2:016x}", "outcome": "untested", "measured": None}
    untested |= {"place": None, "place_native": None, "rows": []}
    with database.begin() as connection:
        for position, body in enumerate((old, untested)):
            driver(connection).execute(
                "INSERT INTO findings VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (
                    *(batch.batch_id, position, body["id"], body["rule"], body["severity"]),
                    *(body["outcome"], Jsonb(body)),
                ),
            )
    migrate.upgrade(database)
    new = {"shape": None, "keys": []}
    assert staging.findings(batch.batch_id) == [{**old, **new}, {**untested, **new}]
    assert [(c.outcome, c.findings) for c in store.counts(batch.batch_id)] == [
        ("fail", 1),
        ("untested", 1),
    ]
    store.accept(batch.batch_id, old["id"], "user:lan", "nhà chung cư")
    assert [bool(f["acceptance"]) for f in staging.findings(batch.batch_id)] == [True, False]

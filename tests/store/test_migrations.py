"""The schema from empty, and that the tables we program against are the tables there are."""

from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import DBAPIError

from landgis.errors import Unavailable
from landgis.store import account_tables, draft_tables, mapping_tables, migrate
from landgis.store.cluster import Cluster
from landgis.store.database import Database, driver
from landgis.store.staging import StagingStore
from landgis.store.tables import metadata

pytestmark = pytest.mark.db


def test_migrations_give_the_tables_the_code_knows(database: Database) -> None:
    assert account_tables.accounts.metadata is draft_tables.drafts.metadata is metadata
    assert mapping_tables.remembered_choices.metadata is metadata
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


AS_IN_0005 = """
DROP INDEX parcels_unit_sheet;
CREATE INDEX parcels_unit ON parcels (unit_code);
CREATE INDEX parcels_sheet_unit ON parcels (sheet, unit_code);
DROP TABLE pii.import_raw;
CREATE TABLE pii.import_raw (
    batch_id uuid NOT NULL,
    row_no bigint NOT NULL,
    attributes jsonb NOT NULL,
    record bytea,
    PRIMARY KEY (batch_id, row_no)
);
UPDATE alembic_version SET version_num = '0005';
"""


def test_raw_rows_of_earlier_batches_are_packed_and_none_is_lost(database: Database) -> None:
    shapefile, package = uuid4(), uuid4()
    loose = [
        (shapefile, row, {"SHTHUA": f"{row}", "TENCHU": "Lê B", "DT": row + 0.5}, b"\0 %d" % row)
        for row in (1, 2, 7)
    ]
    loose += [(package, row, {"number": row, "note": None, "mixed": 1}, None) for row in (3, 4)]
    with database.begin() as connection:
        driver(connection).execute(AS_IN_0005)
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

"""Bring a database to the present schema, and keep our coordinate systems in it."""

from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from landgis import geodesy
from landgis.errors import Unavailable
from landgis.store.database import Database

LOCK = 727_003
"""Advisory lock: two servers that start together migrate one after the other.

None of ``store.locks``: a server must be able to start while a publication runs.
"""

GOLDEN_XY = (590_000.0, 1_220_000.0)
GOLDEN_LONLAT = (106.325448985, 11.030916219)
"""EPSG:9209 east, north -> WGS 84, south of 11.04°N where PROJ's default is 0.8 m off.

Source: computed with EPSG:6960 as of Decision 05/2007/QĐ-BTNMT.
"""


MIGRATIONS = Path(__file__).parent / "migrations"


def head() -> str:
    """Answer the newest schema version that this landgis knows."""
    names = sorted(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    return names[-1].partition("_")[0]


def current(database: Database) -> str | None:
    """Answer the schema version of the database, None when it is empty."""
    with database.begin() as connection:
        return _version(connection)


def _version(connection: Connection) -> str | None:
    if connection.execute(text("SELECT to_regclass('alembic_version')")).scalar() is None:
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def require_head(database: Database) -> None:
    """Raise ``Unavailable`` ``schema_old`` unless the schema is the newest this landgis knows."""
    found = current(database)
    if found != head():
        raise Unavailable(
            "schema_old",
            f"The database has schema {found}, this landgis needs {head()}: landgis db migrate",
        )


def upgrade(database: Database) -> None:
    """Migrate to the newest schema and write and verify our SRID rows; safe to repeat.

    Raises
    ------
    Unavailable
        ``postgis_missing``, ``schema_newer``, ``srid_not_writable``, ``coordinates_wrong``.
    """
    with database.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))  # another may be at it
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        _require_postgis(connection)
        if _version(connection) != head():
            _run(connection)
    with database.begin() as connection:
        write_srids(connection)
        verify_srids(connection)


def _run(connection: Connection) -> None:
    # Alembic takes longer to import than everything else of a command; most need none of it.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as problem:
        raise Unavailable(
            "schema_newer",
            f"The database has schema {_version(connection)}, which this landgis (schema {head()}) "
            "does not know; start the newer landgis that made it",
        ) from problem


def _require_postgis(connection: Connection) -> None:
    found = connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'postgis'"))
    if found.first() is not None:
        return
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION postgis"))
    except ProgrammingError as problem:
        raise Unavailable(
            "postgis_missing",
            "PostGIS is not in this database; as a superuser run: CREATE EXTENSION postgis",
        ) from problem


def write_srids(connection: Connection) -> None:
    """Insert or renew the 96xxxx rows of ``spatial_ref_sys``; rows PostGIS owns stay untouched."""
    try:
        with connection.begin_nested():
            connection.execute(
                text(
                    "INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text)"
                    " VALUES (:srid, :auth_name, :auth_srid, :srtext, :proj4text)"
                    " ON CONFLICT (srid) DO UPDATE SET auth_name = EXCLUDED.auth_name,"
                    " auth_srid = EXCLUDED.auth_srid, srtext = EXCLUDED.srtext,"
                    " proj4text = EXCLUDED.proj4text"
                    " WHERE (spatial_ref_sys.auth_name, spatial_ref_sys.proj4text)"
                    " IS DISTINCT FROM (EXCLUDED.auth_name, EXCLUDED.proj4text)"
                ),
                geodesy.own_srid_rows(),
            )
    except ProgrammingError as problem:
        raise Unavailable(
            "srid_not_writable",
            "landgis may not write its coordinate systems; as a superuser run: "
            "GRANT SELECT, INSERT, UPDATE ON spatial_ref_sys TO <the landgis role>",
        ) from problem


def verify_srids(connection: Connection) -> None:
    """Check by a golden point that PostGIS uses the same operation as we do, to 1 mm."""
    row = connection.execute(
        text(
            "SELECT ST_X(g) AS lon, ST_Y(g) AS lat FROM"
            " (SELECT ST_Transform(ST_SetSRID(ST_MakePoint(:x, :y), 969209), 4326) AS g) AS p"
        ),
        {"x": GOLDEN_XY[0], "y": GOLDEN_XY[1]},
    ).one()
    millimetre_deg = 0.001 / 111_000
    off = max(abs(row.lon - GOLDEN_LONLAT[0]), abs(row.lat - GOLDEN_LONLAT[1]))
    if off > millimetre_deg:
        raise Unavailable(
            "coordinates_wrong",
            f"PostGIS places a VN-2000 golden point {off * 111_000:.3f} m away from where it is; "
            "this PostGIS/PROJ installation cannot be used",
        )

"""What a database is for, and the administrative units it knows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from landgis.cadastre.register import Deployment, UnitRow
from landgis.geodesy import srid
from landgis.store.database import Database
from landgis.store.rows import copy_rows, ewkb
from landgis.store.tables import deployment, tile_state, units

UNIT_COLUMNS = (
    ("code", "text"),
    ("name", "text"),
    ("name_en", "text"),
    ("kind", "text"),
    ("parent_code", "text"),
    ("valid_from", "date"),
    ("valid_to", "date"),
    ("geom_3857", "bytea"),
    ("geom_3857_low", "bytea"),
    ("label_3857", "bytea"),
)


class SetupStore:
    """The deployment row and the units."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def deployment(self) -> Deployment | None:
        """Answer what the database is for, None before first use."""
        with self._database.begin() as connection:
            row = connection.execute(select(deployment)).first()
        if row is None:
            return None
        return Deployment(row.jurisdiction, row.storage_epsg, row.is_demo)

    def fix_deployment(self, wanted: Deployment) -> None:
        """Write the deployment row at first use; an existing row stays."""
        with self._database.begin() as connection:
            if connection.execute(select(deployment.c.jurisdiction)).first() is None:
                connection.execute(
                    insert(deployment).values(
                        jurisdiction=wanted.jurisdiction,
                        storage_epsg=wanted.storage_epsg,
                        storage_srid=srid(wanted.storage_epsg),
                        is_demo=wanted.is_demo,
                    )
                )

    def mark_demo(self) -> None:
        """Say for good that this register is a demonstration."""
        with self._database.begin() as connection:
            connection.execute(update(deployment).values(is_demo=True))

    def replace_units(self, rows: Sequence[UnitRow]) -> None:
        """Write the units in one transaction; tiles that show them count as changed."""

        def encoded() -> Any:
            for u in rows:
                shapes = [
                    None if g is None else ewkb(g, 3857)
                    for g in (u.geom_3857, u.geom_3857_low, u.label_3857)
                ]
                yield (
                    u.code,
                    u.name,
                    u.name_en,
                    u.kind,
                    u.parent_code,
                    u.valid_from,
                    u.valid_to,
                    *shapes,
                )

        with self._database.begin() as connection:
            connection.execute(delete(units))
            copy_rows(connection, ("units",), UNIT_COLUMNS, encoded())
            connection.execute(
                update(tile_state).values(
                    sequence=tile_state.c.sequence + 1, changed_at=func.clock_timestamp()
                )
            )

    def unit_codes(self) -> set[str]:
        """Answer the codes of units in force."""
        query = select(units.c.code).where(units.c.valid_to.is_(None))
        with self._database.begin() as connection:
            return set(connection.execute(query).scalars())

"""What a database is for, and the administrative units it knows."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import delete, insert, select, update

from landgis.cadastre.register import Deployment, UnitRow
from landgis.geodesy import WEB_MERCATOR, srid
from landgis.store.copying import Column, Same, copy_columns
from landgis.store.database import Database
from landgis.store.rows import ewkb
from landgis.store.tables import deployment, units
from landgis.store.tile_changes import record_tile_change

UNIT_TEXTS = ("code", "name", "name_en", "kind", "parent_code")
UNIT_DAYS = ("valid_from", "valid_to")
UNIT_SHAPES = ("geom_3857", "geom_3857_low", "label_3857")


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
        with self._database.begin() as connection:
            connection.execute(delete(units))
            copy_columns(connection, ("units",), _unit_columns(rows), len(rows))
            record_tile_change(connection, None, None)

    def unit_codes(self) -> set[str]:
        """Answer the codes of units in force."""
        query = select(units.c.code).where(units.c.valid_to.is_(None))
        with self._database.begin() as connection:
            return set(connection.execute(query).scalars())


def _unit_columns(rows: Sequence[UnitRow]) -> list[Column | Same]:
    texts = [Column(name, "text", [getattr(u, name) for u in rows]) for name in UNIT_TEXTS]
    days = [Column(name, "date", [getattr(u, name) for u in rows]) for name in UNIT_DAYS]
    shapes = []
    for name in UNIT_SHAPES:
        geoms = np.array([getattr(u, name) for u in rows], dtype=object)
        shapes.append(Column(name, "geometry", ewkb(geoms, WEB_MERCATOR)))
    return [*texts, *days, *shapes]

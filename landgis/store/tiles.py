"""Runs the statement of a tile."""

from typing import Any

from landgis.store.database import Database


class TileStore:
    """Tiles as PostGIS makes them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tile(self, sql: str, parameters: dict[str, Any]) -> bytes:
        """Answer the uncompressed tile, empty when nothing is in it.

        The text comes from layer folders, never from a request; a request gives only numbers.
        """
        with self._database.begin() as connection:
            row = connection.exec_driver_sql(sql, parameters).first()
        return bytes(row[0]) if row is not None and row[0] is not None else b""

"""Where parcels and units lie, all at once: for planning tiles."""

import numpy as np
from numpy.typing import NDArray
from psycopg import sql

from landgis.store.copying import HEADER, TRAILER
from landgis.store.database import Database, driver

SIDES = ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax")

_ROW = np.dtype(
    [
        ("fields", ">i2"),
        *((f"{s}{i}", t) for i in range(4) for s, t in (("length", ">i4"), ("value", ">f8"))),
    ]
)

PARCELS = sql.SQL("COPY (SELECT {sides} FROM parcels WHERE NOT withheld) TO STDOUT (FORMAT BINARY)")
UNITS = sql.SQL(
    "COPY (SELECT {sides} FROM units WHERE valid_to IS NULL AND geom_3857 IS NOT NULL)"
    " TO STDOUT (FORMAT BINARY)"
)


class ExtentStore:
    """Reads extents: ``(n, 4)`` west, south, east, north in EPSG:3857 metres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def parcels(self) -> NDArray[np.float64]:
        """Answer those of all live parcels that the public may see."""
        return self._read(PARCELS)

    def units(self) -> NDArray[np.float64]:
        """Answer those of the units in force that have an outline."""
        return self._read(UNITS)

    def _read(self, copy: sql.SQL) -> NDArray[np.float64]:
        sides = sql.SQL(", ").join(sql.SQL(f"{side}(geom_3857)") for side in SIDES)
        with (
            self._database.begin() as connection,
            driver(connection).cursor().copy(copy.format(sides=sides)) as rows,
        ):
            data = b"".join(rows)
        table = np.frombuffer(data[len(HEADER) : -len(TRAILER)], dtype=_ROW)
        return np.column_stack([table[f"value{i}"].astype(np.float64) for i in range(4)])

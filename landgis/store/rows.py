"""Between columns of values and the bytes of PostgreSQL's COPY."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from psycopg import sql
from psycopg.types.json import Jsonb, set_json_dumps
from sqlalchemy import Connection

from landgis.cadastre.parcels import LandUseShare
from landgis.store.database import driver

set_json_dumps(orjson.dumps)


def copy_rows(
    connection: Connection,
    table: Sequence[str],
    columns: Sequence[tuple[str, str]],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Load rows by COPY BINARY; ``columns`` are (name, PostgreSQL type), geometry as ``bytea``.

    A geometry column receives EWKB as it is, so naming it bytea on our side sends the right bytes.
    """
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(*table), sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns)
    )
    with driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([kind for _, kind in columns])
        for row in rows:
            copy.write_row(row)


def ewkb(geoms: NDArray[Any], srid: int) -> NDArray[Any]:
    """Answer EWKB bytes with the SRID inside; None stays None."""
    encoded: NDArray[Any] = shapely.to_wkb(shapely.set_srid(geoms, srid), include_srid=True)
    return encoded


def shares_json(shares: tuple[LandUseShare, ...]) -> Jsonb:
    """Answer land uses as the store keeps them."""
    return Jsonb([{"code": s.code, "area_m2": s.area_m2} for s in shares])


def shares(stored: list[dict[str, Any]] | None) -> tuple[LandUseShare, ...]:
    """Answer land uses from what the store kept."""
    return tuple(LandUseShare(s["code"], s["area_m2"]) for s in stored or ())


def no_nan(values: NDArray[np.float64]) -> list[float | None]:
    """Answer floats with None for NaN, as SQL wants unknown numbers."""
    return [None if v != v else v for v in values.tolist()]  # noqa: PLR0124 - NaN is not itself

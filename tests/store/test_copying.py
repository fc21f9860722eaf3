"""What goes in by COPY comes out the same, and no row is lost in silence."""

from datetime import date
from uuid import uuid4

import numpy as np
import pytest
from sqlalchemy import text

from landgis.store.copying import BLOCK_ROWS, Column, Same, copy_columns
from landgis.store.database import Database

pytestmark = pytest.mark.db


def test_every_kind_comes_out_as_it_went_in(database: Database) -> None:
    one = uuid4()
    columns = [
        Column("t", "text", ["Thửa đất", None, ""]),
        Column("a", "text[]", [("x", "ữ"), (), ("x", "ữ")]),
        Column("u", "uuid", [one, None, one]),
        Column("b", "bytea", [b"\0\xff", b"", None]),
        Column("j", "jsonb", [{"k": [1, None, "ô"]}, None, []]),
        Column("i", "int4", np.array([-1, 0, 2**31 - 1])),
        Column("l", "int8", [2**53, None, -(2**62)]),
        Column("f", "float8", np.array([0.1, np.nan, -1e300])),
        Column("o", "bool", np.array([True, False, True])),
        Column("d", "date", [date(1999, 12, 31), None, date(2026, 11, 23)]),
        Same("s", "text", "same"),
    ]
    create = (
        "CREATE TEMP TABLE kinds (t text, a text[], u uuid, b bytea, j jsonb, i int4, l int8,"
        " f float8, o bool, d date, s text)"
    )
    with database.begin() as connection:
        connection.execute(text(create))
        copy_columns(connection, ("kinds",), columns, 3)
        rows = connection.execute(text("SELECT * FROM kinds")).all()
    wanted = [[c.value] * 3 if isinstance(c, Same) else list(c.values) for c in columns]
    wanted[1] = [["x", "ữ"], [], ["x", "ữ"]]
    wanted[7] = [0.1, None, -1e300]
    assert [tuple(r) for r in rows] == list(zip(*wanted, strict=True))


def test_blocks_join_without_a_seam(database: Database) -> None:
    n = 2 * BLOCK_ROWS + 1
    with database.begin() as connection:
        connection.execute(text("CREATE TEMP TABLE many (i int8)"))
        copy_columns(connection, ("many",), [Column("i", "int8", np.arange(n))], n)
        found = connection.execute(text("SELECT count(*), sum(i) FROM many")).one()
    assert tuple(found) == (n, n * (n - 1) // 2)


def test_column_of_another_length_is_an_error_not_a_loss(database: Database) -> None:
    columns = [Column("i", "int8", [1, 2]), Column("j", "int8", [1])]
    with database.begin() as connection:
        connection.execute(text("CREATE TEMP TABLE two (i int8, j int8)"))
        with pytest.raises(ValueError, match="j: 1 values for 2 rows"):
            copy_columns(connection, ("two",), columns, 2)

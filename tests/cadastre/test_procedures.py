"""Procedures that a jurisdiction names: read with their basis, or refused by the field."""

from pathlib import Path
from typing import Any

import pytest

from landgis.cadastre.folder import Fields
from landgis.cadastre.jurisdiction import find, load
from landgis.cadastre.procedures import Procedure, read_procedure
from landgis.errors import UsageError
from tests.builders import vn_80

BASIS = {"document": "Act", "article": "1", "date": "2026-01-01", "class": "A"}


def read(table: dict[str, Any]) -> Procedure | None:
    return read_procedure(Fields(Path("land/jurisdiction.toml"), table, "sheets."), "name", ("x",))


def test_home_names_both_with_class_a_and_generic_none() -> None:
    identifier, sheets = vn_80().identifier, vn_80().sheets
    assert identifier is not None
    assert sheets is not None
    assert (identifier.name, sheets.name) == ("landgis-1", "vn-25-2014")
    assert identifier.basis["document"] == "Thông tư 19/2026/TT-BNNMT"
    assert {identifier.basis["class"], sheets.basis["class"]} == {"A"}
    assert identifier.planes == sheets.planes == (9209, 9210)
    generic = load(find("generic"))
    assert (generic.identifier, generic.sheets) == (None, None)


def test_table_is_read_and_may_be_missing() -> None:
    assert read({"name": "x", "basis": BASIS, "planes": [1]}) == Procedure("x", BASIS, (1,))
    assert read({}) is None


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ({"name": "y", "basis": BASIS}, "sheets.name"),
        ({"basis": BASIS}, "sheets.name"),
        ({"name": "x"}, "sheets.basis"),
    ],
)
def test_what_is_wrong_is_named(table: dict[str, Any], field: str) -> None:
    with pytest.raises(UsageError) as error:
        read(table)
    assert error.value.code == "bad_jurisdiction"
    assert error.value.data["field"] == field

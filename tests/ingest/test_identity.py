"""What names a parcel when the sender does not say it."""

from dataclasses import replace

import numpy as np
import pytest

from landgis.cadastre import jurisdiction
from landgis.cadastre.parcels import TEXT_COLUMNS, Column, ParcelSet
from landgis.errors import Refused
from landgis.ingest.identity import Identity, identify
from landgis.ingest.profile import choose
from tests.builders import column, parcel_set, square

GENERIC = jurisdiction.load(jurisdiction.find("generic"))
VN_80 = jurisdiction.load(jurisdiction.find("vn-80"))
N = 20
PINS = column([f"P{i}" for i in range(N)])


def codes_of(parcels: ParcelSet) -> dict[str, Column]:
    return {name: getattr(parcels, name) for name in TEXT_COLUMNS}


def found(**columns: Column) -> Identity:
    parcels = parcel_set([square(20 * i, 0) for i in range(N)], [None] * N)
    mapping = choose(list(columns), GENERIC.profiles)
    return identify(codes_of(parcels), mapping, columns, GENERIC)


def test_column_that_is_unique_and_filled_names_the_parcels() -> None:
    result = found(OBJECTID=np.arange(1, N + 1), pin=PINS)
    assert (result.fields, result.column) == (("number",), "pin")


def test_row_counter_is_no_identity() -> None:
    assert found(OBJECTID=np.arange(7, N + 7)).fields == ()


def test_whole_numbers_that_are_no_counter_may_be() -> None:
    assert found(code=np.arange(N) * 3 + 1000).column == "code"


def test_gap_or_repetition_disqualifies_a_column() -> None:
    gap, repeated = PINS.copy(), PINS.copy()
    gap[3], repeated[3] = None, "P4"
    assert found(a=gap, b=repeated).fields == ()


def test_row_numbers_written_as_text_are_no_identity() -> None:
    shuffled = column([str(900 + (7 * i) % N) for i in range(N)])
    assert found(id=shuffled).fields == ()


def test_measures_are_no_identity() -> None:
    assert found(Shape_Area=np.linspace(1.5, 99.5, N)).fields == ()


def test_column_about_persons_is_no_identity() -> None:
    assert found(owner_name=PINS).fields == ()


def test_key_that_repeats_in_too_many_rows_is_no_identity() -> None:
    parcels = parcel_set([square(20 * i, 0) for i in range(N)])
    names = ["PID", "MAP", "LOT", "ML"]
    mapping = choose(names, GENERIC.profiles, "cambridge")
    often = replace(parcels, number=column([str(i // 2) for i in range(N)]))
    assert identify(codes_of(often), mapping, {}, GENERIC).fields == ()
    assert identify(codes_of(parcels), mapping, {}, GENERIC).fields == ("number",)


def test_file_without_the_identity_of_its_jurisdiction_is_refused() -> None:
    parcels = parcel_set([square(0, 0)], [None])
    mapping = choose(["SHBANDO", "SHTHUA"], VN_80.profiles)
    with pytest.raises(Refused, match="unit_code, sheet, number") as refusal:
        identify(codes_of(parcels), mapping, {}, VN_80)
    assert refusal.value.code == "identity_missing"

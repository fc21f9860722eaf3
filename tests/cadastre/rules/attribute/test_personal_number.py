"""Numbers of identity papers: their length is judged, their digits are never seen."""

from landgis.cadastre.rules.attribute import personal_number
from tests.builders import EAST, NORTH, context, parcel_set, square


def parcels_of(forms: list[str | None]) -> list[tuple[int, ...]]:
    parcels = parcel_set([square(20 * i, 0) for i in range(len(forms))])
    found = personal_number.check(parcels, context(parcels, stated={"personal_number": forms}))
    return [f.rows for f in found]


def test_numbers_of_the_right_length_and_other_papers_are_no_finding() -> None:
    forms = ["000000000", "000000000000", "000 000 000", "000000000; 000000000000", "x0000000"]
    assert parcels_of([*forms, None, "0", "xxxx xx"]) == []


def test_number_of_another_length_is_told_without_the_number() -> None:
    parcels = parcel_set([square(20 * i, 0) for i in range(4)])
    forms = ["00000000", "000000000", "000000000; 00000000", "00000000000"]
    lost, one_short = personal_number.check(
        parcels, context(parcels, stated={"personal_number": forms})
    )
    assert (lost.rule.code, lost.rows, one_short.rows) == (
        *("attribute.personal_number", (1, 3)),
        (4,),
    )
    assert lost.place_xy == (EAST + 5, NORTH + 5)
    assert one_short.message == {
        "vi": "Dòng 4: số giấy tờ nhân thân có 11 chữ số, phải là 9 hoặc 12.",
        "en": "Row 4: the number of an identity paper has 11 digits, it must have 9 or 12.",
    }
    assert lost.basis is not None
    assert (lost.rule.severity, lost.basis["class"]) == ("warning", "C")


def test_without_the_column_it_is_untested() -> None:
    parcels = parcel_set([square(0, 0)])
    (found,) = personal_number.check(parcels, context(parcels))
    assert found.outcome == "untested"

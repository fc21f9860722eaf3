"""What a jurisdiction expects of the facts that stand beside a boundary."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from landgis.cadastre.folder import CLASSES, Fields, read_rows
from landgis.cadastre.units import Unit

Basis = Mapping[str, str]

_COLUMNS = ("code", "area_m2", "year", "source", "class")


@dataclass(frozen=True)
class UnitArea:
    """The area of a unit by its statistics."""

    area_m2: float
    year: int
    source: str
    class_: str
    """How sure the row is: A read in the act, B secondary sources, C uncertain."""


@dataclass(frozen=True)
class Expected:
    """Expectations of one jurisdiction; where it has none, the rules are not tested."""

    use_kinds: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Land-use code -> kinds of units in which it can be; other codes can be anywhere."""

    use_kinds_basis: Basis | None = None
    personal_digits: tuple[int, ...] = ()
    """How many digits the number of an identity paper can have; empty: nothing is known."""

    personal_digits_basis: Basis | None = None
    unit_areas: Mapping[str, UnitArea] = field(default_factory=dict)
    """By unit code."""


def read_expected(
    fields: Fields, areas: Path, codes: AbstractSet[str], units: Sequence[Unit]
) -> Expected:
    """Read the table ``expected`` of a jurisdiction and its ``unit_areas.csv``.

    Parameters
    ----------
    codes, units
        Land-use codes and units that there are.

    Raises
    ------
    UsageError
        ``bad_jurisdiction`` naming file and field.
    """
    uses, numbers = fields.child("use_in_unit"), fields.child("personal_number")
    by_use, kinds = uses.child("kinds"), {unit.kind for unit in units}
    for code in by_use.table:
        if code not in codes:
            by_use.bad(code, "is no land-use code")
        if unknown := set(by_use.texts(code)) - kinds:
            by_use.bad(code, f"names {', '.join(sorted(unknown))}, which no unit is")
    return Expected(
        use_kinds=MappingProxyType({code: frozenset(by_use.texts(code)) for code in by_use.table}),
        use_kinds_basis=uses.basis("basis") if by_use.table else None,
        personal_digits=numbers.integers("digits"),
        personal_digits_basis=numbers.basis("basis") if numbers.table else None,
        unit_areas=MappingProxyType(_unit_areas(areas, {unit.code for unit in units})),
    )


def _unit_areas(path: Path, units: AbstractSet[str]) -> dict[str, UnitArea]:
    found = {}
    for row in read_rows(path, _COLUMNS):
        code = row.text("code")
        if code not in units or code in found:
            row.bad("code", f"is no unit, or there twice: {code}")
        found[code] = UnitArea(
            area_m2=row.number("area_m2"),
            year=row.integer("year", most=9999),
            source=row.text("source"),
            class_=row.one_of("class", CLASSES),
        )
    return found

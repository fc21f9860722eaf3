"""Two parcels on the same ground: nobody can say whose it is."""

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.limits import Limits
from landgis.cadastre.rules.shared_cause import without_register
from landgis.cadastre.rules.topology.between import Metres, finding, named, tolerance
from landgis.cadastre.topology.overlaps import Overlap

OVERLAP = Rule(
    code="topology.overlap",
    severity="error",
    title={"vi": "Thửa đất chồng lấn", "en": "Parcels overlap"},
    remedy={
        "vi": "Kiểm tra ranh giới chung của hai thửa; dòng có nhiều chồng lấn nhất chờ sửa.",
        "en": "Check the boundary of both parcels; the row with most overlaps waits to be mended.",
    },
    place="area",
    fixes=("cut_overlap",),
)

HAIRLINE = Rule(
    code="topology.hairline_overlap",
    severity="warning",
    title={"vi": "Chồng lấn trong hạn sai", "en": "Overlap within the tolerance"},
    remedy={
        "vi": "Cho hai thửa dùng chung một đường ranh giới.",
        "en": "Let both parcels share one boundary.",
    },
    place="area",
    fixes=("cut_overlap",),
)

REGISTER = Rule(
    code="topology.register_overlap",
    severity="error",
    title={"vi": "Chồng lấn thửa đất trong sổ", "en": "Overlap with the register"},
    remedy={
        "vi": "Sửa ranh giới của dòng này đến ranh giới thửa đất trong sổ.",
        "en": "Mend the boundary of this row up to the boundary in the register.",
    },
    place="area",
    fixes=("cut_overlap",),
)

REGISTER_WARNS = replace(REGISTER, severity="warning")

RULES = (OVERLAP, HAIRLINE, REGISTER)


def check(
    overlaps: Sequence[Overlap],
    limits: Limits,
    metres: Metres,
    epsg: int,
    held: AbstractSet[int] = frozenset(),
    filled: AbstractSet[str] = frozenset(),
) -> Iterator[Finding]:
    """Find overlaps; of those beyond the tolerance the row with most conflicts leaves.

    Parameters
    ----------
    held
        Rows that are held back anyway: nobody else leaves because of them.
    filled
        Units that hold live parcels: of their rows the register only warns (``AtRegister``).
    """
    beyond = [o for o in overlaps if o.width_m > tolerance(o.one, o.other, limits)[0]]
    proposed = {o.one.row for o in beyond if (o.one.unit or "") in filled}
    leaving = _leaving(beyond, held, proposed)
    for overlap in sorted(overlaps, key=lambda o: (o.one.row, o.other.row, o.other.key or "")):
        limit, basis = tolerance(overlap.one, overlap.other, limits)
        rule, holds = HAIRLINE, None
        if overlap.width_m > limit:
            rule = OVERLAP
            if overlap.other.parcel is not None:
                rule = REGISTER_WARNS if overlap.one.row in proposed else REGISTER
            rows = (overlap.one.row, overlap.other.row)
            holds = tuple(row for row in rows if row in leaving)
        yield finding(
            rule,
            (overlap.one, overlap.other),
            _message(overlap, limit),
            overlap.shape,
            metres,
            epsg,
            (overlap.width_m, limit, basis),
            holds,
        )


def _message(overlap: Overlap, limit: float) -> dict[str, str]:
    one, other = named(overlap.one), named(overlap.other)
    area, width = f"{overlap.area_m2:.4g}", f"{overlap.width_m:.3f}"
    return {
        "vi": f"{one['vi'].capitalize()} và {other['vi']} chồng lấn {area} m², rộng {width} m "
        f"(hạn sai {limit:.3f} m).",
        "en": f"{one['en'].capitalize()} and {other['en']} overlap by {area} m², {width} m wide "
        f"(tolerance {limit:.3f} m).",
    }


def _leaving(
    beyond: Sequence[Overlap], held: AbstractSet[int], proposed: AbstractSet[int]
) -> set[int]:
    """Answer the rows that leave so that no two of the others overlap (design §10).

    What overlaps the register leaves first. Then the row with most conflicts leaves, rows with
    equally many together, until none is left.
    """
    leaving = {o.one.row for o in beyond if o.other.parcel is not None} - proposed
    pairs = [(o.one.row, o.other.row) for o in beyond if o.other.parcel is None]
    while True:
        gone = leaving | held
        pairs = [(a, b) for a, b in pairs if a not in gone and b not in gone]
        if not pairs:
            return leaving
        conflicts = Counter(row for pair in pairs for row in pair)
        most = max(conflicts.values())
        leaving |= {row for row, count in conflicts.items() if count == most}


def untested() -> Finding:
    """Answer that there is no register to compare with."""
    return without_register(REGISTER)

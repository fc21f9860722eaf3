"""Outlines of units that do not agree with the list of units in force."""

from collections.abc import Iterator, Mapping

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import Column, ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.placed import on_row
from landgis.cadastre.units import Unit

UNKNOWN = Rule(
    code="identity.unit_unknown",
    severity="error",
    title={"vi": "Mã đơn vị không có hiệu lực", "en": "Unit code not in force"},
    remedy={
        "vi": "Kiểm tra mã trong danh mục đơn vị hành chính hiện hành.",
        "en": "Check the code against the list of units in force.",
    },
)

NAMED_OTHERWISE = Rule(
    code="attribute.unit_name",
    severity="warning",
    title={"vi": "Tên đơn vị khác danh mục", "en": "Unit named otherwise than in the list"},
    remedy={
        "vi": "Tên theo văn bản được giữ; sửa tên trong tệp nguồn.",
        "en": "The name of the act is kept; mend the name in the source.",
    },
)

MISSING = Rule(
    code="dataset.units_missing",
    severity="warning",
    title={"vi": "Tệp thiếu đơn vị", "en": "Units missing from the file"},
    remedy={
        "vi": "Ranh giới hiện có của các đơn vị này được giữ nguyên.",
        "en": "These units keep the outlines they have.",
    },
)

UNIT_RULES = (UNKNOWN, NAMED_OTHERWISE, MISSING)
MOST_LISTED = 20


def check(
    parcels: ParcelSet, names: Column | None, units: Mapping[str, Unit], context: RuleContext
) -> Iterator[Finding]:
    """Find what disagrees with the list of units; ``names`` are those of the file, if it has any.

    ``parcels`` are the outlines, ``units`` those in force by their codes.
    """
    for i, code in enumerate(parcels.unit_code.tolist()):
        if code not in units:
            row = parcels.row[i]
            message = {
                "vi": f"Dòng {row}: {code or 'không có mã'} không phải đơn vị đang có hiệu lực.",
                "en": f"Row {row}: {code or 'no code'} is no unit in force.",
            }
            yield on_row(UNKNOWN, parcels, i, context, message)
        elif names is not None and not _agrees(names[i], units[code].name):
            said, name = names[i] or "-", units[code].name
            message = {
                "vi": f"Đơn vị {code}: tệp ghi “{said}”, danh mục ghi “{name}”.",
                "en": f"Unit {code}: the file says “{said}”, the list says “{name}”.",
            }
            yield on_row(NAMED_OTHERWISE, parcels, i, context, message)
    missing = sorted(units.keys() - set(parcels.unit_code.tolist()))
    if missing:
        yield _missing(missing, len(units))


def _agrees(said: str | None, name: str) -> bool:
    """Answer whether a name is that of the list; the kind before it may be missing."""
    return said is not None and f" {name}".endswith(f" {said}")


def _missing(codes: list[str], count: int) -> Finding:
    listed = ", ".join(codes[:MOST_LISTED]) + ("…" if len(codes) > MOST_LISTED else "")
    return Finding(
        rule=MISSING,
        outcome="fail",
        message={
            "vi": f"Tệp không có {len(codes)} trong {count} đơn vị: {listed}.",
            "en": f"{len(codes)} of {count} units are not in the file: {listed}.",
        },
        measured=float(len(codes)),
        limit=0.0,
        unit="units",
        keys=tuple(codes),
    )

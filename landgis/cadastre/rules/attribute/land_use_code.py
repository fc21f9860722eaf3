"""Land-use codes that no act knows, and those that an act has ended."""

from collections.abc import Iterator, Mapping

import numpy as np

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.landuse import LandUse, LandUseTable, uses_of
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.shared_cause import causes, of_one_cause, untested

UNKNOWN = Rule(
    code="attribute.land_use_unknown",
    # Papers of earlier decades carry codes that no table here has: the parcel is sound.
    severity="warning",
    title={"vi": "Mã loại đất không có trong bảng mã", "en": "Land-use code in no table"},
    remedy={
        "vi": "Đối chiếu với giấy tờ; mã được giữ như đã ghi cho đến khi sửa.",
        "en": "Compare with the papers; the code is kept as found until it is mended.",
    },
)

SUPERSEDED = Rule(
    code="attribute.land_use_superseded",
    severity="warning",
    title={"vi": "Mã loại đất đã hết hiệu lực", "en": "Land-use code no longer in force"},
    remedy={
        "vi": "Giấy tờ pháp lý giữ mã cũ; cán bộ xác nhận mã mới khi cập nhật.",
        "en": "Legal papers keep the old code; an officer confirms the new one when it is updated.",
    },
)

RULES = (UNKNOWN, SUPERSEDED)

LONGEST = 8
"""Letters of a text that may be meant as a code; longer ones are words."""


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find the codes that are not in force on the day, each with all its rows."""
    table = context.jurisdiction.land_uses
    uses = uses_of(parcels)
    codes = set(uses.codes)
    if not table.codes:
        yield from (
            untested(
                rule, "địa bàn không có bảng mã loại đất", "there is no table of land-use codes"
            )
            for rule in RULES
        )
        return
    if not codes:
        yield from map(without_uses, RULES)
        return
    wrong = {code for code in codes if table.get(code, context.on) is None}
    if not wrong:
        return
    near = _one_letter_off(table)
    for code, at in causes(np.array(uses.codes, dtype=object), uses.where(wrong)):
        where = np.unique(uses.parcel[at])
        latest = table.get(code)
        if latest is None:
            said = _unknown(code, near)
            yield of_one_cause(UNKNOWN, parcels, where, context, said)
        else:
            said = _superseded(latest, table)
            yield of_one_cause(SUPERSEDED, parcels, where, context, said, basis_of(latest))


def without_uses(rule: Rule) -> Finding:
    """Answer that a source says nothing of land uses."""
    return untested(rule, "nguồn dữ liệu không ghi loại đất", "the source names no land use")


def _one_letter_off(table: LandUseTable) -> dict[str, str]:
    """Answer the codes by each of their forms with one letter left open: ``?NT`` for ONT."""
    return {form: code for code in sorted(table.codes) for form in _forms(code)}


def _forms(code: str) -> list[str]:
    return [f"{code[:i]}?{code[i + 1 :]}" for i in range(len(code))]


def _unknown(code: str, known: Mapping[str, str]) -> dict[str, str]:
    forms = _forms(code.upper()) if len(code) <= LONGEST else []
    near = next((known[form] for form in forms if form in known), None)
    vi, en = (f", có thể là {near}", f", perhaps {near}") if near else ("", "")
    return {
        "vi": f"mã loại đất “{code}” không có trong bảng mã nào{vi}",
        "en": f"land-use code “{code}” is in no table{en}",
    }


def _superseded(use: LandUse, table: LandUseTable) -> dict[str, str]:
    vi = f"mã {use.code} ({use.name['vi']}) hết hiệu lực từ {use.valid_to}"
    en = f"code {use.code} ({use.name['en']}) is not in force since {use.valid_to}"
    next_ = table.get(use.successor) if use.successor else None
    if next_ is None:
        return {"vi": f"{vi}, không có mã nào thay thế", "en": f"{en}, no code continues it"}
    return {
        "vi": f"{vi}, thay bằng {next_.code} ({next_.name['vi']})",
        "en": f"{en}; {next_.code} ({next_.name['en']}) continues it",
    }


def basis_of(use: LandUse) -> dict[str, str]:
    """Answer the act that defines a code, as the basis of a finding."""
    document, _, article = use.act.partition(", ")
    day = use.valid_from.isoformat()
    return {"document": document, "article": article, "date": day, "class": use.class_}

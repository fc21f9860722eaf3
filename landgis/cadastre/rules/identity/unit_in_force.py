"""A parcel of a unit that does not exist on the day: closed, merged, or never of this province."""

from collections.abc import Iterator, Mapping

from landgis.cadastre.findings import Finding, Rule, Text
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.shared_cause import causes, of_one_cause, untested
from landgis.cadastre.units import Succession

RULE = Rule(
    code="identity.unit_not_in_force",
    # Files of before a merger are taken in with the codes they have; units.csv is of class B.
    severity="warning",
    title={"vi": "Mã đơn vị không còn hiệu lực", "en": "Unit code not in force"},
    remedy={
        "vi": "Ghi mã đơn vị hiện hành, mã cũ để ở trường mã cũ (old_unit_code).",
        "en": "Give the code of the unit in force, the old one as old_unit_code.",
    },
)

RULES = (RULE,)

Basis = dict[str, str]


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find the unit codes that no unit has on the day, each with all its rows."""
    units = context.jurisdiction.units
    if not units:
        yield untested(
            RULE, "địa bàn không có danh mục đơn vị", "the jurisdiction has no list of units"
        )
        return
    if all(code is None for code in parcels.unit_code):
        yield untested(RULE, "nguồn dữ liệu không ghi mã đơn vị", "the source names no units")
        return
    in_force = {unit.code: unit for unit in units if unit.holds(context.on)}
    for code, where in causes(parcels.unit_code):
        if code not in in_force:
            said, basis = _what_became(code, context)
            yield of_one_cause(RULE, parcels, where, context, said, basis)


def _what_became(code: str, context: RuleContext) -> tuple[Text, Basis | None]:
    jurisdiction, on = context.jurisdiction, context.on
    names = {unit.code: unit.name for unit in jurisdiction.units}
    into = [s for s in jurisdiction.successions if s.old_code == code and s.effective <= on]
    if into:
        return _merged(code, into, names)
    known = [unit for unit in jurisdiction.units if unit.code == code]
    if known:
        unit = known[-1]
        since, until = unit.valid_from.isoformat(), unit.valid_to and unit.valid_to.isoformat()
        ended = {"vi": f" đến {until}", "en": f" until {until}"} if until else {"vi": "", "en": ""}
        said = {
            "vi": f"đơn vị {code} ({unit.name}) có hiệu lực từ {since}{ended['vi']}",
            "en": f"unit {code} ({unit.name}) is in force from {since}{ended['en']}",
        }
        return said, _basis(unit.source, until or since, unit.class_)
    return {
        "vi": f"{code} không phải mã đơn vị nào của {context.territory_name} vào {on.isoformat()}",
        "en": f"{code} is no unit of {context.territory_name} on {on.isoformat()}",
    }, None


def _merged(
    code: str, into: list[Succession], names: Mapping[str, str]
) -> tuple[Text, Basis | None]:
    last, listed = into[-1], ", ".join(f"{s.new_code} ({names[s.new_code]})" for s in into)
    day = last.effective.isoformat()
    said = {
        "vi": f"{last.old_name} ({code}) đã nhập vào {listed} từ {day}",
        "en": f"{last.old_name} ({code}) became part of {listed} on {day}",
    }
    return said, _basis(last.act, day, last.class_)


def _basis(document: str, day: str, class_: str) -> Basis:
    return {"document": document, "article": "", "date": day, "class": class_}

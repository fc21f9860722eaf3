"""What a row of a table says of a parcel, as the register would hold it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.landuse import LandUseTable
from landgis.cadastre.parcels import LandUseShare
from landgis.ingest.attribute_table import FACTS, OLD_IDENTITY, AttributeTable, TableRow
from landgis.ingest.decimals import Mark, number
from landgis.ingest.profile import clean_code
from landgis.ingest.workbook import AMBIGUOUS, DATE, ERROR, FORMULA

Text = dict[str, str]

AREA_STEP_M2 = 0.1
"""Areas are told in tenths. Source: Circular 25/2014/TT-BTNMT (domain B1), class A."""

MOST_M2 = 1e9
"""No parcel is larger than a thousand square kilometres (own choice)."""

LONGEST_ADDRESS = 500

WITH_AREA = re.compile(
    r"(?P<code>[^\d\W]{1,4}(?:/\w{1,2})?)\s*[:=(]?\s*(?P<area>\d[\d.,]*)\s*(?:m2|m²)?\)?"
)
"""One use with its area: ``ONT 100,5 m2``, ``CLN: 222``."""

DOUBTS: Mapping[str, Text] = {
    FORMULA: {
        "vi": "công thức chưa được tính; hãy mở bằng Excel, tính lại và lưu",
        "en": "a formula that was never calculated; open it in Excel, recalculate and save",
    },
    DATE: {
        "vi": "Excel đã đổi thành ngày tháng; hãy định dạng cột là Văn bản và gõ lại",
        "en": "Excel took it for a date; format the column as Text and type it again",
    },
    ERROR: {"vi": "ô báo lỗi", "en": "the cell shows an error"},
    AMBIGUOUS: {
        "vi": "dấu chấm, phẩy có thể là phần nghìn hoặc thập phân; hãy ghi rõ, ví dụ 1234,0",
        "en": "its mark could part thousands or decimals; write it plainly, such as 1234.0",
    },
}


class Bad(NamedTuple):
    """A value that cannot be taken, and why."""

    target: str
    text: str
    why: Text

    def sentence(self) -> Text:
        """Answer it for people."""
        shown = self.text[:60]
        return {lang: f"{self.target} {shown!r}: {why}" for lang, why in self.why.items()}


Values = dict[str, Any]


def values_of(
    row: TableRow, table: AttributeTable, land_uses: LandUseTable, *, with_old: bool
) -> Values | Bad:
    """Answer the facts that a row says: field of a parcel -> value.

    ``land_uses`` are shares; those without an area say which uses there are, not how much of each.

    Parameters
    ----------
    with_old
        Old unit, sheet and number are facts to be kept, not what the parcel is found by.
    """
    told = (*FACTS, *(OLD_IDENTITY if with_old else ()))
    values: Values = {}
    for target in told:
        doubt = row.doubts.get(target)
        if doubt is not None and (doubt != AMBIGUOUS or target == "register_area_m2"):
            return Bad(target, row.values.get(target, ""), DOUBTS[doubt])
        if target not in row.values:
            continue
        field, value = _value(target, row.values[target], table, land_uses)
        if isinstance(value, Bad):
            return value
        values[field] = value
    return values


def _value(
    target: str, text: str, table: AttributeTable, land_uses: LandUseTable
) -> tuple[str, Any]:
    if target == "register_area_m2":
        return target, area(text, table.mark)
    if target == "land_use":
        said = table.mapping.profile.land_use.get(text, text)
        return "land_uses", uses(said, table.mark, land_uses)
    if target == "address" and len(text) > LONGEST_ADDRESS:
        why = f"{len(text)} > {LONGEST_ADDRESS}"
        return target, Bad(target, text, {"vi": f"dài quá: {why}", "en": f"too long: {why}"})
    return target, " ".join(text.split()) if target == "address" else clean_code(text)


def area(text: str, mark: Mark) -> float | Bad:
    """Answer square metres by the register; the other mark is tried where the table's fails."""
    typed = re.sub(r"\s*(?:m2|m²)$", "", text, flags=re.IGNORECASE)
    found = number(typed, mark)
    if found is None:
        found = number(typed, "," if mark == "." else ".")
    if found is None or not 0 < found < MOST_M2:
        why = {"vi": "không phải là diện tích (m² lớn hơn 0)", "en": "no area (m² above 0)"}
        return Bad("register_area_m2", text, why)
    return found


def uses(text: str, mark: Mark, land_uses: LandUseTable) -> tuple[LandUseShare, ...] | Bad:
    """Answer the land uses that a text names, with areas where it states one for each."""
    known = land_uses.codes
    codes = land_uses.parse(text)
    if not known or all(code in known for code in codes):
        return tuple(LandUseShare(code, None) for code in codes)
    shares = []
    for piece in re.split(r"[+;&]", text):
        match = WITH_AREA.fullmatch(piece.strip())
        named = land_uses.parse(match["code"] if match else piece)
        if len(named) != 1 or named[0] not in known:
            why = {
                "vi": f"không có loại đất {piece.strip()!r} trong bảng mã",
                "en": f"there is no land-use code {piece.strip()!r}",
            }
            return Bad("land_use", text, why)
        whole = area(match["area"], mark) if match else None
        if isinstance(whole, Bad):
            return whole
        shares.append(LandUseShare(named[0], whole))
    return tuple(shares)


def with_values(live: SurveyedParcel, values: Values) -> SurveyedParcel | Bad:
    """Answer a live parcel with what is said of it; areas of its uses follow where they can.

    One use has the whole register area. Where several uses have areas of their own, a new
    register area needs new ones.
    """
    after = replace(live, **values)
    said: tuple[LandUseShare, ...] | None = values.get("land_uses")
    if said is None or (_codes(said) == _codes(live.land_uses) and not _has_areas(said)):
        after = replace(after, land_uses=live.land_uses)
    whole = after.register_area_m2
    shares = after.land_uses
    moved = whole != live.register_area_m2
    if len(shares) == 1 and (moved or shares != live.land_uses):
        return replace(after, land_uses=(LandUseShare(shares[0].code, whole),))
    known = [share.area_m2 for share in shares if share.area_m2 is not None]
    if not known or len(known) < len(shares) or whole is None or shares == live.land_uses == ():
        return after
    total = sum(known)
    if abs(total - whole) > AREA_STEP_M2 / 2 and (moved or shares != live.land_uses):
        why = {
            "vi": f"tổng diện tích các loại đất {total:.1f} m² khác diện tích thửa {whole:.1f} m²; "
            "hãy ghi diện tích từng loại (ONT 100 + CLN 200)",
            "en": f"its uses add up to {total:.1f} m², its area is {whole:.1f} m²; state the area "
            "of each (ONT 100 + CLN 200)",
        }
        return Bad("land_use", "+".join(_codes(shares)), why)
    return after


def _codes(shares: tuple[LandUseShare, ...]) -> tuple[str, ...]:
    return tuple(share.code for share in shares)


def _has_areas(shares: tuple[LandUseShare, ...]) -> bool:
    return any(share.area_m2 is not None for share in shares)

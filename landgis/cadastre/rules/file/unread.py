"""A record of the file that could not be read: it is named with the reason, never dropped."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.rules.geometry import unclosed

RULE = Rule(
    code="file.row_unreadable",
    severity="error",
    title={"vi": "Dòng không đọc được", "en": "Row that cannot be read"},
    remedy={
        "vi": "Sửa dòng này trong tệp gốc rồi nhập lại, hoặc bổ sung ranh giới của dòng tại đây; "
        "các dòng khác đã được nhập.",
        "en": "Mend this row in the source file and import it again, or give its boundary here; "
        "the other rows have gone on.",
    },
)

RULES = (RULE,)

REASONS: Mapping[str, str] = {
    "deleted_in_dbf": "bản ghi đã bị đánh dấu xóa trong tệp .dbf",
    "lost_by_reader": "bản ghi có trong tệp nhưng không đọc được",
    "damaged_geometry": "hình học bị hỏng",
    "ring_unclosed": "vòng ranh giới không trở về đỉnh đầu",
    "bad_geometry": "không dựng được hình học",
    "not_a_polygon": "hình học không phải là vùng khép kín",
    "coordinate_not_finite": "có tọa độ không phải là số",
    "shape_cut_off": "thiếu hình vì tệp .shp bị cắt cụt",
    "shape_damaged": "không tìm thấy hình vì tệp .shp bị hỏng ở đó",
    "attributes_cut_off": "thiếu thuộc tính vì tệp .dbf bị cắt cụt",
    "not_a_feature": "phần tử không phải là đối tượng GeoJSON",
    "line_not_understood": "dòng của bảng không thuộc thửa đất nào",
    "vertex_unreadable": "có đỉnh thửa không đọc được",
    "vertex_missing": "danh sách thiếu đỉnh thửa",
}
"""Code of an unreadable row -> what happened, in Vietnamese; in English the row says it itself."""

RULE_OF: Mapping[str, Rule] = {"ring_unclosed": unclosed.RULE}
"""Code of an unreadable row -> the rule that says what is wrong with it; others: ``RULE``."""

EACH_BY_ITSELF = 1_000
"""Rows of one code that have a finding of their own; all further ones share one."""


class Unread(NamedTuple):
    """A row that could not be read."""

    row: int
    code: str
    message: str
    """In English, the number of the row in front."""


def findings_of(lost: Iterable[Unread]) -> Iterator[Finding]:
    """Answer a finding for each row that could not be read, in the order given."""
    done: Counter[str] = Counter()
    more: dict[str, list[int]] = {}
    for one in lost:
        done[one.code] += 1
        if done[one.code] > EACH_BY_ITSELF:
            more.setdefault(one.code, []).append(one.row)
            continue
        said = {"vi": f"Dòng {one.row}: {_reason(one.code)}.", "en": f"{_capital(one.message)}."}
        yield Finding(RULE_OF.get(one.code, RULE), "fail", said, rows=(one.row,))
    for code, rows in more.items():
        said = {
            "vi": f"Thêm {len(rows)} dòng, từ dòng {rows[0]} đến {rows[-1]}: {_reason(code)}.",
            "en": f"{len(rows)} rows more, from {rows[0]} to {rows[-1]}: {code}.",
        }
        yield Finding(RULE_OF.get(code, RULE), "fail", said, rows=tuple(rows))


def _reason(code: str) -> str:
    return REASONS.get(code, code)


def _capital(message: str) -> str:
    return message[:1].upper() + message[1:].rstrip(".")

"""What becomes of each row of a table of attributes, as values."""

from dataclasses import dataclass, field
from typing import Any, Literal

from landgis.cadastre.changes import SurveyedParcel

Result = Literal[
    "changed", "unchanged", "not_found", "ambiguous", "conflict", "not_allowed", "bad_value"
]
Text = dict[str, str]

LABELS: dict[Result, Text] = {
    "changed": {"vi": "thay đổi", "en": "changed"},
    "unchanged": {"vi": "không đổi", "en": "unchanged"},
    "not_found": {"vi": "không tìm thấy thửa", "en": "not found"},
    "ambiguous": {"vi": "không rõ thửa nào", "en": "ambiguous"},
    "conflict": {"vi": "mâu thuẫn", "en": "conflict"},
    "not_allowed": {"vi": "không được phép", "en": "not allowed"},
    "bad_value": {"vi": "giá trị sai", "en": "bad value"},
}
"""Result -> how the answer calls it."""

FIELDS: dict[str, Text] = {
    "land_uses": {"vi": "loại đất", "en": "land use"},
    "register_area_m2": {"vi": "diện tích", "en": "register area"},
    "address": {"vi": "địa chỉ", "en": "address"},
    "old_unit_code": {"vi": "mã xã cũ", "en": "old unit"},
    "old_sheet": {"vi": "số tờ cũ", "en": "old sheet"},
    "old_number": {"vi": "số thửa cũ", "en": "old number"},
}
SILENT: Text = {"vi": "", "en": ""}


@dataclass(frozen=True)
class RowResult:
    """One row and what becomes of it."""

    row: int
    result: Result
    why: Text = field(default_factory=lambda: SILENT)
    key: str | None = None
    after: SurveyedParcel | None = None
    """The parcel as it would be, of a changed one."""

    def sentence(self, lang: str) -> str:
        """Answer it as one cell of the answer."""
        label, why = LABELS[self.result][lang], self.why[lang]
        return f"{label}: {why}" if why else label

    def document(self) -> dict[str, Any]:
        """Answer it as JSON values."""
        return {"row": self.row, "result": self.result, "key": self.key, "why": self.why}


def said_of(parcel: SurveyedParcel, name: str) -> str:
    """Answer a fact of a parcel as people read it."""
    value = getattr(parcel, name)
    if name != "land_uses":
        return "–" if value is None else str(value)
    shown = [s.code if s.area_m2 is None else f"{s.code} {s.area_m2:g} m²" for s in value]
    return " + ".join(shown) or "–"


def change_sentence(before: SurveyedParcel, after: SurveyedParcel, names: list[str]) -> Text:
    """Answer what changes, field by field."""
    return {
        lang: "; ".join(
            f"{FIELDS[name][lang]} {said_of(before, name)} → {said_of(after, name)}"
            for name in names
        )
        for lang in ("vi", "en")
    }

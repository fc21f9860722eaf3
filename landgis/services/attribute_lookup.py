"""Which live parcel each row of a table names."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.register import Principal
from landgis.ingest.attribute_table import (
    IDENTITY,
    OLD_IDENTITY,
    AttributeTable,
    TableRow,
    as_uuid,
)
from landgis.ingest.profile import clean_code
from landgis.ingest.workbook import AMBIGUOUS
from landgis.services.attribute_rows import SILENT, Result, Text
from landgis.services.attribute_values import DOUBTS
from landgis.services.editing.ports import EditingStores
from landgis.services.editing.showing import DraftShowing


class Met(NamedTuple):
    """The parcel of one row, or why there is none."""

    parcel: SurveyedParcel | None
    result: Result = "not_found"
    why: Text = SILENT
    key: str | None = None
    by_old: bool = False
    """It was found by its old names."""


Key = tuple[str | None, ...]
Found = Mapping[Key, Sequence[SurveyedParcel]]


class Lookup:
    """Finds the parcels that a table names, reading each unit once."""

    def __init__(
        self,
        stores: EditingStores,
        showing: DraftShowing,
        jurisdiction: Jurisdiction,
        unit: str | None,
    ) -> None:
        self._stores = stores
        self._showing = showing
        self._jurisdiction = jurisdiction
        self._unit = unit
        self._fields = jurisdiction.identity_fields or ("number",)

    def find(self, table: AttributeTable, by: Principal) -> list[Met]:
        """Answer the parcel of each row, in the order of the rows."""
        names = [self._name(row) for row in table.rows]
        units = {key[0] or "" for key, is_old in names if key is not None and not is_old}
        old_units = {key[0] or "" for key, is_old in names if key is not None and is_old}
        present = self._by(self._fields, self._readable(self._units(units), by))
        former = self._by(OLD_IDENTITY, self._readable(self._successors(old_units), by))
        ids = self._by_id(table)
        return [
            self._met(row, name, ids, former if name[1] else present, by)
            for row, name in zip(table.rows, names, strict=True)
        ]

    def _units(self, units: set[str]) -> set[str]:
        return units if "unit_code" in self._fields else {self._unit or ""}

    def _name(self, row: TableRow) -> tuple[Key | None, bool]:
        """Answer what names a parcel in a row, and whether by its old names."""
        said = {target: clean_code(text) for target, text in row.values.items()}
        if self._unit is not None:
            said.setdefault("unit_code", self._unit)
        key: Key = tuple(said.get(name) for name in self._fields)
        if None not in key:
            return key, False
        old: Key = tuple(said.get(name) for name in OLD_IDENTITY)
        return (None, False) if None in old else (old, True)

    def _readable(self, units: set[str], by: Principal) -> list[SurveyedParcel]:
        """Answer the live parcels of units that the asker edits in and may know of."""
        mine = sorted(unit for unit in units if by.may("edit", unit))
        parcels = self._stores.surveyed.in_units(mine) if mine else []
        return [parcel for parcel in parcels if self._showing.sees(by, parcel)]

    def _successors(self, old_units: set[str]) -> set[str]:
        new = {s.new_code for s in self._jurisdiction.successions if s.old_code in old_units}
        return new | old_units - {""}

    @staticmethod
    def _by(fields: Sequence[str], parcels: Sequence[SurveyedParcel]) -> Found:
        found: dict[Key, list[SurveyedParcel]] = {}
        for parcel in parcels:
            found.setdefault(tuple(getattr(parcel, name) for name in fields), []).append(parcel)
        return found

    def _by_id(self, table: AttributeTable) -> dict[str, SurveyedParcel]:
        """Answer parcels by the identifiers that rows give: the register's own or the national."""
        ours = {text: as_uuid(text) for row in table.rows if (text := row.values.get("parcel_id"))}
        for row in table.rows:
            if (text := row.values.get("national_id")) and text not in ours:
                record = self._stores.parcels.by_national_id(text, withheld=True)
                ours[text] = record.parcel_id if record else None
        live = self._stores.surveyed.by_ids([one for one in ours.values() if one is not None])
        return {text: live[one] for text, one in ours.items() if one in live}

    def _met(
        self,
        row: TableRow,
        name: tuple[Key | None, bool],
        ids: Mapping[str, SurveyedParcel],
        present: Found,
        by: Principal,
    ) -> Met:
        if row.broken is not None:
            return Met(None, "bad_value", {"vi": row.broken, "en": row.broken})
        doubtful = self._doubt(row)
        if doubtful is not None:
            return doubtful
        identifier = row.values.get("parcel_id") or row.values.get("national_id")
        if identifier is not None:
            parcel = ids.get(identifier)
            if parcel is None or not self._showing.sees(by, parcel):
                return Met(None, key=identifier)
            return self._allowed(parcel, by, key=str(parcel.parcel_id))
        key, is_old = name
        if key is None:
            why = {
                "vi": "thiếu số tờ, số thửa hoặc mã xã",
                "en": "sheet, number or unit is missing",
            }
            return Met(None, "bad_value", why)
        return self._named(key, present.get(key, ()), by, is_old=is_old)

    def _named(
        self, key: Key, parcels: Sequence[SurveyedParcel], by: Principal, *, is_old: bool
    ) -> Met:
        shown = "/".join(part or "" for part in key)
        if not is_old and "unit_code" in self._fields and not by.may("edit", key[0] or ""):
            return Met(None, "not_allowed", _other_unit(key[0]), shown)
        if not parcels:
            return Met(None, key=shown)
        if len(parcels) > 1:
            count = len(parcels)
            why = {"vi": f"{count} thửa cùng tên", "en": f"{count} parcels have this name"}
            return Met(None, "ambiguous", why, shown)
        return self._allowed(parcels[0], by, key=str(parcels[0].parcel_id), by_old=is_old)

    @staticmethod
    def _allowed(parcel: SurveyedParcel, by: Principal, *, key: str, by_old: bool = False) -> Met:
        if not by.may("edit", parcel.unit_code or ""):
            return Met(None, "not_allowed", _other_unit(parcel.unit_code), key)
        return Met(parcel, "unchanged", SILENT, key, by_old)

    @staticmethod
    def _doubt(row: TableRow) -> Met | None:
        for target in (*IDENTITY, *OLD_IDENTITY, "national_id", "parcel_id"):
            doubt = row.doubts.get(target)
            if doubt is not None and doubt != AMBIGUOUS:
                text = row.values.get(target, "")
                why = {lang: f"{target} {text!r}: {said}" for lang, said in DOUBTS[doubt].items()}
                return Met(None, "bad_value", why)
        return None


def _other_unit(unit: str | None) -> Text:
    return {"vi": f"đơn vị {unit} không thuộc quyền của bạn", "en": f"unit {unit} is not yours"}

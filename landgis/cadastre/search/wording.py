"""The sentences of an answer, in Vietnamese and English."""

from collections.abc import Sequence

from landgis.cadastre.search.found import FoundParcel, FoundPlace, Said
from landgis.cadastre.search.names import UnitName
from landgis.cadastre.search.vocabulary import Vocabulary
from landgis.cadastre.units import Succession


def both(vi: str, en: str) -> Said:
    """Answer one sentence in both languages."""
    return {"vi": vi, "en": en}


def parcel_title(parcel: FoundParcel, unit: UnitName | None) -> Said:
    """Answer how a parcel is called."""
    if parcel.sheet is None and parcel.number is None:
        name = parcel.national_id or str(parcel.fid)
        return both(f"Thửa {name}", f"Parcel {name}")
    vi = [f"Thửa {parcel.number or '?'}", f"tờ {parcel.sheet}" if parcel.sheet else ""]
    en = [f"Parcel {parcel.number or '?'}", f"sheet {parcel.sheet}" if parcel.sheet else ""]
    if unit:
        vi, en = [*vi, unit.name], [*en, unit.name_en]
    return both(", ".join(filter(None, vi)), ", ".join(filter(None, en)))


def sheet_title(place: FoundPlace, unit: UnitName | None) -> Said:
    """Answer how a map sheet is called."""
    vi, en = f"Tờ bản đồ {place.name}", f"Map sheet {place.name}"
    return both(f"{vi}, {unit.name}", f"{en}, {unit.name_en}") if unit else both(vi, en)


def place_title(place: FoundPlace, unit: UnitName | None) -> Said:
    """Answer how an address is called: as the register writes it."""
    if unit is None:
        return both(place.name, place.name)
    return both(f"{place.name}, {unit.name}", f"{place.name}, {unit.name_en}")


def unit_title(unit: UnitName) -> Said:
    """Answer how a unit is called."""
    return both(unit.name, unit.name_en)


def point_title(lon: float, lat: float) -> Said:
    """Answer how a place without a name is called."""
    return both(f"Điểm {lat:.6f}, {lon:.6f}", f"Point {lat:.6f}, {lon:.6f}")


def succession(old: UnitName, one: Succession, new: UnitName, words: Vocabulary) -> Said:
    """Answer what became of an old unit, since when and by which act."""
    day = f"{one.effective:%d/%m/%Y}"
    vi_part, en_part = ("Một phần ", "A part of ") if one.partial else ("", "")
    same = " (mới)" if old.name == new.name else ""
    return both(
        f"{vi_part}{old.name} (cũ, mã {old.code}) sáp nhập vào {new.name}{same} (mã {new.code}) "
        f"từ {day} theo {words.act(one.act)}",
        f"{en_part}{old.name} (old, code {old.code}) was merged into {new.name_en} (code "
        f"{new.code}) on {one.effective.isoformat()} by {one.act}",
    )


def by_old_numbers(parcel: FoundParcel, old: UnitName | None) -> Said:
    """Answer that a parcel was found by the numbers it had, and what they are now."""
    where = f" của {old.name}" if old else ""
    of = f" of {old.name}" if old else ""
    return both(
        f"Tìm theo số cũ: tờ {parcel.old_sheet} thửa {parcel.old_number}{where} nay là tờ "
        f"{parcel.sheet} thửa {parcel.number}",
        f"By old numbers: sheet {parcel.old_sheet} parcel {parcel.old_number}{of} is now sheet "
        f"{parcel.sheet} parcel {parcel.number}",
    )


def read_as(sheet: str | None, number: str | None) -> Said:
    """Answer which of two numbers was taken for which."""
    return both(
        f"Hiểu là tờ {sheet or '?'} thửa {number or '?'}",
        f"Read as sheet {sheet or '?'} parcel {number or '?'}",
    )


def unread(text: str) -> Said:
    """Answer that words were left aside."""
    return both(
        f"Không hiểu “{text}”: kết quả không xét các từ này",
        f"“{text}” was not understood and is left aside",
    )


def name_guessed(typed: str, units: Sequence[UnitName]) -> Said:
    """Answer which unit a mistyped name was taken for."""
    names = ", ".join(dict.fromkeys(unit.name for unit in units))
    english = ", ".join(dict.fromkeys(unit.name_en for unit in units))
    return both(f"“{typed}” được hiểu là {names}", f"“{typed}” was read as {english}")


def no_such_unit_kind(typed: str) -> Said:
    """Answer that the register has no district or town of that rank."""
    return both(
        f"Trong sổ không có “{typed}”; hiểu là xã, phường cùng tên",
        f"The register has no “{typed}”; the unit of the same name is shown",
    )


def degrees_read(lat: float, lon: float) -> Said:
    """Answer which number was taken for the latitude."""
    return both(
        f"Hiểu là vĩ độ {lat:.6f}, kinh độ {lon:.6f} (WGS 84)",
        f"Read as latitude {lat:.6f}, longitude {lon:.6f} (WGS 84)",
    )


def plane_read(east: float, north: float, plane: str, *, north_first: bool) -> Said:
    """Answer in which plane and order two numbers were read."""
    vi = "số trước là bắc (X)" if north_first else "số trước là đông (Y)"
    en = "the first number is north" if north_first else "the first number is east"
    return both(
        f"Đông {east:.2f}, bắc {north:.2f} trong {plane}; {vi}",
        f"East {east:.2f}, north {north:.2f} in {plane}; {en}",
    )


def outside(name: str) -> Said:
    """Answer that a place lies outside the territory."""
    return both(f"Nằm ngoài {name}", f"Outside {name}")


def in_unit(unit: UnitName) -> Said:
    """Answer in which unit a place lies, by the indicative outlines."""
    return both(
        f"Trong {unit.name} theo ranh giới tham khảo",
        f"In {unit.name_en} by indicative outlines",
    )


def identifier_place(identifier: str) -> Said:
    """Answer that no parcel bears an identifier, but that it names a place."""
    return both(
        f"Trong sổ chưa thửa nào mang mã {identifier}; đây là nơi mã này chỉ đến",
        f"No parcel of the register bears {identifier}; this is the place that it names",
    )


def parcels_here(place: FoundPlace) -> Said:
    """Answer how many parcels a place has."""
    vi, en = ("", "") if place.counted else ("Từ ", "At least ")
    return both(f"{vi}{place.parcels} thửa", f"{en}{place.parcels} parcels")


NOTHING_ASKED = both(
    "Gõ số tờ và số thửa (tờ 12 thửa 125), tên xã phường, địa chỉ, mã định danh hoặc toạ độ",
    "Type sheet and parcel (sheet 12 parcel 125), a unit, an address, an identifier or coordinates",
)
CHECK_NUMBERS = both(
    "Không tìm thấy: kiểm tra số tờ, số thửa và tên xã phường; nếu là số trước sáp nhập, thêm “cũ”",
    "Nothing found: check sheet, number and unit; add “old” to numbers from before a merger",
)
ADD_UNIT = both("Thêm tên xã, phường để chọn đúng", "Add the unit's name to tell them apart")
ADD_SHEET = both("Thêm số tờ bản đồ", "Add the number of the map sheet")
ADD_PLANE = both(
    "Thêm mã hệ toạ độ, ví dụ EPSG:9209", "Add the coordinate system, for example EPSG:9209"
)
CHOOSE = both("Chọn một kết quả trong danh sách", "Choose one of the list")

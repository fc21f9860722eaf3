"""Lines that say which parcel the next list of vertices is: "Thửa đất số 12, tờ 5"."""

import re
import unicodedata
from collections.abc import Mapping

from landgis.ingest.decimals import Mark, number

NUMBER = r"[\s:.=\-–]*(?:so\b|no\b|number\b|#)?[\s:.=\-–]*(?P<v>\d[\w/.\-]*)"
AREA = r"[\s:.=\-–]*(?P<v>\d[\d.,\s]*)(?P<unit>ha\b)?"
M2_IN_HA = 10_000

NAMES: Mapping[str, re.Pattern[str]] = {
    "SO_THUA": re.compile(rf"\b(?:thua(?: dat)?|parcel|so thua)\b{NUMBER}"),
    "SO_TO": re.compile(rf"\b(?:to(?: ban do)?|sheet|so to)\b{NUMBER}"),
    "MA_XA": re.compile(rf"\b(?:ma (?:xa|dvhc|don vi hanh chinh)|unit)\b{NUMBER}"),
}
"""Which parcel it is. Searched in text without accents, in small letters."""

FACTS: Mapping[str, re.Pattern[str]] = {
    # Of the parcel: a total is about all of them.
    "DIEN_TICH": re.compile(
        rf"(?<!tong )(?<!total )\b(?:dien tich(?: thua(?: dat)?)?|dt|area)\b{AREA}"
    ),
    "LOAI_DAT": re.compile(
        r"\b(?:loai dat|muc dich(?: su dung)?(?: dat)?|land use)\s*[:=]\s*"
        r"(?P<v>[a-z]{2,3}(?:\s*\+\s*[a-z]{2,3})*)\b"
    ),
}
AFTER_COLON: Mapping[str, re.Pattern[str]] = {
    "CHU_SD": re.compile(
        r"^\W*(?:ten )?(?:chu (?:su dung|sd|ho|dat)|nguoi su dung|ho (?:va )?ten|owner)\b"
    ),
    "DC_THUA": re.compile(r"^\W*(?:dia chi|dia diem|noi toa lac|address)\b"),
}
"""Facts whose text is taken as it is; the first is about a person."""

ZONE = re.compile(
    r"(?:kinh tuyen truc|ktt|kinh tuyen trung uong)\D{0,12}"
    r"(?P<d>10[2-9])\s*(?:°|o|do|d)?\s*(?P<m>00|15|30|45)?"
)
SIX_DEGREES = re.compile(r"mui(?: chieu)?\s*6")
EPSG = re.compile(r"epsg\s*:?\s*(?P<v>\d{4,6})")


def bare(text: str) -> str:
    """Answer text in small letters without accents, for searching."""
    parted = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(char for char in parted if not unicodedata.combining(char))


def parcel_named(text: str) -> dict[str, str]:
    """Answer number, sheet and unit that a line names, under field names profiles know.

    Examples
    --------
    >>> parcel_named("BẢNG KÊ TỌA ĐỘ thửa đất số: 12, tờ bản đồ số 5")
    {'SO_THUA': '12', 'SO_TO': '5'}
    """
    plain = bare(text)
    found = {name: pattern.search(plain) for name, pattern in NAMES.items()}
    return {name: match["v"].rstrip(".-/").upper() for name, match in found.items() if match}


def facts(text: str, raw: str, mark: Mark) -> dict[str, str]:
    """Answer what else a line says of the parcel; ``raw`` is the line as the file has it."""
    plain = bare(text)
    found: dict[str, str] = {}
    if match := FACTS["LOAI_DAT"].search(plain):
        found["LOAI_DAT"] = match["v"].strip().upper()
    if match := FACTS["DIEN_TICH"].search(plain):
        area = number(match["v"].strip().rstrip(".,"), mark)
        if area is not None:
            found["DIEN_TICH"] = repr(area * M2_IN_HA if match["unit"] else area)
    for name, pattern in AFTER_COLON.items():
        if pattern.search(plain) and ":" in raw:
            found[name] = raw.split(":", 1)[1].strip(" \t;,|")
    return {name: value for name, value in found.items() if value}


def declared_zone(text: str) -> tuple[float, bool] | int | None:
    """Answer the system that a title names: an EPSG code, or meridian and "6° zone"; else None.

    Examples
    --------
    >>> declared_zone("Hệ tọa độ VN-2000, KTT 105°30', múi chiếu 3°")
    (105.5, False)
    """
    plain = bare(text)
    if code := EPSG.search(plain):
        return int(code["v"])
    if zone := ZONE.search(plain):
        return int(zone["d"]) + int(zone["m"] or 0) / 60, bool(SIX_DEGREES.search(plain))
    return None

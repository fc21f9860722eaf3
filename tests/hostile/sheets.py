"""Tables with polygons in them: text, workbooks, and what pretends to be one."""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

import xlsxwriter

from tests.hostile.case import Case
from tests.hostile.parts import packed, square, written

Maker = Callable[[Path], Path]

CRS = ("--crs", "EPSG:32648")


def wkt(number: int) -> str:
    """The ``number``-th parcel as text."""
    return "POLYGON ((" + ", ".join(f"{x} {y}" for x, y in square(number)) + "))"


ROWS = [[f"K{k + 1}", wkt(k)] for k in range(5)]


def text(
    rows: Sequence[Sequence[str]] = ROWS, *, mark: str = ";", encoding: str = "utf-8"
) -> bytes:
    lines = [mark.join(["KEY", "WKT"]), *(mark.join(row) for row in rows)]
    return "".join(f"{line}\r\n" for line in lines).encode(encoding)


def csv(content: bytes, name: str = "parcels.csv") -> Maker:
    return lambda folder: written(folder, content, name)


def third(value: str) -> Maker:
    """The third row's polygon, whatever it is."""
    return csv(text([*ROWS[:2], ["K3", value], *ROWS[3:]]))


@cache
def good_book() -> bytes:
    """A workbook with a sheet of polygons."""
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet("parcels")
        for number, row in enumerate([["KEY", "WKT"], *ROWS]):
            for column, value in enumerate(row):
                sheet.write_string(number, column, value)
    return made.getvalue()


def book(**parts: bytes | None) -> Maker:
    """The good workbook with parts added, replaced or left out; ``__`` stands for a slash."""
    changed: Mapping[str, bytes | None] = {
        name.replace("__", "/").replace("_x", ".x").replace("_bin", ".bin"): part
        for name, part in parts.items()
    }
    return lambda folder: written(folder, rewritten(changed), "parcels.xlsx")


def rewritten(changed: Mapping[str, bytes | None]) -> bytes:
    with zipfile.ZipFile(BytesIO(good_book())) as archive:
        files: dict[str, bytes | None] = {name: archive.read(name) for name in archive.namelist()}
    files |= changed
    return bytes(packed({name: part for name, part in files.items() if part is not None}))


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "ha">' + b"".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">'.encode()
    for a, b in zip("abcdefgh", "bcdefghi", strict=True)
) + b"]><sst><si><t>&i;</t></si></sst>"  # fmt: skip
OUTSIDE = (b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
           b"<sst><si><t>&x;</t></si></sst>")  # fmt: skip
STRINGS = "xl__sharedStrings_xml"

CASES = [
    Case("csv", csv(text()), "polygons as WKT", rows=5, options=CRS),
    Case("csv with commas", csv(text([[key, f'"{one}"'] for key, one in ROWS], mark=",")), "quoted",
         rows=5, options=CRS),
    Case("csv with a BOM", csv(b"\xef\xbb\xbf" + text()), "as Excel writes", rows=5, options=CRS),
    Case("csv in UTF-16", csv(text(encoding="utf-16")), "Excel's Unicode text", rows=5,
         options=CRS),
    Case("csv as .txt", csv(text(), "parcels.txt"), "the same", rows=5, options=CRS),
    Case("csv with formulas", csv(text([["=1+1", wkt(0)], *ROWS[1:]])), "text", rows=5,
         options=CRS),
    Case("csv without a CRS", csv(text()), "a table declares none", refused="crs_missing"),
    Case("csv with an empty polygon", third("POLYGON EMPTY"), "empty", rows=5, options=CRS,
         held={"geometry.empty": [3]}),
    Case("csv with half a polygon", third("POLYGON ((568040 1246000, 568"), "damaged", rows=5,
         options=CRS, lost={"damaged_geometry": [3]}),
    Case("csv with a point", third("POINT (1 2)"), "mixed", rows=5, options=CRS,
         lost={"not_a_polygon": [3]}),
    Case("csv unclosed", third(wkt(2).replace(", 568040.0 1246000.0))", "))")), "a side is "
         "missing", rows=5, options=CRS, lost={"ring_unclosed": [3]}),
    Case("csv of NUL", csv(text().replace(b"K3", b"K\0")), "no text", refused="not_a_table"),
    Case("csv of a table only", csv(b"KEY;DT\nK1;5\nK2;6\n"), "no place", options=CRS,
         refused="table_without_geometry"),
    Case("csv of zeros", csv(bytes(500)), "a download that never came", refused="not_a_table"),
    Case("xlsx", book(), "a sound workbook", rows=5, options=CRS),
    Case("xlsx with macros", book(xl__vbaProject_bin=b"macro"), "are never run",
         refused="workbook_with_macros"),
    Case("xlsx without its book", book(xl__workbook_xml=None), "a zip, no workbook",
         refused="not_a_workbook"),
    Case("xlsx without its sheet", book(xl__worksheets__sheet1_xml=None), "announced only",
         refused="empty_table", options=CRS),
    Case("xlsx of a billion laughs", book(**{STRINGS: LAUGHS}), "entities that grow",
         refused="not_a_workbook", options=CRS),
    Case("xlsx of another file", book(**{STRINGS: OUTSIDE}), "would read /etc/passwd",
         refused="not_a_workbook", options=CRS),
    Case("xlsx with a bomb", book(**{STRINGS: bytes(100 * 2**20)}), "100 MiB of zeros",
         refused="archive_too_large"),
    Case("xlsx with a slip", book(**{"..__..__evil_xml": b"<x/>"}), "would land outside",
         refused="bad_member_name"),
    Case("xlsx with a password", csv(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
         + "EncryptedPackage".encode("utf-16-le"), "parcels.xlsx"), "encrypted by Excel",
         refused="encrypted_workbook"),
    Case("xls", csv(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "parcels.xls"),
         "of Excel 97", refused="xls"),
    Case("xlsx cut", csv(good_book()[:3000], "parcels.xlsx"), "no directory",
         refused="not_a_zip"),
]  # fmt: skip

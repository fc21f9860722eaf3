"""Attribute tables that are odd, lie or are made to harm, beside five sound squares."""

import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.hostile.case import Case
from tests.hostile.parts import Field, dbf, keys, layer, loose
from tests.hostile.structures import made, more, put

Maker = Callable[[Path], Path]

KEY: Field = (b"KEY", "C", 12)
FIELD = 32
"""Where the first field's description begins in the table."""

ROWS_AT = 65
ROW = 13


def table(content: bytes, **parts: bytes | None) -> Maker:
    """The squares beside this table."""
    return lambda folder: loose(folder, layer(table=content, **parts))


def column(field: Field, *values: bytes) -> Maker:
    """A second column of these values; the last one goes on."""
    filled = [*values, *[values[-1]] * 5][:5]
    rows = [[key[0], value] for key, value in zip(keys(), filled, strict=True)]
    return table(dbf(rows, (KEY, field)))


def texts(values: Sequence[bytes], cpg: bytes | None = None, language: int = 0) -> Maker:
    """A second column of these five names in some encoding."""
    rows = [[key[0], value] for key, value in zip(keys(), values, strict=True)]
    return table(dbf(rows, (KEY, (b"TEN", "C", 40)), language=language), cpg=cpg)


def deleted(*rows: int) -> Maker:
    return table(dbf(keys(), deleted=rows))


def wide() -> bytes:
    """255 fields of 254 letters, the widest that dBASE allows."""
    fields = tuple((f"F{k:03}".encode(), "C", 250) for k in range(254))
    return dbf([[*key, *[b"x"] * 253] for key in keys()], fields)


NAMES = ["Nguyễn Thị Ánh", "Trần Văn Đức", "Lê Hữu Phước", "Phạm Thị Thuỷ", "Đỗ Quốc Việt"]
UTF8 = [name.encode() for name in NAMES]
TONES = str.maketrans(dict.fromkeys("̣̀́̃̉", ""))


def windows_1258(name: str) -> bytes:
    """Letters in one byte, their tones in another behind them."""
    made = b""
    for letter in name:
        parts = unicodedata.normalize("NFD", letter)
        base = unicodedata.normalize("NFC", parts.translate(TONES))
        made += base.encode("cp1258") + "".join(p for p in parts if ord(p) in TONES).encode(
            "cp1258"
        )
    return made


WINDOWS_1258 = [windows_1258(name) for name in NAMES]
CUT_UTF8 = [("Ủy ban nhân dân xã Tân Biên " + "ế" * 9).encode()[:40] for _ in NAMES]
HARMFUL = [b'=HYPERLINK("http://127.0.0.1")', b"+cmd|' /C calc'!A0", b"@SUM(1+1)*cmd",
           b"<img src=x onerror=alert(1)>", b"'; DROP TABLE parcels; --"]  # fmt: skip
CONTROLS = [b"a\0b", b"\x1b[31mred", b"line\nbreak", b"tab\there", b"\x7f\x01\x02"]
BIDI = ["\u202egnp.exe".encode(), "👩‍🌾".encode(), "\ufeffBOM".encode(), b"\xff\xfe", b"\xc3\x28"]

CASES = [
    # --- odd and good ---
    Case("numbers", column((b"DT", "N", 10), b"      12.5", b"**********", b"          ", b"1e3"),
         "stars are how dBASE writes an overflow", rows=5),
    Case("decimal commas", column((b"DT", "N", 10), b"1234,5"), "as a Vietnamese Excel", rows=5),
    Case("dates", column((b"NGAY", "D", 8), b"00000000", b"20250231", b"        ", b"99999999",
                         b"20260101"), "one bad date kills no import", rows=5),
    Case("flags", column((b"OK", "L", 1), b"T", b"?", b" ", b"x", b"n"), "yes, no, unknown",
         rows=5),
    Case("memo", column((b"GHICHU", "M", 10), b"         1"), "the .dbt is not there", rows=5),
    Case("integers of FoxPro", column((b"N", "I", 4), b"\0\0\0\0"), "binary", rows=5),
    Case("doubles of dBASE 7", column((b"N", "B", 8), bytes(8)), "binary", rows=5),
    Case("wide", table(wide()), "254 fields of 250", rows=5),
    Case("field of 1,000", column((b"LONG", "C", 1000), b"x" * 999), "beyond dBASE, as Clipper "
         "wrote", rows=5),
    Case("two fields of one name", table(dbf([[*k, b"b"] for k in keys()], (KEY, KEY))),
         "both are kept", rows=5),
    Case("a name of no letters", table(dbf(keys(), ((b"", "C", 12),))), "blank", rows=5),
    Case("a name in GBK", table(dbf(keys(), ((b"\xd6\xd0\xb9\xfa", "C", 12),))), "bytes", rows=5),
    Case("a name of a formula", table(dbf(keys(), ((b"=1+1", "C", 12),))), "is only a name",
         rows=5),
    Case("field of width 0", table(dbf([[*k, b""] for k in keys()], (KEY, (b"NIL", "C", 0)))),
         "holds nothing", rows=5),
    Case("without an end mark", made(dbf=lambda part: bytes(part[:-1])), "many leave it out",
         rows=5),
    Case("rubbish behind the rows", made(dbf=more(bytes(range(200)))), "is not counted", rows=5),
    Case("rows behind the end", made(dbf=more(b" K6          " * 40)), "states 5, holds 45: the "
         "shapes say 5", rows=5),
    Case("date of the 13th month", made(dbf=put(1, "<3B", 200, 13, 99)), "nobody needs it",
         rows=5),
    *(
        Case(f"version {version:#x}", table(dbf(keys(), version=version)), "dBASE or FoxPro",
             rows=5)
        for version in (0x02, 0x03, 0x30, 0x43, 0x83, 0x8B, 0xF5, 0xFB)
    ),
    # --- encodings: a name must never cost a row ---
    Case("UTF-8", texts(UTF8, b"UTF-8"), "declared", rows=5),
    Case("UTF-8 undeclared", texts(UTF8), "detected", rows=5),
    Case("UTF-8 cut in a letter", texts(CUT_UTF8, b"UTF-8"), "width 40 ends inside a letter",
         rows=5),
    Case("windows-1258", texts(WINDOWS_1258, b"1258"), "declared", rows=5),
    Case("UTF-8 that is not", texts([b"\xff\xfe\xfa"] * 5, b"UTF-8"), "the .cpg is wrong", rows=5,
         options=("--encoding", "UTF-8")),
    Case("cpg of rubbish", texts(UTF8, b"\0\1\2 no such code page"), "said, and detected", rows=5),
    Case("cpg of a web page", texts(UTF8, b"<!doctype html><html>" * 400), "said, and detected",
         rows=5),
    Case("cpg of a codec that runs", texts(UTF8, b"zlib_codec"), "no text encoding", rows=5),
    *(
        Case(f"language byte {byte:#x}", texts(UTF8, language=byte), "says a code page that the "
             "text contradicts, or none there is", rows=5)
        for byte in (0x57, 0x03, 0x64, 0xFF)
    ),
    Case("formulas", texts(HARMFUL), "text, whatever it would do elsewhere", rows=5),
    Case("control letters", texts(CONTROLS), "NUL and escapes in text", rows=5),
    Case("marks of direction", texts(BIDI), "and broken UTF-8", rows=5),
    # --- rows ---
    Case("a deleted row", deleted(3), "marked in the table: named, not dropped", rows=5,
         lost={"deleted_in_dbf": [3]}),
    Case("all deleted", deleted(1, 2, 3, 4, 5), "an office that deleted everything", rows=5,
         lost={"deleted_in_dbf": [1, 2, 3, 4, 5]}),
    Case("a flag of rubbish", made(dbf=put(ROWS_AT + 2 * ROW, "<B", 0x7F)), "neither blank nor "
         "star", rows=5),
    Case("keys repeat", table(dbf([[b"K1"]] * 5)), "a key that repeats is no identity", rows=5),
    Case("blank keys", table(dbf([[b""]] * 5)), "no identity", rows=5),
    # --- lies ---
    Case("states fewer", made(dbf=put(4, "<I", 3)), "3 rows for 5 shapes, and bytes for 5",
         rows=5, countable=False),
    Case("states none", made(dbf=put(4, "<I", 0)), "0 rows for 5 shapes, and bytes for 5", rows=5,
         countable=False),
    Case("states more", made(dbf=put(4, "<I", 9)), "9 rows, bytes for 5, 5 shapes", rows=5,
         countable=False),
    Case("states 2 billion", made(dbf=put(4, "<I", 2**31)), "bytes for 5", rows=5,
         countable=False),
    Case("states all there are", made(dbf=put(4, "<I", 2**32 - 1)), "bytes for 5", rows=5,
         countable=False),
    Case("header beyond the file", made(dbf=put(8, "<H", 60_000)), "60,000 bytes of header",
         refused="bad_dbf"),
    Case("header of nothing", made(dbf=put(8, "<H", 0)), "0 bytes", refused="bad_dbf"),
    Case("header too short", made(dbf=put(8, "<H", 33)), "ends before its fields",
         refused="bad_dbf"),
    Case("row of nothing", made(dbf=put(10, "<H", 0)), "0 bytes a row", refused="bad_dbf"),
    Case("row too short", made(dbf=put(10, "<H", 4)), "its fields need 13", refused="bad_dbf"),
    Case("row too long", made(dbf=put(10, "<H", 60_000)), "60,000 bytes a row: none is whole",
         rows=5, lost={"attributes_cut_off": [1, 2, 3, 4, 5]}),
    Case("field too wide", made(dbf=put(FIELD + 16, "<B", 200)), "200 bytes in a row of 13",
         refused="bad_dbf"),
    Case("field of width 0 alone", made(dbf=put(FIELD + 16, "<B", 0)), "the row's bytes have no "
         "name", rows=5),
    Case("field of no type", made(dbf=put(FIELD + 11, "<B", 0)), "NUL", refused="bad_dbf"),
    Case("field of an unknown type", made(dbf=put(FIELD + 11, "<B", 0xE9)), "é",
         refused="bad_dbf"),
    Case("no fields", made(dbf=put(FIELD, "<B", 13)), "the mark comes at once",
         refused="bad_dbf"),
    Case("no mark", made(dbf=put(64, "<B", 0)), "the header's length says where it ends", rows=5),
    Case("version of rubbish", made(dbf=put(0, "<B", 0x3C)), "begins with '<'",
         refused="bad_dbf"),
    Case("dbf of zeros", made(dbf=lambda part: bytes(len(part))), "a download that never came",
         refused="bad_dbf"),
    Case("dbf of a web page", made(dbf=lambda _: b"<!doctype html>" * 50), "a failed download",
         refused="bad_dbf"),
    Case("GeoJSON as .dbf", made(dbf=lambda _: b'{"type": "FeatureCollection"}' * 9), "renamed",
         refused="bad_dbf"),
]  # fmt: skip

"""Text that was read by the wrong encoding somewhere on its way, or lost letters there."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import numpy as np

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import TEXT_COLUMNS, Column, ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.shared_cause import of_one_cause

RULE = Rule(
    code="attribute.mojibake",
    severity="warning",
    title={"vi": "Chữ bị lỗi bảng mã", "en": "Garbled text"},
    remedy={
        "vi": "Nhập lại với bảng mã đúng (--encoding), hoặc sửa chữ trong tệp nguồn.",
        "en": "Import again with the right encoding (--encoding), or mend the text in the source.",
    },
)

RULES = (RULE,)

_LETTER = r"[^\W\d_]"
_SIGNS = "\u00a4\u00a6\u00a7\u00a9\u00ad-\u00af\u00b5\u00b6\u00b8\u00b9\u00bc-\u00bf"
_GARBLED = re.compile(
    "|".join(
        (
            "[\ufffd\x80-\x9f]",  # a byte that the encoding did not know
            rf"{_LETTER}\?+{_LETTER}",  # a letter that an encoding had no place for: "Nguy?n"
            # A tone in mid-word is a sign in Latin-1: "NguyÔn", "T©n", "§Êt" for TCVN3.
            "[a-z][\u00c0-\u00d6\u00d8-\u00de]",
            rf"{_LETTER}[{_SIGNS}]{_LETTER}",
            f"[\u00a7\u00ae]{_LETTER}",
            "[\u0300-\u036f]{2}|(?<!\\w)[\u0300-\u036f]",  # marks that belong to no letter
        )
    )
)
_UTF_8_TWICE = re.compile("[\u00c2-\u00f4][\u0080-\u00bf\u0152-\u2122]")
"""A letter of two bytes or more that was read as so many letters: "Ã©", "áº¿"."""

_SUSPECT = frozenset(map(chr, (ord("?"), 0xFFFD, 0x20AC, *range(0x80, 0xDF), *range(0x300, 0x370))))
"""Without one of these letters no text is garbled: told quickly."""

SHOWN = 60


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find texts that are visibly mis-decoded, or mix the forms of Unicode."""
    columns = {name: getattr(parcels, name) for name in TEXT_COLUMNS}
    bad_in = {name: _garbled(values) for name, values in columns.items()}
    for name, bad in bad_in.items():
        if bad:
            where = np.flatnonzero([value in bad for value in columns[name].tolist()])
            text = f"“{columns[name][where[0]][:SHOWN]}”"
            said = {
                "vi": f"chữ đọc sai bảng mã hoặc mất chữ ({name}), như {text}",
                "en": f"garbled text ({name}), such as {text}",
            }
            yield of_one_cause(RULE, parcels, where, context, said, key=name)


def _garbled(values: Column) -> set[Any]:
    return {text for text in set(values.tolist()) if text and is_garbled(text)}


def is_garbled(text: str) -> bool:
    """Answer whether a text shows signs that no language has.

    Examples
    --------
    >>> [is_garbled(t) for t in ("NguyÔn", "Ph??ng", "HÃ´", "Nguyễn", "L'Haÿ-les-Roses", "Ô 5?")]
    [True, True, True, False, False, False]
    """
    return not _SUSPECT.isdisjoint(text) and (
        _GARBLED.search(text) is not None
        or not unicodedata.is_normalized("NFC", text)
        or _is_utf_8_twice(text)
    )


def _is_utf_8_twice(text: str) -> bool:
    if _UTF_8_TWICE.search(text) is None:
        return False
    for codec in ("cp1252", "latin-1"):
        try:
            return not text.encode(codec).decode("utf-8").isascii()
        except UnicodeError:
            continue
    return False

"""Codes and names as people write them, whatever software did to them on the way."""

import re
import unicodedata
from typing import Any

import numpy as np


def clean_code(value: Any) -> str | None:
    """Answer a sheet, parcel or unit number as the text people write.

    Numbers that went through a float lose the ``.0``; surrounding blanks go; empty gives None.
    Leading zeros stay: they are part of a code.

    Examples
    --------
    >>> [clean_code(value) for value in ("1.0", 12.0, " DC01 ", "007", "", None, "0.5")]
    ['1', '12', 'DC01', '007', None, None, '0.5']
    """
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return None
    text = str(value)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    text = text.strip("\0").strip()
    if text.endswith("0"):
        text = re.sub(r"^(\d+)[.,]0+$", r"\1", text)
    return text or None


def plain_name(name: str) -> str:
    """Answer a column name without case, accents and punctuation, for comparing."""
    bare = unicodedata.normalize("NFD", name.casefold().replace("đ", "d"))
    return "".join(char for char in bare if char.isalnum())

"""Numbers as people type them: which mark is the decimal one, and what a cell says by it."""

import re
from collections.abc import Iterable
from typing import Literal

Mark = Literal[".", ","]

DEGREES = 180.0
"""Largest number that a longitude or latitude can be."""

MINUTES = 60

_BLANKS = re.compile(r"[ \u00a0\u202f]|(?<=\d)'(?=\d{3}(?!\d))")
"""What separates thousands besides the two marks."""

_PLAIN: dict[Mark, re.Pattern[str]] = {
    ".": re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?"),
    ",": re.compile(r"[+-]?\d+(?:,\d*)?"),
}
_GROUPED: dict[Mark, re.Pattern[str]] = {
    ".": re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?"),
    ",": re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?"),
}
_ANGLE = re.compile(
    r"(?P<d>\d{1,3})(?:\u00c2?\u00b0|\u00ba)(?P<m>\d{1,2})(?:'|\u2032|\u00e2\u0080\u00b2)"
    r"(?:(?P<s>\d{1,2}(?:[.,]\d+)?)(?:\"|''|\u2033|\u00e2\u0080\u00b3))?(?P<half>[NSEWnsew])?"
)
"""11°15'30.25"N, as text and as Latin-1 of UTF-8 bytes."""

_AMBIGUOUS = re.compile(r"[+-]?\d{1,3}[.,]\d{3}")
_SURE: dict[Mark, re.Pattern[str]] = {
    ".": re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+\.\d+|\d{4,}\.\d+|\d+\.(?:\d{1,2}|\d{4,}))"),
    ",": re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+,\d+|\d{4,},\d+|\d+,(?:\d{1,2}|\d{4,}))"),
}
"""Numbers that only one of the marks explains: 568.123 could be thousands, 568.12 could not."""


def decimal_mark(texts: Iterable[str]) -> Mark:
    """Answer the decimal mark of a table's numbers; the point where nothing tells.

    Examples
    --------
    >>> decimal_mark(["1.246.000,53", "12"]), decimal_mark(["568000.123"]), decimal_mark(["568"])
    (',', '.', '.')
    """
    votes = _votes(texts)
    return "," if votes[","] > votes["."] else "."


def tells_mark(texts: Iterable[str]) -> bool:
    """Answer whether any number can be read with one of the marks only."""
    return any(_votes(texts).values())


def is_ambiguous(text: str) -> bool:
    """Answer whether both marks explain a number differently: 1.234 may be a thousand.

    Examples
    --------
    >>> is_ambiguous("1.234"), is_ambiguous("1.23"), is_ambiguous("1234")
    (True, False, False)
    """
    return _AMBIGUOUS.fullmatch(_BLANKS.sub("", text.strip())) is not None


def _votes(texts: Iterable[str]) -> dict[Mark, int]:
    votes: dict[Mark, int] = {".": 0, ",": 0}
    for text in texts:
        bare = _BLANKS.sub("", text.strip())
        for mark, pattern in _SURE.items():
            votes[mark] += pattern.fullmatch(bare) is not None
    return votes


def number(text: str, mark: Mark = ".") -> float | None:
    r"""Answer the number that a cell says, with or without marks between thousands; else None.

    Examples
    --------
    >>> number("1.246.000,53", ","), number("1,246,000.53"), number("1,5"), number("12 m2")
    (1246000.53, 1246000.53, None, None)
    >>> number("105°30'00\"E"), number("11°15'30,6\"", ",")
    (105.5, 11.2585)
    """
    whole, _, part = text.partition(mark)
    if whole.isdigit() and part.isdigit() and text.isascii():  # nearly all, and quickly told
        return float(f"{whole}.{part}")
    bare = _BLANKS.sub("", text.strip())
    if _PLAIN[mark].fullmatch(bare) is not None:
        return float(bare.replace(",", "."))
    if _GROUPED[mark].fullmatch(bare) is not None:
        thousands = "," if mark == "." else "."
        return float(bare.replace(thousands, "").replace(",", "."))
    return _degrees(bare)


def _degrees(bare: str) -> float | None:
    """Answer degrees of an angle written with minutes and seconds."""
    angle = _ANGLE.fullmatch(bare)
    if angle is None:
        return None
    minutes, seconds = int(angle["m"]), float((angle["s"] or "0").replace(",", "."))
    if max(minutes, seconds) >= MINUTES:
        return None
    degrees = int(angle["d"]) + (minutes + seconds / MINUTES) / MINUTES
    return -degrees if (angle["half"] or "").upper() in {"S", "W"} else degrees

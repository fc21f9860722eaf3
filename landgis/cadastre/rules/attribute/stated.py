"""Numbers and days that a source states as texts."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.parcels import Column

Days = NDArray[np.datetime64]

NO_DAY = np.datetime64("NaT", "D")

_AFTER = "(?:[T ].*)?"
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _AFTER)
_DAY_FIRST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})" + _AFTER)
_TOGETHER = re.compile(r"(\d{4})(\d{2})(\d{2})" + _AFTER)


def numbers(texts: Column) -> NDArray[np.float64]:
    """Answer numbers, a comma or a point before the decimals; NaN for what is none."""
    return np.asarray(_each(texts, number), dtype=np.float64)


def number(text: str | None) -> float:
    """Answer one number, NaN for what is none."""
    try:
        return float((text or "nan").replace(",", "."))
    except ValueError:
        return float("nan")


def days(texts: Column) -> tuple[Days, NDArray[np.bool_]]:
    """Answer days, and which texts have the form of a day that no calendar has.

    ``2043-10-15``, ``20431015``, ``15/10/2043``; what has another form ("lâu dài", "50 năm",
    "2043") says no day: NaT.
    """
    found: list[tuple[np.datetime64, bool]] = _each(texts, _day)
    return (
        np.array([day for day, _ in found], dtype="datetime64[D]"),
        np.array([is_none for _, is_none in found], dtype=bool),
    )


def _day(text: str | None) -> tuple[np.datetime64, bool]:
    found = parts_of(text or "")
    if found is None:
        return NO_DAY, False
    try:
        return np.datetime64("{:04d}-{:02d}-{:02d}".format(*found), "D"), False
    except ValueError:
        return NO_DAY, True


def parts_of(text: str) -> tuple[int, int, int] | None:
    """Answer year, month and day of a text in the form of a date, None for another text."""
    if found := _YEAR_FIRST.fullmatch(text):
        year, _, month, day = found.groups()
    elif found := _DAY_FIRST.fullmatch(text):
        day, _, month, year = found.groups()
    elif found := _TOGETHER.fullmatch(text):
        year, month, day = found.groups()
    else:
        return None
    return int(year), int(month), int(day)


def _each(texts: Column, answer: Callable[[str | None], Any]) -> list[Any]:
    """Answer a function of every text, asked once for equal ones."""
    values = texts.tolist()
    known = {text: answer(text) for text in set(values)}
    return [known[text] for text in values]

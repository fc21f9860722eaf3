"""The words and numbers of a report in the language of its reader."""

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.errors import UsageError

LANGUAGES = ("vi", "en")
I18N_DIR = Path(__file__).parent / "i18n"

METRES_IN_KM = 1000

SMALL = 0.001
"""Below this a measured number is shown by its three leading digits, not by its decimals."""


@cache
def catalogue(lang: str) -> dict[str, str]:
    """Answer every text of a language."""
    texts: dict[str, str] = json.loads((I18N_DIR / f"{lang}.json").read_text("utf-8"))
    return texts


def language(wanted: str | None, jurisdiction: Jurisdiction) -> str:
    """Answer the language to write in: the wanted one, else the jurisdiction's first of ours.

    Raises
    ------
    UsageError
        ``unknown_language``
    """
    if wanted is None:
        return next((lang for lang in jurisdiction.languages if lang in LANGUAGES), LANGUAGES[-1])
    if wanted not in LANGUAGES:
        listed = " or ".join(LANGUAGES)
        raise UsageError("unknown_language", f"A report is written in {listed}, not {wanted!r}")
    return wanted


class Words:
    """Says things in one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._texts = catalogue(lang)

    def __call__(self, key: str, **values: object) -> str:
        """Answer a text with its placeholders filled; an unknown key raises KeyError."""
        text = self._texts[key]
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def named(self, kind: str, code: str) -> str:
        """Answer the word for a code that others coined; the code itself when there is none."""
        return self._texts.get(f"{kind}.{code}", code)

    def pick(self, text: Any) -> str:
        """Answer a sentence given in several languages, or in one."""
        if isinstance(text, Mapping):
            return str(text.get(self.lang) or next(iter(text.values()), ""))
        return str(text)

    def number(self, value: float, digits: int = 0) -> str:
        """Answer a number with this many decimals, as people of the language write it."""
        if not math.isfinite(value):
            return str(value)
        text = f"{value:,.{digits}f}"
        marks = {",": self._texts["number.group"], ".": self._texts["number.point"]}
        return "".join(marks.get(letter, letter) for letter in text)

    def measured(self, value: float | None, unit: str | None) -> str:
        """Answer what was measured with its unit; nothing where nothing was."""
        if value is None:
            return ""
        if unit == "share":
            value *= 100
        if value == 0 or not math.isfinite(value) or abs(value) >= SMALL:
            whole, point, rest = self.number(value, 4).partition(self._texts["number.point"])
            text = whole + (point + rest).rstrip("0").rstrip(point or None)
        else:
            text = f"{value:.3g}".replace(".", self._texts["number.point"])
        return f"{text}\u202f{self.named('unit', unit)}" if unit else text

    def distance(self, metres: float) -> str:
        """Answer a length on the ground, in km from 1 km on."""
        if metres >= METRES_IN_KM:
            km = metres / METRES_IN_KM
            return self.measured(round(km, 0 if km >= 10 else 1), "km")  # noqa: PLR2004
        return self.measured(round(metres, 0 if metres >= 1 else 3), "m")


def in_runs(rows: Sequence[int]) -> str:
    """Answer row numbers with neighbours drawn together: 3, 7-12, 40."""
    runs: list[list[int]] = []
    for row in sorted(set(rows)):
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def basis_text(basis: Mapping[str, str] | None) -> str:
    """Answer the legal basis of a rule in one line; nothing for a technical rule."""
    if basis is None:
        return ""
    said = [str(basis[part]) for part in ("document", "article", "date") if basis.get(part)]
    return ", ".join(said) + (f" ({basis['class']})" if basis.get("class") else "")

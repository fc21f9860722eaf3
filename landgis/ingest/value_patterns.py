"""Whether the values of a column look like what its name says they are."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.landuse import LandUseTable
from landgis.ingest.cleaning import clean_code

Look = Callable[[str], bool]

VALUES_LOOKED_AT = 1_000
"""Spread over the layer (own choice)."""

FITS = 0.5
"""From this share of the values on, they support a name; below it they contradict it."""

UNLIKE = 0.1
"""Below this share a column is not taken by its name alone (own choice)."""

TELLING = 0.9
"""From this share on, values speak for a column whose name says nothing (own choice)."""

FEWEST_DIFFERENT = 2
"""One value that fits by chance says nothing of a column."""


class Values:
    """The columns of a layer, asked what they look like."""

    def __init__(self, columns: Mapping[str, NDArray[Any]], looks: Mapping[str, Look]) -> None:
        self._columns = columns
        self._looks = looks
        self._counted: dict[str, Counter[str]] = {}

    def share(self, target: str, columns: Sequence[str]) -> float | None:
        """Answer which part of the values looks like a target.

        None where nothing can be said: the column is empty, or joined, or anything fits.
        """
        look = self._looks.get(target)
        if look is None or len(columns) != 1:
            return None
        counted = self._of(columns[0])
        total = counted.total()
        if not total:
            return None
        return sum(count for text, count in counted.items() if look(text)) / total

    def telling(self, target: str, columns: Sequence[str]) -> str | None:
        """Answer the first column that its values alone show to be a target, None for none."""
        for name in columns:
            share = self.share(target, (name,))
            if share is not None and share >= TELLING and len(self._of(name)) >= FEWEST_DIFFERENT:
                return name
        return None

    def _of(self, name: str) -> Counter[str]:
        if name not in self._counted:
            values = self._columns[name]
            spread = np.linspace(0, len(values) - 1, min(len(values), VALUES_LOOKED_AT))
            texts = (clean_code(value) for value in values[spread.astype(np.int64)].tolist())
            self._counted[name] = Counter(text for text in texts if text)
        return self._counted[name]


def looks_of(jurisdiction: Jurisdiction) -> dict[str, Look]:
    """Answer what the values of each target look like, where there is a pattern to them."""
    looks: dict[str, Look] = {
        target: _matching(pattern) for target, pattern in jurisdiction.value_patterns.items()
    }
    looks["register_area_m2"] = looks["survey_area_m2"] = _is_area
    if jurisdiction.land_uses.codes:
        looks["land_use"] = _in_table(jurisdiction.land_uses)
    return looks


def _matching(pattern: re.Pattern[str]) -> Look:
    return lambda text: pattern.fullmatch(text) is not None


def _is_area(text: str) -> bool:
    try:
        return float(text.replace(",", ".")) > 0
    except ValueError:
        return False


def _in_table(table: LandUseTable) -> Look:
    def look(text: str) -> bool:
        found = table.parse(text)
        return bool(found) and table.codes.issuperset(found)

    return look

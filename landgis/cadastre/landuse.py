"""Land-use codes as versioned tables: what a code meant by which legal act on which day."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.folder import CLASSES, bad, read_rows
from landgis.cadastre.parcels import ParcelSet

Colour = tuple[int, int, int]

_COLUMNS = (
    *("code", "name_vi", "name_en", "group", "red", "green", "blue", "colour_source"),
    *("act", "valid_from", "valid_to", "successor", "class"),
)

_SEPARATORS = re.compile(r"[+,;&]")
_MARKS = re.compile(r"\s*(\*|\(\*\)|-[cCpP])$")
"""Star: rural settlement; ``-C``, ``-P``: main, secondary use (seen in ViLIS, VBDLIS data)."""


@dataclass(frozen=True)
class LandUse:
    """One code as one legal act defines it."""

    code: str
    name: Mapping[str, str]
    """In every language of the jurisdiction."""

    group: str
    """Code of the group above it; empty for the top groups."""

    colour: Colour
    """Red, green, blue of the official land-use map, 0 to 255."""

    colour_source: str
    """Where the colour comes from; begins with ``group`` when it is inherited."""

    act: str
    valid_from: date
    valid_to: date | None
    """First day on which the act no longer holds; None while it holds."""

    successor: str | None
    """Code that continues it in the next act, the same one where it goes on; None: none known."""

    class_: str
    """How sure the row is: A read in the act, B secondary sources, C uncertain."""

    def holds(self, on: date) -> bool:
        """Answer whether the act was in force on a day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


class LandUseTable:
    """Every version of every code of one jurisdiction."""

    def __init__(self, rows: Iterable[LandUse] = (), farmland: str | None = None) -> None:
        """Keep the rows by code, oldest first; ``farmland`` is the group of agricultural land."""
        self._farmland = farmland
        self._versions: dict[str, tuple[LandUse, ...]] = {}
        for row in sorted(rows, key=lambda row: row.valid_from):
            self._versions[row.code] = (*self._versions.get(row.code, ()), row)

    @property
    def codes(self) -> frozenset[str]:
        """Answer every code of every act."""
        return frozenset(self._versions)

    def get(self, code: str, on: date | None = None) -> LandUse | None:
        """Answer what ``code`` means on a day, or by its latest act when no day is given.

        None for a code in no table, and for one that no act defines on that day.
        """
        versions = self._versions.get(code, ())
        if on is None:
            return versions[-1] if versions else None
        return next((row for row in reversed(versions) if row.holds(on)), None)

    def versions(self, code: str) -> tuple[LandUse, ...]:
        """Answer every version of ``code``, oldest first."""
        return self._versions.get(code, ())

    def latest(self) -> tuple[LandUse, ...]:
        """Answer the latest version of every code, by code: what a map legend needs."""
        return tuple(self._versions[code][-1] for code in sorted(self._versions))

    def is_farmland(self, code: str) -> bool:
        """Answer whether a code is the group of agricultural land, or below it by its latest act.

        False for a code in no table, and where the jurisdiction names no such group.
        """
        above: set[str] = set()
        while code not in above and code != self._farmland:
            above.add(code)
            use = self.get(code)
            code = use.group if use else ""
        return bool(code) and code == self._farmland

    def parse(self, text: str | None) -> tuple[str, ...]:
        """Answer the codes that a land-use value names, in order, each once.

        Case, blanks, stars and main/secondary marks do not matter for known codes; a piece that
        is in no table is kept as found.

        Examples
        --------
        >>> LandUseTable().parse("Hg/b + 2L")
        ('Hg/b', '2L')
        """
        pieces = (self._known(piece.strip()) for piece in _SEPARATORS.split(text or ""))
        return tuple(dict.fromkeys(piece for piece in pieces if piece))

    def _known(self, piece: str) -> str:
        bare = _MARKS.sub("", piece).upper()
        return bare if bare in self._versions else piece


class UsesOfParcels(NamedTuple):
    """The land uses of all parcels in one list, in their order."""

    parcel: NDArray[np.int64]
    """Index of the parcel of each use."""

    codes: list[str]

    def where(self, chosen: set[str]) -> NDArray[np.bool_]:
        """Answer which of the uses have one of these codes."""
        return np.fromiter(map(chosen.__contains__, self.codes), np.bool_, len(self.codes))


def uses_of(parcels: ParcelSet) -> UsesOfParcels:
    """Answer the land uses of parcels as columns."""
    uses = parcels.land_uses
    counts = np.fromiter(map(len, uses), np.int64, len(parcels))
    codes = [share.code for share in chain.from_iterable(uses)]
    return UsesOfParcels(np.repeat(np.arange(len(parcels)), counts), codes)


def farmland(parcels: ParcelSet, land_uses: LandUseTable) -> NDArray[np.bool_]:
    """Answer ``(n,)`` which parcels are agricultural land: they have uses, and all of them are."""
    uses = uses_of(parcels)
    farmed = uses.where({code for code in set(uses.codes) if land_uses.is_farmland(code)})
    used = np.bincount(uses.parcel, minlength=len(parcels))
    return np.asarray((used > 0) & (used == np.bincount(uses.parcel, farmed, len(parcels))))


def read_land_uses(path: Path, farmland: str | None = None) -> LandUseTable:
    """Read ``land_use.csv``; a missing file is an empty table.

    ``farmland`` is the code of the group of agricultural land; None: it is not known.

    Raises
    ------
    UsageError
        ``bad_jurisdiction`` naming file, line and column.
    """
    table = LandUseTable(_rows(path), farmland)
    if farmland is not None and farmland not in table.codes:
        bad(path, "code", f"has no {farmland!r}, the group of agricultural land")
    return table


def _rows(path: Path) -> Iterator[LandUse]:
    for row in read_rows(path, _COLUMNS):
        yield LandUse(
            code=row.text("code"),
            name={"vi": row.text("name_vi"), "en": row.text("name_en")},
            group=row.cells["group"],
            colour=(
                row.integer("red", most=255),
                row.integer("green", most=255),
                row.integer("blue", most=255),
            ),
            colour_source=row.text("colour_source"),
            act=row.text("act"),
            valid_from=row.day("valid_from"),
            valid_to=row.optional_day("valid_to"),
            successor=row.optional("successor"),
            class_=row.one_of("class", CLASSES),
        )

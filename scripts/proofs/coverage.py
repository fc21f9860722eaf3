"""Coverages that defects are planted in, and the ground of one round of planting."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import shapely
from make_register.run import make_register
from numpy.typing import NDArray

from landgis.cadastre import jurisdiction as jurisdictions
from landgis.cadastre.findings import Finding
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import Column, ParcelSet
from landgis.cadastre.rules import RuleContext, check_all
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices
from landgis.services.examine import examine, work_folder
from landgis.services.ports import silent
from landgis.services.storage_plane import storage_for
from landgis.services.surroundings import Surroundings

ROOT = Path(__file__).resolve().parents[2]
EPINAY = ROOT / "data_samples" / "epinay" / "parcelles_91216_l93_shp.zip"
GENERATED_PARCELS = 4_000
Sheet = tuple[str | None, str | None]
SPATIAL = ("geometry.", "topology.")
REACH_M = 2.0
"""Parcels no farther apart are neighbours: nothing planted in one concerns others."""


@dataclass(frozen=True)
class Coverage:
    """Parcels of one file, and how landgis judges them."""

    name: str
    parcels: ParcelSet
    stated: Mapping[str, Column]
    identity: tuple[str, ...]
    jurisdiction: Jurisdiction
    scale: int | None = None

    def context(self, parcels: ParcelSet, stated: Mapping[str, Column]) -> RuleContext:
        """Answer the surroundings of parcels of this coverage."""
        return self._surroundings.of(parcels, stated)

    def judge(self, parcels: ParcelSet, stated: Mapping[str, Column]) -> list[Finding]:
        """Answer every finding of every rule on parcels of this coverage."""
        around = self.context(parcels, stated)
        return check_all(parcels, around, self.jurisdiction.severities)

    @cached_property
    def metres(self) -> tuple[float, float]:
        """Metres in a unit of the survey plane."""
        return self.context(self.parcels, self.stated).metres

    @cached_property
    def metric(self) -> Column:
        """The geometries in metres."""
        metric: Column = shapely.transform(self.parcels.geom, lambda xy: xy * self.metres)
        return metric

    @cached_property
    def untouched(self) -> list[Finding]:
        """What is found before anything is planted."""
        return self.judge(self.parcels, self.stated)

    @cached_property
    def neighbours(self) -> list[NDArray[np.int64]]:
        """Of each parcel the others within reach."""
        tree = shapely.STRtree(self.metric)
        one, other = tree.query(self.metric, predicate="dwithin", distance=REACH_M)
        other = other[np.argsort(one, kind="stable")]
        ends = np.cumsum(np.bincount(one, minlength=len(self.metric)))
        return [found[found != i] for i, found in enumerate(np.split(other.astype(int), ends[:-1]))]

    @cached_property
    def last_numbers(self) -> dict[Sheet, int]:
        """Of each sheet the largest number."""
        parcels, found = self.parcels, Counter[Sheet]()
        for *sheet, number in zip(parcels.unit_code, parcels.sheet, parcels.number, strict=True):
            if number and number.isdecimal():
                key = (sheet[0], sheet[1])
                found[key] = max(found[key], int(number))
        return dict(found)

    @cached_property
    def quiet(self) -> NDArray[np.bool_]:
        """Of each parcel whether nothing was found on its boundary."""
        found = [f for f in self.untouched if f.outcome == "fail"]
        spoken = {
            row for f in found if f.place_xy and f.rule.code.startswith(SPATIAL) for row in f.rows
        }
        simple = shapely.get_type_id(self.parcels.geom) == shapely.GeometryType.POLYGON
        return np.asarray(~np.isin(self.parcels.row, list(spoken)) & simple)

    @cached_property
    def _surroundings(self) -> Surroundings:
        storage = storage_for(self.parcels, self.jurisdiction)
        return Surroundings(self.identity, self.jurisdiction, storage, self.scale)


def read(name: str, path: Path, code: str, scale: int | None = None) -> Coverage:
    """Answer the parcels of a file without the rows that are held back."""
    jurisdiction = jurisdictions.load(jurisdictions.find(code))
    with work_folder() as workdir:
        opened = open_source(path, workdir)
        chosen = Choices(memory=False)
        seen = examine(opened, workdir, chosen, jurisdiction, deployment=None, progress=silent)
        normalised = seen.normalised
    sound = ~np.isin(normalised.parcels.row, list(seen.reasons))
    stated = {target: column[sound] for target, column in normalised.stated.items()}
    parcels = normalised.parcels.take(sound)
    return Coverage(name, parcels, stated, seen.understood.identity.fields, jurisdiction, scale)


def epinay() -> Coverage:
    """Answer a real cadastre in metres."""
    return read("Épinay", EPINAY, "generic")


def cambridge(data: Path) -> Coverage:
    """Answer a real cadastre in degrees, without its own defects."""
    path = data / "parcels-us-cambridge" / "cambridge_fy2013_shp.zip"
    return read("Cambridge", path, "generic")


def generated(seed: int, parcels: int = GENERATED_PARCELS, scale: int | None = None) -> Coverage:
    """Answer a generated register of the home case, without defects."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "made.zip"
        make_register(path, parcels, seed, defects=0.0)
        name = "generated" if scale is None else f"generated, 1:{scale}"
        return read(name, path, "vn-80", scale)


class Ground:
    """A copy of a coverage to plant defects in, and where none is near yet."""

    def __init__(self, coverage: Coverage, chance: Random) -> None:
        self.coverage, self.chance = coverage, chance
        self.free = coverage.quiet.copy()
        self.columns: dict[str, list[Any]] = {
            f.name: list(getattr(coverage.parcels, f.name))
            for f in fields(coverage.parcels)
            if f.name != "survey_epsg"
        }
        self.stated = {name: list(column) for name, column in coverage.stated.items()}
        self.said: set[object] = set()
        """Values that may be planted once a round."""

        self.gone: list[int] = []
        self._added: Counter[Sheet] = Counter()
        self._order = list(np.flatnonzero(self.free))
        chance.shuffle(self._order)

    def places(self) -> list[int]:
        """Answer parcels that nothing was planted near, in chance order."""
        near = self.coverage.neighbours
        self._order = [i for i in self._order if self.free[i] and self.free[near[i]].all()]
        return self._order

    def occupy(self, i: int) -> None:
        """Keep everything around a parcel, and around its neighbours, as it is."""
        near = self.coverage.neighbours
        self.free[i] = False
        for j in near[i]:
            self.free[j] = False
            self.free[near[j]] = False

    def row(self, i: int) -> int:
        """Answer the record number of a parcel."""
        return int(self.columns["row"][i])

    def add(self, like: int, geom: shapely.Geometry, **others: object) -> int:
        """Append a row that is like another one but for what is said; answer its number."""
        row = max(self.columns["row"]) + 1
        new = {"row": row, "geom": geom, "number": self.free_number(like), **others}
        for name, column in self.columns.items():
            column.append(new.get(name, column[like]))
        for column in self.stated.values():
            column.append(column[like])
        return int(row)

    def last_number(self, like: int) -> int:
        """Answer the largest number of a parcel's sheet; 0 where they are no numbers."""
        sheet = self.sheet(like)
        return self.coverage.last_numbers.get(sheet, 0) + self._added[sheet]

    def sheet(self, i: int) -> Sheet:
        """Answer unit and sheet of a parcel."""
        return self.columns["unit_code"][i], self.columns["sheet"][i]

    def free_number(self, like: int) -> str:
        """Answer the number after the last one of a parcel's sheet, as an office gives it."""
        self._added[self.sheet(like)] += 1
        last = self.last_number(like)
        return (
            str(last)
            if self.columns["number"][like].isdecimal()
            else f"new-{len(self.columns['row'])}"
        )

    def drop(self, i: int) -> None:
        """Take a parcel away; the others keep their numbers."""
        self.gone.append(i)

    def findings(self) -> list[Finding]:
        """Answer what is found now."""
        return self.coverage.judge(*self.planted())

    def planted(self) -> tuple[ParcelSet, dict[str, Column]]:
        """Answer the columns as they are now."""
        before = self.coverage.parcels
        now = {
            name: _column(values, getattr(before, name).dtype)
            for name, values in self.columns.items()
        }
        stated = {name: _column(values, np.dtype(object)) for name, values in self.stated.items()}
        kept = np.ones(len(now["row"]), dtype=bool)
        kept[self.gone] = False
        parcels = replace(before, **now).take(kept)
        return parcels, {name: column[kept] for name, column in stated.items()}


def _column(values: list[Any], dtype: np.dtype[Any]) -> Column:
    made = np.empty(len(values), dtype=dtype)
    made[:] = values
    return made

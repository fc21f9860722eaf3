"""All rules over a layer that comes in blocks, with the findings of the layer as a whole.

Most rules judge a parcel by itself. Those that compare rows need only the rows that may equal
another one: a few numbers of each row are kept to tell which these are.
"""

from collections.abc import Mapping

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Severity, with_severity
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.families import GROUP_CHECKS, ROW_CHECKS
from landgis.cadastre.rules.geometry import outside

MIXER = np.uint64(0x9E3779B97F4A7C15)
"""Odd number near 2**64 divided by the golden ratio: multiplying by it spreads bits upwards."""

Marks = NDArray[np.uint64]


class Inspection:
    """Findings of the blocks of one layer.

    Parameters
    ----------
    severities
        A jurisdiction's own: rule code -> severity, replacing the rule's default.
    """

    def __init__(self, severities: Mapping[str, Severity]) -> None:
        self._severities = severities
        self._found: dict[str, list[Finding]] = {check.__name__: [] for check in ROW_CHECKS}
        self._present = 0
        self._rows: list[NDArray[np.int64]] = []
        self._names: list[Marks] = []
        self._shapes: list[Marks] = []

    def look_at(self, parcels: ParcelSet, context: RuleContext) -> list[Finding]:
        """Answer what is found on the parcels of a block by themselves."""
        found: list[Finding] = []
        for check in ROW_CHECKS:
            own = [self._severe(finding) for finding in check.check(parcels, context)]
            self._found[check.__name__] += own
            found += own
        present = ~(shapely.is_missing(parcels.geom) | shapely.is_empty(parcels.geom))
        self._present += int(present.sum())
        self._rows.append(parcels.row)
        self._names.append(_marks_of_names(context))
        self._shapes.append(_marks_of_shapes(parcels, present))
        return found

    def repeated(self) -> NDArray[np.int64]:
        """Answer the rows that may have the identity or the geometry of another row, ascending."""
        rows = np.concatenate([np.empty(0, np.int64), *self._rows])
        repeats = np.zeros(len(rows), dtype=bool)
        for marks in (self._names, self._shapes):
            repeats |= _seen_twice(np.concatenate([np.empty(0, np.uint64), *marks]))
        return np.sort(rows[repeats])

    def findings(self, parcels: ParcelSet, context: RuleContext) -> list[Finding]:
        """Answer the findings of the whole layer in the order of the rules.

        Parameters
        ----------
        parcels, context
            The rows that ``repeated`` answers; more of the layer give the same.
        """
        strays = self._found[outside.__name__]
        total = sum(len(rows) for rows in self._rows)
        astray = outside.whole_file(len(strays), self._present, total, context)
        found: list[Finding] = []
        for check in ROW_CHECKS:
            if check is outside and astray is not None:
                found.append(self._severe(astray))
            else:
                found += self._found[check.__name__]
        for group_check in GROUP_CHECKS:
            found += [self._severe(finding) for finding in group_check.check(parcels, context)]
        return found

    def _severe(self, finding: Finding) -> Finding:
        return with_severity(finding, self._severities)


NOTHING = np.uint64(0)
"""Mark of a row that cannot be equal to another one."""


def _marks_of_names(context: RuleContext) -> Marks:
    names = context.identity.tolist()
    marks = np.fromiter((hash(name) for name in names), dtype=np.int64, count=len(names))
    none = np.array([name is None for name in names], dtype=bool)
    return np.where(none, NOTHING, marks.view(np.uint64) | np.uint64(1))


def _marks_of_shapes(parcels: ParcelSet, present: NDArray[np.bool_]) -> Marks:
    """Equal geometries have equal extents and as many vertices, so they have equal marks."""
    extents = np.ascontiguousarray(shapely.bounds(parcels.geom) + 0.0)  # no minus zero
    counts = shapely.get_num_coordinates(parcels.geom).astype(np.uint64)
    marks = counts
    for side in extents.view(np.uint64).T:
        marks = (marks ^ side) * MIXER
        marks ^= marks >> np.uint64(29)
    return np.where(present, marks | np.uint64(1), NOTHING)


def _seen_twice(marks: Marks) -> NDArray[np.bool_]:
    order = np.argsort(marks, kind="stable")
    same = np.diff(marks[order]) == 0
    twice = np.zeros(len(marks), dtype=bool)
    twice[order[1:][same]] = True
    twice[order[:-1][same]] = True
    return np.asarray(twice & (marks != NOTHING))

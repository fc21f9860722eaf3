"""All rules over a layer that comes in blocks, with the findings of the layer as a whole.

Most rules judge a parcel by itself. Those that compare rows need only the rows that may equal
another one: a few numbers of each row are kept to tell which these are.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Severity, with_severity
from landgis.cadastre.parcels import Column, ParcelSet, shape_marks
from landgis.cadastre.rules.at_register import EMPTY, AtRegister
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.families import GROUP_CHECKS, LAYER_CHECKS, ROW_CHECKS, RULES
from landgis.cadastre.rules.geometry import outside
from landgis.cadastre.rules.identity import number_reused
from landgis.cadastre.rules.told import Told
from landgis.cadastre.rules.topology.beside import Beside
from landgis.cadastre.threads import in_threads
from landgis.cadastre.topology import Ground, Shelf
from landgis.cadastre.triage import reasons_of

Marks = NDArray[np.uint64]


class Inspection:
    """Findings of the blocks of one layer.

    Parameters
    ----------
    severities
        A jurisdiction's own: rule code -> severity, replacing the rule's default.
    shelf
        Where parcels wait to be compared with their neighbours; None: in memory.
    """

    def __init__(self, severities: Mapping[str, Severity], shelf: Shelf | None = None) -> None:
        self._severities = severities
        self._shelf = shelf
        self._beside: Beside | None = None
        self._told = Told()
        self._of_layer = [check() for check in LAYER_CHECKS]
        self._present = self._astray = 0
        self._rows: list[NDArray[np.int64]] = []
        self._names: list[Marks] = []
        self._shapes: list[Marks] = []

    def look_at(self, parcels: ParcelSet, context: RuleContext) -> list[Finding]:
        """Answer what is found on the parcels of a block by themselves."""
        each = in_threads(lambda check: [*check.check(parcels, context)], ROW_CHECKS)
        found = [self._severe(finding) for own in each for finding in own]
        self._astray += len(each[ROW_CHECKS.index(outside)])
        if len(parcels):  # an empty block has nothing that a rule could need
            self._told.add_block(found)
        for layer_check in self._of_layer:
            layer_check.look_at(parcels, context)
        present = ~(shapely.is_missing(parcels.geom) | shapely.is_empty(parcels.geom))
        sound = present & ~np.isin(parcels.row, list(reasons_of(found)))
        if self._beside is None:
            self._beside = Beside(context, self._shelf)
        self._beside.add(parcels, context, sound & parcels.is_sound)
        self._present += int(present.sum())
        self._rows.append(parcels.row)
        self._names.append(_marks_of_names(context))
        self._shapes.append(np.where(present, shape_marks(parcels.geom), NOTHING))
        return found

    def repeated(self) -> NDArray[np.int64]:
        """Answer the rows that may have the identity or the geometry of another row, ascending."""
        found = [np.empty(0, dtype=np.int64), *(check.rows() for check in self._of_layer)]
        for marks in (self._names, self._shapes):
            twice = _seen_twice(marks)
            found += [
                rows[np.isin(block, twice)] for rows, block in zip(self._rows, marks, strict=True)
            ]
        return np.unique(np.concatenate(found))

    def named(self, keys: Column) -> NDArray[np.int64]:
        """Answer the first row that bears each of some identities, 0 for none.

        To be asked after the last block.
        """
        marks, rows = self._by_name
        wanted = _marks(keys.tolist())
        at = np.searchsorted(marks, wanted)
        return np.where((marks[at] == wanted) & (wanted != NOTHING), rows[at], 0)

    @cached_property
    def _by_name(self) -> tuple[Marks, NDArray[np.int64]]:
        """Marks in their order with their rows, and one after the last of them."""
        marks = np.concatenate([*self._names, np.array([LAST])])
        order = np.argsort(marks, kind="stable")
        return marks[order], np.concatenate([*self._rows, [0]])[order]

    def add_live(self, ground: Ground) -> None:
        """Gather live parcels near the rows, but not those that a row is the newer version of.

        Parameters
        ----------
        ground
            In the survey plane of the rows, in its own units.
        """
        if self._beside is not None:
            self._beside.add_ground(ground)

    def findings(
        self, parcels: ParcelSet, context: RuleContext, register: AtRegister = EMPTY
    ) -> list[Finding]:
        """Answer the findings of the whole layer in the order of the rules.

        Parameters
        ----------
        parcels, context
            The rows that ``repeated`` answers, and those that ``register`` speaks of; more of the
            layer give the same.
        """
        total = sum(len(rows) for rows in self._rows)
        astray = outside.whole_file(self._astray, self._present, total, context)
        if astray is not None:
            self._told.forget(outside.RULE.code)
            self._told.add([self._severe(astray)])
        for group_check in GROUP_CHECKS:
            self._told.add(self._severe(f) for f in group_check.check(parcels, context))
        for layer_check in self._of_layer:
            self._told.add(self._severe(f) for f in layer_check.findings(parcels, context))
        reused = number_reused.check(parcels, context, register)
        self._told.add(self._severe(f) for f in reused)
        if self._beside is not None:
            held = self._told.held()
            self._told.add(self._severe(f) for f in self._beside.findings(held, register))
        return self._told.in_order(RULES)

    def _severe(self, finding: Finding) -> Finding:
        return with_severity(finding, self._severities)


NOTHING = np.uint64(0)
"""Mark of a row that cannot be equal to another one."""

LAST = np.uint64(2**64 - 1)


def _marks_of_names(context: RuleContext) -> Marks:
    return _marks(context.identity.tolist())


def _marks(names: list[str | None]) -> Marks:
    marks = np.fromiter((hash(name) for name in names), dtype=np.int64, count=len(names))
    none = np.array([name is None for name in names], dtype=bool)
    return np.where(none, NOTHING, marks.view(np.uint64) | np.uint64(1))


def _seen_twice(blocks: Sequence[Marks]) -> Marks:
    """Answer the marks that several rows have; sorted in place, for there may be millions."""
    marks = np.concatenate([np.empty(0, dtype=np.uint64), *blocks])
    marks.sort()
    twice = np.unique(marks[1:][marks[1:] == marks[:-1]])
    return np.asarray(twice[twice != NOTHING])

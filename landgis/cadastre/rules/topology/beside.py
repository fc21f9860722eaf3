"""All rules about parcels beside each other, over parcels that come in blocks."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import chain

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding
from landgis.cadastre.landuse import farmland
from landgis.cadastre.limits import Limits
from landgis.cadastre.parcels import Column, ParcelSet
from landgis.cadastre.rules.at_register import EMPTY, AtRegister
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.dataset import coverage_holes, near_limit
from landgis.cadastre.rules.topology import edge_match, gap, node, overlap
from landgis.cadastre.rules.topology.between import Metres, deviations
from landgis.cadastre.threads import in_threads
from landgis.cadastre.topology import Cells, Compared, Ground, Reach, Shelf, compare
from landgis.cadastre.topology.gaps import gaps
from landgis.cadastre.topology.holes import HoleRule, holes


class Beside:
    """Parcels of one survey plane, gathered block by block and then compared."""

    def __init__(self, first: RuleContext, shelf: Shelf | None = None) -> None:
        """Begin with the surroundings of the first block: its metres hold for all of them."""
        self._limits: Limits = first.jurisdiction.limits
        self._metres: Metres = first.metres
        self._epsg = first.survey_epsg
        self._reach = Reach(
            *(self._limits[name].value for name in ("node_m", "overlap_m", "gap_m"))
        )
        farthest = max(s.farmland_m for s in self._limits.scales.values()) if first.map_scale else 0
        self._cells = Cells(max(*self._reach, np.sqrt(2) * farthest), shelf)
        self._has_scale = first.map_scale is not None
        self._left_out: list[NDArray[np.float64]] = []

    def add(self, parcels: ParcelSet, context: RuleContext, sound: NDArray[np.bool_]) -> None:
        """Gather the sound parcels of a block: valid ones, not held back by themselves."""
        self._left_out.append(shapely.bounds(parcels.geom[~sound]) * (*self._metres, *self._metres))
        if sound.any():
            self._cells.add(ground_of(parcels.take(sound), context, sound, self._metres))

    def add_ground(self, ground: Ground) -> None:
        """Gather parcels of the register that lie near what was gathered before.

        Parameters
        ----------
        ground
            In the survey plane of the rows, in its own units.
        """
        geom = in_metres(ground.geom, self._metres)
        self._left_out.append(shapely.bounds(geom))  # not all of the register: it shows no holes
        self._cells.add_beside(replace(ground, geom=geom))

    def findings(self, held: AbstractSet[int], register: AtRegister = EMPTY) -> Iterator[Finding]:
        """Give what is wrong between the parcels, in the order of the rules.

        Parameters
        ----------
        held
            Rows that are held back for other reasons.
        """
        hole = self._hole()
        found = self._compared(self._cells.cells(), hole)
        overlaps = list(chain.from_iterable(f.overlaps for f in found))
        strips = gaps(list(chain.from_iterable(f.gaps for f in found)), self._reach.node_m)
        misses = list(chain.from_iterable(f.misses for f in found))
        where = (self._limits, self._metres, self._epsg)
        yield from overlap.check(overlaps, *where, held, register.filled)
        yield from gap.check(strips, *where)
        yield from node.check(misses, *where)
        yield from edge_match.check(overlaps, strips, *where)
        yield from near_limit.check(
            deviations(overlaps, strips, misses, self._limits),
            self._limits,
            has_scale=self._has_scale,
        )
        open_ground = [f.uncovered for f in found if f.uncovered]
        yield from coverage_holes.check(holes(open_ground, hole), self._metres, self._epsg)

    def on_ground(self) -> Iterator[Finding]:
        """Give only the overlaps with parcels of the register."""
        found = chain.from_iterable(f.overlaps for f in self._compared(self._cells.cells_beside()))
        overlaps = [o for o in found if o.other.parcel is not None]
        yield from overlap.check(overlaps, self._limits, self._metres, self._epsg)

    def _compared(
        self, cells: Sequence[tuple[int, int]], hole: HoleRule | None = None
    ) -> list[Compared]:
        def one(cell: tuple[int, int]) -> Compared:
            return compare(*self._cells.take(cell), self._reach, hole)

        return in_threads(one, cells)

    def _hole(self) -> HoleRule:
        """Answer what counts as a hole, now that all parcels are known."""
        boxes = np.concatenate([np.empty((0, 4)), *self._left_out])
        boxes = boxes[np.isfinite(boxes).all(axis=1)]
        least, gap = self._limits["area_small_m2"].value, self._limits["gap_m"].value
        return HoleRule(least, gap, shapely.STRtree(shapely.box(*boxes.T)))


def ground_of(
    parcels: ParcelSet, context: RuleContext, which: NDArray[np.bool_], metres: Metres
) -> Ground:
    """Answer parcels as they are compared; ``which`` of the context's parcels they are."""
    n, scale = len(parcels), context.map_scale
    accuracy = np.full(n, np.nan)
    if scale is not None:
        farmed = farmland(parcels, context.jurisdiction.land_uses)
        accuracy = np.where(farmed, scale.farmland_m, scale.point_m)
    return Ground(
        geom=in_metres(parcels.geom, metres),
        row=parcels.row,
        key=context.identity[which],
        unit=parcels.unit_code,
        sheet=parcels.sheet,
        accuracy_m=accuracy,
        parcel=np.full(n, None, dtype=object),
    )


def in_metres(geom: Column, metres: Metres) -> Column:
    """Answer geometries of the survey plane in metres."""
    if metres == (1.0, 1.0):
        return geom
    scaled: Column = shapely.transform(geom, lambda xy: xy * metres)
    return scaled

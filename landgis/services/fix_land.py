"""The parcels that fixes work on, as they change one after the other."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre.fixes import Fix, Name, Site, propose, tolerance
from landgis.cadastre.limits import Limits
from landgis.cadastre.parcels import Column

NEAR_M = 1.0
"""Around the parcels of a finding: what lies farther off does not feel a fix."""

Pair = tuple[float, float]


class Land:
    """Parcels of one survey plane, laid out in metres.

    Degrees are stretched to metres, which keeps straight lines straight. On the way home every
    vertex that a parcel came with is again what it was, bit for bit.

    Parameters
    ----------
    names, geoms
        Of the parcels; each with a geometry that is not empty.
    errors_m
        Largest error of a boundary point by name, NaN where the map scale is not known.
    fixed
        Names of parcels that are not to be changed.
    """

    def __init__(
        self,
        names: Sequence[Name],
        geoms: Column,
        epsg: int,
        errors_m: Mapping[Name, float],
        limits: Limits,
        fixed: frozenset[Name] = frozenset(),
    ) -> None:
        self._epsg = epsg
        self._errors_m = errors_m
        self._limits = limits
        self._fixed = fixed
        self._names = list(names)
        self._at = {name: i for i, name in enumerate(self._names)}
        self._native = np.array(geoms, dtype=object)
        south, north = shapely.total_bounds(geoms)[[1, 3]] if len(geoms) else (0.0, 0.0)
        self._metres = np.array(geodesy.metres_per_unit(epsg, float(south + north) / 2))
        self._origins: dict[Pair, Pair] = {}
        self._laid = self._lay(self._native)
        self._tree = shapely.STRtree(self._laid)

    def site(self, finding: Mapping[str, Any], own: Sequence[Name]) -> Site:
        """Answer the ground around a finding, given as a document."""
        mine = [self._at[name] for name in own if name in self._at]
        around = self._around(mine)
        indices = [*mine, *(i for i in around if i not in mine)]
        rule = finding["rule"]
        allowed = tolerance(
            rule, self._limits, [self._errors_m.get(self._names[i], np.nan) for i in mine]
        )
        place = finding["place_native"]
        return Site(
            finding_id=finding["id"],
            geoms=self._laid[indices],
            names=tuple(self._names[i] for i in indices),
            own=tuple(range(len(mine))),
            place=None if place is None else self._point(place["xy"]),
            shape=self._shape(finding.get("shape")),
            tolerance_m=allowed.metres,
            why=allowed.why,
            node_m=self._limits["node_m"].value,
            spike_deg=self._limits["spike_deg"].value,
            fixed=frozenset(k for k, i in enumerate(indices) if self._names[i] in self._fixed),
        )

    def fix(self, kind: str, finding: Mapping[str, Any], own: Sequence[Name]) -> Fix:
        """Answer a fix in the survey plane; ``Refused`` with what speaks against it."""
        found = propose(kind, self.site(finding, own), self._area_m2)
        return replace(
            found,
            changes=tuple(
                replace(
                    change,
                    before=self._native[self._at[change.name]],
                    after=None if change.after is None else self._home(change.after),
                )
                for change in found.changes
            ),
        )

    def take(self, fix: Fix) -> None:
        """Make the parcels be what a fix of this land says."""
        for change in fix.changes:
            i = self._at[change.name]
            self._native[i] = change.after
            self._laid[i] = self._lay(np.array([change.after], dtype=object))[0]

    def _around(self, mine: Sequence[int]) -> list[int]:
        if not mine:
            return []
        found = self._tree.query(
            shapely.envelope(self._laid[list(mine)]), predicate="dwithin", distance=NEAR_M
        )[1]
        return sorted(set(found.tolist()))

    def _lay(self, geoms: Column) -> Column:
        laid: Column = shapely.transform(geoms, lambda xy: xy * self._metres)
        self._origins.update(zip(_pairs(laid), _pairs(geoms), strict=True))
        return laid

    def _home(self, geom: Any) -> Any:
        def change(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            straight = [(x, y) for x, y in (xy / self._metres).tolist()]
            known = self._origins
            return np.array(
                [known.get((x, y), s) for (x, y), s in zip(xy.tolist(), straight, strict=True)]
            ).reshape(-1, 2)

        return shapely.transform(geom, change)

    def _area_m2(self, laid: Any) -> float:
        return area_m2(self._home(laid), self._epsg)

    def _point(self, xy: Sequence[float]) -> Pair:
        x, y = (np.array(xy, dtype=np.float64) * self._metres).tolist()
        return (x, y)

    def _shape(self, lonlat: Mapping[str, Any] | None) -> Any:
        """Answer the shape of a finding in metres; it is told in degrees to 0.1 mm."""
        if lonlat is None:
            return None
        shape = shapely.from_geojson(orjson.dumps(lonlat))
        there = geodesy.transform(shape, geodesy.LONLAT, self._epsg)
        return shapely.transform(there, lambda xy: xy * self._metres)


def area_m2(geom: Any, epsg: int) -> float:
    """Answer an area in the survey plane, square metres, not rounded."""
    return float(geodesy.area_m2(np.array([geom], dtype=object), epsg)[0])


def _pairs(geoms: Column) -> list[Pair]:
    return [(x, y) for x, y in shapely.get_coordinates(geoms).tolist()]

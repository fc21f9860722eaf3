"""Whether the fixes offered for planted defects make them pass and touch nobody else."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from landgis.cadastre.findings import Finding
from landgis.cadastre.fixes import FIXES, Fix
from landgis.documents.report import finding_documents
from landgis.errors import Refused
from landgis.geodesy import LONLAT, area_m2
from landgis.services.fix_land import Land
from proofs.coverage import Ground
from proofs.planted_sides import accuracy
from proofs.plots import SLACK_M, Planting

Hit = tuple[Planting, Finding]
AREA_M2 = 0.001
"""How far a stated area may be off; in square metres."""

UNASKED = ("attribute.", "identity.", "dataset.")
"""What no fix of a boundary is asked to please; nor what only informs: a boundary that is valid
again is compared with its neighbours for the first time, and parts that met in a point are parts.
"""


class Mending:
    """Counts of what fixes did, kind of defect by kind."""

    def __init__(self) -> None:
        self.offered: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()
        self.refused: dict[str, Counter[str]] = {}

    def round(self, ground: Ground, hits: Sequence[Hit]) -> list[str]:
        """Apply a fix to every defect of a round that has one; answer what was wrong."""
        rows = {row: i for i, row in enumerate(ground.columns["row"])}
        before = {(f.rule.code, f.rows) for f in ground.findings()}
        faults: list[str] = []
        done: list[tuple[Planting, Finding, Fix]] = []
        for planting, finding in hits:
            fix = self._proposed(ground, planting, finding, rows)
            if fix is not None:
                faults += [
                    f"{planting.kind}, {fix.kind}: {w}"
                    for w in _wrong(ground, planting, finding, fix)
                ]
                done.append((planting, finding, fix))
        for _, _, fix in done:
            for change in fix.changes:
                i = rows[int(change.name)]
                ground.columns["geom"][i] = change.after
                if change.after is None:
                    ground.drop(i)
        return faults + self._looked_at_again(ground, done, before)

    def _proposed(
        self, ground: Ground, planting: Planting, finding: Finding, rows: Mapping[int, int]
    ) -> Fix | None:
        kinds = FIXES.get(finding.rule.code, ())
        if not kinds:
            return None
        (document,) = finding_documents([finding], None)
        land = _land(ground, planting, rows)
        for kind in kinds:
            try:
                fix = land.fix(kind, document, list(finding.rows))
            except Refused as refusal:
                self.refused.setdefault(planting.kind, Counter())[refusal.code] += 1
            else:
                self.offered[planting.kind] += 1
                return fix
        return None

    def _looked_at_again(
        self,
        ground: Ground,
        done: Sequence[tuple[Planting, Finding, Fix]],
        before: set[tuple[str, tuple[int, ...]]],
    ) -> list[str]:
        faults = []
        now = [f for f in ground.findings() if f.outcome == "fail"]
        for planting, finding, fix in done:
            here = [f for f in now if planting.around & set(f.rows)]
            same = [
                f
                for f in here
                if f.rule.code == finding.rule.code and set(f.rows) & set(finding.rows)
            ]
            new = [
                f
                for f in here
                if (f.rule.code, f.rows) not in before
                and f.rule.severity != "info"
                and not f.rule.code.startswith(UNASKED)
            ]
            if same or new:
                heard = "; ".join(f"{f.rule.code} {list(f.rows)} {f.measured}" for f in same + new)
                size = "" if planting.size is None else f" of {planting.size:.4f}"
                faults.append(f"{planting.kind}{size}, after {fix.kind}: {heard}")
            else:
                self.passed[planting.kind] += 1
        return faults

    def table(self) -> list[str]:
        """Answer what became of each kind that has fixes, for people."""
        made = [f"{'fixes':28}{'offered':>8}{'pass':>7}  refused"]
        for kind in sorted({*self.offered, *self.refused}):
            why = ", ".join(f"{code} {n}" for code, n in self.refused.get(kind, {}).items())
            made.append(f"{kind:28}{self.offered[kind]:8}{self.passed[kind]:7}  {why}")
        return made


def _land(ground: Ground, planting: Planting, rows: Mapping[int, int]) -> Land:
    """Lay out the parcels around a planting, as the service does for a finding."""
    coverage = ground.coverage
    near = [rows[row] for row in sorted(planting.around)]
    near = [i for i in near if ground.columns["geom"][i] is not None and i not in ground.gone]
    geoms = np.array([ground.columns["geom"][i] for i in near], dtype=object)
    names = [ground.row(i) for i in near]
    errors = (
        {}
        if coverage.scale is None
        else {
            name: accuracy(ground, i, coverage.scale) for name, i in zip(names, near, strict=True)
        }
    )
    limits = coverage.jurisdiction.limits
    return Land(names, geoms, coverage.parcels.survey_epsg, errors, limits)


def _wrong(ground: Ground, planting: Planting, finding: Finding, fix: Fix) -> list[str]:
    """Answer which statements of a fix are not true."""
    epsg, faults = ground.coverage.parcels.survey_epsg, []
    for change in fix.changes:
        shape = shapely.transform(change.before, lambda xy: xy * ground.coverage.metres)
        is_far = planting.spot is not None and shape.distance(planting.spot) > SLACK_M
        if is_far and change.name not in finding.rows:
            faults.append(f"touches row {change.name}, which does not share the spot")
        pairs: tuple[tuple[Any, float], ...] = (
            (change.before, change.area_before_m2),
            (change.after, change.area_after_m2),
        )
        for geom, stated in pairs:
            area = 0.0 if geom is None else _area(geom, epsg)
            if abs(area - stated) > AREA_M2 + 1e-9 * area:
                faults.append(f"row {change.name}: {stated} m² stated, {area} m² measured")
    return faults


def _area(geom: Any, epsg: int) -> float:
    """Answer an area by plain shapely, geodesic where the plane is in degrees."""
    if epsg == LONLAT:
        return float(area_m2(np.array([geom], dtype=object), epsg)[0])
    return float(geom.area)

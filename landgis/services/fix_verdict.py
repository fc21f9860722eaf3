"""Whether fixes help: their rows, as they would be, examined by every rule."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from math import dist
from typing import Any

import numpy as np

from landgis.cadastre.batches import Batch
from landgis.cadastre.findings import METRE_IN_DEGREES, MOST_DEGREES
from landgis.cadastre.mends import StagedRow, Tried, as_parcels, together
from landgis.cadastre.register import Principal
from landgis.errors import Refused
from landgis.services.deployment import DeploymentService
from landgis.services.fix_plan import Finding, Offered, Plan
from landgis.services.ports import Staging
from landgis.services.retrying import Retrying

HERE_M = 0.01
"""A finding of the same rule this near is the same one; elsewhere it is another."""

ALL_BETWEEN = (
    "topology.gap",
    "topology.hairline_overlap",
    "topology.overlap",
    "topology.register_overlap",
    "topology.sliver",
)
"""Rules that tell everything between their parcels as one finding, wherever its place is."""


class FixVerdict:
    """Judges rows as fixes would leave them."""

    def __init__(
        self, staging: Staging, retrying: Retrying, deployments: DeploymentService
    ) -> None:
        self._staging = staging
        self._retrying = retrying
        self._deployments = deployments

    def of(
        self, batch: Batch, plan: Plan, now: Mapping[int, StagedRow], by: Principal
    ) -> tuple[list[Tried], list[Offered]]:
        """Answer what becomes of the rows, and the fixes that do not help or that harm.

        Rows of the findings that wait are judged, too: another row's fix may set them free.
        """
        named = {row for offered in plan.fixes for row in offered.finding["rows"]}
        held = {fate.row for fate in self._staging.fates(batch.batch_id)} & named
        others = self._staging.concerned(batch, sorted(held - plan.touched.keys()))
        geoms = {**dict(zip(others.row.tolist(), others.geom, strict=True)), **plan.touched}
        tried = self.judged(batch, geoms, now, by)
        return tried, _failing(plan.fixes, now, tried)

    def judged(
        self, batch: Batch, geoms: Mapping[int, Any], now: Mapping[int, StagedRow], by: Principal
    ) -> list[Tried]:
        """Answer what becomes of rows with these geometries, beside the rows that are accepted.

        Parameters
        ----------
        now
            The rows that are touched; one that could not be read with what it is to say.
        """
        if not geoms:
            return []
        parcels = self._staging.concerned(batch, sorted(geoms))
        drawn = np.empty(len(parcels), dtype=object)
        drawn[:] = [geoms[row] for row in parcels.row.tolist()]
        parcels = replace(parcels, geom=drawn)
        unread = [now[row] for row in geoms if row in now and now[row].state == "unreadable"]
        if unread:
            shapes = [geoms[row.row] for row in unread]
            parcels = together(parcels, as_parcels(unread, shapes, batch.survey_epsg or 0))
        storage_epsg = self._deployments.require().storage_epsg
        return self._retrying.judge(batch, parcels, storage_epsg, by)


def _failing(
    fixes: Sequence[Offered], now: Mapping[int, StagedRow], tried: Sequence[Tried]
) -> list[Offered]:
    by_row = {t.row: t for t in tried}
    bad = []
    for offered in fixes:
        changes = () if offered.fix is None else offered.fix.changes
        for row in (int(change.name) for change in changes):
            verdict = by_row[row]
            if now[row].state == "accepted" and not verdict.is_accepted:
                why = ", ".join(verdict.reasons)
                text = f"Row {row} is accepted and would be held back by {why}; mend it by hand"
                bad.append(offered.refused(Refused("fix_holds_back", text, row=row)))
                break
        else:
            if _remains(offered.finding, tried):
                text = "The same would still be found there afterwards; draw the boundary by hand"
                bad.append(offered.refused(Refused("fix_not_enough", text)))
    return bad


def _remains(finding: Finding, tried: Collection[Tried]) -> bool:
    """Answer whether the same is found again: of the rule, on the rows, at the place."""
    rule, rows = finding["rule"], set(finding["rows"])
    again = (f for t in tried for f in t.findings)
    return any(
        f["rule"] == rule and set(f["rows"]) == rows and _same_place(rule, f, finding)
        for f in again
    )


def _same_place(rule: str, one: Finding, other: Finding) -> bool:
    here, there = one["place_native"], other["place_native"]
    if here is None or there is None or rule in ALL_BETWEEN:
        return True
    metric = max(map(abs, here["xy"])) > MOST_DEGREES
    apart = dist(here["xy"], there["xy"]) / (1.0 if metric else METRE_IN_DEGREES)
    return apart <= HERE_M

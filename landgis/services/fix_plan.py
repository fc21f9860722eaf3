"""Fixes for findings of a batch, worked out on its rows as they are; nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import numpy as np
import shapely

from landgis import geodesy
from landgis.cadastre.batches import Batch
from landgis.cadastre.fixes import (
    FIXES,
    ONLY_PROPOSED,
    Fix,
    FixedParcel,
    Name,
    close_ring,
)
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.landuse import farmland
from landgis.cadastre.mends import StagedRow
from landgis.cadastre.parcels import Column, ParcelSet
from landgis.errors import NotFound, Refused
from landgis.services.fix_land import NEAR_M, Land, area_m2
from landgis.services.fix_ports import Fixes
from landgis.services.mended_values import facts_as_found
from landgis.services.ports import Mends, Staging, Surveyed

Finding = Mapping[str, Any]
"""A finding as a document."""


@dataclass(frozen=True)
class Offered:
    """A fix for a finding, or why there is none of that kind."""

    finding: Finding
    kind: str
    fix: Fix | None
    refusal: Refused | None = None

    def refused(self, refusal: Refused) -> "Offered":
        """Answer it as one that is none, for a reason."""
        return replace(self, fix=None, refusal=refusal)


@dataclass(frozen=True)
class Plan:
    """Fixes that follow each other on the same rows, and the findings that get none."""

    fixes: tuple[Offered, ...]
    refused: tuple[Offered, ...]
    touched: Mapping[int, Any] = field(default_factory=dict)
    """Row -> geometry after all of them."""


class FixPlanning:
    """Works fixes out."""

    def __init__(
        self,
        store: Fixes,
        mends: Mends,
        staging: Staging,
        surveyed: Surveyed,
        jurisdiction: Jurisdiction,
    ) -> None:
        self._surveyed = surveyed
        self._store = store
        self._mends = mends
        self._staging = staging
        self._jurisdiction = jurisdiction

    def each(self, batch: Batch, findings: Sequence[Finding], kind: str | None) -> list[Offered]:
        """Answer what each finding is offered by itself, on the rows as they are."""
        land = self._land(batch, findings)
        return [
            self._offered(batch, land, finding, one)
            for finding in findings
            for one in kinds_of(finding, kind)
        ]

    def together(self, batch: Batch, findings: Sequence[Finding], kind: str | None) -> Plan:
        """Answer the fixes of findings one after the other, each on what the ones before left.

        What would take a parcel away is refused here: it is only ever proposed to people.
        """
        land = self._land(batch, findings)
        made: list[Offered] = []
        refused: list[Offered] = []
        touched: dict[int, Any] = {}
        for finding in findings:
            offered = self._first(batch, land, finding, kind)
            if offered.fix is not None and offered.kind in ONLY_PROPOSED:
                offered = offered.refused(_only_proposed())
            if offered.fix is None:
                if not _is_settled(offered, touched):
                    refused.append(offered)
                continue
            made.append(offered)
            if offered.kind != close_ring.KIND:
                land.take(offered.fix)
            touched |= {int(change.name): change.after for change in offered.fix.changes}
        return Plan(tuple(made), tuple(refused), touched)

    def row(self, batch: Batch, number: int) -> StagedRow:
        """Answer a row as it is; one that could not be read with what its attributes say."""
        row = self._mends.row(batch.batch_id, number)
        if row.state != "unreadable":
            return row
        raw = self._staging.raw(batch.batch_id, [number])
        attributes = raw.attributes[0] if raw.rows else {}
        return replace(row, facts=facts_as_found(attributes, batch, self._jurisdiction))

    def _first(self, batch: Batch, land: Land, finding: Finding, kind: str | None) -> Offered:
        """Answer the first kind of fix that can be made, else why the first one cannot."""
        offers = [self._offered(batch, land, finding, one) for one in kinds_of(finding, kind)]
        return next((offer for offer in offers if offer.fix is not None), offers[0])

    def _offered(self, batch: Batch, land: Land, finding: Finding, kind: str) -> Offered:
        try:
            if kind == close_ring.KIND:
                return Offered(finding, kind, self._closed(batch, finding))
            own = [*finding["rows"], *finding["parcels"]]
            return Offered(finding, kind, land.fix(kind, finding, own))
        except Refused as refusal:
            return Offered(finding, kind, None, refusal)

    def _closed(self, batch: Batch, finding: Finding) -> Fix:
        """Answer the row with its rings closed: a ring that is open cannot be laid out."""
        row = self._mends.row(batch.batch_id, finding["rows"][0])
        if row.wkb is None:
            raise Refused("parcel_missing", f"Row {row.row} has no geometry; draw its boundary")
        after = close_ring.closed(row.wkb)
        area = area_m2(after, batch.survey_epsg or 0)
        change = FixedParcel(row.row, None, after, 0.0, area)
        return Fix(close_ring.KIND, finding["id"], 0.0, (change,))

    def _land(self, batch: Batch, findings: Sequence[Finding]) -> Land:
        """Answer the rows of findings and those around them."""
        rows = sorted({row for finding in findings for row in finding["rows"]})
        own = _drawn(self._staging.concerned(batch, rows))
        names, geoms = self._around(batch.batch_id, own)
        epsg, limits = batch.survey_epsg or 0, self._jurisdiction.limits
        scale = limits.scales.get(batch.options.get("map_scale") or 0)
        errors = np.full(len(own), np.nan)
        if scale is not None:
            farmed = farmland(own, self._jurisdiction.land_uses)
            errors = np.where(farmed, scale.farmland_m, scale.point_m)
        known: dict[Name, float] = dict(zip(own.row.tolist(), errors.tolist(), strict=True))
        live, theirs = self._live(findings, epsg)
        return Land(
            [*names, *live],
            np.concatenate([geoms, theirs]),
            epsg,
            known,
            limits,
            fixed=frozenset(live),
        )

    def _live(self, findings: Sequence[Finding], epsg: int) -> tuple[list[Name], Column]:
        """Answer id and geometry of the registered parcels that findings name."""
        wanted = {UUID(parcel) for finding in findings for parcel in finding["parcels"]}
        found = self._surveyed.by_ids(wanted) if wanted else {}
        geoms = np.empty(len(found), dtype=object)
        geoms[:] = [geodesy.transform(p.geom, p.survey_epsg, epsg) for p in found.values()]
        return [str(parcel_id) for parcel_id in found], geoms

    def _around(self, batch_id: UUID, own: ParcelSet) -> tuple[list[int], Column]:
        """Answer number and geometry of the rows near some, these among them."""
        names: list[int] = []
        found = [np.empty(0, dtype=object)]
        if len(own):
            bounds = shapely.bounds(own.geom)
            middle = float((bounds[:, 1].min() + bounds[:, 3].max()) / 2)
            metres = np.array(geodesy.metres_per_unit(own.survey_epsg, middle) * 2)
            boxes = bounds + np.array([-1, -1, 1, 1]) * NEAR_M / metres
            tree = shapely.STRtree(shapely.box(*boxes.T))
            for rows, geoms in self._store.geometries(batch_id):
                near = np.unique(tree.query(geoms)[0])
                near = near[_finite(geoms[near])]
                names += rows[near].tolist()
                found.append(geoms[near])
        return names, np.concatenate(found)


def kinds_of(finding: Finding, kind: str | None) -> tuple[str, ...]:
    """Answer the kinds of fixes for a finding, or the one that is wanted.

    Raises
    ------
    NotFound
        ``no_fix``: none is known for its rule, or not of that kind.
    """
    known = FIXES.get(finding["rule"], ())
    if kind is not None and kind not in known:
        listed = ", ".join(known) or "none"
        raise NotFound(
            "no_fix",
            f"There is no fix {kind} for {finding['rule']}; there are: {listed}",
            kinds=list(known),
        )
    if not known:
        raise NotFound("no_fix", f"There is no fix for {finding['rule']}; mend the row by hand")
    return known if kind is None else (kind,)


def _is_settled(offered: Offered, touched: Mapping[int, Any]) -> bool:
    """Answer whether a fix before this one has done what is asked for."""
    is_fine = offered.refusal is not None and offered.refusal.code == "nothing_to_fix"
    return is_fine and not touched.keys().isdisjoint(offered.finding["rows"])


def _only_proposed() -> Refused:
    return Refused(
        "only_proposed",
        "This would take a parcel away, which only people decide; join it to its neighbour by a "
        "draft once it is in the register",
    )


def _drawn(parcels: ParcelSet) -> ParcelSet:
    """Answer the parcels that have an outline whose coordinates are numbers."""
    there = ~(shapely.is_missing(parcels.geom) | shapely.is_empty(parcels.geom))
    parcels = parcels.take(there)
    return parcels.take(_finite(parcels.geom))


def _finite(geoms: Column) -> Any:
    xy, of = shapely.get_coordinates(geoms, return_index=True)
    finite = np.ones(len(geoms), dtype=bool)
    finite[of[~np.isfinite(xy).all(axis=1)]] = False
    return finite

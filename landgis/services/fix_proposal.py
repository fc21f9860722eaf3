"""A fix of parcels that are in the register: a draft for a second person, never a write."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np

from landgis import geodesy
from landgis.cadastre import edits
from landgis.cadastre.batches import Batch
from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.drafts import Heading, Preview
from landgis.cadastre.edits import EMPTY, Step
from landgis.cadastre.fixes import ONLY_PROPOSED, Fix, Name
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.register import Principal
from landgis.errors import Conflict, NotFound, Refused
from landgis.services.access import check
from landgis.services.editing.drafting import DraftService
from landgis.services.editing.ports import Drafts
from landgis.services.editing.register import boxes_of
from landgis.services.editing.showing import Shown
from landgis.services.fix_land import NEAR_M, Land
from landgis.services.fix_plan import Finding, kinds_of
from landgis.services.fix_ports import Fixes
from landgis.services.load import LoadService
from landgis.services.ports import Findings, Surveyed

UNASKED_M = 0.001
"""As far a registered boundary may be moved without its holders' word (design §8): the millimetre
within which points are one point."""


@dataclass(frozen=True)
class FixProposed:
    """A fix, handed to people as a draft."""

    fix: Fix
    shown: Shown


class FixProposalService:
    """Proposes fixes of registered parcels."""

    def __init__(
        self,
        store: Fixes,
        findings: Findings,
        loads: LoadService,
        surveyed: Surveyed,
        drafts: Drafts,
        drafting: DraftService,
        jurisdiction: Jurisdiction,
    ) -> None:
        self._store = store
        self._findings = findings
        self._loads = loads
        self._surveyed = surveyed
        self._drafts = drafts
        self._drafting = drafting
        self._jurisdiction = jurisdiction

    def propose(
        self,
        batch_id: UUID,
        finding_id: str,
        kind: str,
        heading: Heading,
        by: Principal,
        key: str | None,
    ) -> FixProposed:
        """Open a draft that fixes a finding of a published batch on the live parcels.

        Beyond a millimetre the draft needs what the holders of every parcel at that boundary say,
        before it is handed in.

        Raises
        ------
        NotFound
            ``no_such_batch``, ``no_such_finding``, ``no_fix``.
        Conflict
            ``batch_not_published``; ``parcel_changed``: a parcel of it is no longer as the file
            had it.
        Refused
            Why there is no such fix; ``only_proposed``: parcels are joined by a merge.
        NotAllowed
            ``other_unit``.
        """
        batch = self._published(batch_id, by)
        finding = self._finding(batch, finding_id)
        kinds_of(finding, kind)
        if kind in ONLY_PROPOSED:
            raise Refused(
                "only_proposed", "Join the parcel to its neighbour by a merge, on the map"
            )
        own = self._own(batch, finding, by)
        fix, live = self._fixed(batch, kind, finding, own)
        touched = [live[UUID(str(change.name))] for change in fix.changes]
        for unit in {parcel.unit_code or "" for parcel in touched}:
            check(by, "edit", unit)
        made = tuple(
            replace(parcel, geom=change.after)
            for parcel, change in zip(touched, fix.changes, strict=True)
        )
        net = edits.compose(EMPTY, Step((), made, ()), live)
        op = _op(batch_id, fix, own, touched)
        draft_id = self._drafting.create(heading, by, key).draft.draft_id
        with self._drafts.held(draft_id) as held:
            if not held.draft.steps:  # else the same request has been here before
                held.take_step(Preview(f"fix {finding_id}", held.draft.rev, op, net, None), key)
        return FixProposed(fix, self._drafting.get(draft_id, by))

    def _published(self, batch_id: UUID, by: Principal) -> Batch:
        batch = self._loads.get(batch_id, by)
        if batch.published_revision is None:
            raise Conflict(
                "batch_not_published",
                f"Batch {batch_id} is {batch.status}; its rows are in no register yet: fix them",
            )
        return batch

    def _finding(self, batch: Batch, finding_id: str) -> Finding:
        found = self._findings.named(batch.batch_id, finding_id)
        if not found:
            raise NotFound("no_such_finding", f"Batch {batch.batch_id} has no finding {finding_id}")
        return found[0]

    def _own(self, batch: Batch, finding: Finding, by: Principal) -> list[SurveyedParcel]:
        """Answer the live parcels of a finding, in its order."""
        rows = finding["rows"]
        ids = self._store.live(batch.batch_id, rows)
        wanted = [ids[row] for row in rows if row in ids]
        wanted += [UUID(parcel) for parcel in finding["parcels"]]
        live = self._surveyed.by_ids(wanted)
        gone = [row for row in rows if row not in ids]
        if gone or len(live) < len(wanted):
            raise Conflict(
                "parcel_changed",
                f"Parcels of rows {', '.join(map(str, gone or rows))} are no longer as the file "
                "had them; look at the finding in a newer file or draw the change on the map",
                rows=gone,
            )
        hidden = self._jurisdiction.withheld_uses
        for parcel in live.values():
            if any(share.code in hidden for share in parcel.land_uses) and not by.may(
                "withheld", parcel.unit_code or ""
            ):
                raise NotFound(
                    "no_such_finding", f"Batch {batch.batch_id} has no finding {finding['id']}"
                )
        return [live[parcel_id] for parcel_id in wanted]

    def _fixed(
        self, batch: Batch, kind: str, finding: Finding, own: list[SurveyedParcel]
    ) -> tuple[Fix, Mapping[UUID, SurveyedParcel]]:
        """Answer the fix in the survey plane of its first parcel, and the parcels around."""
        epsg = own[0].survey_epsg
        around = {p.parcel_id: p for p in self._surveyed.near(boxes_of(own, NEAR_M))}
        live = around | {parcel.parcel_id: parcel for parcel in own}
        geoms = np.empty(len(live), dtype=object)
        geoms[:] = [geodesy.transform(p.geom, p.survey_epsg, epsg) for p in live.values()]
        limits = self._jurisdiction.limits
        scale = limits.scales.get(batch.options.get("map_scale") or 0)
        error = float("nan") if scale is None else scale.point_m
        errors: dict[Name, float] = {str(parcel.parcel_id): error for parcel in own}
        land = Land([str(parcel_id) for parcel_id in live], geoms, epsg, errors, limits)
        fix = land.fix(kind, finding, [str(parcel.parcel_id) for parcel in own])
        others = [c.name for c in fix.changes if live[UUID(str(c.name))].survey_epsg != epsg]
        if others:
            raise Refused(
                "other_plane",
                f"Parcel {others[0]} was surveyed in another plane; draw the change on the map",
            )
        return fix, live


def _op(
    batch_id: UUID, fix: Fix, own: list[SurveyedParcel], touched: list[SurveyedParcel]
) -> dict[str, Any]:
    """Answer the step as the draft keeps it, with whose consent it needs."""
    heard = {str(parcel.parcel_id) for parcel in (*own, *touched)}
    return {
        "op": "fix",
        "kind": fix.kind,
        "batch_id": str(batch_id),
        "finding_id": fix.finding_id,
        "moved_m": fix.moved_m,
        "consent_of": sorted(heard) if fix.moved_m > UNASKED_M else [],
    }

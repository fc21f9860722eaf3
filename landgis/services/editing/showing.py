"""A draft as one asker is shown it: its change, what speaks for and against it, what he may do."""

from dataclasses import dataclass, replace
from uuid import UUID

from landgis.cadastre import edits
from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.drafts import PENDING, Draft
from landgis.cadastre.edits import NetChange
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.past import PastVersion
from landgis.cadastre.register import Principal
from landgis.errors import Refused
from landgis.services.deployment import DeploymentService
from landgis.services.editing.checks import (
    GROUND_KEPT,
    GROUND_UNTESTED,
    Check,
    checks,
    of_ground,
    of_neighbours,
)
from landgis.services.editing.ports import EditingStores
from landgis.services.editing.register import boxes_of
from landgis.services.editing.rights import Act, acts
from landgis.services.editing.topology import Topology, made_by, overlap_refused, topology
from landgis.services.editing.view import ChangeView, plane_of, view

NEAR_M = 1.0
"""Around a change where neighbours are looked for; the locks reach as far (design §8)."""


@dataclass(frozen=True)
class ShownChange:
    """A change with the answers to its checks."""

    view: ChangeView
    checks: tuple[Check, ...]


@dataclass(frozen=True)
class Shown:
    """A draft as one asker is shown it."""

    draft: Draft
    sha256: bytes | None
    """Of everything that an approval is bound to; None when there is no change."""

    may: tuple[Act, ...]
    change: ShownChange | None
    sequence: int | None
    """Of the tiles that show the change; None until it is approved."""


class DraftShowing:
    """Shows drafts."""

    def __init__(
        self, stores: EditingStores, deployments: DeploymentService, jurisdiction: Jurisdiction
    ) -> None:
        self._stores = stores
        self._deployments = deployments
        self._withheld = jurisdiction.withheld_uses
        self._limits = jurisdiction.limits
        self._storage_epsg: int | None = None

    def storage_epsg(self) -> int:
        """Answer the plane of storage; once fixed it never changes."""
        if self._storage_epsg is None:
            self._storage_epsg = self._deployments.require().storage_epsg
        return self._storage_epsg

    def draft(self, draft_id: UUID, by: Principal) -> Shown:
        """Answer a draft with its whole change."""
        draft = self._stores.drafts.get(draft_id)
        net = self._stores.drafts.net(draft)
        return Shown(
            draft=draft,
            sha256=digest(draft, net) if len(net) else None,
            may=tuple(acts(draft, by)),
            change=self.change(draft, net, by)[0] if len(net) else None,
            sequence=self._stores.parcels.state().sequence if draft.revision else None,
        )

    def heading(self, draft: Draft, by: Principal) -> Shown:
        """Answer a draft without its change, as lists show it."""
        return Shown(draft, draft.submitted_sha256, tuple(acts(draft, by)), None, None)

    def change(
        self, draft: Draft, net: NetChange, by: Principal, refusal: Refused | None = None
    ) -> tuple[ShownChange, Refused | None]:
        """Answer a change with its checks, and what keeps it from being taken.

        Parameters
        ----------
        net
            A change of this draft, not an empty one.
        refusal
            What keeps it from being taken already; None: only the ground is still to be asked.
        """
        seen = self.seen(net)
        is_pending = draft.state in PENDING
        shown = view(
            net,
            seen,
            provisional=self.provisional(draft, net) if is_pending else frozenset(),
            pending=self._stores.drafts.pending(seen, draft.draft_id) if is_pending else {},
            storage_epsg=self.storage_epsg(),
        )
        ground = self._topology(shown, seen) if is_pending else None
        if refusal is None and ground is not None and ground.overlaps:
            first = ground.overlaps[0]
            refusal = overlap_refused(first, is_hidden=not self.sees(by, first.other))
        answer = _answer(draft, ground)
        asked = checks(shown, answer, refusal.code if refusal else None)
        asked += [] if ground is None else of_neighbours(ground.made)
        visible = shown.only(lambda parcel: self.sees(by, parcel))
        if draft.revision is not None:
            written = self._stores.surveyed.written_by(draft.revision)
            visible = visible.with_fids({p.parcel_id: p.fid for p in written})
        return ShownChange(visible, tuple(asked)), refusal

    def seen(self, net: NetChange) -> dict[UUID, SurveyedParcel]:
        """Answer the parcels before a change, each at the revision it was seen at."""
        versions = self._stores.past.versions([b.parcel_id for b in net.before])
        return {
            before.parcel_id: _surveyed(version)
            for before in net.before
            for version in versions[before.parcel_id]
            if version.revision_from == before.revision
        }

    def sees(self, by: Principal, parcel: SurveyedParcel) -> bool:
        """Answer whether somebody may know a parcel: land may be withheld from the public."""
        hidden = any(share.code in self._withheld for share in parcel.land_uses)
        return not hidden or by.may("withheld", parcel.unit_code or "")

    def provisional(self, draft: Draft, net: NetChange) -> frozenset[UUID]:
        """Answer the parcels of a change whose number nobody holds yet."""
        held = self._stores.numbers.held(draft.draft_id)
        unnumbered = edits.numbered_here(net)
        return frozenset(
            p.parcel_id
            for p in net.after
            if p.parcel_id in unnumbered
            and p.number not in held.get((p.unit_code or "", p.sheet or ""), [])
        )

    def _topology(self, shown: ChangeView, seen: dict[UUID, SurveyedParcel]) -> Topology | None:
        """Answer what a change does to the ground; None when it was seen otherwise than it is."""
        # What only takes parcels away makes no overlap with others, however many there are.
        own = [face.parcel for face in (*shown.own_before, *shown.own_after)]
        near = (
            {p.parcel_id: p for p in self._stores.surveyed.near(boxes_of(own, NEAR_M))}
            if shown.net.after
            else self._stores.surveyed.by_ids(seen)
        )
        for parcel_id, parcel in seen.items():
            live = near.pop(parcel_id, None)
            if live is None or live.revision != parcel.revision:
                return None
        plane = plane_of(shown.net, seen, self.storage_epsg())
        all_of_it = (list(seen.values()), shown.net.after, list(near.values()), plane)
        return replace(topology(*all_of_it), made=made_by(*all_of_it, self._limits))


def digest(draft: Draft, net: NetChange) -> bytes:
    """Answer the hash of what an approval is bound to: the change and what it rests on."""
    extra: dict[str, object] = {
        "record_no": draft.heading.record_no,
        "reason": draft.heading.reason,
        "basis": draft.heading.basis,
        "documents": sorted(paper.sha256.hex() for paper in draft.papers),
    }
    if draft.consents:
        extra["consents"] = [[str(c.parcel_id), c.text] for c in draft.consents]
    return edits.digest(net, extra)


def _answer(draft: Draft, ground: Topology | None) -> Check:
    if draft.state == "approved":
        return GROUND_KEPT  # it was asked under the locks, else there were no approval
    return GROUND_UNTESTED if ground is None else of_ground(ground)


def _surveyed(version: PastVersion) -> SurveyedParcel:
    return SurveyedParcel(
        parcel_id=version.parcel_id,
        fid=version.fid,
        revision=version.revision_from,
        survey_epsg=version.survey_epsg,
        geom=version.geom,
        unit_code=version.unit_code,
        sheet=version.sheet,
        number=version.number,
        old_unit_code=version.old_unit_code,
        old_sheet=version.old_sheet,
        old_number=version.old_number,
        land_uses=version.land_uses,
        register_area_m2=version.register_area_m2,
        address=version.address,
    )

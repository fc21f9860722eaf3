"""A newer file for units that hold live parcels: its difference, as a draft for a second person."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import numpy as np

from landgis.cadastre import edits
from landgis.cadastre.batches import Batch
from landgis.cadastre.changes import ParcelName, SurveyedParcel
from landgis.cadastre.drafts import Heading, Preview
from landgis.cadastre.edits import EMPTY
from landgis.cadastre.exports import BASE_COLUMNS, revision_of
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.register import Principal
from landgis.cadastre.resend import Clash, Difference, Known, Row, Scope, difference, differing
from landgis.cadastre.rules import identity_keys
from landgis.errors import Conflict, Refused
from landgis.services.access import check
from landgis.services.editing.ports import EditingStores
from landgis.services.editing.register import boxes_of
from landgis.services.editing.showing import NEAR_M, DraftShowing, Shown
from landgis.services.editing.topology import Overlap, topology
from landgis.services.editing.work_plane import WorkPlane


@dataclass(frozen=True)
class Proposed:
    """A file's difference, handed to people as a draft."""

    difference: Difference
    shown: Shown


@dataclass(frozen=True)
class _Compared:
    difference: Difference
    live: Mapping[UUID, SurveyedParcel]


class ResendService:
    """Compares staged batches with the live register."""

    def __init__(self, stores: EditingStores, showing: DraftShowing) -> None:
        self._stores = stores
        self._showing = showing

    def difference(self, batch_id: UUID, by: Principal, scope: Scope) -> Difference:
        """Answer what a staged batch would do to the live register; nothing is written.

        Raises
        ------
        Conflict
            ``batch_not_staged``.
        Refused
            ``no_identity``: the batch names its parcels by nothing.
        """
        return self._compared(self._staged(batch_id), by, scope).difference

    def propose(
        self, batch_id: UUID, by: Principal, heading: Heading, scope: Scope, key: str | None
    ) -> Proposed:
        """Open a draft with a batch's difference as its first step.

        Its author hands it in, another person approves it; clashes stay out of it.

        Raises
        ------
        Conflict
            ``batch_not_staged``, ``dry_run``; ``nothing_to_propose``: there is no difference but
            clashes.
        Refused
            ``no_identity``.
        NotAllowed
            ``other_unit``.
        """
        batch = self._staged(batch_id)
        if batch.options.get("dry_run"):
            raise Conflict("dry_run", f"Batch {batch_id} is a dry run; import the file itself")
        compared = self._compared(batch, by, scope)
        found = compared.difference
        net = edits.compose(EMPTY, found.step(), compared.live)
        if not len(net):
            raise Conflict(
                "nothing_to_propose",
                f"{batch.file_name} changes nothing: {found.same} rows as in the register, "
                f"{found.outdated} outdated, {len(found.clashes)} for a person to decide on",
                clashes=len(found.clashes),
            )
        for unit in {p.unit_code or "" for p in net.after} | {b.unit_code for b in net.before}:
            check(by, "edit", unit)
        draft_id = uuid4()
        self._stores.drafts.create(draft_id, heading, by, key)
        op = {"op": "resend", "batch_id": str(batch_id), "scope": scope}
        with self._stores.drafts.held(draft_id) as held:
            step = Preview(f"batch {batch_id}", held.draft.rev, op, net, None)
            held.take_step(step, key)
        return Proposed(found, self._showing.draft(draft_id, by))

    def _staged(self, batch_id: UUID) -> Batch:
        batch = self._stores.staging.get(batch_id)
        if batch.status != "staged":
            raise Conflict(
                "batch_not_staged",
                f"Batch {batch_id} is {batch.status}; only a staged one can be compared",
                state=batch.status,
            )
        if not batch.identity_fields:
            raise Refused(
                "no_identity",
                f"{batch.file_name} names its parcels by nothing, so nobody can say which of the "
                "register's they are; send it with a field that does (--map)",
            )
        return batch

    def _compared(self, batch: Batch, by: Principal, scope: Scope) -> _Compared:
        parcels = self._stores.staging.accepted(batch)
        rows = _rows(parcels, batch.identity_fields)
        units = sorted({row.parcel.unit_code or "" for row in rows})
        for unit in units:
            check(by, "import", unit)
        surveyed = self._stores.surveyed
        live = {_key(p, batch): p for p in surveyed.in_units(units)}
        base = self._stated_base(batch, [row.number for row in rows])
        before = surveyed.last_sent(units) if base is None else surveyed.of_state(units, base)
        sent = {_key(p, batch): p for p in before}
        keys = {key for key in (*live, *sent) if key is not None}
        known = {key: Known(live.get(key), sent.get(key)) for key in keys}
        names = (_key(name, batch) for name in surveyed.names_in(units))
        used = frozenset(key for key in names if key is not None)
        found = difference(rows, known, used, scope)
        by_id = {p.parcel_id: p for p in live.values()}
        clashing = self._overlapping(found, by_id, {row.key: row for row in rows}, batch)
        return _Compared(found.without(clashing), by_id)

    def _stated_base(self, batch: Batch, rows: Sequence[int]) -> int | None:
        """Answer of which revision a file says that it is: the oldest, where its rows differ.

        What is younger than the newest revision here comes out of another register.
        """
        names = {field.name for field in self._stores.staging.raw_fields(batch.batch_id)}
        column = next((name for name in BASE_COLUMNS if name in names), None)
        if column is None:
            return None
        raw = self._stores.staging.raw(batch.batch_id, rows)
        stated = [revision_of(attributes.get(column)) for attributes in raw.attributes]
        known = [revision for revision in stated if revision is not None]
        newest = self._stores.parcels.state().revision
        return min(known) if known and 0 < min(known) <= max(known) <= newest else None

    def _overlapping(
        self,
        found: Difference,
        live: Mapping[UUID, SurveyedParcel],
        rows: Mapping[str | None, Row],
        batch: Batch,
    ) -> dict[UUID, Clash]:
        """Answer the incoming parcels that would overlap others: the worst leaves first."""
        moved = [p for p in found.changed if "geometry" in differing(p, live[p.parcel_id])]
        after = [*moved, *found.created]
        if not after:
            return {}
        goes = [live[p.parcel_id] for p in moved] + list(found.retired)
        gone = {p.parcel_id for p in goes}
        around = self._stores.surveyed.near(boxes_of(after, NEAR_M))
        near = [p for p in around if p.parcel_id not in gone]
        plane = WorkPlane(after[0].survey_epsg, self._showing.storage_epsg())
        clashing: dict[UUID, Clash] = {}
        overlaps = topology(goes, after, near, plane).overlaps
        incoming = {p.parcel_id: p for p in after}
        while overlaps:
            worst = _worst(overlaps, incoming)
            row = rows.get(_key(incoming[worst], batch))
            clashing[worst] = Clash(
                _key(incoming[worst], batch), "overlap", row.number if row else None, ("geometry",)
            )
            overlaps = tuple(
                o for o in overlaps if worst not in (o.parcel.parcel_id, o.other.parcel_id)
            )
        return clashing


def _worst(overlaps: tuple[Overlap, ...], incoming: Mapping[UUID, SurveyedParcel]) -> UUID:
    counts: Counter[UUID] = Counter()
    for overlap in overlaps:
        for parcel in (overlap.parcel, overlap.other):
            if parcel.parcel_id in incoming:
                counts[parcel.parcel_id] += 1
    return counts.most_common(1)[0][0]


def _rows(parcels: ParcelSet, identity_fields: tuple[str, ...]) -> list[Row]:
    keys = identity_keys(parcels, identity_fields)
    return [
        Row(
            int(parcels.row[i]),
            keys[i],
            SurveyedParcel(
                parcel_id=uuid4(),
                fid=None,
                revision=None,
                survey_epsg=parcels.survey_epsg,
                geom=parcels.geom[i],
                unit_code=parcels.unit_code[i],
                sheet=parcels.sheet[i],
                number=parcels.number[i],
                old_unit_code=parcels.old_unit_code[i],
                old_sheet=parcels.old_sheet[i],
                old_number=parcels.old_number[i],
                land_uses=parcels.land_uses[i],
                register_area_m2=_known(parcels.register_area_m2[i]),
                address=parcels.address[i],
            ),
        )
        for i in range(len(parcels))
    ]


def _known(area_m2: float) -> float | None:
    return None if np.isnan(area_m2) else float(area_m2)


def _key(parcel: SurveyedParcel | ParcelName, batch: Batch) -> str | None:
    """Answer what names a parcel, by the same fields as the batch's rows."""
    parts = [getattr(parcel, name) for name in batch.identity_fields]
    return None if None in parts else "/".join(parts)

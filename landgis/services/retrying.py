"""Rows that were held back, examined again beside what was accepted and beside the register."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from uuid import uuid4

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis.cadastre.batches import Batch
from landgis.cadastre.changes import Neighbourhood, SurveyedParcel
from landgis.cadastre.edits.balance import OVERLAP_M2
from landgis.cadastre.findings import Finding
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.mends import (
    IN_REGISTER,
    RegisterName,
    Tried,
    as_surveyed,
    held_back,
    together,
)
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.register import Principal
from landgis.cadastre.rules import Inspection, RuleContext, check_all, identity_keys
from landgis.cadastre.rules.identity import number_reused
from landgis.cadastre.rules.placed import middle
from landgis.cadastre.rules.topology.overlap import REGISTER
from landgis.documents.report import finding_documents
from landgis.services.editing.register import boxes_of
from landgis.services.editing.topology import Overlap, named, overlap_refused, topology
from landgis.services.editing.work_plane import WorkPlane
from landgis.services.ports import LiveGround, Mends, Staging, Surveyed
from landgis.services.register_ground import RegisterGround
from landgis.services.surroundings import Surroundings

NEAR_M = 1.0
"""Around a row where live parcels are looked for; the locks reach as far (design §8)."""


class Retrying:
    """Judges rows of a batch once more."""

    def __init__(
        self,
        mends: Mends,
        staging: Staging,
        surveyed: Surveyed,
        ground: LiveGround,
        jurisdiction: Jurisdiction,
    ) -> None:
        self._ground = ground
        self._mends = mends
        self._staging = staging
        self._surveyed = surveyed
        self._jurisdiction = jurisdiction

    def judge(
        self, batch: Batch, candidates: ParcelSet, storage_epsg: int, by: Principal
    ) -> list[Tried]:
        """Answer what becomes of rows: every rule, and what the register says.

        Rows that are to join a batch which is in the register are held back by every overlap that
        would be refused under the locks, however narrow; others as if they came in with their file.
        """
        rows = frozenset(candidates.row.tolist())
        beside = self._beside(batch, candidates, rows)
        parcels = candidates if beside is None else together(beside, candidates)
        scale, fields = batch.options.get("map_scale"), batch.identity_fields
        surroundings = Surroundings(fields, self._jurisdiction, storage_epsg, scale)
        context = surroundings.of(parcels)
        accepted = frozenset(parcels.row.tolist()) - rows
        if batch.published_revision is None:
            findings = self._beside_live(parcels, candidates, context)
            held = held_back(rows, accepted, findings)
        else:
            findings = check_all(parcels, context, self._jurisdiction.severities)
            held = held_back(rows, accepted, findings)
            sound = candidates.take(~np.isin(candidates.row, list(held)))
            findings += self._beside_register(batch, sound, storage_epsg, by)
            held = held_back(rows, accepted, findings)
        return [_tried(row, held.get(row, ()), findings, batch) for row in sorted(rows)]

    def _beside_live(
        self, parcels: ParcelSet, candidates: ParcelSet, context: RuleContext
    ) -> list[Finding]:
        """Answer what an import of these parcels would find beside the live ones."""
        inspection = Inspection(self._jurisdiction.severities)
        inspection.look_at(parcels, context)
        ground = RegisterGround(context.identity_fields, self._jurisdiction)
        ground.add(candidates.geom, candidates.unit_code)
        said = ground.ask(self._ground, inspection, context.survey_epsg)
        return inspection.findings(parcels, context, said)

    def _beside(
        self, batch: Batch, candidates: ParcelSet, rows: AbstractSet[int]
    ) -> ParcelSet | None:
        """Answer the accepted rows that a rule may compare with, read block by block.

        Beside those of one identity and those near by, as many others as there are candidates:
        some rules ask what share of the parcels is astray.
        """
        fields = batch.identity_fields
        keys = set(identity_keys(candidates, fields)) - {None}
        tree = shapely.STRtree(candidates.geom)
        found: ParcelSet | None = None
        missing = len(candidates)
        for block in self._staging.accepted_blocks(batch):
            others = block.take(~np.isin(block.row, list(rows)))
            wanted = np.array([key in keys for key in identity_keys(others, fields)], dtype=bool)
            wanted[tree.query(others.geom)[0]] = True
            wanted[:missing] = True
            missing = max(missing - len(others), 0)
            chosen = others.take(wanted)
            found = chosen if found is None else together(found, chosen)
        return found

    def _beside_register(
        self, batch: Batch, rows: ParcelSet, storage_epsg: int, by: Principal
    ) -> list[Finding]:
        keys = identity_keys(rows, batch.identity_fields)
        if not len(rows):
            return []
        known = self._mends.named([key for key in keys if key is not None])
        found = [
            _in_register(rows, i, key, known[key]) for i, key in enumerate(keys) if key in known
        ]
        free = np.array([key not in known for key in keys], dtype=bool)
        return found + self._overlapping(rows.take(free), keys[free], storage_epsg, by)

    def _overlapping(
        self, rows: ParcelSet, keys: NDArray[np.object_], storage_epsg: int, by: Principal
    ) -> list[Finding]:
        if not len(rows):
            return []
        surveyed = as_surveyed(rows, [uuid4() for _ in range(len(rows))])
        at = {parcel.parcel_id: i for i, parcel in enumerate(surveyed)}
        near = self._surveyed.near(boxes_of(surveyed, NEAR_M))
        found = []
        for overlap in new_overlaps(surveyed, near, storage_epsg):
            i = at[overlap.parcel.parcel_id]
            other = at.get(overlap.other.parcel_id)
            known = (
                None if other is not None or self._is_hidden(overlap.other, by) else overlap.other
            )
            finding = _overlaps(rows, i, keys[i], overlap, known)
            if other is not None:
                finding = replace(finding, rows=(*finding.rows, int(rows.row[other])))
            found.append(finding)
        return found

    def refuse_overlap(
        self, now: Neighbourhood, rows: Sequence[SurveyedParcel], storage_epsg: int, by: Principal
    ) -> None:
        """Raise ``Refused`` ``new_overlap`` when rows overlap what is in the register now."""
        for overlap in new_overlaps(rows, now.neighbours, storage_epsg):
            raise overlap_refused(overlap, is_hidden=self._is_hidden(overlap.other, by))

    def _is_hidden(self, parcel: SurveyedParcel, by: Principal) -> bool:
        hidden = self._jurisdiction.withheld_uses
        is_withheld = any(share.code in hidden for share in parcel.land_uses)
        return is_withheld and not by.may("withheld", parcel.unit_code or "")


def new_overlaps(
    rows: Sequence[SurveyedParcel], near: Sequence[SurveyedParcel], storage_epsg: int
) -> list[Overlap]:
    """Answer the overlaps of rows with parcels near by and with each other.

    Two parcels on one polygon are a stack (flats, shares), not an overlap.
    """
    plane = WorkPlane(rows[0].survey_epsg, storage_epsg)
    return [o for o in topology((), rows, near, plane).overlaps if not _is_stack(o)]


def _is_stack(overlap: Overlap) -> bool:
    one, other = overlap.parcel, overlap.other
    return one.survey_epsg == other.survey_epsg and bool(
        shapely.equals(shapely.normalize(one.geom), shapely.normalize(other.geom))
    )


def _in_register(rows: ParcelSet, i: int, key: str, known: RegisterName) -> Finding:
    row, where = int(rows.row[i]), middle(rows, i)
    now = {
        "vi": "đang có trong sổ" if known.is_live else "đã từng là số hiệu của một thửa khác",
        "en": "is in the register" if known.is_live else "has named another parcel before",
    }
    return Finding(
        rule=IN_REGISTER if known.is_live else number_reused.RULE,
        outcome="fail",
        message={
            "vi": f"Dòng {row}: số hiệu {key} {now['vi']}.",
            "en": f"Row {row}: {key} {now['en']}.",
        },
        rows=(row,),
        place_xy=where,
        place_epsg=rows.survey_epsg if where else None,
        keys=(key,),
        parcels=(str(known.parcel_id),),
    )


def _overlaps(
    rows: ParcelSet, i: int, key: str | None, overlap: Overlap, known: SurveyedParcel | None
) -> Finding:
    row, area = int(rows.row[i]), overlap.area_m2
    other = named(known) if known is not None else "another parcel"
    which = f"thửa {known.number or '?'} tờ {known.sheet or '?'}" if known else "một thửa khác"
    return Finding(
        rule=REGISTER,
        outcome="fail",
        message={
            "vi": f"Dòng {row} chồng lấn {which} {area:.4f} m².",
            "en": f"Row {row} overlaps {other} by {area:.4f} m².",
        },
        rows=(row,),
        place_xy=middle(rows, i),
        place_epsg=rows.survey_epsg,
        measured=round(area, 4),
        limit=OVERLAP_M2,
        unit="m2",
        keys=(key,) if key else (),
        parcels=(str(known.parcel_id),) if known is not None else (),
    )


def _tried(row: int, reasons: tuple[str, ...], findings: Sequence[Finding], batch: Batch) -> Tried:
    mine = [f for f in findings if f.outcome == "fail" and (row in f.rows or not f.rows)]
    documents = tuple(finding_documents(mine, str(batch.batch_id)))
    return Tried(row, not reasons, reasons, documents)

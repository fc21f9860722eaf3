"""Rows that were held back: what people say otherwise of them, and what becomes of them then."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.batches import RowState
from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import TEXT_COLUMNS, ParcelSet
from landgis.cadastre.triage import held_rows
from landgis.errors import Conflict

FACTS = (*TEXT_COLUMNS, "land_uses", "register_area_m2")
"""What a row says of its parcel beside the geometry."""

IN_REGISTER = Rule(
    code="identity.in_register",
    severity="error",
    title={"vi": "Thửa đất đã có trong sổ", "en": "Identity in the register already"},
    remedy={
        "vi": "Gửi lại tệp rồi lập hồ sơ từ phần khác biệt (landgis propose), "
        "hoặc sửa thửa đất bằng hồ sơ trên bản đồ.",
        "en": "Hand the file in again and propose its difference (landgis propose), or change the "
        "parcel by a draft on the map.",
    },
)

RULES = (IN_REGISTER,)
"""Asked of rows that are to join a batch which is in the register already."""


@dataclass(frozen=True)
class StagedRow:
    """One row of a batch as it stands."""

    row: int
    state: RowState
    reasons: tuple[str, ...]
    version: int
    """How often it has been mended."""

    facts: Mapping[str, Any]
    """By the names in ``FACTS``; all None for a row that could not be read."""

    wkb: bytes | None
    """Geometry in the survey plane; of a row that could not be read, as found."""


@dataclass(frozen=True)
class Mend:
    """What one person said otherwise of one row."""

    row: int
    version: int
    """From 1; the row's version before it was one less."""

    by: str
    reason: str
    before: Mapping[str, Any]
    """What was said otherwise, as it was: facts as JSON values."""

    after: Mapping[str, Any]
    wkb_before: bytes | None = None
    """None, and ``wkb_after`` too: the geometry stayed."""

    wkb_after: bytes | None = None
    at: datetime | None = None
    """None until it is kept."""


@dataclass(frozen=True)
class Tried:
    """What became of a row that was examined again."""

    row: int
    is_accepted: bool
    reasons: tuple[str, ...]
    findings: tuple[dict[str, Any], ...]
    """Everything found on it, as documents."""

    at: datetime | None = None
    by: str = ""
    revision: int | None = None
    """In which it entered the register; None: it has not, or came with its batch."""


class RegisterName(NamedTuple):
    """A parcel that is, or was, named in the register."""

    parcel_id: UUID
    is_live: bool


def admit(batch_id: UUID, row: StagedRow, version: int) -> None:
    """Let pass a mend of a row that still waits and is as it was seen.

    Raises
    ------
    Conflict
        ``row_accepted``; ``stale_row``: somebody else mended it meanwhile.
    """
    if row.state == "accepted":
        raise row_accepted(batch_id, [row.row])
    if row.version != version:
        raise Conflict(
            "stale_row",
            f"Row {row.row} has been mended since you read it (version {version}, now "
            f"{row.version}); read it again",
            version=row.version,
        )


def row_accepted(batch_id: UUID, rows: Sequence[int]) -> Conflict:
    """Answer the refusal to touch rows that were accepted."""
    listed = ", ".join(map(str, rows[:5]))
    return Conflict(
        "row_accepted",
        f"Row {listed} of batch {batch_id} is accepted; what is in the register is changed by a "
        "draft or by a newer file",
        rows=list(rows),
    )


def held_back(
    candidates: AbstractSet[int], accepted: AbstractSet[int], findings: Iterable[Finding]
) -> dict[int, tuple[str, ...]]:
    """Answer row -> codes of the rules that still hold it back; what was accepted stays so.

    A row that repeats another is held back when that one is accepted, whichever came first.

    Parameters
    ----------
    candidates
        Rows that are examined again.
    accepted
        Rows of the batch that had been accepted before.
    """
    reasons: dict[int, set[str]] = {}
    for finding in findings:
        if finding.outcome != "fail" or finding.rule.severity not in ("block", "error"):
            continue
        rows = set(finding.rows) & candidates
        if finding.rule.severity == "block":
            rows = set(candidates)
        elif not accepted & set(finding.rows):
            rows &= set(held_rows(finding))
        for row in rows:
            reasons.setdefault(row, set()).add(finding.rule.code)
    return {row: tuple(sorted(codes)) for row, codes in sorted(reasons.items())}


def as_parcels(rows: Sequence[StagedRow], geoms: Sequence[Any], epsg: int) -> ParcelSet:
    """Answer rows as parcels with these geometries, in their order."""

    def column(values: Sequence[Any]) -> NDArray[Any]:
        made = np.empty(len(rows), dtype=object)
        made[:] = list(values)
        return made

    areas = [row.facts["register_area_m2"] for row in rows]
    return ParcelSet(
        survey_epsg=epsg,
        row=np.array([row.row for row in rows], dtype=np.int64),
        geom=column(geoms),
        land_uses=column([row.facts["land_uses"] or () for row in rows]),
        register_area_m2=np.array([np.nan if a is None else a for a in areas], dtype=np.float64),
        **{name: column([row.facts[name] for row in rows]) for name in TEXT_COLUMNS},
    )


def as_surveyed(parcels: ParcelSet, ids: Sequence[UUID]) -> list[SurveyedParcel]:
    """Answer parcels that no register knows yet one by one, under these ids."""
    return [
        SurveyedParcel(
            parcel_id=ids[i],
            fid=None,
            revision=None,
            survey_epsg=parcels.survey_epsg,
            geom=parcels.geom[i],
            land_uses=parcels.land_uses[i],
            register_area_m2=_known(parcels.register_area_m2[i]),
            **{name: getattr(parcels, name)[i] for name in TEXT_COLUMNS},
        )
        for i in range(len(parcels))
    ]


def _known(area_m2: float) -> float | None:
    return None if np.isnan(area_m2) else float(area_m2)


def together(one: ParcelSet, other: ParcelSet) -> ParcelSet:
    """Answer the parcels of two sets of one plane by row number."""
    columns = {
        name: np.concatenate([getattr(one, name), getattr(other, name)])
        for name in ("row", "geom", *FACTS)
    }
    both = ParcelSet(survey_epsg=other.survey_epsg, **columns)
    return both.take(np.argsort(both.row, kind="stable"))

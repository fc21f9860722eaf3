"""A file sent again, or a newer one: what it changes, measured from what its sender knew.

Three sides: the *rows* of the file, what was *sent* before (the last version that came out of a
file), and what is *live*. What differs from what was sent is the sender's change; what the live
parcel differs from what was sent is the register's. Only one of them may have changed a parcel;
both is a clash, for a person to settle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import shapely

from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.edits.balance import OVERLAP_M2
from landgis.cadastre.edits.net import Step

Scope = Literal["none", "sheet", "unit"]
"""What the file is complete for: a parcel of it that the file leaves out is retired."""

Why = Literal["changed_on_both_sides", "retired_here", "number_used", "no_identity", "overlap"]

FACTS = (
    *("unit_code", "sheet", "number", "old_unit_code", "old_sheet", "old_number"),
    *("land_uses", "register_area_m2", "address"),
)


@dataclass(frozen=True)
class Row:
    """A parcel as the file has it."""

    number: int
    """Of the row in the source."""

    key: str | None
    """What names the parcel, as ``identity_keys`` writes it; None: the row does not say."""

    parcel: SurveyedParcel
    """Under an id of its own, until it is known whose it is."""


@dataclass(frozen=True)
class Known:
    """What the register knows under one key."""

    live: SurveyedParcel | None
    sent: SurveyedParcel | None
    """As a file gave it last, or as the state of the register that the file is of had it; None: no
    file, or no such state, ever did."""


@dataclass(frozen=True)
class Clash:
    """A row or a live parcel that a person has to decide on; nothing happens to it."""

    key: str | None
    why: Why
    row: int | None
    """Row of the file; None: the file leaves the parcel out."""

    fields: tuple[str, ...] = ()
    """What the file says otherwise than the register, ``geometry`` among it."""

    def document(self) -> dict[str, object]:
        """Answer it as JSON values."""
        return {"key": self.key, "why": self.why, "row": self.row, "fields": list(self.fields)}


@dataclass(frozen=True)
class Difference:
    """Everything a file would do to the live register."""

    changed: tuple[SurveyedParcel, ...]
    """Live parcels as they would be, under their own ids."""

    created: tuple[SurveyedParcel, ...]
    retired: tuple[SurveyedParcel, ...]
    clashes: tuple[Clash, ...]
    same: int
    """Rows that say what the register says."""

    outdated: int
    """Rows that repeat what was sent before, while the register has moved on: it stays."""

    absent: int
    """Live parcels sent before that the file leaves out and that stay."""

    def document(self) -> dict[str, object]:
        """Answer it as JSON values; parcels by tile id, new ones by sheet and number."""
        return {
            "changed": [parcel.fid for parcel in self.changed],
            "created": [{"sheet": p.sheet, "number": p.number} for p in self.created],
            "retired": [parcel.fid for parcel in self.retired],
            "same": self.same,
            "outdated": self.outdated,
            "absent": self.absent,
            "clashes": [clash.document() for clash in self.clashes],
        }

    def step(self) -> Step:
        """Answer it as the one step of a draft."""
        return Step(tuple(p.parcel_id for p in self.retired), (*self.changed, *self.created), ())

    def without(self, clashing: Mapping[Any, Clash]) -> "Difference":
        """Answer it without parcels (by id) that turned out to clash."""
        return replace(
            self,
            changed=tuple(p for p in self.changed if p.parcel_id not in clashing),
            created=tuple(p for p in self.created if p.parcel_id not in clashing),
            clashes=(*self.clashes, *clashing.values()),
        )


def difference(
    rows: Sequence[Row], known: Mapping[str, Known], used: frozenset[str], scope: Scope = "none"
) -> Difference:
    """Answer what a file changes.

    Parameters
    ----------
    rows
        Accepted rows, each key once.
    known
        Key -> what the register knows: every live and every sent parcel of the file's units.
    used
        Keys that any parcel ever had.
    scope
        ``none``: what the file leaves out stays.
    """
    changed: list[SurveyedParcel] = []
    created: list[SurveyedParcel] = []
    clashes: list[Clash] = []
    same = outdated = 0
    for row in rows:
        if row.key is None:
            clashes.append(Clash(None, "no_identity", row.number))
            continue
        verdict = _judge(row, known.get(row.key, Known(None, None)), used)
        if isinstance(verdict, Clash):
            clashes.append(verdict)
        elif isinstance(verdict, SurveyedParcel):
            (created if verdict.revision is None else changed).append(verdict)
        elif verdict == "same":
            same += 1
        else:
            outdated += 1
    retired, absent, lost = _left_out(rows, known, scope)
    return Difference(
        changed=tuple(changed),
        created=tuple(created),
        retired=retired,
        clashes=(*clashes, *lost),
        same=same,
        outdated=outdated,
        absent=absent,
    )


def differing(one: SurveyedParcel, other: SurveyedParcel) -> tuple[str, ...]:
    """Answer what two versions of a parcel say differently, ``geometry`` among it.

    A node on a straight boundary is no other geometry: neighbours get them from cuts.
    """
    fields = tuple(name for name in FACTS if getattr(one, name) != getattr(other, name))
    return fields if _same_ground(one, other) else (*fields, "geometry")


def _judge(
    row: Row, known: Known, used: frozenset[str]
) -> SurveyedParcel | Clash | Literal["same", "outdated"]:
    live, sent = known.live, known.sent
    if live is None:
        return _judge_gone(row, sent, used)
    against_live = differing(row.parcel, live)
    if not against_live:
        return "same"
    if sent is not None and not differing(row.parcel, sent):
        return "outdated"
    if sent is not None and differing(live, sent):
        return Clash(row.key, "changed_on_both_sides", row.number, against_live)
    # Where only facts change, the boundary stays with the nodes that cuts have put into it.
    geom = row.parcel.geom if "geometry" in against_live else live.geom
    epsg = row.parcel.survey_epsg if "geometry" in against_live else live.survey_epsg
    return replace(
        row.parcel,
        parcel_id=live.parcel_id,
        fid=live.fid,
        revision=live.revision,
        geom=geom,
        survey_epsg=epsg,
    )


def _judge_gone(
    row: Row, sent: SurveyedParcel | None, used: frozenset[str]
) -> SurveyedParcel | Clash | Literal["outdated"]:
    """Judge a row whose key no live parcel has."""
    if sent is None:
        return Clash(row.key, "number_used", row.number) if row.key in used else row.parcel
    if not (fields := differing(row.parcel, sent)):
        return "outdated"
    return Clash(row.key, "retired_here", row.number, fields)


def _left_out(
    rows: Sequence[Row], known: Mapping[str, Known], scope: Scope
) -> tuple[tuple[SurveyedParcel, ...], int, list[Clash]]:
    """Answer live parcels to retire, how many stay, and those that somebody changed meanwhile."""
    keys = {row.key for row in rows}
    covered = {_place(row.parcel, scope) for row in rows}
    retired: list[SurveyedParcel] = []
    clashes: list[Clash] = []
    absent = 0
    for key, one in known.items():
        if one.live is None or one.sent is None or key in keys:
            continue
        if scope == "none" or _place(one.live, scope) not in covered:
            absent += 1
        elif fields := differing(one.live, one.sent):
            clashes.append(Clash(key, "changed_on_both_sides", None, fields))
        else:
            retired.append(one.live)
    return tuple(retired), absent, clashes


def _place(parcel: SurveyedParcel, scope: Scope) -> tuple[str | None, ...]:
    return (parcel.unit_code, parcel.sheet) if scope == "sheet" else (parcel.unit_code,)


def _same_ground(one: SurveyedParcel, other: SurveyedParcel) -> bool:
    if one.survey_epsg != other.survey_epsg:
        return False
    if one.geom.wkb == other.geom.wkb or one.geom.equals(other.geom):
        return True
    return bool(shapely.symmetric_difference(one.geom, other.geom).area <= OVERLAP_M2)

"""Fixes as mends of rows, there and back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import shapely

from landgis.cadastre.fixes import Fix
from landgis.cadastre.fixes.record import FixedRow, FixRecord, FixWrite
from landgis.cadastre.mends import FACTS, Mend, StagedRow, Tried
from landgis.errors import Conflict
from landgis.services.fix_plan import Offered
from landgis.services.mended_values import as_json


def writes_of(
    fixes: Sequence[Offered], now: Mapping[int, StagedRow], by: str, reason: str
) -> list[FixWrite]:
    """Answer the mends of fixes that follow each other; a row of several is mended as often."""
    rows = dict(now)
    writes = []
    for offered in fixes:
        if offered.fix is not None:
            write = _write(offered, offered.fix, rows, by, reason)
            rows.update((row.row, row) for _, row in write.mends)
            writes.append(write)
    return writes


def _write(
    offered: Offered, fix: Fix, rows: Mapping[int, StagedRow], by: str, reason: str
) -> FixWrite:
    why = f"fix {fix.kind} of finding {fix.finding_id}: {reason}"
    mends, fixed = [], []
    for change in fix.changes:
        was = rows[int(change.name)]
        after: bytes = shapely.to_wkb(change.after)
        mends.append(_mended(was, after, by, why))
        fixed.append(
            FixedRow(
                was.row,
                was.version + 1,
                was.state,
                round(change.area_before_m2, 4),
                round(change.area_after_m2, 4),
                was.reasons,
            )
        )
    record = FixRecord(
        fix_id=uuid4(),
        finding_id=fix.finding_id,
        rule=offered.finding["rule"],
        kind=fix.kind,
        by=by,
        reason=reason,
        moved_m=fix.moved_m,
        rows=tuple(fixed),
    )
    return FixWrite(record, tuple(mends))


def _mended(was: StagedRow, after: bytes | None, by: str, why: str) -> tuple[Mend, StagedRow]:
    """Answer a mend of a row's geometry, and the row then.

    A row that could not be read gets what its attributes say, too.
    """
    is_new = was.state == "unreadable"
    now = replace(
        was,
        version=was.version + 1,
        wkb=after,
        state="quarantined" if is_new else was.state,
    )
    said = {name: as_json(was.facts[name]) for name in FACTS} if is_new else {}
    before = dict.fromkeys(said)
    mend = Mend(was.row, now.version, by, why, before, said, wkb_before=was.wkb, wkb_after=after)
    return mend, now


def undo_write(
    record: FixRecord,
    now: Mapping[int, StagedRow],
    mends: Mapping[int, Sequence[Mend]],
    by: str,
    reason: str,
) -> tuple[FixWrite, dict[int, Any]]:
    """Answer what takes a fix back, and row -> geometry of the rows that can be read then.

    Raises
    ------
    Conflict
        ``already_undone``; ``not_undoable``: it takes another one back itself; ``stale_row``.
    """
    _check_stands(record)
    why = f"undo of fix {record.fix_id}: {reason}"
    written, fixed, geoms = [], [], {}
    for done in record.rows:
        row = now[done.row]
        its, *since = (m for m in mends[row.row] if m.version >= done.version)
        # Fixes made and taken back since have left the row as this one had it.
        if row.wkb != its.wkb_after or any(later.after for later in since):
            raise stale(row.row, done.version, row.version)
        before = its.wkb_before
        mend, then = _mended(row, before, by, why)
        if done.was == "unreadable":
            facts, why_then = dict.fromkeys(FACTS), tuple(done.reasons)
            then = replace(then, state="unreadable", facts=facts, reasons=why_then)
        elif before is not None:
            geoms[row.row] = shapely.from_wkb(before)
        written.append((mend, then))
        areas = (done.area_after_m2, done.area_before_m2)
        fixed.append(FixedRow(row.row, then.version, row.state, *areas, row.reasons))
    undone = replace(
        record,
        fix_id=uuid4(),
        by=by,
        reason=reason,
        rows=tuple(fixed),
        undoes=record.fix_id,
        at=None,
    )
    return FixWrite(undone, tuple(written)), geoms


def waiting_again(tried: Sequence[Tried], record: FixRecord) -> list[Tried]:
    """Answer what becomes of the rows of a fix that is taken back.

    Two rows that held each other back are each accepted when examined alone: what waited before
    the fix waits again, whatever is said of it now.
    """
    held = {row.row: tuple(row.reasons) for row in record.rows if row.was == "quarantined"}
    return [
        replace(t, is_accepted=False, reasons=held[t.row])
        if t.is_accepted and held.get(t.row)
        else t
        for t in tried
    ]


def _check_stands(record: FixRecord) -> None:
    if record.undoes is not None:
        raise Conflict(
            "not_undoable",
            f"Entry {record.fix_id} takes fix {record.undoes} back; make the fix again instead",
        )
    if record.undone_by is not None:
        raise Conflict(
            "already_undone", f"Fix {record.fix_id} has been taken back", by=str(record.undone_by)
        )


def stale(row: int, seen: int | None, version: int) -> Conflict:
    """Answer the refusal to overwrite what somebody else said of a row."""
    as_seen = "without its version" if seen is None else f"at version {seen}"
    return Conflict(
        "stale_row",
        f"Row {row} was seen {as_seen} and is at version {version} now; read the fix again",
        row=row,
        version=version,
    )

"""Fixes of rows that are not in the register: shown, made when asked, taken back."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from landgis.cadastre.acceptance import FindingsWanted
from landgis.cadastre.batches import Batch
from landgis.cadastre.fixes import ONLY_PROPOSED
from landgis.cadastre.fixes.record import FixRecord, FixWrite
from landgis.cadastre.mends import StagedRow, Tried
from landgis.cadastre.register import Principal
from landgis.errors import Conflict, NotFound, Refused
from landgis.services.access import check
from landgis.services.fix_plan import Finding, FixPlanning, Offered, Plan, kinds_of
from landgis.services.fix_ports import Fixes
from landgis.services.fix_verdict import FixVerdict
from landgis.services.fix_writes import stale, undo_write, waiting_again, writes_of
from landgis.services.load import LoadService
from landgis.services.ports import Findings, Mends

MOST_TRIES = 3
"""How often fixes are worked out anew when others change rows meanwhile (own choice)."""

MOST_FIXES = 1000
"""Fixes made at once: each row has its entry in the audit log, and others wait for that."""

OPEN = ("staged", "published")


@dataclass(frozen=True)
class FixAsked:
    """Who wants fixes made, and why."""

    by: Principal
    reason: str


@dataclass(frozen=True)
class Preview:
    """A fix as it would be, or why it is none."""

    offered: Offered
    rows: Mapping[int, StagedRow]
    """The rows that it touches, as they are."""

    tried: tuple[Tried, ...]
    """What would become of these rows."""


@dataclass(frozen=True)
class Made:
    """What was done, or would be."""

    batch: Batch
    fixes: tuple[FixRecord, ...]
    refused: tuple[Offered, ...] = ()
    tried: tuple[Tried, ...] = ()
    left: int = 0
    """Findings of the rule that were not looked at: ask again for them."""


class FixService:
    """Proposes fixes for findings of a batch, makes them and takes them back."""

    def __init__(
        self,
        store: Fixes,
        mends: Mends,
        findings: Findings,
        loads: LoadService,
        planning: FixPlanning,
        verdict: FixVerdict,
    ) -> None:
        self._store = store
        self._mends = mends
        self._findings = findings
        self._loads = loads
        self._planning = planning
        self._verdict = verdict

    def propose(self, batch_id: UUID, finding_id: str, by: Principal) -> list[Preview]:
        """Answer every fix of a finding with what would become of its rows; nothing is written.

        Raises
        ------
        NotFound
            ``no_such_batch``, ``no_such_finding``, ``no_fix``.
        Conflict
            ``batch_not_open``; ``rows_published``.
        """
        batch = self._open(batch_id, by)
        findings = self._named(batch, finding_id)
        return [
            self._preview(batch, offered, by)
            for offered in self._planning.each(batch, findings, None)
        ]

    def make(
        self,
        batch_id: UUID,
        finding_id: str,
        kind: str,
        versions: Mapping[int, int],
        asked: FixAsked,
    ) -> Made:
        """Fix a finding as it was previewed.

        Parameters
        ----------
        versions
            Row -> its version as the asker saw it, of every row that is touched.

        Raises
        ------
        NotFound, Conflict
            As ``propose``; ``stale_row``: somebody else changed a row; ``rows_changing``.
        Refused
            Why there is no such fix; ``only_proposed``; ``fix_holds_back``, ``fix_not_enough``.
        NotAllowed
            ``other_unit``.
        """

        def work(batch: Batch) -> tuple[Plan, list[Tried]]:
            plan = self._planning.together(batch, self._named(batch, finding_id), kind)
            if not plan.fixes:
                raise plan.refused[0].refusal or Refused("no_fix", "There is no such fix")
            now = self._rows(batch, plan.touched)
            self._check(batch, now.values(), asked.by)
            for row in now.values():
                if versions.get(row.row) != row.version:
                    raise stale(row.row, versions.get(row.row), row.version)
            tried, failing = self._verdict.of(batch, plan, now, asked.by)
            for offered in failing:
                raise offered.refusal or Refused("fix_not_enough", "It would not help")
            return plan, tried

        return self._written(batch_id, asked, work)

    def make_all(
        self, batch_id: UUID, rule: str, kind: str | None, asked: FixAsked, *, dry_run: bool
    ) -> Made:
        """Fix all findings of a rule that can be fixed, each on what the ones before left.

        A fix that would hold an accepted row back, or that does not help, is left out.

        ``dry_run`` only says what would be done.

        Raises
        ------
        NotFound, Conflict, NotAllowed
            As ``make``.
        """
        left = 0

        def work(batch: Batch) -> tuple[Plan, list[Tried]]:
            nonlocal left
            kinds_of({"rule": rule}, kind)
            findings, left = self._of_rule(batch, rule)
            return self._sound(batch, findings, kind, asked.by)

        if not dry_run:
            return replace(self._written(batch_id, asked, work), left=left)
        batch = self._open(batch_id, asked.by)
        plan, tried = work(batch)
        writes = writes_of(plan.fixes, self._rows(batch, plan.touched), asked.by.name, asked.reason)
        records = tuple(write.record for write in writes)
        return Made(batch, records, plan.refused, tuple(tried), left)

    def undo(self, batch_id: UUID, fix_id: UUID, asked: FixAsked) -> Made:
        """Take a fix back: its rows are what they were before it, and are examined again.

        A row that waited before waits again for the same reasons; retry it where these are gone.

        Raises
        ------
        NotFound
            ``no_such_batch``, ``no_such_fix``.
        Conflict
            ``already_undone``, ``stale_row``: a row has been changed since; ``rows_published``,
            ``batch_not_open``, ``rows_changing``.
        NotAllowed
            ``other_unit``.
        """
        for _ in range(MOST_TRIES):
            batch = self._open(batch_id, asked.by)
            seen = self._mends.stamp(batch_id)
            record = self._store.get(batch_id, fix_id)
            now = self._rows(batch, [row.row for row in record.rows])
            self._check(batch, now.values(), asked.by)
            mends = {row: self._mends.mends(batch_id, row) for row in now}
            write, geoms = undo_write(record, now, mends, asked.by.name, asked.reason)
            tried = waiting_again(self._verdict.judged(batch, geoms, now, asked.by), record)
            if self._store.write(batch_id, seen, [write], tried, asked.by.name):
                return Made(self._loads.get(batch_id, asked.by), (write.record,), (), tuple(tried))
        raise _changing(batch_id)

    def listed(self, batch_id: UUID, by: Principal) -> list[FixRecord]:
        """Answer the fixes that were made in a batch, what takes them back among them."""
        return self._store.listed(self._loads.get(batch_id, by).batch_id)

    def _preview(self, batch: Batch, offered: Offered, by: Principal) -> Preview:
        if offered.fix is None:
            return Preview(offered, {}, ())
        touched = {int(change.name): change.after for change in offered.fix.changes}
        now = self._rows(batch, touched)
        self._check_staged(batch, now.values())
        if offered.kind in ONLY_PROPOSED:
            return Preview(offered, now, ())
        plan = Plan((offered,), (), touched)
        tried, failing = self._verdict.of(batch, plan, now, by)
        return Preview(failing[0] if failing else offered, now, tuple(tried))

    def _sound(
        self, batch: Batch, findings: Sequence[Finding], kind: str | None, by: Principal
    ) -> tuple[Plan, list[Tried]]:
        """Answer the fixes that help and harm nothing, and what becomes of their rows."""
        bad: list[Offered] = []
        wanted = list(findings)
        while True:
            plan = self._planning.together(batch, wanted, kind)
            now = self._rows(batch, plan.touched)
            self._check(batch, now.values(), by)
            tried, failing = self._verdict.of(batch, plan, now, by)
            if not failing:
                return replace(plan, refused=(*plan.refused, *bad)), tried
            bad += failing
            out = {id(offered.finding) for offered in failing}
            wanted = [finding for finding in wanted if id(finding) not in out]

    def _written(
        self,
        batch_id: UUID,
        asked: FixAsked,
        work: Callable[[Batch], tuple[Plan, list[Tried]]],
    ) -> Made:
        for _ in range(MOST_TRIES):
            batch = self._open(batch_id, asked.by)
            seen = self._mends.stamp(batch_id)
            plan, tried = work(batch)
            now = self._rows(batch, plan.touched)
            writes: list[FixWrite] = writes_of(plan.fixes, now, asked.by.name, asked.reason)
            if not writes or self._store.write(batch_id, seen, writes, tried, asked.by.name):
                records = tuple(write.record for write in writes)
                batch = self._loads.get(batch_id, asked.by)
                return Made(batch, records, plan.refused, tuple(tried))
        raise _changing(batch_id)

    def _check(self, batch: Batch, rows: Collection[StagedRow], by: Principal) -> None:
        """Let pass who may mend these rows."""
        for unit in {row.facts["unit_code"] or "" for row in rows}:
            check(by, "import", unit)
        self._check_staged(batch, rows)

    def _check_staged(self, batch: Batch, rows: Collection[StagedRow]) -> None:
        """Let pass rows that are in no register."""
        live = [row.row for row in rows if row.state == "accepted"]
        if live and batch.published_revision is not None:
            raise Conflict(
                "rows_published",
                f"Rows {', '.join(map(str, live[:5]))} of batch {batch.batch_id} are in the "
                "register; propose the fix as a draft",
                rows=live,
            )

    def _open(self, batch_id: UUID, by: Principal) -> Batch:
        batch = self._loads.get(batch_id, by)
        if batch.status not in OPEN:
            raise Conflict(
                "batch_not_open",
                f"Batch {batch_id} is {batch.status}; only rows of a staged or a published one "
                "can be fixed",
                state=batch.status,
            )
        return batch

    def _named(self, batch: Batch, finding_id: str) -> list[dict[str, Any]]:
        found = self._findings.named(batch.batch_id, finding_id)
        if not found:
            raise NotFound("no_such_finding", f"Batch {batch.batch_id} has no finding {finding_id}")
        return found

    def _of_rule(self, batch: Batch, rule: str) -> tuple[list[Finding], int]:
        """Answer the failures of a rule that nobody accepted or fixed, and how many are left."""
        wanted = FindingsWanted(rule=rule, outcome="fail", accepted=False)
        page = self._findings.page(batch.batch_id, wanted, after=0, limit=2**31 - 2)
        records = self._store.listed(batch.batch_id)
        done = {r.finding_id for r in records if r.undoes is None and r.undone_by is None}
        open_ = [finding for finding in page.findings if finding["id"] not in done]
        return list(open_[:MOST_FIXES]), max(len(open_) - MOST_FIXES, 0)

    def _rows(self, batch: Batch, rows: Collection[int]) -> dict[int, StagedRow]:
        return {row: self._planning.row(batch, row) for row in sorted(rows)}


def _changing(batch_id: UUID) -> Conflict:
    return Conflict("rows_changing", f"Others change rows of batch {batch_id} right now; try again")

"""Rows that were held back: mend them, examine them again, let them into the register."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from landgis.cadastre.batches import Batch
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.mends import (
    FACTS,
    Mend,
    StagedRow,
    Tried,
    admit,
    row_accepted,
)
from landgis.cadastre.register import Principal
from landgis.errors import Conflict, Refused
from landgis.services.access import check
from landgis.services.deployment import DeploymentService
from landgis.services.load import LoadService
from landgis.services.mended_values import (
    Said,
    as_json,
    facts_as_found,
    mended,
    outline,
    profile_of,
)
from landgis.services.ports import Mends, Staging
from landgis.services.retrying import Retrying

MOST_TRIES = 3
"""How often rows are examined anew when others mend meanwhile (own choice)."""


@dataclass(frozen=True)
class MendAsked:
    """A mend that somebody asks for."""

    by: Principal
    version: int
    """Of the row as the asker saw it."""

    reason: str


@dataclass(frozen=True)
class Retried:
    """What became of rows that were examined again."""

    batch: Batch
    rows: tuple[Tried, ...]


class MendService:
    """Mends rows and lets them in, without the rest being sent again."""

    def __init__(
        self,
        mends: Mends,
        staging: Staging,
        retrying: Retrying,
        loads: LoadService,
        deployments: DeploymentService,
        jurisdiction: Jurisdiction,
    ) -> None:
        self._mends = mends
        self._staging = staging
        self._loads = loads
        self._deployments = deployments
        self._jurisdiction = jurisdiction
        self._retrying = retrying

    def mend(self, batch_id: UUID, number: int, said: Said, asked: MendAsked) -> StagedRow:
        """Say something otherwise of a row that waits; it goes on waiting until it is retried.

        Raises
        ------
        NotFound
            ``no_such_batch``, ``no_such_row``.
        Conflict
            ``batch_not_open``, ``row_accepted``, ``stale_row``.
        Refused
            ``nothing_said``; ``geometry_needed``: the row could not be read; what
            ``mended_values`` refuses.
        NotAllowed
            ``other_unit``: of the unit that the row is to lie in.
        """
        batch = self._loads.get(batch_id, asked.by)
        row = self._mends.row(batch_id, number)
        admit(batch_id, row, asked.version)
        if not said.values and said.geometry is None:
            raise Refused("nothing_said", f"Say what is to be otherwise about row {number}")
        if row.state == "unreadable" and said.geometry is None:
            raise Refused(
                "geometry_needed",
                f"Row {number} could not be read ({', '.join(row.reasons)}); give its geometry",
            )
        after = mended(
            self._facts(batch, row),
            said.values,
            profile_of(batch, self._jurisdiction),
            self._jurisdiction,
        )
        if after["unit_code"] is not None:
            check(asked.by, "import", after["unit_code"])
        wkb = None if said.geometry is None else outline(said, batch.survey_epsg or 0)
        now = replace(
            row,
            state="quarantined",
            version=row.version + 1,
            facts=after,
            wkb=row.wkb if wkb is None else wkb,
        )
        mend = _difference(row, now, asked, wkb)
        if not mend.after and wkb is None:
            raise Refused("nothing_said", f"Row {number} says so already; nothing would change")
        self._mends.mend(batch_id, mend, now)
        return now

    def _facts(self, batch: Batch, row: StagedRow) -> dict[str, object]:
        """Answer what a row says; of one that could not be read, what its attributes say."""
        if row.state != "unreadable":
            return dict(row.facts)
        raw = self._staging.raw(batch.batch_id, [row.row])
        attributes = raw.attributes[0] if raw.rows else {}
        return facts_as_found(attributes, batch, self._jurisdiction)

    def retry(self, batch_id: UUID, rows: Sequence[int] | None, by: Principal) -> Retried:
        """Examine rows again; those that nothing holds back any more are accepted.

        Parameters
        ----------
        rows
            None: every quarantined row.

        Raises
        ------
        NotFound
            ``no_such_batch``, ``no_such_row``.
        Conflict
            ``row_accepted``, ``batch_not_open``; ``rows_changing``: others keep mending them.
        Refused
            ``row_unreadable``: nobody has given its geometry yet.
        """
        for _ in range(MOST_TRIES):
            batch = self._loads.get(batch_id, by)
            seen = self._mends.stamp(batch_id)
            tried: list[Tried] = []
            if wanted := self._waiting(batch, rows):
                candidates = self._staging.concerned(batch, wanted)
                storage_epsg = self._deployments.require().storage_epsg
                tried = self._retrying.judge(batch, candidates, storage_epsg, by)
            if self._mends.settle(batch_id, seen, tried, by.name):
                return Retried(self._loads.get(batch_id, by), tuple(tried))
        raise Conflict(
            "rows_changing", f"Others mend rows of batch {batch_id} right now; try again"
        )

    def _waiting(self, batch: Batch, rows: Sequence[int] | None) -> list[int]:
        """Answer the rows to examine, in source order."""
        states = {fate.row: fate.state for fate in self._staging.fates(batch.batch_id)}
        if rows is None:
            return [row for row, state in states.items() if state == "quarantined"]
        for row in rows:
            if row not in states:
                self._mends.row(batch.batch_id, row)  # raises for one that is not there
                raise row_accepted(batch.batch_id, [row])
            if states[row] == "unreadable":
                raise Refused(
                    "row_unreadable", f"Row {row} could not be read; mend its geometry first"
                )
        return sorted(set(rows))


def _difference(was: StagedRow, now: StagedRow, asked: MendAsked, wkb: bytes | None) -> Mend:
    changed = [name for name in FACTS if was.facts[name] != now.facts[name]]
    return Mend(
        row=was.row,
        version=now.version,
        by=asked.by.name,
        reason=asked.reason,
        before={name: as_json(was.facts[name]) for name in changed},
        after={name: as_json(now.facts[name]) for name in changed},
        wkb_before=None if wkb is None else was.wkb,
        wkb_after=wkb,
    )

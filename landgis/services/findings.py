"""What was found in a batch: listed, counted, accepted as it is with a reason."""

from typing import Any
from uuid import UUID

from landgis.cadastre.acceptance import FindingsCount, FindingsPage, FindingsWanted, admit
from landgis.cadastre.register import Principal
from landgis.errors import NotFound, Refused
from landgis.services.access import check
from landgis.services.load import LoadService
from landgis.services.ports import Findings


class FindingService:
    """Shows findings and keeps what people say of them.

    A word on a finding holds for every file in which the same rule fails on the same parcels at
    the same place and by the same measure, whoever hands it in.
    """

    def __init__(self, loads: LoadService, store: Findings) -> None:
        self._loads = loads
        self._store = store

    def page(
        self, batch_id: UUID, by: Principal, wanted: FindingsWanted, *, after: int, limit: int
    ) -> FindingsPage:
        """Answer findings after a number, in the order of the report."""
        batch = self._loads.get(batch_id, by)
        return self._store.page(batch.batch_id, wanted, after=after, limit=limit)

    def named(self, batch_id: UUID, finding_id: str, by: Principal) -> list[dict[str, Any]]:
        """Answer the findings of an id, as a rule one.

        Raises
        ------
        NotFound
            ``no_such_batch``, ``no_such_finding``.
        """
        found = self._store.named(self._loads.get(batch_id, by).batch_id, finding_id)
        if not found:
            raise NotFound("no_such_finding", f"Batch {batch_id} has no finding {finding_id}")
        return found

    def counts(self, batch_id: UUID, by: Principal) -> list[FindingsCount]:
        """Answer how many findings there are of each rule, severity and outcome."""
        return self._store.counts(self._loads.get(batch_id, by).batch_id)

    def accept(self, batch_id: UUID, finding_id: str, by: Principal, why: str) -> None:
        """Say that a finding is right as it is, and why; it stays in every list and report.

        Raises
        ------
        NotFound
            ``no_such_batch``, ``no_such_finding``.
        NotAllowed
            ``other_unit``: of a unit that one of its rows lies in.
        Refused
            ``no_reason``
        Conflict
            ``not_acceptable``, ``already_accepted``.
        """
        for finding in self._admitted(batch_id, finding_id, by):
            admit(finding)
        if not why.strip():
            raise Refused("no_reason", f"Say why finding {finding_id} is right as it is")
        self._store.accept(batch_id, finding_id, by.name, why.strip())

    def take_back(self, batch_id: UUID, finding_id: str, by: Principal) -> None:
        """Say that a finding is no longer accepted, in whichever batch that was said.

        Raises
        ------
        NotFound, NotAllowed
            As ``accept``.
        Conflict
            ``not_accepted``
        """
        self._admitted(batch_id, finding_id, by)
        self._store.take_back(batch_id, finding_id, by.name)

    def _admitted(self, batch_id: UUID, finding_id: str, by: Principal) -> list[dict[str, Any]]:
        """Answer the findings of an id when the asker may act in the units of their rows."""
        found = self.named(batch_id, finding_id, by)
        check(by, "import")
        rows = sorted({row for finding in found for row in finding["rows"]})
        for unit in self._store.units(batch_id, rows):
            check(by, "import", unit)
        return found

"""The identifiers of the whole register, looked through: places outside, and two of one kind."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from landgis.cadastre.findings import Finding, with_severity
from landgis.cadastre.identifier import drift
from landgis.cadastre.identifier.borne import Bearer
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.services.identifying.named import NamedParcels
from landgis.services.identifying.ports import Identifiers
from landgis.services.ports import Progress, silent

AT_ONCE = 2_000


@dataclass(frozen=True)
class Checked:
    """What looking through the register gave."""

    counts: Counter[str]
    """``parcels`` that bear an identifier, ``outside``, ``twice``: borne by several parcels."""

    findings: list[Finding]


class CheckingService:
    """Looks through the identifiers of the register."""

    def __init__(self, store: Identifiers, named: NamedParcels, jurisdiction: Jurisdiction) -> None:
        self._store = store
        self._named = named
        self._severities = jurisdiction.severities

    def check(self, progress: Progress = silent) -> Checked:
        """Answer which live parcels bear an identifier that lies outside of them."""
        found, borne = list[Finding](), Counter[str]()
        for block in self._blocks():
            found += drift.findings(self._named.spots(block))
            borne.update(b.national_id for b in block if b.national_id is not None)
            progress("identifying", borne.total(), None)
        counts = Counter(
            parcels=borne.total(),
            outside=len(found),
            twice=sum(count > 1 for count in borne.values()),
        )
        return Checked(counts, [with_severity(f, self._severities) for f in found])

    def _blocks(self) -> Iterator[list[Bearer]]:
        after = 0
        while block := self._store.identified(after, AT_ONCE):
            yield block
            after = block[-1].parcel.fid or 0

"""Rows that were sound when their file came in, and where a live parcel has come to lie since."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from landgis.cadastre.batches import Batch
from landgis.cadastre.findings import Finding, with_severity
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.live import NearBy
from landgis.cadastre.mends import Tried
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules import identity_keys
from landgis.cadastre.rules.topology.beside import Beside
from landgis.cadastre.topology import Shelf
from landgis.cadastre.triage import reasons_of
from landgis.documents.report import finding_documents
from landgis.errors import Conflict
from landgis.services.covered import Covered
from landgis.services.examine import IN_MEMORY_ROWS, work_folder
from landgis.services.register_ground import ground_of
from landgis.services.shelf import DiskShelf
from landgis.services.surroundings import Surroundings


class Displaced(Conflict):
    """``register_overlap``: rows of a batch overlap what the register has come to hold."""

    def __init__(self, batch: Batch, findings: Sequence[Finding]) -> None:
        held = reasons_of(findings)
        self.tried = [_tried(row, held[row], findings, batch) for row in held]
        """What becomes of the rows."""
        super().__init__(
            "register_overlap",
            f"The register has changed since {batch.file_name} was examined: "
            f"{findings[0].message['en']} {len(held)} row(s) wait to be mended now; publish again "
            "to let the others in",
            rows=list(held),
            parcels=sorted({parcel for finding in findings for parcel in finding.parcels}),
        )


class BesideLive:
    """Compares the accepted rows of a batch with the register, under the locks of its filling."""

    def __init__(
        self,
        batch: Batch,
        total: int,
        rows: Callable[[], Iterator[ParcelSet]],
        storage_epsg: int,
        jurisdiction: Jurisdiction,
    ) -> None:
        self._batch = batch
        self._total = total
        self._rows = rows
        self._storage_epsg = storage_epsg
        self._jurisdiction = jurisdiction

    def refuse(self, near: NearBy) -> None:
        """Raise ``Displaced`` for rows that overlap live parcels."""
        with work_folder() as folder:
            shelf = DiskShelf(folder) if self._total > IN_MEMORY_ROWS else None
            findings = self._overlaps(near, shelf)
        severe = (with_severity(f, self._jurisdiction.severities) for f in findings)
        held = [finding for finding in severe if reasons_of([finding])]
        if held:
            raise Displaced(self._batch, held)

    def _overlaps(self, near: NearBy, shelf: Shelf | None) -> list[Finding]:
        batch, fields = self._batch, self._batch.identity_fields
        scale = batch.options.get("map_scale")
        surroundings = Surroundings(fields, self._jurisdiction, self._storage_epsg, scale)
        covered, beside = Covered(), None
        for block in self._rows():
            context = surroundings.of(block)
            beside = beside or Beside(context, shelf)
            beside.add(block, context, np.ones(len(block), dtype=bool))
            covered.add(block.geom)
        if beside is None:
            return []
        epsg = batch.survey_epsg or 0
        for live in near(covered.boxes_3857(epsg)):
            keys = identity_keys(live.parcels, fields)
            beside.add_ground(ground_of(live, keys, epsg, self._jurisdiction))
        return list(beside.on_ground())


def _tried(row: int, codes: tuple[str, ...], findings: Sequence[Finding], batch: Batch) -> Tried:
    mine = [finding for finding in findings if row in finding.rows]
    return Tried(row, False, codes, tuple(finding_documents(mine, str(batch.batch_id))))

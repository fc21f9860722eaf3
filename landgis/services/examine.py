"""Look at a file without a database: read, normalise, validate, triage, block by block."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from landgis.cadastre.batches import Counts, RowFate
from landgis.cadastre.findings import Finding, with_severity
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.register import Deployment
from landgis.cadastre.rules import Inspection
from landgis.cadastre.rules.at_register import EMPTY
from landgis.cadastre.rules.file import unread
from landgis.cadastre.rules.file.unread import Unread
from landgis.cadastre.rules.geometry import dropped
from landgis.cadastre.triage import reasons_of
from landgis.errors import Refused
from landgis.ingest.archive import OpenedSource
from landgis.ingest.evidence import Choices
from landgis.ingest.layer_rows import LayerRows
from landgis.ingest.normalise import Normalised, Understanding, in_our_words, understand
from landgis.ingest.raw import RawLayer, SourceFile, UnreadableRow
from landgis.ingest.read import open_layers
from landgis.services.left_folders import PREFIX, held, remove_left
from landgis.services.memory import Recall
from landgis.services.ports import AtHand, Progress
from landgis.services.register_ground import RegisterGround, not_at_hand
from landgis.services.shelf import DiskShelf
from landgis.services.shift import shift_findings
from landgis.services.storage_plane import storage_for
from landgis.services.surroundings import Surroundings

IN_MEMORY_ROWS = 131_072
"""Rows of a file whose parcels wait in memory to be compared with each other."""

Reasons = dict[int, tuple[str, ...]]
"""Row number of a quarantined row -> codes of the rules that hold it back."""


@dataclass(frozen=True)
class Block:
    """Some rows of a file, judged by themselves."""

    normalised: Normalised
    reasons: Reasons
    """Of rows that other rows have nothing to do with."""

    broken: tuple[UnreadableRow, ...]
    """Rows that the reader gave and whose geometry could not be built."""

    def fates(self) -> list[RowFate]:
        """Answer what became of every row that the reader gave so far, in row order."""
        rows = self.normalised.parcels.row.tolist()
        held = self.reasons
        fates = [
            RowFate(row, "quarantined", held[row]) if row in held else RowFate(row, "accepted")
            for row in rows
        ]
        lost = fates_of(self.broken)
        return sorted(fates + lost, key=lambda fate: fate.row) if lost else fates


@dataclass(frozen=True)
class Examined:
    """Everything that can be said about a file."""

    source: SourceFile
    normalised: Normalised
    """The layer in our words; of a large one the sample by which it was understood."""

    findings: list[Finding]
    reasons: Reasons
    counts: Counts
    unreadable: tuple[UnreadableRow, ...]
    extent: tuple[float, float, float, float] | None
    """West, south, east, north of the accepted rows in the survey plane; None for none."""

    timings: dict[str, float]
    layer: LayerRows = field(repr=False)
    understood: Understanding = field(repr=False)
    jurisdiction: Jurisdiction = field(repr=False)

    def fates(self) -> list[RowFate]:
        """Answer every row that did not simply pass, in row order."""
        held = [RowFate(row, "quarantined", why) for row, why in self.reasons.items()]
        return sorted(held + fates_of(self.unreadable), key=lambda fate: fate.row)

    def parcels(self, rows: Sequence[int]) -> ParcelSet:
        """Answer the parcels of these rows, in source order; the file must still be there."""
        if self.layer.is_one_block:
            known = self.normalised.parcels
            return known.take(np.isin(known.row, list(rows)))
        raw = self.layer.of(np.array(rows, dtype=np.int64))
        return in_our_words(raw, self.understood, self.jurisdiction).parcels


@contextmanager
def work_folder() -> Iterator[Path]:
    """Give a folder for one file's parts, gone when the block ends, whatever happens.

    What a killed process left goes with the next folder that is asked for.
    """
    remove_left()
    with TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name, held(Path(name)):
        yield Path(name)


class Examination:
    """One file on its way through the checks: begun, then ``blocks``, then ``finish``.

    Parameters
    ----------
    opened, workdir
        What ``open_source`` found, and the folder it found it in.
    deployment
        In whose territory the parcels must lie; None: this file will fix it.
    recall
        Completes the choices by those remembered for such a layer; None: they stand as said.

    Raises
    ------
    Refused
        The file as a whole is not acceptable.
    """

    def __init__(
        self,
        opened: OpenedSource,
        workdir: Path,
        choices: Choices,
        jurisdiction: Jurisdiction,
        *,
        deployment: Deployment | None,
        progress: Progress,
        recall: Recall | None = None,
    ) -> None:
        started = perf_counter()
        progress("reading", 0, None)
        jurisdiction.limits.scale(choices.map_scale)  # before hours are spent
        self.source, self._jurisdiction, self._progress = opened.source, jurisdiction, progress
        self._layer = _only_layer(open_layers(opened, workdir, layer=choices.layer))
        sample, read_at = self._layer.sample(), perf_counter()
        whole = None if self._layer.is_one_block else self._layer
        self.total_rows = self._layer.total_rows
        progress("validating", 0, self.total_rows)
        completed = recall(sample) if recall else choices
        self._understood = understand(sample, jurisdiction, completed, whole)
        self.sample = in_our_words(sample, self._understood, jurisdiction)
        if deployment:
            storage = deployment.storage_epsg
        else:
            storage = storage_for(self.sample.parcels, jurisdiction)
        fields = self._understood.identity.fields
        self._surroundings = Surroundings(fields, jurisdiction, storage, choices.map_scale)
        self._register_ground = RegisterGround(fields, jurisdiction)
        shelf = DiskShelf(workdir) if self.total_rows > IN_MEMORY_ROWS else None
        self._inspection = Inspection(jurisdiction.severities, shelf)
        self._broken: list[UnreadableRow] = []
        self._read = 0
        now = perf_counter()
        self._timings = {"read": read_at - started, "normalise": now - read_at, "validate": 0.0}

    def blocks(self) -> Iterator[Block]:
        """Give every row that the reader gave, judged by itself, a block at a time."""
        known = {lost.row for lost in self._layer.about.unreadable}
        done = len(known)
        for raw in self._raw_blocks():
            started = perf_counter()
            normalised = self._in_our_words(raw)
            normalised_at = perf_counter()
            parcels = normalised.parcels
            found = self._inspection.look_at(
                parcels, self._surroundings.of(parcels, normalised.stated)
            )
            broken = tuple(u for u in normalised.unreadable if u.row not in known)
            block = Block(normalised, reasons_of(found), broken)
            self._count(block)
            self._timings["normalise"] += normalised_at - started
            self._timings["validate"] += perf_counter() - normalised_at
            done += len(raw.rows)
            self._progress("validating", done, self.total_rows)
            yield block

    def finish(self, register: AtHand | None = None) -> Examined:
        """Answer what the blocks together are; ask after the last of them.

        Parameters
        ----------
        register
            The live parcels, to compare the rows with; None: there is no register at hand.

        Raises
        ------
        Refused
            For a blocking finding.
        """
        started = perf_counter()
        findings = self._of_layer(register)
        placed = register.placed if register else None
        findings += shift_findings(self.sample, self._jurisdiction, placed)
        said = dropped.findings_of({n.code: n.count for n in self._layer.about.notes})
        findings += [with_severity(one, self._jurisdiction.severities) for one in said]
        _refuse_blocked(findings, self._layer.about)
        reasons = reasons_of(findings)
        unreadable = (*self._layer.about.unreadable, *self._broken)
        findings += unread.findings_of(Unread(u.row, u.code, u.message) for u in unreadable)
        self._timings["validate"] += perf_counter() - started
        accepted = self._read - len(reasons)
        return Examined(
            source=self.source,
            normalised=self.sample,
            findings=findings,
            reasons=reasons,
            counts=Counts(accepted, len(reasons), len(unreadable)),
            unreadable=tuple(sorted(unreadable, key=lambda lost: lost.row)),
            extent=self._register_ground.extent if accepted else None,
            timings=self._timings,
            layer=self._layer,
            understood=self._understood,
            jurisdiction=self._jurisdiction,
        )

    def _of_layer(self, register: AtHand | None) -> list[Finding]:
        """Answer what the rules find on the layer as a whole, and beside the register."""
        inspection, epsg, said = self._inspection, self._understood.reading.epsg, EMPTY
        if register is not None:
            said = self._register_ground.ask(register.ground, inspection, epsg)
        reused = inspection.named(np.array(list(said.retired), dtype=object))
        wanted = self._layer.of(np.union1d(inspection.repeated(), reused))
        again = in_our_words(wanted, self._understood, self._jurisdiction)
        around = self._surroundings.of(again.parcels, again.stated)
        findings = inspection.findings(again.parcels, around, said)
        return findings if register else findings + not_at_hand(self._jurisdiction)

    def _raw_blocks(self) -> Iterator[RawLayer]:
        return iter([self.sample.raw]) if self._layer.is_one_block else self._layer.blocks()

    def _in_our_words(self, raw: RawLayer) -> Normalised:
        if raw is self.sample.raw:
            return self.sample
        return in_our_words(raw, self._understood, self._jurisdiction)

    def _count(self, block: Block) -> None:
        parcels = block.normalised.parcels
        self._broken += block.broken
        self._read += len(parcels)
        sound = ~np.isin(parcels.row, list(block.reasons))
        self._register_ground.add(parcels.geom[sound], parcels.unit_code[sound])


def examine(
    opened: OpenedSource,
    workdir: Path,
    choices: Choices,
    jurisdiction: Jurisdiction,
    *,
    deployment: Deployment | None,
    progress: Progress,
) -> Examined:
    """Answer everything about the one parcel layer of a file; see ``Examination``."""
    examination = Examination(
        opened, workdir, choices, jurisdiction, deployment=deployment, progress=progress
    )
    for _ in examination.blocks():
        pass
    return examination.finish()


def _only_layer(layers: list[LayerRows]) -> LayerRows:
    if len(layers) > 1:
        names = [layer.about.name for layer in layers]
        raise Refused(
            "several_layers",
            f"The file holds {len(layers)} polygon layers: {', '.join(names)}; name one with "
            "--layer",
            layers=names,
        )
    return layers[0]


def _refuse_blocked(findings: Sequence[Finding], layer: RawLayer) -> None:
    for first in findings:
        if first.outcome == "fail" and first.rule.severity == "block":
            code = first.rule.code.split(".")[-1]
            raise Refused(
                code,
                f"{layer.name}: {first.message['en']} {first.rule.remedy['en']}",
                rule=first.rule.code,
            )


def fates_of(lost: Sequence[UnreadableRow]) -> list[RowFate]:
    """Answer rows that could not be read as fates."""
    return [RowFate(row.row, "unreadable", (row.code,)) for row in lost]

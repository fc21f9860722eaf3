"""A layer of units: recognised by its codes, compared with the list, shown on the map."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from uuid import uuid4

import numpy as np

from landgis import geodesy
from landgis.cadastre.batches import Batch, Counts, RowFate
from landgis.cadastre.findings import Finding
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.profiles import Profile
from landgis.cadastre.register import Principal
from landgis.cadastre.rules import unit_layer
from landgis.cadastre.rules.geometry import dangle, empty, invalid
from landgis.cadastre.rules.identity import same_identity
from landgis.cadastre.triage import Triage, triage
from landgis.documents.report import by_rule, finding_documents, report
from landgis.documents.shown import ImportReport, concerned_by
from landgis.errors import NotAllowed, Refused
from landgis.ingest.archive import OpenedSource
from landgis.ingest.evidence import Choices
from landgis.ingest.normalise import Normalised, normalise
from landgis.ingest.read import read_layers
from landgis.ingest.unit_columns import (
    CodeColumn,
    code_column,
    in_force,
    name_column,
    name_evidence,
)
from landgis.services.deployment import unit_rows
from landgis.services.ports import Progress, Setup
from landgis.services.storage_plane import storage_for
from landgis.services.surroundings import Surroundings

CHECKS = (empty, invalid, dangle, same_identity)
RULES = (*(rule for check in CHECKS for rule in check.RULES), *unit_layer.UNIT_RULES)
IDENTITY = ("unit_code",)


@dataclass(frozen=True)
class ReadUnits:
    """Everything that can be said about a layer of units."""

    opened: OpenedSource
    choices: Choices
    normalised: Normalised
    findings: list[Finding]
    triage: Triage
    seconds: float

    @property
    def counts(self) -> Counts:
        """Answer the rows by fate."""
        return Counts(
            accepted=len(self.triage.accepted),
            quarantined=len(self.triage.quarantined),
            unreadable=len(self.normalised.unreadable),
        )

    def report(self, by: Principal, status: str) -> ImportReport:
        """Answer the report, in the form that every import has."""
        source = self.opened.source
        documents = finding_documents(self.findings, None)
        batch = Batch(
            batch_id=uuid4(),
            file_name=source.name,
            sha256=source.sha256,
            bytes=source.bytes,
            options=self.choices.as_options(),
            status="staged",
            created_by=by.name,
            created_at=datetime.now(UTC),
            counts=self.counts,
            evidence=self.normalised.evidence,
            by_rule=by_rule(documents, RULES),
            timings={"units": self.seconds},
        )
        fates = [RowFate(row, "quarantined", why) for row, why in self.triage.reasons.items()]
        fates += [RowFate(u.row, "unreadable", (u.code,)) for u in self.normalised.unreadable]
        document = report(batch, documents, sorted(fates, key=lambda fate: fate.row))
        return ImportReport(
            {**document, "batch_id": None, "status": status},
            concerned_by(self.normalised.parcels, documents),
        )


def examine_units(
    opened: OpenedSource,
    workdir: Path,
    choices: Choices,
    jurisdiction: Jurisdiction,
    progress: Progress,
) -> ReadUnits:
    """Answer everything about a layer of units, found out without any option.

    Raises
    ------
    Refused
        The file as a whole is not acceptable, or holds no units that are known.
    """
    started = perf_counter()
    progress("reading", 0, None)
    layers = read_layers(opened, workdir, layer=choices.layer)
    if len(layers) > 1:
        names = ", ".join(layer.name for layer in layers)
        raise Refused("several_layers", f"The file holds {names}; name one with --layer")
    raw = layers[0]
    progress("validating", 0, raw.total_rows)
    codes = code_column(raw, jurisdiction)
    said = replace(choices, fields=choices.fields or ((codes.name, "unit_code"),))
    normalised = normalise(raw, _of_units(jurisdiction), said)
    findings = _findings(normalised, codes, jurisdiction)
    progress("validating", raw.total_rows, raw.total_rows)
    parted = triage(normalised.parcels, findings)
    return ReadUnits(opened, choices, normalised, findings, parted, perf_counter() - started)


class UnitLayerService:
    """Gives the units in force the outlines of a file."""

    def __init__(self, setup: Setup, jurisdiction: Jurisdiction) -> None:
        self._setup = setup
        self._jurisdiction = jurisdiction

    def take(self, found: ReadUnits, by: Principal) -> None:
        """Show the accepted outlines from now on; units that are not among them keep theirs.

        Raises
        ------
        NotAllowed
            ``units_everywhere``: units are of the whole deployment.
        """
        if not by.everywhere("import"):
            raise NotAllowed(
                "units_everywhere", "Outlines are of the whole deployment; your units are not all"
            )
        parcels = found.triage.accepted
        lonlat = geodesy.transform(parcels.geom, parcels.survey_epsg, geodesy.LONLAT)
        theirs = dict(zip(parcels.unit_code.tolist(), lonlat, strict=True))
        outlines = MappingProxyType({**self._jurisdiction.outlines, **theirs})
        self._setup.replace_units(unit_rows(replace(self._jurisdiction, outlines=outlines)))


def _of_units(jurisdiction: Jurisdiction) -> Jurisdiction:
    """Answer a jurisdiction in which a row is a unit, named by its code alone."""
    only = Profile(
        name="units",
        title=jurisdiction.name,
        aliases={},
        joined_by="",
        area_unit_m2=1.0,
        identity=IDENTITY,
        requires=(),
        encoding=None,
        crs=None,
        unit_code=None,
        land_use={},
    )
    # Outlines are a picture, not a survey: any plane that can be drawn will do.
    planes = (*jurisdiction.survey_epsgs, geodesy.LONLAT, geodesy.WEB_MERCATOR)
    return replace(jurisdiction, profiles=(only,), identity_fields=IDENTITY, survey_epsgs=planes)


def _findings(
    normalised: Normalised, codes: CodeColumn, jurisdiction: Jurisdiction
) -> list[Finding]:
    """Answer what is wrong with the outlines; what was decided is added to the evidence."""
    parcels, units = normalised.parcels, in_force(jurisdiction)
    storage = storage_for(parcels, jurisdiction)
    context = Surroundings(IDENTITY, jurisdiction, storage).of(parcels)
    found = [finding for check in CHECKS for finding in check.check(parcels, context)]
    where = np.searchsorted(normalised.raw.rows, parcels.row)
    columns = {name: values[where] for name, values in normalised.attributes.items()}
    name = name_column(columns, parcels.unit_code, units)
    found += unit_layer.check(parcels, columns[name] if name else None, units, context)
    mapping = normalised.evidence["mapping"]
    mapping["fields"]["unit_code"]["reason"] = codes.level["reason"]
    if name is not None:
        mapping["fields"]["name"] = name_evidence(name, columns[name])
        mapping["unused"] = [column for column in mapping["unused"] if column != name]
    normalised.evidence["level"] = codes.level
    return found

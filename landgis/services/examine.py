"""Look at a file without a database: read, normalise, validate, triage."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import shapely
import shapely.affinity

from landgis import geodesy
from landgis.cadastre.batches import Counts, RawRows, RowFate
from landgis.cadastre.findings import Finding
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import Column, ParcelSet
from landgis.cadastre.register import Deployment
from landgis.cadastre.rules import RuleContext, check_all, identity_keys
from landgis.cadastre.triage import Triage, triage
from landgis.errors import Refused
from landgis.ingest.archive import OpenedSource
from landgis.ingest.evidence import Choices
from landgis.ingest.normalise import Normalised, normalise
from landgis.ingest.raw import RawLayer, SourceFile
from landgis.ingest.read import read_layers
from landgis.services.derive import extents_lonlat
from landgis.services.left_folders import PREFIX, held, remove_left
from landgis.services.ports import Progress
from landgis.services.storage_plane import storage_for


@dataclass(frozen=True)
class Examined:
    """Everything that can be said about a file."""

    source: SourceFile
    normalised: Normalised
    findings: list[Finding]
    triage: Triage
    timings: dict[str, float]

    @property
    def counts(self) -> Counts:
        """Answer the rows by fate."""
        return Counts(
            accepted=len(self.triage.accepted),
            quarantined=len(self.triage.quarantined),
            unreadable=len(self.normalised.unreadable),
        )

    def fates(self) -> list[RowFate]:
        """Answer what became of every row of the source, in row order."""
        fates = [RowFate(int(row), "accepted") for row in self.triage.accepted.row]
        fates += [RowFate(row, "quarantined", why) for row, why in self.triage.reasons.items()]
        fates += [RowFate(u.row, "unreadable", (u.code,)) for u in self.normalised.unreadable]
        return sorted(fates, key=lambda fate: fate.row)


BEYOND_DEG = 15.0
"""How far beyond its area of use a storage plane may hold parcels, where no outlines say more.

Storage is for comparing neighbours; areas are measured in the survey plane. A country a few UTM
zones wide must fit, a file with swapped axes or degrees for metres must not.
"""


@contextmanager
def work_folder() -> Iterator[Path]:
    """Give a folder for one file's parts, gone when the block ends, whatever happens.

    What a killed process left goes with the next folder that is asked for.
    """
    remove_left()
    with TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name, held(Path(name)):
        yield Path(name)


def examine(
    opened: OpenedSource,
    workdir: Path,
    choices: Choices,
    jurisdiction: Jurisdiction,
    *,
    deployment: Deployment | None,
    progress: Progress,
) -> Examined:
    """Answer everything about the one parcel layer of a file.

    Parameters
    ----------
    opened, workdir
        What ``open_source`` found, and the folder it found it in.
    deployment
        In whose territory the parcels must lie; None: this file will fix it.

    Raises
    ------
    Refused
        The file as a whole is not acceptable; also for a blocking finding.
    """
    started = perf_counter()
    progress("reading", 0, None)
    raw = _only_layer(read_layers(opened, workdir, layer=choices.layer))
    read_at = perf_counter()
    progress("validating", 0, raw.total_rows)
    normalised = normalise(raw, jurisdiction, choices)
    normalised_at = perf_counter()
    storage = (
        deployment.storage_epsg if deployment else storage_for(normalised.parcels, jurisdiction)
    )
    context = _context(normalised, jurisdiction, storage)
    findings = check_all(normalised.parcels, context, jurisdiction.severities)
    parted = triage(normalised.parcels, findings)
    progress("validating", raw.total_rows, raw.total_rows)
    _refuse_blocked(parted, raw)
    timings = {
        "read": read_at - started,
        "normalise": normalised_at - read_at,
        "validate": perf_counter() - normalised_at,
    }
    return Examined(opened.source, normalised, findings, parted, timings)


def _only_layer(layers: list[RawLayer]) -> RawLayer:
    if len(layers) > 1:
        names = ", ".join(layer.name for layer in layers)
        raise Refused(
            "several_layers",
            f"The file holds {len(layers)} polygon layers: {names}; name one with --layer",
            layers=[layer.name for layer in layers],
        )
    return layers[0]


def _context(normalised: Normalised, jurisdiction: Jurisdiction, storage_epsg: int) -> RuleContext:
    language = jurisdiction.languages[0]
    if jurisdiction.outlines:
        territory, name = _outlined(jurisdiction), jurisdiction.name[language]
    else:
        plane = geodesy.plane(storage_epsg)
        territory, name = _box(plane.bounds), f"EPSG:{plane.epsg} ({plane.name})"
    return RuleContext(
        identity_fields=normalised.identity_fields,
        identity=identity_keys(normalised.parcels, normalised.identity_fields),
        extent_lonlat=extents_lonlat(normalised.parcels),
        territory_lonlat=territory,
        territory_name=name,
        storage_geom=_in_storage(normalised.parcels, storage_epsg),
    )


def _in_storage(parcels: ParcelSet, storage_epsg: int) -> Column | None:
    if storage_epsg == parcels.survey_epsg:
        return None
    # A coordinate that is no number has no place in any plane; its own rule speaks of it.
    with np.errstate(invalid="ignore"):
        stored: Column = geodesy.transform(parcels.geom, parcels.survey_epsg, storage_epsg)
    return stored


def _outlined(jurisdiction: Jurisdiction) -> shapely.Geometry:
    """Answer all outlines with the margin around them; the margin is measured in metres."""
    plane = jurisdiction.storage_epsg or geodesy.WEB_MERCATOR
    outlines = np.array(list(jurisdiction.outlines.values()), dtype=object)
    metric = geodesy.transform(outlines, geodesy.LONLAT, plane)
    widened = shapely.buffer(
        shapely.coverage_union_all(metric), jurisdiction.outside_margin_m, quad_segs=4
    )
    return geodesy.transform(widened, plane, geodesy.LONLAT)


def _box(bounds: tuple[float, float, float, float]) -> shapely.Geometry:
    """Answer a plane's area of use and what lies near it, also across the antimeridian."""
    west, south, east, north = bounds
    if east < west:
        east += 360
    south, north = max(south - BEYOND_DEG, -90), min(north + BEYOND_DEG, 90)
    whole = shapely.box(west - BEYOND_DEG, south, east + BEYOND_DEG, north)
    turns = [shapely.affinity.translate(whole, turn, 0) for turn in (-360, 0, 360)]
    return shapely.intersection(shapely.union_all(turns), shapely.box(-180, -90, 180, 90))


def _refuse_blocked(parted: Triage, raw: RawLayer) -> None:
    if parted.blocking:
        first = parted.blocking[0]
        code = first.rule.code.split(".")[-1]
        raise Refused(
            code,
            f"{raw.name}: {first.message['en']} {first.rule.remedy['en']}",
            rule=first.rule.code,
        )


def raw_rows(examined: Examined) -> RawRows:
    """Answer every row that was read, with its attributes and its record as found."""
    raw, columns = examined.normalised.raw, examined.normalised.attributes
    names = list(columns)
    values = zip(*(column.tolist() for column in columns.values()), strict=True)
    rows: list[int] = raw.rows.tolist()
    attributes = (
        [dict(zip(names, row, strict=True)) for row in values] if names else [{}] * len(rows)
    )
    records: list[bytes | None] = [None] * len(rows)
    if raw.records is not None:
        records = [record.tobytes() for record in raw.records]
    return RawRows(rows, attributes, records)

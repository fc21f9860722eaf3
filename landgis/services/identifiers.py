"""National identifiers of parcels in a file: compute them, and compare those that it states."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre.findings import Finding, with_severity
from landgis.cadastre.identifier import feature_points, geohash
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import Column, ParcelSet
from landgis.cadastre.rules import identity_keys
from landgis.cadastre.rules.identity import national_id_far
from landgis.cadastre.rules.identity.national_id import COLUMN, identifiers_of
from landgis.cadastre.rules.identity.national_id_duplicate import NationalIdDuplicate
from landgis.cadastre.rules.identity.national_id_missing import NationalIdMissing
from landgis.errors import Refused
from landgis.ingest.archive import OpenedSource
from landgis.ingest.evidence import Choices
from landgis.ingest.normalise import Normalised, in_our_words, understand
from landgis.ingest.read import open_layers
from landgis.services.ports import Progress
from landgis.services.storage_plane import storage_for
from landgis.services.surroundings import Surroundings

Floats = NDArray[np.float64]


class Identified(NamedTuple):
    """National identifiers with the feature points that they are of."""

    epsg: int
    """Plane of the feature points."""

    points: Floats
    """``(n, 2)`` east and north; NaN for a parcel that has none."""

    lonlat: Floats
    """``(n, 2)`` the same in degrees, WGS 84."""

    identifiers: Column
    """``(n,)`` twelve characters, None for a parcel without a feature point."""


def identify(parcels: ParcelSet, epsg: int) -> Identified:
    """Answer the national identifiers of parcels, in their order.

    Parameters
    ----------
    epsg
        Plane in which the feature points are found, in metres; see ``feature_plane``.
    """
    return identify_geoms(parcels.geom, parcels.survey_epsg, epsg)


def identify_geoms(geoms: Column, survey_epsg: int, epsg: int) -> Identified:
    """Answer the national identifiers of parcels in a survey plane; see ``identify``."""
    return _identified(feature_points(geodesy.transform(geoms, survey_epsg, epsg)), epsg)


def feature_plane(parcels: ParcelSet, jurisdiction: Jurisdiction) -> int:
    """Answer the plane of the feature points: see ``metric_plane``."""
    storage = storage_for(parcels, jurisdiction)
    return metric_plane(parcels.geom, parcels.survey_epsg, storage)


def metric_plane(geoms: Column, survey_epsg: int, storage_epsg: int) -> int:
    """Answer the plane of the feature points: the survey plane, where it is in metres.

    Else the storage plane: within a parcel one grid is a likeness of the other, so the point
    moves by less than a millimetre. Where that is not in metres either, the UTM zone.
    """
    for epsg in (survey_epsg, storage_epsg):
        plane = geodesy.plane(epsg)
        if not plane.is_geographic and plane.unit_m == 1.0:
            return epsg
    x, y = shapely.total_bounds(geoms).reshape(2, 2).mean(axis=0)[:, None]
    lon, lat = geodesy.transform_xy(x, y, survey_epsg, geodesy.LONLAT)
    return geodesy.utm_epsg(float(lon[0]), float(lat[0]))


def identify_place(x: float, y: float, epsg: int) -> Identified:
    """Answer the identifier that a feature point has; x is east or longitude.

    Raises
    ------
    Refused
        ``unknown_crs``; ``no_such_place``: the plane is not made for that place.
    """
    found = _identified(np.array([[x, y]], dtype=np.float64), epsg)
    lon, lat = found.lonlat[0].tolist()
    west, south, east, north = geodesy.plane(epsg).bounds
    within = west <= lon <= east if west <= east else not east < lon < west
    if not (within and south <= lat <= north):
        raise Refused(
            "no_such_place",
            f"{x:.10g} {y:.10g} lies outside the area of EPSG:{epsg}; the first number is east (or "
            "longitude), the second north: tables that write X for north have them the other way",
            srid=epsg,
        )
    return found


class FileIdentifiers:
    """The parcels of one layer of a file, as far as their identifiers go.

    Raises
    ------
    Refused
        As ``Examination``: the file cannot be read, or not be understood.
    """

    def __init__(
        self,
        opened: OpenedSource,
        workdir: Path,
        choices: Choices,
        jurisdiction: Jurisdiction,
        progress: Progress,
    ) -> None:
        progress("reading", 0, None)
        self._jurisdiction, self._progress = jurisdiction, progress
        (self._layer,) = open_layers(opened, workdir, layer=choices.layer)
        sample = self._layer.sample()
        whole = None if self._layer.is_one_block else self._layer
        self._understood = understand(sample, jurisdiction, choices, whole)
        self._sample = in_our_words(sample, self._understood, jurisdiction).parcels
        self.total_rows = self._layer.total_rows
        self.unreadable = len(self._layer.about.unreadable)
        """Rows that could not be read; complete when all blocks were given."""

    def computed(self) -> Iterator[tuple[ParcelSet, Column, Identified]]:
        """Give the parcels, what names each of them, and their identifiers, block by block."""
        epsg = feature_plane(self._sample, self._jurisdiction)
        for normalised in self._blocks():
            parcels = normalised.parcels
            keys = identity_keys(parcels, normalised.identity_fields)
            yield parcels, keys, identify(parcels, epsg)

    def verified(self) -> "Verified":
        """Compare the identifiers that the file states with the computed ones.

        Raises
        ------
        Refused
            ``no_identifiers``: the file has no column of them.
        """
        missing, repeated = NationalIdMissing(), NationalIdDuplicate()
        found: list[Finding] = []
        counts: Counter[str] = Counter(rows=self.total_rows, stated=0)
        around = Surroundings(
            self._understood.identity.fields,
            self._jurisdiction,
            storage_for(self._sample, self._jurisdiction),
        )
        for normalised in self._blocks():
            if COLUMN not in normalised.stated:
                raise Refused(
                    "no_identifiers",
                    f"{self._layer.about.name}: no column holds national identifiers; say which "
                    f"one does with --map FIELD={COLUMN}",
                )
            parcels, stated = normalised.parcels, normalised.stated
            context = around.of(parcels, stated)
            found += national_id_far.check(parcels, context)
            missing.look_at(parcels, context)
            repeated.look_at(parcels, context)
            counts["stated"] += sum(t is not None for t in identifiers_of(stated[COLUMN]))
        found += self._of_layer(missing, repeated, around)
        severities = self._jurisdiction.severities
        return Verified(counts, [with_severity(finding, severities) for finding in found])

    def _of_layer(
        self,
        missing: NationalIdMissing,
        repeated: NationalIdDuplicate,
        around: Surroundings,
    ) -> Iterator[Finding]:
        rows = np.unique(np.concatenate([missing.rows(), repeated.rows()]))
        again = in_our_words(self._layer.of(rows), self._understood, self._jurisdiction)
        context = around.of(again.parcels, again.stated)
        for check in (missing, repeated):
            yield from check.findings(again.parcels, context)

    def _blocks(self) -> Iterator[Normalised]:
        done = self.unreadable
        for raw in self._layer.blocks():
            normalised = in_our_words(raw, self._understood, self._jurisdiction)
            self.unreadable += len(normalised.unreadable)
            yield normalised
            done += len(raw.rows)
            self._progress("identifying", done, self.total_rows)


@dataclass(frozen=True)
class Verified:
    """What comparing the identifiers of a file gave."""

    counts: Counter[str]
    """``rows`` of the file, ``stated``: those that state an identifier."""

    findings: list[Finding]

    @property
    def differs(self) -> bool:
        """Answer whether anything is wrong; what is only told for information is not."""
        return any(f.outcome == "fail" and f.rule.severity != "info" for f in self.findings)


def _identified(points: Floats, epsg: int) -> Identified:
    lon, lat = geodesy.transform_xy(points[:, 0], points[:, 1], epsg, geodesy.LONLAT)
    return Identified(epsg, points, np.column_stack([lon, lat]), geohash.encode(lon, lat))

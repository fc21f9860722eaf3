"""What is true only in one country or province, as values read from one folder of data."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import shapely

from landgis.cadastre.audience import Audience, Withheld, read_audience, read_withheld
from landgis.cadastre.expected import Expected, read_expected
from landgis.cadastre.findings import Severity
from landgis.cadastre.folder import Fields
from landgis.cadastre.identifier import PROCEDURE
from landgis.cadastre.identifier.fates import Fates, read_fates
from landgis.cadastre.landuse import LandUseTable, read_land_uses
from landgis.cadastre.limits import Limits, read_limits
from landgis.cadastre.procedures import Procedure, read_procedure
from landgis.cadastre.profiles import TARGETS, Profile, read_profiles
from landgis.cadastre.search.vocabulary import Vocabulary, read_vocabulary
from landgis.cadastre.sheets import NOMENCLATURES
from landgis.cadastre.units import (
    Succession,
    Unit,
    read_outlines,
    read_successions,
    read_units,
)
from landgis.errors import UsageError

JURISDICTIONS_DIR = Path(__file__).resolve().parent.parent / "jurisdictions"
"""The jurisdictions that ship with landgis, a folder each."""

DRAWN = ("boundary", "label", "number", "area", "land_use")
"""What a cadastral drawing shows of a parcel; a level is named so where nothing else is said."""


@dataclass(frozen=True)
class Jurisdiction:
    """Everything that differs from one cadastre to the next."""

    folder: Path
    code: str
    name: Mapping[str, str]
    languages: tuple[str, ...]
    """First = default."""

    storage_epsg: int | None
    """Plane of the storage geometry; None: set at first use."""

    survey_epsgs: tuple[int, ...]
    """Accepted survey CRSs; empty: any."""

    survey_plane_labels: Mapping[int, Mapping[str, str]]
    units: tuple[Unit, ...]
    successions: tuple[Succession, ...]
    outlines: Mapping[str, shapely.Geometry]
    """Unit code -> Polygon or MultiPolygon in WGS 84 longitude, latitude; simplified."""

    outline_accuracy_m: float
    """Largest distance of a simplified outline from its source, in metres."""

    outside_margin_m: float
    """A parcel farther than this from every outline lies outside the jurisdiction, in metres."""

    land_uses: LandUseTable
    audience: Audience
    withheld: Withheld
    identity_fields: tuple[str, ...]
    repeat_key_share: float
    """A key that repeats in a greater share of the rows is not an identity."""

    severities: Mapping[str, Severity]
    """Rule code -> severity that replaces the rule's own."""

    limits: Limits
    """What the rules compare with, and what each map scale promises."""

    expected: Expected
    """Of the facts that stand beside a boundary."""

    identifier: Procedure | None
    """How the national identifier of a parcel is computed; None: parcels have none."""

    identifier_fates: Fates
    """What each kind of change does to it; empty where parcels have none."""

    sheets: Procedure | None
    """How the code of a sheet says where its frame lies; None: it does not."""

    encodings: tuple[str, ...]
    """Codecs to try on text of unknown encoding, in order of preference."""

    profiles: tuple[Profile, ...]
    vocabulary: Vocabulary
    """The words in which people ask for land."""

    value_patterns: Mapping[str, re.Pattern[str]]
    """Target -> what its values look like as a rule; no rule: only a hint about columns."""

    drawing_levels: Mapping[str, str]
    """``DRAWN`` -> the level of a cadastral drawing that it lies on."""

    centre: tuple[float, float]
    """Longitude and latitude at which the map opens."""

    zoom: float
    time_zone: ZoneInfo
    """Whose clock readings are shown to people."""

    def local_time(self, moment: datetime | None) -> str | None:
        """Answer a moment as its clocks show it, ISO 8601 with offset."""
        return None if moment is None else moment.astimezone(self.time_zone).isoformat()

    @property
    def withheld_uses(self) -> frozenset[str]:
        """Answer the land-use codes that stay out of everything public."""
        return self.withheld.uses


def available() -> tuple[str, ...]:
    """Answer the names of the jurisdictions that ship with landgis."""
    return tuple(sorted(path.parent.name for path in JURISDICTIONS_DIR.glob("*/jurisdiction.toml")))


def find(name: str) -> Path:
    """Answer the folder of a shipped jurisdiction, or of a path to one.

    Raises
    ------
    UsageError
        ``unknown_jurisdiction``, with the list of what there is.
    """
    for folder in (JURISDICTIONS_DIR / name, Path(name)):
        if (folder / "jurisdiction.toml").is_file():
            return folder
    names = ", ".join(available())
    raise UsageError(
        "unknown_jurisdiction",
        f"There is no jurisdiction {name!r}; choose one of {names}, or the path of a folder.",
        jurisdiction=name,
    )


def load(folder: Path) -> Jurisdiction:
    """Read a jurisdiction from its folder.

    Raises
    ------
    UsageError
        ``unknown_jurisdiction`` when there is no such folder; ``bad_jurisdiction`` naming file
        and field.
    """
    if not (folder / "jurisdiction.toml").is_file():
        find(str(folder))
    main = Fields.read(folder / "jurisdiction.toml")
    languages = main.texts("languages") or main.bad("languages", "must name one at least")
    units = read_units(folder / "units.csv")
    land_uses = read_land_uses(folder / "land_use.csv", main.get("farmland", str, None))
    outlines, view, identity = main.child("outlines"), main.child("map"), main.child("identity")
    return Jurisdiction(
        folder=folder,
        code=main.text("code"),
        name=MappingProxyType(main.translated("name", languages)),
        languages=languages,
        storage_epsg=main.get("storage_epsg", int, None),
        survey_epsgs=main.integers("survey_epsgs"),
        survey_plane_labels=_plane_labels(main.child("survey_planes"), languages),
        units=units,
        successions=read_successions(folder / "successions.csv", units),
        outlines=read_outlines(folder / "outlines.geojson", units),
        outline_accuracy_m=outlines.number("accuracy_m"),
        outside_margin_m=outlines.number("outside_margin_m"),
        land_uses=land_uses,
        audience=read_audience(folder / "audience.toml"),
        withheld=read_withheld(main.child("withheld")),
        identity_fields=_identity(identity),
        repeat_key_share=identity.number("repeat_key_share"),
        severities=_severities(main.child("severities")),
        limits=read_limits(main.child("limits"), folder / "scales.csv"),
        expected=_expected(main, land_uses, units),
        identifier=read_procedure(main.child("identifier"), "procedure", (PROCEDURE,)),
        identifier_fates=read_fates(main.child("identifier")),
        sheets=read_procedure(main.child("sheets"), "nomenclature", NOMENCLATURES),
        encodings=main.texts("encodings") or main.bad("encodings", "must name one at least"),
        profiles=read_profiles(folder / "profiles", main.texts("profiles"), languages),
        vocabulary=read_vocabulary(folder / "search.toml"),
        value_patterns=_patterns(main.child("values")),
        drawing_levels=_drawing_levels(main.child("drawing")),
        centre=(float(view.get("lon", (int, float))), float(view.get("lat", (int, float)))),
        zoom=view.number("zoom"),
        time_zone=_time_zone(main),
    )


def _expected(main: Fields, land_uses: LandUseTable, units: tuple[Unit, ...]) -> Expected:
    areas = main.path.parent / "unit_areas.csv"
    return read_expected(main.child("expected"), areas, land_uses.codes, units)


def _time_zone(fields: Fields) -> ZoneInfo:
    try:
        return ZoneInfo(fields.text("time_zone"))
    except (ZoneInfoNotFoundError, ValueError):
        return fields.bad("time_zone", "must be a zone of the IANA time zone database")


def _plane_labels(fields: Fields, languages: Sequence[str]) -> Mapping[int, Mapping[str, str]]:
    labels: dict[int, Mapping[str, str]] = {}
    for epsg, entry in fields.children():
        if not epsg.isdigit():
            fields.bad(epsg, "must be an EPSG code")
        labels[int(epsg)] = MappingProxyType(entry.translated("label", languages))
    return MappingProxyType(labels)


def _drawing_levels(fields: Fields) -> Mapping[str, str]:
    return MappingProxyType({shown: fields.get(shown, str, shown) for shown in DRAWN})


def _identity(fields: Fields) -> tuple[str, ...]:
    names = fields.texts("fields")
    for name in names:
        if name not in TARGETS:
            fields.bad("fields", f"{name!r} is no field of a parcel")
    return names


def _patterns(fields: Fields) -> Mapping[str, re.Pattern[str]]:
    patterns = {}
    for target in fields.table:
        if target not in TARGETS:
            fields.bad(target, f"is no target; there are {', '.join(TARGETS)}")
        try:
            patterns[target] = re.compile(fields.text(target))
        except re.error as problem:
            fields.bad(target, f"is no regular expression: {problem}")
    return MappingProxyType(patterns)


def _severities(fields: Fields) -> Mapping[str, Severity]:
    allowed = get_args(Severity)
    for rule in fields.table:
        if fields.text(rule) not in allowed:
            fields.bad(rule, f"must be one of {', '.join(allowed)}")
    return MappingProxyType(dict(fields.table))

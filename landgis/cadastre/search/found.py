"""What a search finds: values from the register, results with why, and the ranked answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from uuid import UUID

from landgis.cadastre.search.names import UnitName
from landgis.cadastre.units import Succession

Said = Mapping[str, str]
"""A sentence: language -> text."""

LonLat = tuple[float, float]
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees, WGS 84."""

Kind = Literal["parcel", "unit", "place", "point"]

MOST_COUNTED = 1_000
"""Parcels that are counted and boxed for all the places of one answer together."""

EQUAL = 0.03
"""Results that lie no farther apart are equally good. Own choice, as all scores."""

SURE = 0.55
"""The least score of a first result that needs no other look."""


@dataclass(frozen=True)
class FoundParcel:
    """A live parcel as far as a list of results tells of it."""

    parcel_id: UUID
    fid: int
    national_id: str | None
    national_id_status: str | None
    unit_code: str | None
    sheet: str | None
    number: str | None
    old_unit_code: str | None
    old_sheet: str | None
    old_number: str | None
    area_m2: float
    address: str | None
    point: LonLat
    """On the parcel, not at its middle: where its number stands on the map."""

    bbox: Box


@dataclass(frozen=True)
class FoundPlace:
    """Several parcels that share a sheet or an address, and where they lie."""

    unit_code: str | None
    name: str
    parcels: int
    counted: bool
    """False: the place has more, and reaches beyond its box."""

    fid: int
    """Of the oldest of them."""

    bbox: Box


@dataclass(frozen=True)
class NamesAsked:
    """Parcels by sheet and number, of today or of before."""

    sheets: tuple[str, ...] | None
    """Ways to write the sheet; None: any."""

    numbers: tuple[str, ...] | None
    old: bool
    """True: by the names they had."""

    units: tuple[str, ...] | None = None
    """Codes of their units, or of their old units; None: any."""

    within_old: tuple[str, ...] | None = None
    """Codes of old units that they lie in, whatever names are asked; None: any."""


@dataclass(frozen=True)
class AddressAsked:
    """Addresses by their words, folded."""

    words: tuple[tuple[str, ...], ...]
    """Of each word the ways to write it; an address has one of each."""

    units: tuple[str, ...] | None


@dataclass(frozen=True)
class Result:
    """One answer, with how good it is and why."""

    kind: Kind
    key: str
    """What tells it from the other results."""

    title: Said
    score: float
    """0 to 1; only its order and ``EQUAL`` mean something."""

    detail: Said | None = None
    why: tuple[Said, ...] = ()
    parcel: FoundParcel | None = None
    unit: UnitName | None = None
    bbox: Box | None = None
    point: LonLat | None = None
    epsg: int | None = None
    """Plane in which the asked coordinates were read."""

    succession: tuple[Succession, ...] = ()


@dataclass
class Answer:
    """What was understood, what was found, and what would help."""

    query: str
    assumed: list[Said] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    ambiguous: bool = False
    more: bool = False
    """True: there are results beyond those listed."""

    next: list[Said] = field(default_factory=list)


def ranked(results: Sequence[Result], limit: int) -> tuple[list[Result], bool, bool]:
    """Answer the best results, whether the first is not certain, and whether some were left off."""
    best: dict[str, Result] = {}
    for result in results:
        known = best.get(result.key)
        if known is None or known.score < result.score:
            best[result.key] = result
    ordered = sorted(best.values(), key=lambda r: -r.score)
    ordered = [replace(r, score=round(r.score, 3)) for r in ordered]
    if not ordered:
        return [], False, False
    equals = len(ordered) > 1 and ordered[0].score - ordered[1].score <= EQUAL
    unsure = ordered[0].score < SURE
    return ordered[:limit], equals or unsure, len(ordered) > limit

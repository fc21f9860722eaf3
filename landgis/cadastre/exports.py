"""The register as a file: what is asked for, its parcels block by block, the columns they fill."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple
from uuid import UUID

from landgis.cadastre.parcels import LandUseShare

Kind = Literal["text", "integer", "number"]


class FileField(NamedTuple):
    """A column of a file."""

    name: str
    kind: Kind
    width: int = 254
    """Most bytes that a text of it takes in UTF-8, as far as is known."""

    encoding: str = "utf-8"
    """Of its text, where a format lets it be another one."""


@dataclass(frozen=True)
class ExportWanted:
    """Which parcels an export is about."""

    as_of: datetime | int | None = None
    """What the register knew then: a moment, a revision, None for now."""

    effective_on: date | None = None
    """Only what was so in law on a day."""

    unit: str | None = None
    withheld: bool = False
    """True: with the land that is left out of everything public."""

    like: UUID | None = None
    """Batch whose rows are to be told beside the parcels."""


@dataclass(frozen=True)
class PlaneShare:
    """The parcels of an export that were surveyed in one plane."""

    epsg: int
    parcels: int
    is_multi: bool
    """True: some have several parts."""

    widths: Mapping[str, int]
    """Text column -> bytes of its longest value in UTF-8."""


@dataclass(frozen=True)
class Contents:
    """What an export will hold, known before the first parcel is read."""

    revision: int
    at: datetime | None
    """When the revision was published."""

    planes: tuple[PlaneShare, ...]
    left_out: int
    """Parcels that are withheld and not asked for."""

    @property
    def parcels(self) -> int:
        """Answer how many parcels it will hold."""
        return sum(plane.parcels for plane in self.planes)


@dataclass(frozen=True)
class ExportBlock:
    """Some parcels as columns of one length, surveyed in one plane."""

    epsg: int
    wkb: Sequence[bytes]
    """Vertices bit for bit as surveyed."""

    facts: Mapping[str, Sequence[Any]]
    """``FACTS`` by name; ``land_uses`` as tuples of LandUseShare."""

    sent: Sequence["Sent | None"] = ()
    """With ``like``: what the batch said of each parcel; None: nothing."""

    def __len__(self) -> int:
        return len(self.wkb)


class Sent(NamedTuple):
    """A parcel as a batch brought it."""

    row: int
    facts: Mapping[str, Any]
    is_same_place: bool
    """True: its boundary has not changed since."""


COMPARED = (
    *("unit_code", "sheet", "number", "old_unit_code", "old_sheet", "old_number"),
    *("land_uses", "register_area_m2", "address"),
)
"""Facts that a file gives a parcel."""

TEXTS = (
    *("national_id", "unit_code", "sheet", "number"),
    *("old_unit_code", "old_sheet", "old_number", "address"),
)
FACTS = ("parcel_id", "fid", "area_m2", "revision", "effective_from", *TEXTS,
         "land_uses", "register_area_m2")  # fmt: skip

BASE_REVISION = "base_revision"
BASE_COLUMNS = (BASE_REVISION, BASE_REVISION[:10])
"""What a file calls it; a .dbf cuts names to ten letters."""
"""Column that says which state of the register a file holds."""

OWN: Mapping[str, Kind] = MappingProxyType(
    {
        "parcel_id": "text",
        "fid": "integer",
        "national_id": "text",
        "unit_code": "text",
        "sheet": "text",
        "number": "text",
        "old_unit_code": "text",
        "old_sheet": "text",
        "old_number": "text",
        "land_use": "text",
        "use_areas": "text",
        "register_area_m2": "number",
        "area_m2": "number",
        "address": "text",
        "revision": "integer",
        "effective_from": "text",
        BASE_REVISION: "integer",
    }
)
"""Columns of the register's own files, which the profile ``landgis`` understands."""

UUID_LETTERS, DAY_LETTERS = 36, 10


def own_fields(planes: Sequence[PlaneShare]) -> list[FileField]:
    """Answer the columns of the register's own files, as wide as their texts are."""
    widths = {name: max((p.widths.get(name, 0) for p in planes), default=0) for name in OWN}
    widths |= {"parcel_id": UUID_LETTERS, "effective_from": DAY_LETTERS}
    return [FileField(name, kind, max(widths[name], 1)) for name, kind in OWN.items()]


def own_columns(block: ExportBlock, base_revision: int) -> list[Sequence[Any]]:
    """Answer the values of ``OWN`` for some parcels."""
    facts = block.facts
    made: dict[str, Sequence[Any]] = {
        "parcel_id": [str(value) for value in facts["parcel_id"]],
        "land_use": [uses_text(shares) for shares in facts["land_uses"]],
        "use_areas": list(map(areas_text, facts["land_uses"], facts["register_area_m2"])),
        "effective_from": [None if d is None else d.isoformat() for d in facts["effective_from"]],
        BASE_REVISION: [base_revision] * len(block),
    }
    return [made[name] if name in made else facts[name] for name in OWN]


def uses_text(shares: Sequence[LandUseShare]) -> str | None:
    """Answer land uses as files write them: ``ONT+CLN``; None for none."""
    return "+".join(share.code for share in shares) or None


def areas_text(shares: Sequence[LandUseShare], register_area: float | None) -> str | None:
    """Answer the areas of land uses in their order, None where they follow from the parcel.

    Examples
    --------
    >>> areas_text((LandUseShare("ONT", 200.0), LandUseShare("CLN", None)), 250.5)
    '200.0+?'
    """
    areas = [share.area_m2 for share in shares]
    if areas == [None] * len(areas) if len(areas) > 1 else areas in ([], [register_area]):
        return None
    return "+".join(UNKNOWN if area is None else repr(area) for area in areas)


UNKNOWN = "?"
"""Area of a land use that nobody stated, among others."""

Columns = Callable[[ExportBlock], list[Sequence[Any]]]
"""Answers the values of a file's columns for some parcels."""


def revision_of(value: Any) -> int | None:
    """Answer the revision that a cell states, whatever a program made of the number; None: none."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return int(number) if number.is_integer() else None

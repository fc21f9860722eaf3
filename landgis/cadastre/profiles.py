"""How senders name the fields of their files, as values; choosing one is ingest's work."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from landgis.cadastre.folder import Fields

PERSONAL_NUMBER = "personal_number"
"""Number of a person's identity paper: of it the rules see the form, nobody the value."""

STATED = (
    *("national_id", "survey_area_m2", "use_areas", "term_end"),
    *("created_on", "updated_on", "ended_on", PERSONAL_NUMBER),
)
"""Targets that no parcel keeps: the rules compare what they say with the parcel.

``use_areas`` are the areas of the land uses in their order, ``200+50.5``; ``created_on``,
``updated_on`` and ``ended_on`` the days on which the record of the parcel began, changed, ended.
"""

PERSONAL = ("owner", PERSONAL_NUMBER)
"""Targets whose columns are about persons: never loaded or shown."""

TARGETS = (
    *("unit_code", "sheet", "number", "old_unit_code", "old_sheet", "old_number", "land_use"),
    *("register_area_m2", "address", "status", "owner"),
    *STATED,
)
"""What a column can be. ``owner`` gathers every column about persons: never loaded or shown."""


@dataclass(frozen=True)
class Profile:
    """How one kind of sender names the fields of a parcel file."""

    name: str
    title: Mapping[str, str]
    aliases: Mapping[str, tuple[str, ...]]
    """Target -> accepted column names, best first; ``a+b`` joins the values of two columns."""

    joined_by: str
    """What stands between joined values."""

    area_unit_m2: float
    """Square metres of the unit in which the sender writes register areas."""

    identity: tuple[str, ...]
    """Targets that together identify a parcel; empty when the sender names no identity."""

    requires: tuple[str, ...]
    """Columns that must all be there before the profile is proposed; ``A|B``: any of these."""

    encoding: str | None
    """Encoding to assume when detection cannot tell."""

    crs: str | None
    """CRS (``EPSG:n``) to assume when the file declares none."""

    unit_code: str | None
    """The one unit that all files of this sender are about, when no column says it."""

    land_use: Mapping[str, str]
    """Sender's land-use values -> codes of the jurisdiction, for senders with their own words."""


def read_profiles(
    folder: Path, names: Sequence[str], languages: Sequence[str]
) -> tuple[Profile, ...]:
    """Read ``<name>.toml`` of each profile, in the order in which they are to be tried.

    Raises
    ------
    UsageError
        ``bad_jurisdiction`` naming file and field.
    """
    return tuple(_profiles(folder, names, languages))


def _profiles(folder: Path, names: Sequence[str], languages: Sequence[str]) -> Iterator[Profile]:
    for name in names:
        main = Fields.read(folder / f"{name}.toml")
        aliases = main.child("aliases")
        identity = main.texts("identity")
        for target in (*aliases.table, *identity):
            if target not in TARGETS:
                main.bad(target, f"is no target; there are {', '.join(TARGETS)}")
        yield Profile(
            name=name,
            title=MappingProxyType(main.translated("title", languages)),
            aliases=MappingProxyType({target: aliases.texts(target) for target in aliases.table}),
            joined_by=main.get("joined_by", str, ""),
            area_unit_m2=float(main.get("area_unit_m2", (int, float), 1)),
            identity=identity,
            requires=main.texts("requires"),
            encoding=main.get("encoding", str, None),
            crs=main.get("crs", str, None),
            unit_code=main.get("unit_code", str, None),
            land_use=MappingProxyType(
                {
                    value: main.child("land_use").text(value)
                    for value in main.child("land_use").table
                }
            ),
        )

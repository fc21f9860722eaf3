"""Who may see what: the table of fields and the land that stays out of everything public."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from landgis.cadastre.folder import Fields

AUDIENCES = ("public", "officer", "authorised", "nobody")
"""Who may see a field, widest first; ``authorised``: officers with a stated purpose, logged."""


@dataclass(frozen=True)
class FieldAudience:
    """Who sees one field of a parcel, and by which law."""

    audience: str
    basis: Mapping[str, str]
    """document, article, date, class, as in ``findings.Rule``."""


MOST_PAGED = 10_000
"""Parcels that anybody may page through where the table says no number."""


@dataclass(frozen=True)
class Audience:
    """Which field is seen by whom. A field that is not in the table is seen by nobody."""

    fields: Mapping[str, FieldAudience]
    most_paged: int = MOST_PAGED
    """Parcels of one answer that anybody may page through: looking is public, a copy is not."""

    def public_fields(self) -> frozenset[str]:
        """Answer the fields that anyone may see."""
        return frozenset(name for name, field in self.fields.items() if field.audience == "public")

    def may_see(self, audience: str, field: str) -> bool:
        """Answer whether ``audience`` (public, officer or authorised) sees ``field``."""
        entry = self.fields.get(field)
        if entry is None or entry.audience == "nobody":
            return False
        return AUDIENCES.index(entry.audience) <= AUDIENCES.index(audience)


@dataclass(frozen=True)
class Withheld:
    """Land that is left out of everything public."""

    uses: frozenset[str]
    """Land-use codes; a parcel with any of them is withheld as a whole."""

    basis: Mapping[str, str] | None
    """None where nothing is withheld."""


def read_audience(path: Path) -> Audience:
    """Read ``audience.toml``: legal bases by name, for each field an audience and a basis, and how
    far anybody may page.

    Raises
    ------
    UsageError
        ``bad_jurisdiction`` naming the field.
    """
    main = Fields.read(path)
    bases = {name: main.child("basis").basis(name) for name in main.child("basis").table}
    fields: dict[str, FieldAudience] = {}
    for name, entry in main.child("fields").children():
        audience, basis = entry.text("audience"), entry.text("basis")
        if audience not in AUDIENCES:
            entry.bad("audience", f"must be one of {', '.join(AUDIENCES)}, not {audience!r}")
        if basis not in bases:
            entry.bad("basis", f"names no basis of this file: {basis!r}")
        fields[name] = FieldAudience(audience, MappingProxyType(bases[basis]))
    return Audience(MappingProxyType(fields), _most_paged(main.child("paging"), bases))


def _most_paged(entry: Fields, bases: Mapping[str, Mapping[str, str]]) -> int:
    if not entry.table:
        return MOST_PAGED
    most: int = entry.get("parcels", int)
    if most < 1:
        entry.bad("parcels", f"must be 1 at least, not {most}")
    if entry.text("basis") not in bases:
        entry.bad("basis", f"names no basis of this file: {entry.text('basis')!r}")
    return most


def read_withheld(fields: Fields) -> Withheld:
    """Read the ``[withheld]`` table: land-use codes and the legal basis of leaving them out."""
    uses = frozenset(fields.texts("uses"))
    return Withheld(uses, MappingProxyType(fields.basis("basis")) if uses else None)

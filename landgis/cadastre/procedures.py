"""Procedures that a jurisdiction has chosen by name, with the text that prescribes them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from landgis.cadastre.folder import Fields


@dataclass(frozen=True)
class Procedure:
    """One procedure of several that landgis knows."""

    name: str
    basis: Mapping[str, str]
    """Document, article, date and class."""

    planes: tuple[int, ...]
    """EPSG codes of the survey planes that it is defined in."""


def read_procedure(fields: Fields, field: str, known: Collection[str]) -> Procedure | None:
    """Read a procedure's name, its basis and its planes; None where the table is missing.

    Raises
    ------
    UsageError
        ``bad_jurisdiction`` naming the field; a name that is not ``known``.
    """
    if not fields.table:
        return None
    name = fields.text(field)
    if name not in known:
        fields.bad(field, f"{name!r} is not known; there are {', '.join(sorted(known))}")
    return Procedure(name, fields.basis("basis"), fields.integers("planes"))

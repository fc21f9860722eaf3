"""What names a parcel in a file: its jurisdiction's fields, its sender's, or one telling column."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import Column
from landgis.errors import Refused
from landgis.ingest.profile import FieldMapping

FEWEST_ROWS = 10
"""In fewer rows any column is unique by chance."""


@dataclass(frozen=True)
class Identity:
    """What names a parcel, and how it was found."""

    fields: tuple[str, ...]
    """ParcelSet columns that together name a parcel; empty: the source names none."""

    column: str | None = None
    """The column that was taken for the parcel number because it names every row."""


class Telling(Protocol):
    """A whole layer of which only a sample is at hand."""

    @property
    def rows(self) -> NDArray[np.int64]:
        """Answer the record numbers of all rows."""

    def distinct(self, names: tuple[str, ...]) -> int:
        """Answer how many different combinations of values columns of the file hold."""

    def values(self, name: str) -> Column:
        """Answer one whole column."""


def identify(
    codes: Mapping[str, Column],
    mapping: FieldMapping,
    attributes: Mapping[str, Column],
    jurisdiction: Jurisdiction,
    whole: Telling | None = None,
) -> Identity:
    """Answer what names a parcel in this file.

    The jurisdiction's fields where it has them, else the profile's, else one column that is unique
    and filled, else nothing. A key that repeats too often is no identity either.

    Parameters
    ----------
    codes
        Columns of a ParcelSet by name: those that an identity may be made of.
    whole
        The layer of which ``codes`` and ``attributes`` are a sample; None: they are all of it.

    Raises
    ------
    Refused
        ``identity_missing``: no column gives a field of the identity.
    """
    fields = jurisdiction.identity_fields or mapping.identity
    _require(codes, fields, mapping)
    if jurisdiction.identity_fields:
        return Identity(fields)
    if fields:
        repeated = _repeated(codes, fields, mapping, whole)
        return Identity(() if repeated > jurisdiction.repeat_key_share else fields)
    column = _telling_column(mapping, attributes, whole)
    if column is None or "number" in mapping.columns:
        return Identity(())
    return Identity(("number",), column)


def _require(codes: Mapping[str, Column], fields: tuple[str, ...], mapping: FieldMapping) -> None:
    rows = len(next(iter(codes.values())))
    missing = [name for name in fields if all(v is None for v in codes[name])]
    if rows and missing:
        named = ", ".join(mapping.unused + mapping.personal) or "all used"
        raise Refused(
            "identity_missing",
            f"No field of the file gives {', '.join(missing)}; its fields are {named}. Say which "
            "one with --map FIELD=target, or the unit with --unit CODE",
            missing=missing,
        )


def _repeated(
    codes: Mapping[str, Column],
    fields: tuple[str, ...],
    mapping: FieldMapping,
    whole: Telling | None,
) -> float:
    """Answer which share of the rows repeats the identity of an earlier one."""
    if whole is None:
        keys = list(zip(*(codes[name] for name in fields), strict=True))
        return 1 - len(set(keys)) / max(len(keys), 1)
    known = [mapping.columns[target] for target in fields if target in mapping.columns]
    names = {name for choice in known for name in choice.columns}
    return 1 - whole.distinct(tuple(sorted(names))) / len(whole.rows) if names else 1.0


def _telling_column(
    mapping: FieldMapping, attributes: Mapping[str, Column], whole: Telling | None
) -> str | None:
    """Answer the first unused column that is filled and different in every row, text first.

    A plain row counter (OBJECTID, fid) numbers the rows of this file, not parcels.
    """
    candidates = [name for name in mapping.unused if _names_every_row(attributes[name])]
    if whole is not None:
        candidates = [name for name in candidates if _names_every_row(whole.values(name))]
    texts = [name for name in candidates if attributes[name].dtype == object]
    return next(iter(texts + candidates), None)


def _names_every_row(values: Column) -> bool:
    n = len(values)
    if n < FEWEST_ROWS or values.dtype.kind not in "OiU":
        return False
    plain = values.tolist()
    if any(v is None for v in plain) or len(set(plain)) < n:
        return False
    return not _counts_rows(plain)


def _counts_rows(plain: list[Any]) -> bool:
    """Answer whether different values are whole numbers without a gap, in whatever order."""
    if not all(isinstance(v, int) or (isinstance(v, str) and v.isdecimal()) for v in plain):
        return False
    numbers = [int(v) for v in plain]
    return max(numbers) - min(numbers) == len(numbers) - 1

"""What names a parcel in a file: its jurisdiction's fields, its sender's, or one telling column."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import Column, ParcelSet
from landgis.errors import Refused
from landgis.ingest.profile import FieldMapping, clean_code

FEWEST_ROWS = 10
"""In fewer rows any column is unique by chance."""


@dataclass(frozen=True)
class Identity:
    """The parcels with their identity filled in, and how it was found."""

    parcels: ParcelSet
    fields: tuple[str, ...]
    """ParcelSet columns that together name a parcel; empty: the source names none."""

    column: str | None = None
    """The column that was taken for the parcel number because it names every row."""


def identify(
    parcels: ParcelSet,
    mapping: FieldMapping,
    attributes: Mapping[str, Column],
    jurisdiction: Jurisdiction,
) -> Identity:
    """Answer what names a parcel in this file.

    The jurisdiction's fields where it has them, else the profile's, else one column that is unique
    and filled, else nothing. A key that repeats too often is no identity either.

    Raises
    ------
    Refused
        ``identity_missing``: no column gives a field of the identity.
    """
    fields = jurisdiction.identity_fields or mapping.identity
    _require(parcels, fields, mapping)
    if jurisdiction.identity_fields:
        return Identity(parcels, fields)
    if fields:
        keys = list(zip(*(getattr(parcels, name) for name in fields), strict=True))
        repeated = 1 - len(set(keys)) / max(len(keys), 1)
        return Identity(parcels, () if repeated > jurisdiction.repeat_key_share else fields)
    column = _telling_column(mapping, attributes)
    if column is None or "number" in mapping.columns:
        return Identity(parcels, ())
    numbers = np.array([clean_code(v) for v in attributes[column].tolist()], dtype=object)
    return Identity(replace(parcels, number=numbers), ("number",), column)


def _require(parcels: ParcelSet, fields: tuple[str, ...], mapping: FieldMapping) -> None:
    missing = [name for name in fields if all(v is None for v in getattr(parcels, name))]
    if len(parcels) and missing:
        named = ", ".join(mapping.unused + mapping.personal) or "all used"
        raise Refused(
            "identity_missing",
            f"No field of the file gives {', '.join(missing)}; its fields are {named}. Say which "
            "one with --map FIELD=target, or the unit with --unit CODE",
            missing=missing,
        )


def _telling_column(mapping: FieldMapping, attributes: Mapping[str, Column]) -> str | None:
    """Answer the first unused column that is filled and different in every row, text first.

    A plain row counter (OBJECTID, fid) numbers the rows of this file, not parcels.
    """
    candidates = [name for name in mapping.unused if _names_every_row(attributes[name])]
    texts = [name for name in candidates if attributes[name].dtype == object]
    return next(iter(texts + candidates), None)


def _names_every_row(values: Column) -> bool:
    n = len(values)
    if n < FEWEST_ROWS or values.dtype.kind not in "OiU":
        return False
    plain = values.tolist()
    if any(v is None for v in plain) or len(set(plain)) < n:
        return False
    return not (values.dtype.kind == "i" and int(values.max()) - int(values.min()) == n - 1)

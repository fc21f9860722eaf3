"""What a change does to the national identifiers of the parcels it touches."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

from landgis.cadastre.folder import Fields

Change = Literal["split", "merge", "boundary", "attributes"]
"""``boundary``: the parcel is the same one and its boundary moved by more than a node's tolerance;
``attributes``: it did not."""

Fate = Literal["keep", "new"]
"""``keep``: the parcel bears what it bore. After a split or merger that is the new parcel in which
the identifier's point lies; the others get new ones."""

Fates = Mapping[Change, Fate]

CHANGES: tuple[Change, ...] = get_args(Change)


def read_fates(fields: Fields) -> Fates:
    """Read the table ``identifier.after``: for each kind of change ``keep`` or ``new``.

    Raises
    ------
    UsageError
        ``bad_jurisdiction``: a kind of change is missing or unknown, or its fate is.
    """
    if not fields.table:
        return MappingProxyType({})
    after = fields.child("after")
    for name in after.table:
        if name not in CHANGES:
            after.bad(name, f"is no kind of change; there are {', '.join(CHANGES)}")
    found: dict[Change, Fate] = {}
    for change in CHANGES:
        fate = after.text(change)
        if fate not in get_args(Fate):
            after.bad(change, f"must be one of {', '.join(get_args(Fate))}, not {fate!r}")
        found[change] = "keep" if fate == "keep" else "new"
    return MappingProxyType(found)


def descent(parents: int, children: int) -> Change:
    """Answer what a family of parents and children is: a split where it has more children."""
    return "split" if children > parents else "merge"

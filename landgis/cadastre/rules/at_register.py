"""What the live register says of a file as a whole, beside the parcels that lie near its rows."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from types import MappingProxyType
from typing import NamedTuple


class AtRegister(NamedTuple):
    """What the rules that ask the register need of it.

    Only rows of units that hold no live parcel are published as they are. The others are proposed
    as a difference, in which a person decides on every conflict, so the register only warns of
    them: a sheet that is sent again names parcels that were split meanwhile, and means no harm.
    """

    filled: AbstractSet[str] = frozenset()
    """Units of the file that hold live parcels; ``""``: there are live parcels of no unit."""

    retired: Mapping[str, str] = MappingProxyType({})
    """Identities that named a parcel once and name no live one now -> its canonical id."""


EMPTY = AtRegister()

WITHHELD = "withheld"
"""Identity of live parcels that not everybody may know: no finding names them."""

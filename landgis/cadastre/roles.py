"""Roles of people and the scopes each brings: the one table of who may do what kind of thing."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from landgis.cadastre.register import Units

SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "public": "what anyone may see",
        "register": "what officials see of their units: survey coordinates, full history",
        "drafts": "read the drafts of their units, on the officers' page",
        "import": "hand in files, read their reports (with raw attributes), publish them",
        "edit": "make drafts of changes and submit them",
        "review": "return or approve what another person submitted",
        "withheld": "see land that is left out of everything public",
        "audit": "read the audit log and every draft; change nothing",
        "accounts": "make accounts, give roles, reset passwords; no right on parcels",
    }
)
"""Every scope there is, with its meaning."""

KEY_SCOPES = frozenset({"public", "register", "import", "withheld"})
"""What an API key may hold. Edits and approvals are acts of a person who is signed in."""

ROLES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "officer": frozenset({"register", "drafts", "import", "edit"}),
        "reviewer": frozenset({"register", "drafts", "review"}),
        "registrar": frozenset({"register", "drafts", "import", "review", "withheld"}),
        "auditor": frozenset({"register", "drafts", "withheld", "audit"}),
        "department": frozenset({"register"}),
        "admin": frozenset({"accounts"}),
    }
)
"""Role -> scopes. A role holds in the units it was given for."""


def grants_of(roles: Iterable[tuple[str, Units]]) -> Mapping[str, Units]:
    """Answer scope -> units for roles given in units; a right given twice holds in both places."""
    held: dict[str, Units] = {"public": None}
    for role, units in roles:
        for scope in ROLES[role]:
            known = held.get(scope, frozenset())
            held[scope] = None if known is None or units is None else known | units
    return MappingProxyType(held)

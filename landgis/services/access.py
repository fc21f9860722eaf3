"""Who asks and what they may do; deny by default."""

from landgis.cadastre.register import ANONYMOUS, Principal
from landgis.cadastre.roles import KEY_SCOPES
from landgis.errors import NotAllowed, NotAuthenticated, UsageError
from landgis.services.ports import Keys


class AccessService:
    """Turns a key into a principal, and a principal into yes or no."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def principal(self, key: str | None) -> Principal:
        """Answer who holds a key; no key: anybody.

        Raises
        ------
        NotAuthenticated
            ``bad_key``: unknown or revoked. A wrong key is never treated as no key.
        """
        if key is None:
            return ANONYMOUS
        found = self._keys.principal(key)
        if found is None:
            raise NotAuthenticated("bad_key", "The API key is unknown or revoked")
        return found

    def create(self, name: str, scopes: frozenset[str], units: frozenset[str] | None) -> str:
        """Make a key for a script; answer it once."""
        unknown = scopes - KEY_SCOPES
        if unknown or not scopes:
            named = ", ".join(sorted(unknown)) or "(none)"
            raise UsageError(
                "unknown_scope",
                f"Unknown scope {named}; there are: {', '.join(sorted(KEY_SCOPES))}",
            )
        return self._keys.create(name, scopes, units)

    def revoke(self, key_id: str) -> None:
        """Make a key useless."""
        self._keys.revoke(key_id)

    def listed(self) -> list[dict[str, object]]:
        """Answer every key without its secret."""
        return self._keys.listed()


def check(by: Principal, scope: str, unit: str | None = None) -> None:
    """Let ``by`` pass, or say why not.

    Raises
    ------
    NotAuthenticated
        Nobody in particular asks for something that is not public: ``key_needed`` where a key
        would do, else ``sign_in_needed``.
    NotAllowed
        ``scope_missing``, ``other_unit``.
    """
    if not by.may(scope):
        if by is ANONYMOUS:
            raise _nobody(scope)
        raise NotAllowed("scope_missing", f"{by.name} lacks the scope {scope!r}", scope=scope)
    if not by.may(scope, unit):
        raise NotAllowed("other_unit", f"{by.name} may not act in unit {unit}", unit=unit)


def _nobody(scope: str) -> NotAuthenticated:
    if scope in KEY_SCOPES:
        return NotAuthenticated(
            "key_needed",
            f"This needs the scope {scope!r}: sign in at /login, or send an API key "
            "(Authorization: Bearer …)",
        )
    return NotAuthenticated("sign_in_needed", f"This needs the scope {scope!r}: sign in at /login")

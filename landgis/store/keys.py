"""API keys: shown once, kept as a hash."""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime

from sqlalchemy import insert, select, update

from landgis.cadastre.register import Principal
from landgis.errors import NotFound
from landgis.store.database import Database
from landgis.store.tables import api_keys

PREFIX = "lg"


class KeyStore:
    """Keys of scripts and departments."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, scopes: frozenset[str], units: frozenset[str] | None) -> str:
        """Make a key and answer it, ``lg_<id>_<secret>``; it cannot be shown again."""
        key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        with self._database.begin() as connection:
            connection.execute(
                insert(api_keys).values(
                    key_id=key_id,
                    name=name,
                    secret_sha256=_digest(secret),
                    scopes=sorted(scopes),
                    units=None if units is None else sorted(units),
                )
            )
        return f"{PREFIX}_{key_id}_{secret}"

    def principal(self, key: str) -> Principal | None:
        """Answer who holds a key, None when it is unknown or revoked."""
        prefix, _, rest = key.partition("_")
        key_id, _, secret = rest.partition("_")
        if prefix != PREFIX or not secret:
            return None
        query = select(api_keys).where(api_keys.c.key_id == key_id)
        with self._database.begin() as connection:
            row = connection.execute(query).first()
        # A 256-bit random secret needs no slow hash; the comparison must not leak by time.
        known = row.secret_sha256 if row is not None else bytes(32)
        same = hmac.compare_digest(known, _digest(secret))
        if row is None or not same or row.revoked_at is not None:
            return None
        units = None if row.units is None else frozenset(row.units)
        return Principal.holding(f"key:{row.key_id}:{row.name}", {*row.scopes, "public"}, units)

    def revoke(self, key_id: str) -> None:
        """Make a key useless from now on; ``NotFound`` ``no_such_key``."""
        with self._database.begin() as connection:
            done = connection.execute(
                update(api_keys)
                .where(api_keys.c.key_id == key_id)
                .values(revoked_at=datetime.now(UTC))
            )
        if done.rowcount == 0:
            raise NotFound("no_such_key", f"There is no key {key_id}; list them: landgis keys list")

    def listed(self) -> list[dict[str, object]]:
        """Answer every key without its secret."""
        query = select(
            api_keys.c.key_id,
            api_keys.c.name,
            api_keys.c.scopes,
            api_keys.c.units,
            api_keys.c.created_at,
            api_keys.c.revoked_at,
        ).order_by(api_keys.c.created_at)
        with self._database.begin() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()

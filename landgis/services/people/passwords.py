"""Passwords: what is refused, how they are kept, and what one from us looks like."""

import secrets
import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from landgis.errors import Refused

SHORTEST = 12
"""Characters. ASVS 5.0 6.2.1 asks for 8 at least and recommends 15; 12 beside a lock-out."""

LONGEST = 256

COMMON = frozenset(
    """
    123456789012 1234567890123 12345678901234 123456789123 112233445566 123123123123 111111111111
    000000000000 999999999999 987654321098 102030405060 012345678910 123456123456 121212121212
    1q2w3e4r5t6y 1qaz2wsx3edc qwertyuiop12 qwertyuiop123 qwerty123456 qwertyqwerty asdfghjkl123
    zxcvbnm12345 abcdefghijkl abcdef123456 abcd12345678 abc123abc123 a1b2c3d4e5f6 aaaaaaaaaaaa
    password1234 password12345 password123456 passwordpassword p@ssw0rd1234 p@ssword1234
    passw0rd1234 administrator administrator1 admin1234567 admin12345678 adminadminadmin
    welcome12345 letmein12345 changeme1234 iloveyou1234 iloveyouforever matkhau12345 matkhau123456
    matkhaumatkhau anhyeuem1234 anhyeuem12345 emyeuanh1234 vietnam12345 vietnam123456 vietnamvodich
    tayninh12345 tayninh123456 diachinh1234 diachinh12345 landgis12345 landgislandgis
    """.split()  # noqa: SIM905 - sixty words in quotes of their own read worse
)
"""The commonest passwords of twelve characters and more, and the obvious ones of this place."""

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Nothing that is read wrongly from paper: no i, l, o, 0, 1."""


class Passwords:
    """Keeps and checks passwords with argon2id.

    Parameters
    ----------
    hasher
        Default: RFC 9106's second recommendation (64 MiB, 3 passes). Tests take a cheaper one.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    def hash(self, password: str) -> str:
        """Answer what is kept of a password."""
        return self._hasher.hash(_normal(password))

    def is_right(self, password_hash: str | None, password: str) -> bool:
        """Answer whether a password is the one kept; with None, take as long and answer False."""
        nobody = self._of_nobody  # made at the first check of all, whoever is asked about
        try:
            same = self._hasher.verify(password_hash or nobody, _normal(password))
        except VerificationError:
            return False
        return same and password_hash is not None

    @cached_property
    def _of_nobody(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(32))


def refuse_weak(password: str, login: str) -> None:
    """Let a new password pass, or say why not.

    Raises
    ------
    Refused
        ``password_too_short``, ``password_too_long``, ``password_is_login``, ``password_common``.
    """
    chosen = _normal(password)
    folded = chosen.casefold()
    if len(chosen) < SHORTEST:
        raise Refused("password_too_short", f"A password has {SHORTEST} characters or more")
    if len(chosen) > LONGEST:
        raise Refused("password_too_long", f"A password has {LONGEST} characters at most")
    if folded == login:
        raise Refused("password_is_login", "The login itself is no password; choose another")
    if folded in COMMON or len(set(folded)) == 1:
        raise Refused("password_common", "This password is among the commonest; choose another")


def generated() -> str:
    """Answer a new random password of 79 bits, in groups that can be read out."""
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def _normal(password: str) -> str:
    # Keyboards write one Vietnamese letter in several ways; it is the same password.
    return unicodedata.normalize("NFKC", password)

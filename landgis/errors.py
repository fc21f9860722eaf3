"""What can go wrong outside the land itself, as one small family of exceptions.

A wrong *parcel* is never an exception: it is a finding (``landgis.cadastre.findings``).
The shells own the two tables branch -> HTTP status and branch -> exit code.
"""

from collections.abc import Mapping
from typing import Any


class LandgisError(Exception):
    """Say what is wrong with a request or with the world, with a stable code.

    Parameters
    ----------
    code
        Stable, lower-case, snake_case; what scripts test for.
    message
        One line for a person: it names the thing, the value and the remedy.
    data
        Further machine-readable facts (JSON-serialisable).
    """

    def __init__(self, code: str, message: str, **data: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data: Mapping[str, Any] = data


class UsageError(LandgisError):
    """The request itself is malformed: unknown parameter, wrong type, wrong range."""


class NotAuthenticated(LandgisError):
    """No principal, or a key that is unknown or revoked."""


class NotAllowed(LandgisError):
    """The principal is known and may not do this."""


class NotFound(LandgisError):
    """There is no such thing, or the asker may not know that there is."""


class Conflict(LandgisError):
    """The request is sound, the present state of the register does not permit it."""


class PreconditionMissing(LandgisError):
    """A write that does not say which state of the thing it was made for."""


class Refused(LandgisError):
    """The content (a file, a body) is not acceptable as a whole."""


class TooLarge(LandgisError):
    """The content exceeds a stated limit."""


class TooMany(LandgisError):
    """The same was tried too often; ``retry_after_s`` in the data says when it may be again."""


class Unavailable(LandgisError):
    """A part of the world that is needed does not answer: database, disk, browser build."""

"""How deep anybody may page through parcels: looking is public, bulk download is not."""

from collections.abc import Callable

from landgis.cadastre.register import ANONYMOUS, Principal
from landgis.errors import NotAllowed, NotAuthenticated

UNBOUNDED = "register"
"""Scope of those who may read as far as there is something."""


def require_shallow(by: Principal, most: int, passed: Callable[[int], int]) -> None:
    """Let ``by`` have a page that is not the first, or say why not.

    Parameters
    ----------
    most
        Parcels of one answer that anybody may page through.
    passed
        How many the pages before hold, counted up to a number: by the register, for the token of a
        page is the asker's word.

    Raises
    ------
    NotAuthenticated, NotAllowed
        ``too_deep``, with ``most`` and the scope that is needed.
    """
    if by.may(UNBOUNDED) or passed(most) < most:
        return
    branch = NotAuthenticated if by is ANONYMOUS else NotAllowed
    raise branch(
        "too_deep",
        f"Pages behind the first {most} parcels of an answer need the scope {UNBOUNDED!r}: ask for "
        "less (a bbox, a unit and a sheet, a filter), or send an API key that holds it",
        most=most,
        scope=UNBOUNDED,
    )

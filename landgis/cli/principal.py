"""Who acts on the local command line."""

import getpass

from landgis.cadastre.register import Principal
from landgis.cadastre.roles import SCOPES


def local_principal() -> Principal:
    """Answer the operating-system user; whoever may run landgis here holds every scope."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # Windows has no list of users to look into
        user = "unknown"
    return Principal.holding(f"local:{user}", SCOPES)

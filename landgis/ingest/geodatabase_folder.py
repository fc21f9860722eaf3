"""A File Geodatabase is a folder of files: which of an archive's members belong to one."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from landgis.errors import Refused

SUFFIX = ".gdb"
PART = re.compile(
    r"a[0-9a-f]{8}\.(?:gdbtable|gdbtablx|gdbindexes|spx|atx|freelist|horizon|cdf|gdbtable\.cdf)"
    r"|gdb|timestamps",
    re.IGNORECASE,
)
"""Names of the files that make up a geodatabase; locks and whatever else lies there are none."""

CATALOG = "a00000001.gdbtable"
"""The table of all tables, which every geodatabase has."""

PARTS_LIMIT = 2000
BYTES_LIMIT = 4 * 1024**3


def geodatabases(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Answer the geodatabases among paths: folder -> name of each part -> path."""
    found: dict[str, dict[str, str]] = {}
    for name in names:
        pure = PurePosixPath(name)
        if PART.fullmatch(pure.name):
            found.setdefault(str(pure.parent), {})[pure.name.lower()] = name
    return {
        folder: parts
        for folder, parts in found.items()
        if CATALOG in parts or folder.lower().endswith(SUFFIX)
    }


def is_in_geodatabase(name: str) -> bool:
    """Answer whether a path lies in the folder of a geodatabase."""
    return any(part.lower().endswith(SUFFIX) for part in PurePosixPath(name).parts[:-1])


def parts_of_folder(path: Path, sent: str) -> Mapping[str, Path]:
    """Answer the parts of a geodatabase on a disk by name, sorted.

    Raises
    ------
    Refused
        ``not_a_geodatabase``, ``file_too_large``, ``too_many_members``.
    """
    parts = {
        file.name.lower(): file
        for file in sorted(path.iterdir(), key=lambda file: file.name.lower())
        if PART.fullmatch(file.name) and file.is_file() and not file.is_symlink()
    }
    if not any(name.endswith(".gdbtable") for name in parts):
        raise Refused(
            "not_a_geodatabase",
            f"{sent}: this folder is no File Geodatabase (it has no .gdbtable)",
            file=sent,
        )
    if len(parts) > PARTS_LIMIT:
        raise Refused(
            "too_many_members",
            f"{sent}: {len(parts)} files, the limit is {PARTS_LIMIT}; export the parcels alone",
            file=sent,
        )
    total = sum(file.stat().st_size for file in parts.values())
    if total > BYTES_LIMIT:
        raise Refused(
            "file_too_large",
            f"{sent}: {total} bytes, the limit is {BYTES_LIMIT}; export the parcel layer alone",
            file=sent,
        )
    return parts

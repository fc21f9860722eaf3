"""A workbook from a stranger: what it is by its parts, and a plain copy of what is to be read."""

import zipfile
from pathlib import Path

from landgis.errors import Refused
from landgis.ingest.refusals import refused
from landgis.ingest.zip_archive import ZipArchive

MEMBERS_LIMIT = 2000
"""Most parts of a workbook: pictures and drawings are parts, too."""

UNPACKED_LIMIT = 1024**3
"""Most bytes of its parts together; a full sheet of a million rows has half of it."""

BOOK = "xl/workbook.xml"
MACROS = "xl/vbaproject.bin"
BINARY_BOOK = "xl/workbook.bin"
READ_SUFFIXES = (".xml", ".rels")
NOT_READ = ("xl/externallinks/", "xl/drawings/", "xl/charts/", "xl/media/", "customxml/")


def admit_workbook(path: Path, target: Path, sent: str) -> None:
    """Write to ``target`` the parts of a workbook that are read, unpacked under the zip gate.

    Other workbooks that it refers to are left behind: what their cells were is in its own.

    Raises
    ------
    Refused
        ``workbook_with_macros``, ``xlsb``, ``not_a_workbook``, or a code of ``zip_archive``.
    """
    with _gate(path, sent) as archive:
        names = {name.lower(): name for name in archive.names}
        for part, code in ((MACROS, "workbook_with_macros"), (BINARY_BOOK, "xlsb")):
            if part in names:
                raise refused(code, sent)
        if BOOK not in names:
            raise Refused(
                "not_a_workbook",
                f"{sent}: this is no Excel workbook; save it from Excel as .xlsx",
                file=sent,
            )
        with zipfile.ZipFile(target, "x", zipfile.ZIP_STORED) as made:
            for low, name in names.items():
                if low.endswith(READ_SUFFIXES) and not low.startswith(NOT_READ):
                    part_path = target.with_suffix(".part")
                    archive.extract(name, part_path)
                    made.write(part_path, name)
                    part_path.unlink()


def unpacked(path: Path, folder: Path, sent: str) -> dict[str, Path]:
    """Answer every part of a workbook by its name, unpacked into ``folder`` under numbers.

    Raises
    ------
    Refused
        A code of ``zip_archive``.
    """
    parts = {}
    with _gate(path, sent) as archive:
        for at, name in enumerate(archive.names):
            parts[name] = folder / str(at)
            archive.extract(name, parts[name])
    return parts


def _gate(path: Path, sent: str) -> ZipArchive:
    return ZipArchive(path, sent, members_limit=MEMBERS_LIMIT, unpacked_limit=UNPACKED_LIMIT)

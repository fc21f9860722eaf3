"""Files that are not read, recognised by their content: what each is, what to send instead."""

import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from landgis.errors import Refused

HEAD_BYTES = 64 * 1024
OLE_BYTES = 8 * 1024**2
"""How far into a compound file the names of its streams are looked for."""

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\x03\x04"
SQLITE = b"SQLite format 3\0"

PART_ALONE = "unpacked_shapefile_part"


class Refusal(NamedTuple):
    """A kind of file that is not read."""

    what: str
    remedy: str


REFUSALS: Mapping[str, Refusal] = {
    "dwg": Refusal(
        "DWG is AutoCAD's own format, which is not read",
        "in AutoCAD use Save As (SAVEAS), choose AutoCAD DXF in ASCII form and send the .dxf",
    ),
    "xls": Refusal(
        "an Excel workbook of 1997-2003 (.xls)",
        "open it in Excel or LibreOffice, Save As, Excel Workbook (.xlsx), and send that",
    ),
    "xlsb": Refusal(
        "a binary Excel workbook (.xlsb)", "in Excel use Save As, Excel Workbook (.xlsx)"
    ),
    "workbook_with_macros": Refusal(
        "a workbook with macros (.xlsm)",
        "macros are never run and not taken in; in Excel use Save As, Excel Workbook (.xlsx)",
    ),
    "encrypted_workbook": Refusal(
        "a workbook with a password",
        "in Excel open File, Info, Protect Workbook, Encrypt with Password, clear the password, "
        "save and send it again",
    ),
    "spreadsheet_ods": Refusal(
        "an OpenDocument file", "save a table as Excel workbook (.xlsx) or CSV"
    ),
    "office_document": Refusal(
        "a text document or a presentation",
        "copy its table into Excel and send it as .xlsx, or send the survey's own file",
    ),
    "mdb": Refusal(
        "a Microsoft Access database (.mdb, .accdb; a Personal Geodatabase is one)",
        "in ArcGIS export the parcels as shapefile or to a File Geodatabase",
    ),
    "pdf": Refusal(
        "a PDF document: a picture of a map, not the map",
        "send the drawing it was printed from (.dgn, .dxf) or the shapefile",
    ),
    "raster": Refusal(
        "a picture or scanned map", "parcels need lines: send the drawing (.dgn, .dxf) or .shp"
    ),
    "other_archive": Refusal(
        "an archive that is not a .zip (RAR, 7z, tar, gz)", "unpack it and pack the files as .zip"
    ),
    "kml": Refusal(
        "KML or KMZ of Google Earth, with coordinates rounded for the screen",
        "send the file it was made from, or export it in QGIS as GeoPackage (.gpkg)",
    ),
    "gml": Refusal("GML", "open it in QGIS and export the parcel layer as GeoPackage (.gpkg)"),
    "landxml": Refusal("LandXML", "export the parcels from the survey program as DXF or shapefile"),
    "mapinfo": Refusal(
        "a MapInfo table (.tab, .dat, .map, .id, .mif, .mid)",
        "in MapInfo use the Universal Translator to ESRI Shape, or in QGIS export as GeoPackage",
    ),
    "e00": Refusal(
        "an ArcInfo interchange file (.e00)", "in ArcGIS import it, export as shapefile"
    ),
    "vrt": Refusal(
        "a GDAL virtual file, which only points to other files", "send the files it points to"
    ),
    "qgis_project": Refusal(
        "a map project, which only points to other files", "send the layers themselves"
    ),
    "web_page": Refusal(
        "a web page, perhaps an error page saved instead of the file", "download the file again"
    ),
    "sqlite": Refusal(
        "an SQLite database that is no GeoPackage", "export the parcel layer as GeoPackage (.gpkg)"
    ),
    "program": Refusal("a program", "send the data themselves"),
    PART_ALONE: Refusal(
        "one part of a shapefile alone",
        "send the .shp with its .dbf and .shx, best all together in one .zip",
    ),
}
"""Code -> what the file is and what to do."""

KMZ_PARTS = (".kml", ".png", ".jpg", ".gif", "/")
"""A zip of nothing else is a KMZ."""

DWG_RECIPE = "; ".join(REFUSALS["dwg"])

PICTURES = (
    *(b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    *(b"\0\0\0\x0cjP  ", b"RIFF", b"8BPS"),
)
ARCHIVES = (
    b"Rar!\x1a\x07",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
)
TEXTS: Mapping[str, re.Pattern[bytes]] = {
    "vrt": re.compile(rb"<(?:OGRVRTDataSource|VRTDataset)\b"),
    "kml": re.compile(rb"<(?:\w+:)?kml\b"),
    "landxml": re.compile(rb"<LandXML\b", re.IGNORECASE),
    "qgis_project": re.compile(rb"<!DOCTYPE qgis|<qgis\b", re.IGNORECASE),
    "web_page": re.compile(rb"^\s*(?:<!doctype html|<html\b)", re.IGNORECASE),
    "gml": re.compile(rb"www\.opengis\.net/gml"),
    "mapinfo": re.compile(rb"^\s*(?:!table\b|Version\s+\d+\s+Charset\b)", re.IGNORECASE),
    "e00": re.compile(rb"^EXP  [01] "),
}
PLAIN = frozenset({"mapinfo", "e00"})
"""Of these texts, those that are no XML."""

SUFFIXES: Mapping[str, str] = {
    **dict.fromkeys((".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qpj"), PART_ALONE),
    **dict.fromkeys((".tab", ".mif", ".mid"), "mapinfo"),
    **dict.fromkeys((".ecw", ".sid"), "raster"),
}
"""What only the name tells; .dbf and MapInfo's parts have no letters of their own."""


def refused(code: str, sent: str) -> Refused:
    """Answer the refusal of a code of ``REFUSALS``."""
    found = REFUSALS[code]
    return Refused(code, f"{sent}: {found.what}; {found.remedy}", file=sent)


def recognise(path: Path, suffix: str) -> str | None:
    """Answer the code of ``REFUSALS`` for a file that is not read; None: it may be.

    Parameters
    ----------
    suffix
        Of the name as sent, in small letters: a drawing (.dgn) may be a compound file.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if head.startswith(OLE):
            return None if suffix == ".dgn" else _compound(head + file.read(OLE_BYTES))
    for code, fits in _BINARY.items():
        if fits(head):
            return code
    if head.startswith(ZIP):
        return _packed(path)
    if head.startswith(SQLITE):
        return None if suffix == ".gpkg" else "sqlite"
    return _text(head) or SUFFIXES.get(suffix)


def _text(head: bytes) -> str | None:
    """Tell texts apart; what only mentions a format, as GeoJSON does GML, is no file of it."""
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    is_xml = text.startswith(b"<")
    return next(
        (code for code, like in TEXTS.items() if (is_xml or code in PLAIN) and like.search(text)),
        None,
    )


_BINARY: Mapping[str, Callable[[bytes], bool]] = {
    "dwg": lambda head: re.match(rb"AC10\d\d", head) is not None,
    "mdb": lambda head: head[4:19] in {b"Standard Jet DB", b"Standard ACE DB"},
    "pdf": lambda head: b"%PDF-" in head[:1024],
    "raster": lambda head: head.startswith(PICTURES) and b"\0" in head,
    "other_archive": lambda head: head.startswith(ARCHIVES) or head[257:262] == b"ustar",
    "program": lambda head: head.startswith((b"MZ", b"\x7fELF")) and b"\0" in head,
}


def _compound(content: bytes) -> str:
    """Tell compound files apart by the names of their streams."""
    for name, code in (
        ("EncryptedPackage", "encrypted_workbook"),
        ("WordDocument", "office_document"),
        ("PowerPoint Document", "office_document"),
    ):
        if name.encode("utf-16-le") in content:
            return code
    return "xls"


def _packed(path: Path) -> str | None:
    """Tell zip files of office programs from those of data."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename.lower() for info in archive.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None  # the zip gate says what is wrong
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "xl/vbaproject.bin" in names:
        return "workbook_with_macros"
    if names & {"word/document.xml", "ppt/presentation.xml"}:
        return "office_document"
    if {"mimetype", "content.xml"} <= names:
        return "spreadsheet_ods"
    return "kml" if names and all(name.endswith(KMZ_PARTS) for name in names) else None

"""What a file says about its own CRS and code page, as text; nothing is resolved here."""

import codecs
import re
from pathlib import Path

from landgis.ingest.raw import Note

PRJ_BYTES_LIMIT = 64 * 1024
CPG_BYTES_LIMIT = 40

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

WKT_START = re.compile(
    r"\s*(PROJ|GEOG|GEOC|GEOD|VERT|COMP|BOUND|LOCAL_|FITTED_|ENG|DERIVED)[A-Z_]*\s*[\[(]",
    re.IGNORECASE,
)
"""Only text that begins like WKT is handed on: CRS libraries would fetch a URL given to them."""


def declared_crs(prj: Path | None) -> tuple[str | None, tuple[Note, ...]]:
    """Answer the WKT in the .prj as found (BOM and NULs stripped), or None and why not."""
    if prj is None:
        return None, ()
    with prj.open("rb") as file:
        text = _text(file.read(PRJ_BYTES_LIMIT))
    if WKT_START.match(text):
        return text, ()
    shown = text[:60]
    return None, (
        Note(
            "prj_not_wkt", f"the .prj does not describe a CRS, it begins {shown!r}; it is ignored"
        ),
    )


def declared_code_page(cpg: Path | None) -> tuple[str | None, tuple[Note, ...]]:
    """Answer the content of the .cpg, stripped, or None and why not."""
    if cpg is None:
        return None, ()
    with cpg.open("rb") as file:
        raw = file.read(CPG_BYTES_LIMIT + 1)
    text = _text(raw)
    if text and len(raw) <= CPG_BYTES_LIMIT and text.isprintable() and "<" not in text:
        return text, ()
    shown = text[:CPG_BYTES_LIMIT]
    return None, (
        Note("cpg_not_a_name", f"the .cpg names no code page, it begins {shown!r}; it is ignored"),
    )


def _text(raw: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, "replace").replace("\0", "").strip()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.replace("\0", "").strip()

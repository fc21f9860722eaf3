"""Names of encodings: what people type, what .cpg files declare."""

import re

from landgis.errors import UsageError
from landgis.ingest.tcvn3 import CODEC as TCVN3
from landgis.ingest.viscii import CODEC as VISCII
from landgis.ingest.vni import CODEC as VNI

SUPPORTED = (
    *("utf-8", TCVN3, VNI, VISCII, "cp1258", "iso-8859-1", "iso-8859-2", "iso-8859-15"),
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("cp437", "cp850", "cp852", "cp866", "cp874", "koi8-r", "big5", "gbk", "shift_jis", "euc_kr"),
)
"""Codecs that ``--encoding`` accepts, by the name that is stored and shown."""

_NICKNAMES = {
    TCVN3: ("tcvn3", "abc", "tcvn3abc", "tcvn", "tcvn5712", "tcvn57123"),
    VNI: ("vniwindows", "vniwin", "vnitimes"),
    "utf-8": ("utf8", "utf8sig", "65001", "ascii", "usascii", "unicode"),
    "iso-8859-1": ("latin1", "l1", "88591"),
    "iso-8859-2": ("latin2", "88592"),
    "iso-8859-15": ("latin9", "885915"),
    "shift_jis": ("sjis", "932"),
    "gbk": ("936",),
    "euc_kr": ("949",),
    "big5": ("950",),
}
_ALIASES = {nick: codec for codec, nicks in _NICKNAMES.items() for nick in nicks}
_PREFIXES = ("iso", "windows", "ansi", "oem", "cp", "ibm", "codepage")

_LANGUAGES = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x26: "cp866", 0x65: "cp866", 0x64: "cp852",
    0x7A: "gbk", 0x4D: "gbk", 0x78: "big5", 0x4F: "big5", 0x7B: "shift_jis", 0x13: "shift_jis",
    0x79: "euc_kr", 0x4E: "euc_kr", 0x7C: "cp874", 0x50: "cp874", 0xC8: "cp1250", 0xC9: "cp1251",
    0xCA: "cp1254", 0xCB: "cp1253", 0x58: "cp1252", 0x59: "cp1252",
}  # fmt: skip
"""Language driver ids as dBASE and FoxPro write them -> codec."""

BLANKS = " \t\r\n"
_LONGEST_CPG = 32


def codec_of(name: str) -> str:
    """Answer the codec that people mean by ``name``.

    Examples
    --------
    >>> [codec_of(name) for name in ("ABC", "latin1", "Windows-1258", "UTF8", "ANSI 1252")]
    ['tcvn3', 'iso-8859-1', 'cp1258', 'utf-8', 'cp1252']

    Raises
    ------
    UsageError
        ``unknown_encoding``, with the list of what there is.
    """
    codec = _lookup(name)
    if codec is None:
        raise UsageError(
            "unknown_encoding",
            f"Unknown encoding {name!r}; there are: {', '.join(SUPPORTED)}.",
            encoding=name,
            supported=list(SUPPORTED),
        )
    return codec


def codec_of_cpg(content: str | None) -> str | None:
    """Answer the codec that a .cpg file declares, None when it declares nothing intelligible.

    Understands ``UTF-8``, ``65001``, ``88591``, ``1252``, ``ANSI 1252``, with or without BOM;
    HTML pages and other junk saved under the name give None.
    """
    if content is None:
        return None
    text = content.replace("\ufeff", "").replace("ï»¿", "").strip(BLANKS + "\0\"'")
    return _lookup(text) if len(text) <= _LONGEST_CPG and text.isascii() else None


def codec_of_language(byte: int) -> str | None:
    """Answer the codec that the language byte of a .dbf claims, None when it claims none.

    0x57 claims nothing: ESRI writes it for whatever code page the writer's machine had.
    """
    return _LANGUAGES.get(byte)


def _lookup(name: str) -> str | None:
    key = re.sub(r"[^a-z0-9]", "", name.lower())
    for prefix in _PREFIXES:
        if key.startswith(prefix) and key[len(prefix) :].isdigit():
            key = key[len(prefix) :]
            break
    known = _ALIASES.get(key, f"cp{key}")
    if known in SUPPORTED:
        return known
    return next(
        (codec for codec in SUPPORTED if codec.replace("-", "").replace("_", "") == key), None
    )

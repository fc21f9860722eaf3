"""Zip files from strangers: bombs, slips, links, lies, and good ones that merely look odd."""

import struct
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path

from tests.hostile.case import Case
from tests.hostile.outcome import MIB
from tests.hostile.parts import directory, layer, loose, members, packed, written

ZEROS = bytes(MIB)
Spoil = Callable[[bytearray], bytes | bytearray]
Maker = Callable[[Path], Path]


def plain(files: Mapping[str, bytes] | None = None, spoil: Spoil = bytearray) -> Maker:
    """A case's maker: pack these files (the good layer by default), then spoil the bytes."""

    def make(folder: Path) -> Path:
        return written(folder, spoil(packed(good() if files is None else files)))

    return make


def good() -> dict[str, bytes]:
    """The members of a sound layer."""
    return members(layer())


def beside(name: str, content: bytes = b"slipped") -> Maker:
    """The good layer, and a further member of this name."""
    return plain({**good(), name: content})


def infos(*members: tuple[zipfile.ZipInfo, bytes]) -> Maker:
    """The good layer, and members with attributes of their own."""

    def make(folder: Path) -> Path:
        made = BytesIO(packed(good()))
        with zipfile.ZipFile(made, "a") as archive:
            for info, content in members:
                archive.writestr(info, content)
        return written(folder, made.getvalue())

    return make


def of_mode(name: str, mode: int, content: bytes) -> Maker:
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return infos((info, content))


def bomb(megabytes: int, name: str = "parcels.dbf") -> Maker:
    """A member of zeros that unpacks to so many MiB."""

    def make(folder: Path) -> Path:
        with zipfile.ZipFile(folder / "parcels.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for part, content in good().items():
                if part != name:
                    archive.writestr(part, content)
            with archive.open(name, "w") as member:
                for _ in range(megabytes):
                    member.write(ZEROS)
        return folder / "parcels.zip"

    return make


def stated(offset: int, kind: str, value: int, *, local: int | None = None) -> Spoil:
    """Change a number in every entry of the directory, and in the local headers."""

    def spoil(archive: bytearray) -> bytearray:
        for at in directory(archive):
            (header,) = struct.unpack_from("<I", archive, at + 42)
            struct.pack_into(kind, archive, at + offset, value)
            if local is not None:
                struct.pack_into(kind, archive, header + local, value)
        return archive

    return spoil


def overlapping(archive: bytearray) -> bytearray:
    """All entries share the first member's bytes (how David Fifield's bomb begins)."""
    for at in directory(archive):
        struct.pack_into("<I", archive, at + 42, 0)
    return archive


def wrong_checksum(archive: bytearray) -> bytearray:
    for at in directory(archive):
        struct.pack_into("<I", archive, at + 16, 0x1234)
    return archive


def nested(depth: int) -> dict[str, bytes]:
    content = bytes(packed(good()))
    for level in range(depth):
        content = bytes(packed({f"level-{level}.zip": content}))
    return {"inner.zip": content}


def twice(first: str, second: str) -> Maker:
    """Two members whose names are equal, or become so on some disk."""

    def make(folder: Path) -> Path:
        made = BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            for name, content in good().items():
                archive.writestr(name, content)
            archive.writestr(first, b"one")
            # zipfile warns of a name written twice: the second is written as another of its length.
            archive.writestr("#" * len(second) if first == second else second, b"two")
        return written(folder, made.getvalue().replace(b"#" * len(second), second.encode()))

    return make


def cut(numerator: int, denominator: int) -> Spoil:
    return lambda archive: archive[: len(archive) * numerator // denominator]


def two_layers() -> dict[str, bytes]:
    return {**members(layer(), "a/first"), **members(layer(), "b/second")}


def oddly_named() -> dict[str, bytes]:
    return members(layer(), "thửa đất/Tờ bản đồ số 12 (bản cuối)")


def shouted() -> dict[str, bytes]:
    return {name.upper(): content for name, content in good().items()}


def of_a_mac() -> dict[str, bytes]:
    return {**good(), **{f"__MACOSX/._{name}": b"\0\5\26\7" for name in good()}}


def of_esri() -> dict[str, bytes]:
    extra = ("sbn", "sbx", "shp.xml", "qix", "cst")
    return {**good(), **{f"parcels.{suffix}": b"<x/>" for suffix in extra}}


def with_backslashes(archive: bytearray) -> bytes:
    return bytes(archive).replace(b"sub/", b"sub\\")


def prefixed(archive: bytearray) -> bytes:
    return b"#!/bin/sh\nexit 0\n" + bytes(archive)


def commented(archive: bytearray) -> bytes:
    made = BytesIO(bytes(archive))
    with zipfile.ZipFile(made, "a") as known:
        known.comment = b"from the survey office" * 20
    return made.getvalue()


SLIPS = {
    "parent": "../../landgis-slip.shp",
    "parent inside": "a/../../../etc/landgis-slip",
    "parent by backslash": "..\\..\\landgis-slip.shp",
    "absolute": "/landgis-slip.shp",
    "drive letter": "C:\\landgis-slip.shp",
    "network share": "\\\\server\\share\\landgis-slip.shp",
    "line break": "parcels\n.shp",
    "right to left": "parcels\u202egpj.shp",
    "too long": "x" * 300 + ".shp",
    "too deep": "/".join(["folder"] * 200) + "/a.shp",
}

CASES = [
    # --- good files that look odd ---
    Case("zip", plain(), "a sound layer", rows=5),
    Case("zip stored", lambda f: written(f, packed(good(), 0)), "not packed at all", rows=5),
    Case("zip in folders", plain(members(layer(), "a/b/c/parcels")), "three deep", rows=5),
    Case("zip of a Mac", plain(of_a_mac()), "resource forks are no members", rows=5),
    Case("zip of ArcGIS", plain(of_esri()), "indexes and metadata beside it", rows=5),
    Case("zip shouting", plain(shouted()), "every name in upper case", rows=5),
    Case("zip in Vietnamese", plain(oddly_named()), "letters, spaces, brackets", rows=5),
    Case(
        "zip with backslashes",
        plain(members(layer(), "sub/parcels"), with_backslashes),
        "as .NET once wrote them",
        rows=5,
    ),
    Case("zip behind a program", plain(None, prefixed), "self-extracting: sound", rows=5),
    Case("zip with a comment", plain(None, commented), "an end record further up", rows=5),
    Case("zip with a picture", beside("scan.jpg"), "not ours to judge", rows=5),
    Case(
        "zip named twice over", twice("a.txt", "b.txt"), "names alike are not names equal", rows=5
    ),
    Case("zip of two layers", plain(two_layers()), "each is imported", rows=10),
    Case(
        "zip of two layers, one named",
        plain(two_layers()),
        "the second is read alone",
        rows=5,
        options=("--layer", "second"),
        countable=False,
    ),
    # --- slips ---
    *(
        Case(f"slip {what}", beside(name), "would land outside", refused="bad_member_name")
        for what, name in SLIPS.items()
    ),
    Case(
        "slip NUL",
        plain({**good(), "parcels-x.shp": b""}, lambda a: bytes(a).replace(b"ls-x.s", b"ls\0x.s")),
        "names end at NUL for some and not for others",
        refused="bad_member_name",
    ),
    Case("link", of_mode("parcels.prj.lnk", 0o120777, b"/etc/passwd"), "a symbolic link",
         refused="member_is_a_link"),
    Case("device", of_mode("zero", 0o020666, b""), "a character device",
         refused="member_is_a_link"),
    Case("pipe", of_mode("pipe", 0o010666, b""), "would wait for ever",
         refused="member_is_a_link"),
    Case("twice", twice("note.txt", "note.txt"), "which one counts?", refused="duplicate_member"),
    Case("case collision", twice("note.txt", "NOTE.TXT"), "equal on Windows",
         refused="duplicate_member"),
    Case("Unicode collision", twice("t\u1edd.txt", "t\u01a1\u0300.txt"), "equal on a Mac",
         refused="duplicate_member"),
    # --- bombs ---
    Case("bomb", bomb(128), "128 MiB of zeros in 0.1 MiB", refused="archive_too_large"),
    Case("bomb as .shp", bomb(128, "parcels.shp"), "the main file", refused="archive_too_large"),
    Case("bomb never unpacked", bomb(128, "scan.tif"), "what is no layer stays packed", rows=5),
    Case("nested", plain(nested(0)), "a zip in a zip", refused="nested_archive"),
    Case("nested deep", plain(nested(5)), "42.zip's way", refused="nested_archive"),
    Case("nested beside", beside("more.7z"), "an archive beside a layer",
         refused="nested_archive"),
    Case("overlapping", plain(None, overlapping), "members share bytes",
         refused="overlapping_members"),
    Case("many members", plain({**good(), **{f"{k}.txt": b"" for k in range(250)}}), "255 of them",
         refused="too_many_members"),
    # --- lies and damage ---
    Case("lying size", plain(None, stated(24, "<I", 1, local=22)), "states 1 byte a member",
         refused="damaged_archive"),
    Case("lying packed size", plain(None, stated(20, "<I", 3, local=18)), "states 3 packed bytes",
         refused="damaged_archive"),
    Case("huge size", plain(None, stated(24, "<I", 0xFFFF_FFF0, local=22)), "states 4 GiB",
         refused="damaged_archive"),
    Case("wrong checksum", plain(None, wrong_checksum), "the bytes are not those packed",
         refused="damaged_archive"),
    Case("encrypted", plain(None, stated(8, "<H", 1, local=6)), "needs a password",
         refused="encrypted_member"),
    Case("unknown method", plain(None, stated(10, "<H", 97, local=8)), "packed by WavPack",
         refused="unsupported_compression"),
    Case("bzip2", lambda f: written(f, packed(good(), zipfile.ZIP_BZIP2)), "not everywhere read",
         refused="unsupported_compression"),
    Case("cut before its end", plain(None, cut(9, 10)), "without a directory",
         refused="not_a_zip"),
    Case("cut in the middle", plain(None, cut(1, 2)), "half a zip", refused="not_a_zip"),
    Case("end record alone", plain(None, lambda a: a[-22:]), "states members it has not",
         refused="not_a_zip"),
    Case("empty zip", plain({}), "no members", refused="no_layer_in_archive"),
    Case("folders only", plain({"a/": b"", "a/b/": b""}), "nothing in them",
         refused="no_layer_in_archive"),
    Case("no bytes", lambda f: written(f, b""), "0 bytes", refused="empty_file"),
    Case("RAR", lambda f: written(f, b"Rar!\x1a\x07\x00" + bytes(100)), "renamed",
         refused="not_a_zip"),
    Case("7z", lambda f: written(f, b"7z\xbc\xaf\x27\x1c" + bytes(100)), "renamed",
         refused="not_a_zip"),
    Case("web page", lambda f: written(f, b"<!doctype html><title>404</title>"), "a failed "
         "download saved as .zip", refused="not_a_zip"),
    Case("CAD inside", plain({"ban-do.dwg": b"AC1027" + bytes(100)}), "DWG is refused by name",
         refused="dwg"),
    Case("layer cut in the zip", plain(members({**layer(), "shp": layer()["shp"][:-40]})),
         "a sound zip of a .shp that is cut off", rows=5, lost={"shape_cut_off": [5]}),
    Case("no dbf in the zip", plain({"parcels.shp": layer()["shp"], "parcels.shx": layer()["shx"]}),
         "shapes alone", refused="missing_dbf"),
    Case("dbf elsewhere", plain({"parcels.shp": layer()["shp"], "x/parcels.dbf": layer()["dbf"]}),
         "parts in different folders are not one layer", refused="missing_dbf"),
    Case("loose", lambda f: loose(f, layer()), "a sound layer, not packed", rows=5),
]  # fmt: skip

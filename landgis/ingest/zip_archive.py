"""A zip file from a stranger: its names judged first, its bytes counted while they come out."""

import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from landgis.errors import Refused
from landgis.ingest.geodatabase_folder import PARTS_LIMIT, is_in_geodatabase

MEMBERS_LIMIT = 200
"""Most members of one archive; a shapefile has seven or so."""

UNPACKED_BYTES_LIMIT = 8 * 1024**3
"""Most bytes written for one archive."""

RATIO_LIMIT = 100
"""Most unpacked bytes for one packed byte, once a member has given ``RATIO_FREE_BYTES``."""

RATIO_FREE_BYTES = 64 * 1024**2
"""Below this size a member cannot hurt, and a blank-filled .dbf honestly packs 300:1."""

NAME_BYTES_LIMIT = 1000
NAME_PART_BYTES_LIMIT = 200

NESTED_SUFFIXES = frozenset({".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst"})

METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})

CHUNK_BYTES = 1024 * 1024

ENCRYPTED_FLAG = 0x1
UTF8_NAME_FLAG = 0x800


class ZipArchive:
    """The usable members of a zip file by display name; use it as a context manager.

    Opening judges every name and the sizes that the directory states; ``extract`` trusts none
    of them. Members below ``__MACOSX`` and dot-underscore files are not members.

    Raises
    ------
    Refused
        ``not_a_zip``, ``damaged_archive``, ``too_many_members``, ``bad_member_name``,
        ``member_is_a_link``, ``encrypted_member``, ``duplicate_member``, ``overlapping_members``,
        ``nested_archive``, ``unsupported_compression``, ``archive_too_large``.
    """

    def __init__(
        self,
        path: Path,
        sent: str,
        *,
        members_limit: int | None = None,
        unpacked_limit: int | None = None,
    ) -> None:
        self._sent = sent
        self._members_limit = members_limit or MEMBERS_LIMIT
        self._unpacked_limit = unpacked_limit or UNPACKED_BYTES_LIMIT
        self._written = 0
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as problem:
            raise Refused(
                "not_a_zip",
                f"{sent}: this is not a readable zip file ({problem}); pack the layer as .zip",
                file=sent,
            ) from problem
        try:
            self.names = self._judged()
        except BaseException:
            self._zip.close()
            raise

    names: Mapping[str, zipfile.ZipInfo]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zip.close()

    def extract(self, name: str, target: Path) -> None:
        """Write the member ``name`` to the new file ``target``, counting its bytes."""
        info = self.names[name]
        taken = 0
        try:
            with self._zip.open(info) as member, target.open("xb") as made:
                while chunk := member.read(CHUNK_BYTES):
                    taken += len(chunk)
                    self._count(name, info, taken, len(chunk))
                    made.write(chunk)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            ValueError,
            NotImplementedError,
        ) as problem:
            raise self._refused(
                "damaged_archive", name, f"cannot be unpacked ({problem}); pack the layer again"
            ) from problem
        if taken != info.file_size:
            raise self._refused(
                "damaged_archive",
                name,
                f"states {info.file_size} bytes and has {taken}; pack the layer again",
            )

    def _count(self, name: str, info: zipfile.ZipInfo, taken: int, chunk: int) -> None:
        self._written += chunk
        if self._written > self._unpacked_limit:
            raise self._refused(
                "archive_too_large",
                name,
                f"unpacks beyond the limit of {self._unpacked_limit} bytes; send it in parts",
            )
        if taken > RATIO_FREE_BYTES and taken > RATIO_LIMIT * max(info.compress_size, 1):
            raise self._refused(
                "archive_too_large",
                name,
                f"unpacks to more than {RATIO_LIMIT} times its packed size "
                f"({info.compress_size} bytes); pack the layer again with an ordinary tool",
            )

    def _judged(self) -> dict[str, zipfile.ZipInfo]:
        infos = [info for info in self._zip.infolist() if not _is_desktop_litter(info)]
        files = sum(not is_in_geodatabase(info.filename) for info in infos)
        if files > self._members_limit or len(infos) - files > PARTS_LIMIT:
            raise Refused(
                "too_many_members",
                f"{self._sent}: {len(infos)} members, the limit is {self._members_limit}; "
                "send fewer layers at a time",
                file=self._sent,
            )
        names: dict[str, zipfile.ZipInfo] = {}
        seen: set[str] = set()
        for info in infos:
            name = _display_name(info)
            self._judge_name(name, info)
            if info.is_dir() or name.endswith("/"):
                continue
            if name.casefold() in seen:
                raise self._refused("duplicate_member", name, "is there twice; keep one of them")
            seen.add(name.casefold())
            self._judge_content(name, info)
            names[name] = info
        self._judge_places(infos)
        return names

    def _judge_name(self, name: str, info: zipfile.ZipInfo) -> None:
        parts = PurePosixPath(name).parts
        wrong = (
            "\0" in info.orig_filename
            or not parts
            or name.startswith("/")
            or ".." in parts
            or name[1:2] == ":"
            or any(unicodedata.category(letter) in {"Cc", "Cf", "Cs"} for letter in name)
            or len(name.encode("utf-8", "replace")) > NAME_BYTES_LIMIT
            or any(len(p.encode("utf-8", "replace")) > NAME_PART_BYTES_LIMIT for p in parts)
        )
        if wrong:
            raise self._refused(
                "bad_member_name",
                name,
                "this name is not accepted: absolute, with '..', with control characters "
                "or too long; pack the layer again with plain names",
            )

    def _judge_content(self, name: str, info: zipfile.ZipInfo) -> None:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in {0, stat.S_IFREG}:
            raise self._refused("member_is_a_link", name, "is a link or a device; pack the file")
        if info.flag_bits & ENCRYPTED_FLAG:
            raise self._refused("encrypted_member", name, "is encrypted; send it without password")
        if PurePosixPath(name).suffix.lower() in NESTED_SUFFIXES:
            raise self._refused("nested_archive", name, "is an archive itself; unpack it first")
        if info.compress_type not in METHODS:
            raise self._refused(
                "unsupported_compression",
                name,
                f"is packed by method {info.compress_type}; pack it with 'deflate'",
            )

    def _judge_places(self, infos: list[zipfile.ZipInfo]) -> None:
        """Members that share bytes of the archive are how a small zip becomes petabytes."""
        ordered = sorted(infos, key=lambda info: info.header_offset)
        if ordered and ordered[0].header_offset < 0:
            raise self._refused(
                "damaged_archive",
                _display_name(ordered[0]),
                "lies before the archive begins; pack the layer again",
            )
        for info, following in pairwise(ordered):
            if info.header_offset + info.compress_size > following.header_offset:
                raise self._refused(
                    "overlapping_members",
                    _display_name(following),
                    "shares its bytes with another member; pack the layer again",
                )

    def _refused(self, code: str, name: str, why: str) -> Refused:
        shown = "".join(letter if letter.isprintable() else "?" for letter in name)[:120]
        return Refused(code, f"{self._sent}: member {shown!r} {why}", file=self._sent, member=shown)


def _is_desktop_litter(info: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(info.filename).parts
    return bool(parts) and (parts[0] == "__MACOSX" or parts[-1].startswith("._"))


def _display_name(info: zipfile.ZipInfo) -> str:
    """NFC, forward slashes; names written as bare UTF-8 without the flag are understood."""
    name = info.filename
    if not info.flag_bits & UTF8_NAME_FLAG:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    return unicodedata.normalize("NFC", name.replace("\\", "/"))

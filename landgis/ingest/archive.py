"""The file as handed in: what lies inside it, copied under names of our own choosing."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from landgis.errors import NotFound, Refused
from landgis.ingest.geodatabase_folder import (
    SUFFIX,
    geodatabases,
    is_in_geodatabase,
    parts_of_folder,
)
from landgis.ingest.layer_files import (
    LAYER_KINDS,
    TABLES,
    LayerFile,
    collect,
    companions,
    is_other_text,
)
from landgis.ingest.raw import SourceFile
from landgis.ingest.refusals import PART_ALONE, recognise, refused
from landgis.ingest.workbook_gate import admit_workbook
from landgis.ingest.zip_archive import ZipArchive

READ_FORMATS = (
    ".zip, .shp (with .dbf and .shx), .gpkg, .geojson, .fgb, .parquet, .dxf, .dgn, "
    ".csv, .txt, .xlsx (lists of vertices), .gdb (folder)"
)
MEMBERS_LOOKED_AT = 20
"""How many members of an archive without layers are looked at to say what they are."""

PACKED_BYTES_LIMIT = 2 * 1024**3
"""Largest file taken in as sent; bounds disk use before anything is looked at."""

COPY_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class OpenedSource:
    """A file as handed in and the layer files found in it."""

    source: SourceFile
    members: tuple[LayerFile, ...]


def open_source(path: Path, workdir: Path, name: str | None = None) -> OpenedSource:
    """Answer what can be read in the file at ``path``, copied into ``workdir``.

    Parameters
    ----------
    path
        The file; a loose .shp takes its companions from the same folder, in any letter case.
    workdir
        An existing folder that the caller removes afterwards; nothing is written elsewhere.
    name
        Name as sent, when ``path`` is a temporary name.

    Returns
    -------
    OpenedSource
        ``source.sha256`` is that of the file; of a loose shapefile, the hash over the suffixes
        and hashes of its parts, so that a changed .dbf is a changed file.

    Raises
    ------
    NotFound
        ``no_such_file``.
    Refused
        ``not_a_file``, ``not_readable``, ``empty_file``, ``file_too_large``,
        ``unsupported_format``, ``no_layer_in_archive``, a code of ``REFUSALS``, ``zip_archive``
        or ``workbook_gate``.
    """
    sent = PurePosixPath((name or path.name).replace("\\", "/")).name
    suffix = PurePosixPath(sent).suffix.lower()
    if suffix == SUFFIX and path.is_dir():
        return _open_geodatabase(path, workdir, sent)
    size = _size_of(path, sent)
    if size == 0:
        raise Refused(
            "empty_file", f"{sent}: the file is empty (0 bytes); send it again", file=sent
        )
    _require_format(path, suffix, sent)
    if suffix == ".zip":
        return _open_zip(path, workdir, sent, size)
    return _open_loose(path, workdir, sent)


def _require_format(path: Path, suffix: str, sent: str) -> None:
    """Refuse what is not read by its name; readers of layers know their own impostors."""
    if suffix == ".zip" or LAYER_KINDS.get(suffix, "table") not in TABLES:
        return
    code = recognise(path, suffix)
    if code is not None:
        raise refused(code, sent)
    if suffix not in LAYER_KINDS:
        raise Refused(
            "unsupported_format",
            f"{sent}: files of this kind are not read; send one of {READ_FORMATS}",
            file=sent,
        )


def _size_of(path: Path, sent: str) -> int:
    try:
        if not path.exists():
            raise NotFound("no_such_file", f"{path}: there is no such file", file=sent)
        if not path.is_file():
            raise Refused(
                "not_a_file",
                f"{path}: this is a folder or a device; name one file ({READ_FORMATS})",
                file=sent,
            )
        with path.open("rb"):
            size = path.stat().st_size
    except OSError as problem:
        raise Refused(
            "not_readable", f"{path}: cannot be opened: {problem.strerror}", file=sent
        ) from problem
    if size > PACKED_BYTES_LIMIT:
        raise Refused(
            "file_too_large",
            f"{sent}: {size} bytes, the limit is {PACKED_BYTES_LIMIT}; send it in parts",
            file=sent,
        )
    return size


def _open_loose(path: Path, workdir: Path, sent: str) -> OpenedSource:
    files = {sent: path}
    if LAYER_KINDS[PurePosixPath(sent).suffix.lower()] == "shapefile":
        files |= {file.name: file for file in companions(path)}
    digests: dict[str, str] = {}
    sizes: list[int] = []

    def copy(file_name: str, target: Path) -> None:
        digest, size = _copy_hashing(files[file_name], target)
        digests[target.suffix] = digest
        sizes.append(size)

    members = _admitted(collect(files, workdir, copy))
    joined = "".join(f"{suffix}:{digests[suffix]}\n" for suffix in sorted(digests))
    only = next(iter(digests.values()))
    sha256 = only if len(digests) == 1 else hashlib.sha256(joined.encode()).hexdigest()
    return OpenedSource(SourceFile(path, sent, sha256, sum(sizes)), members)


def _open_geodatabase(path: Path, workdir: Path, sent: str) -> OpenedSource:
    """Copy a geodatabase; its hash is that over the names and hashes of its files."""
    target = workdir / f"layer-1{SUFFIX}"
    target.mkdir()
    digest, size = hashlib.sha256(), 0
    for name, file in parts_of_folder(path, sent).items():
        part, part_size = _copy_hashing(file, target / name)
        digest.update(f"{name}:{part}\n".encode())
        size += part_size
    source = SourceFile(path, sent, digest.hexdigest(), size)
    return OpenedSource(source, (LayerFile(sent, "filegdb", target),))


def _copy_hashing(source: Path, target: Path) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    with source.open("rb") as taken, target.open("xb") as made:
        while chunk := taken.read(COPY_CHUNK_BYTES):
            digest.update(chunk)
            size += made.write(chunk)
    return digest.hexdigest(), size


def _open_zip(path: Path, workdir: Path, sent: str, size: int) -> OpenedSource:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    with ZipArchive(path, sent) as archive:
        plain = [name for name in archive.names if not is_in_geodatabase(name)]
        collected = collect(plain, workdir, archive.extract)
        members = (
            *(m for m in collected if not is_other_text(m)),
            *_packed_geodatabases(archive, workdir),
        )
        layers = tuple(m for m in members if m.kind not in TABLES)
        if not members:
            raise _no_layer(archive, workdir, sent)
    return OpenedSource(SourceFile(path, sent, sha256, size), layers or _admitted(members))


def _packed_geodatabases(archive: ZipArchive, workdir: Path) -> Iterator[LayerFile]:
    for at, (name, parts) in enumerate(sorted(geodatabases(archive.names).items()), 1):
        target = workdir / f"geodatabase-{at}{SUFFIX}"
        target.mkdir()
        for part, member in parts.items():
            archive.extract(member, target / part)
        yield LayerFile(name, "filegdb", target)


def _no_layer(archive: ZipArchive, workdir: Path, sent: str) -> Refused:
    """Say of an archive without layers what is in it."""
    for name in sorted(archive.names)[:MEMBERS_LOOKED_AT]:
        target = workdir / "looked-at"
        archive.extract(name, target)
        code = recognise(target, PurePosixPath(name).suffix.lower())
        target.unlink()
        if code not in {None, PART_ALONE}:
            return refused(code, f"{sent}/{name}")
    return Refused(
        "no_layer_in_archive",
        f"{sent}: no layer in the archive, only {_some(archive.names)}; it must hold "
        "a .shp with its .dbf and .shx, a .gpkg, .geojson, .fgb, .parquet, .dxf, .dgn, "
        ".csv, .xlsx or the whole folder of a .gdb",
        file=sent,
    )


def _admitted(members: tuple[LayerFile, ...]) -> tuple[LayerFile, ...]:
    """Put workbooks through their own gate; what is read of them is a plain copy."""
    return tuple(
        _plain_workbook(member) if member.kind == "workbook" else member for member in members
    )


def _plain_workbook(member: LayerFile) -> LayerFile:
    plain = member.path.with_name("plain.xlsx")
    admit_workbook(member.path, plain, member.name)
    return replace(member, path=plain)


def _some(names: Iterable[str], most: int = 5) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return (", ".join(listed[:most]) or "no files") + more

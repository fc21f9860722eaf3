"""The file as handed in: what lies inside it, copied under names of our own choosing."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from landgis.errors import NotFound, Refused
from landgis.ingest.raw import SourceFile
from landgis.ingest.zip_archive import ZipArchive

Kind = Literal["shapefile", "gpkg", "geojson", "flatgeobuf", "geoparquet", "dxf", "dgn"]

LAYER_KINDS: dict[str, Kind] = {
    ".shp": "shapefile",
    ".gpkg": "gpkg",
    ".geojson": "geojson",
    ".json": "geojson",
    ".fgb": "flatgeobuf",
    ".parquet": "geoparquet",
    ".geoparquet": "geoparquet",
    ".dxf": "dxf",
    ".dgn": "dgn",
}
COMPANION_SUFFIXES = (".shx", ".dbf", ".prj", ".cpg")
DECLARATIONS = frozenset({".prj", ".cpg"})
READ_FORMATS = ".zip, .shp (with .dbf and .shx), .gpkg, .geojson, .fgb, .parquet, .dxf, .dgn (V7)"
DWG = ".dwg"
DWG_RECIPE = (
    "DWG is AutoCAD's own format, which is not read; in AutoCAD use Save As (SAVEAS), choose "
    "AutoCAD DXF in ASCII form and send the .dxf"
)

PACKED_BYTES_LIMIT = 2 * 1024**3
"""Largest file taken in as sent; bounds disk use before anything is looked at."""

GEOJSON_PEEK_BYTES = 64 * 1024
"""How far into a .json file of an archive the word FeatureCollection is looked for."""

COPY_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class LayerFile:
    """One readable layer file, copied into the work folder."""

    name: str
    """Display name: the path inside the archive, or the name as sent."""

    kind: Kind
    path: Path
    shx: Path | None = None
    dbf: Path | None = None
    prj: Path | None = None
    cpg: Path | None = None


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
        ``unsupported_format``, ``dwg``, ``no_layer_in_archive``, or a code of ``zip_archive``.
    """
    sent = PurePosixPath((name or path.name).replace("\\", "/")).name
    size = _size_of(path, sent)
    suffix = PurePosixPath(sent).suffix.lower()
    if suffix == DWG:
        raise Refused("dwg", f"{sent}: {DWG_RECIPE}", file=sent)
    if suffix != ".zip" and suffix not in LAYER_KINDS:
        raise Refused(
            "unsupported_format",
            f"{sent}: files of this kind are not read; send one of {READ_FORMATS}",
            file=sent,
        )
    if size == 0:
        raise Refused(
            "empty_file", f"{sent}: the file is empty (0 bytes); send it again", file=sent
        )
    if suffix == ".zip":
        return _open_zip(path, workdir, sent, size)
    return _open_loose(path, workdir, sent)


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
        files |= {file.name: file for file in _companions(path)}
    digests: dict[str, str] = {}
    sizes: list[int] = []

    def copy(file_name: str, target: Path) -> None:
        digest, size = _copy_hashing(files[file_name], target)
        digests[target.suffix] = digest
        sizes.append(size)

    members = _collect(files, workdir, copy)
    joined = "".join(f"{suffix}:{digests[suffix]}\n" for suffix in sorted(digests))
    only = next(iter(digests.values()))
    sha256 = only if len(digests) == 1 else hashlib.sha256(joined.encode()).hexdigest()
    return OpenedSource(SourceFile(path, sent, sha256, sum(sizes)), members)


def _companions(shp: Path) -> list[Path]:
    """Find the other parts of a loose shapefile; the closest spelling wins."""
    found: dict[str, Path] = {}
    for file in sorted(shp.parent.iterdir(), key=lambda f: (f.stem != shp.stem, f.name)):
        suffix = file.suffix.lower()
        if suffix in COMPANION_SUFFIXES and file.stem.casefold() == shp.stem.casefold():
            found.setdefault(suffix, file)
    return list(found.values())


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
        members = _collect(archive.names, workdir, archive.extract)
    members = tuple(m for m in members if not _is_other_json(m))
    if not members and any(name.lower().endswith(DWG) for name in archive.names):
        raise Refused("dwg", f"{sent}: {DWG_RECIPE}", file=sent)
    if not members:
        raise Refused(
            "no_layer_in_archive",
            f"{sent}: no layer in the archive, only {_some(archive.names)}; it must hold "
            "a .shp with its .dbf and .shx, a .gpkg, .geojson, .fgb, .parquet, .dxf or .dgn",
            file=sent,
        )
    return OpenedSource(SourceFile(path, sent, sha256, size), members)


def _is_other_json(member: LayerFile) -> bool:
    """Answer whether it is one of the .json files that describe data in archives."""
    if PurePosixPath(member.name).suffix.lower() != ".json":
        return False
    with member.path.open("rb") as file:
        return b"FeatureCollection" not in file.read(GEOJSON_PEEK_BYTES)


def _some(names: Iterable[str], most: int = 5) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return (", ".join(listed[:most]) or "no files") + more


def _collect(
    names: Iterable[str], workdir: Path, copy: Callable[[str, Path], None]
) -> tuple[LayerFile, ...]:
    """Group ``names`` into layers and copy each into a folder of its own."""
    parts: dict[tuple[str, str], dict[str, str]] = {}
    for name in names:
        pure = PurePosixPath(name)
        key = (str(pure.parent).casefold(), pure.stem.casefold())
        parts.setdefault(key, {})[pure.suffix.lower()] = name
    found: list[LayerFile] = []
    for of_stem in parts.values():
        for suffix in LAYER_KINDS.keys() & of_stem.keys():
            folder = workdir / f"layer-{len(found) + 1}"
            folder.mkdir()
            found.append(_copy_layer(of_stem, suffix, folder, copy))
    return tuple(sorted(found, key=lambda layer: layer.name))


def _copy_layer(
    of_stem: dict[str, str], suffix: str, folder: Path, copy: Callable[[str, Path], None]
) -> LayerFile:
    kind = LAYER_KINDS[suffix]
    wanted = (suffix, *COMPANION_SUFFIXES) if kind == "shapefile" else (suffix,)
    paths: dict[str, Path] = {}
    for part in wanted:
        if part in of_stem:
            # A reader that found the .prj or .cpg beside the .shp would act on it.
            apart = "declared" if part in DECLARATIONS else "layer"
            paths[part] = folder / f"{apart}{part}"
            copy(of_stem[part], paths[part])
    return LayerFile(
        of_stem[suffix],
        kind,
        paths[suffix],
        *(paths.get(companion) for companion in COMPANION_SUFFIXES),
    )

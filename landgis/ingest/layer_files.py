"""Files that layers are made of, and how those of one layer are found among many."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

Kind = Literal[
    "shapefile",
    "gpkg",
    "geojson",
    "flatgeobuf",
    "geoparquet",
    "dxf",
    "dgn",
    "filegdb",
    "table",
    "workbook",
]

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
    ".csv": "table",
    ".txt": "table",
    ".tsv": "table",
    ".xlsx": "workbook",
}
TABLES = frozenset({"table", "workbook"})
"""In an archive with layers they are lists or notes beside them, and not read."""

COMPANION_SUFFIXES = (".shx", ".dbf", ".prj", ".cpg")
DECLARATIONS = frozenset({".prj", ".cpg"})
PEEK_BYTES = 64 * 1024
"""How far into a text of an archive it is looked for what makes it a layer."""

COORDINATES = re.compile(rb"(?i)\d{2,}[.,\d]*[ \t;,|]+-?\d{2,}[.,]?\d|POLYGON")
"""Two numbers side by side, or a polygon: what a list of vertices has and a note has not."""


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


def companions(shp: Path) -> list[Path]:
    """Find the other parts of a loose shapefile; the closest spelling wins."""
    found: dict[str, Path] = {}
    for file in sorted(shp.parent.iterdir(), key=lambda f: (f.stem != shp.stem, f.name)):
        suffix = file.suffix.lower()
        if suffix in COMPANION_SUFFIXES and file.stem.casefold() == shp.stem.casefold():
            found.setdefault(suffix, file)
    return list(found.values())


def is_other_text(member: LayerFile) -> bool:
    """Answer whether it is one of the .json and .txt files that describe data in archives."""
    suffix = PurePosixPath(member.name).suffix.lower()
    if suffix not in {".json", ".txt"}:
        return False
    with member.path.open("rb") as file:
        head = file.read(PEEK_BYTES)
    if suffix == ".json":
        return b"FeatureCollection" not in head
    return not COORDINATES.search(head.replace(b"\0", b""))


def collect(
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

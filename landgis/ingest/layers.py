"""Which layers a file holds, found without reading their rows."""

from collections import Counter
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from landgis.errors import Refused
from landgis.ingest.archive import OpenedSource
from landgis.ingest.layer_files import LayerFile
from landgis.ingest.reader_process import list_tables
from landgis.ingest.shapefile import POLYGON_TYPES, SHAPE_NAMES, shape_type_of

DRAWINGS = frozenset({"dxf", "dgn"})
DATABASES = {"gpkg": "GPKG", "filegdb": "OpenFileGDB"}
"""Files of tables that are named in full: ``file/table``; with GDAL's name of the format."""

WITH_LAYERS = DRAWINGS | DATABASES.keys() | {"workbook"}
"""Files whose layers or levels only their reader knows."""


class Layers(NamedTuple):
    """The layers of a file."""

    names: tuple[str, ...]
    """Those that may hold polygons, each named so that ``read_layers`` reads it alone."""

    others: tuple[str, ...]
    """Those that hold something else, with what it is."""


class _Layer(NamedTuple):
    member: LayerFile
    name: str
    """Within its own file."""

    @property
    def in_full(self) -> str:
        """Answer a name that no other layer of the archive has."""
        return _of_table(self.member, self.name)


def layers_of(opened: OpenedSource, workdir: Path) -> Layers:
    """Answer the layers of a file, in the order of their files' names.

    A file that is found to be broken counts as a layer: who reads it says why.
    """
    found: list[_Layer] = []
    others: list[str] = []
    for member in opened.members:
        try:
            several = len(opened.members) > 1
            names, more = _of_member(member, workdir, several=several)
        except Refused:
            names, more = [member.name], []
        found += [_Layer(member, name) for name in names]
        others += more
    times = Counter(layer.name for layer in found)
    listed = (layer.name if times[layer.name] == 1 else layer.in_full for layer in found)
    return Layers(tuple(listed), tuple(others))


def _of_member(member: LayerFile, workdir: Path, *, several: bool) -> tuple[list[str], list[str]]:
    stem = PurePosixPath(member.name).stem
    if member.kind == "table" and several:  # one may be the points that another refers to
        _, others = list_tables(member.path, workdir, called=member.name, driver="CSV")
        return ([], [f"{member.name} ({others[0]})"]) if others else ([stem], [])
    if member.kind in DATABASES:
        driver = DATABASES[member.kind]
        return list_tables(member.path, workdir, called=member.name, driver=driver)
    if member.kind != "shapefile":
        return [stem], []
    shape_type = shape_type_of(member.path, member.name)
    if shape_type in POLYGON_TYPES:
        return [stem], []
    return [], [f"{member.name} ({SHAPE_NAMES[shape_type]})"]


def chosen(opened: OpenedSource, layer: str | None) -> list[LayerFile]:
    """Answer the files that may hold a layer; None: all of them.

    GeoPackages and drawings are among them where no file is called so itself: only their reader
    knows their layers.

    Raises
    ------
    Refused
        ``no_such_layer``.
    """
    if layer is None:
        return list(opened.members)
    found = [
        m for m in opened.members if m.kind in DATABASES and layer.startswith(_of_table(m, ""))
    ]
    found = found or [m for m in opened.members if m.kind not in DATABASES and _is_called(m, layer)]
    found = found or [m for m in opened.members if m.kind in WITH_LAYERS]
    if not found:
        names = ", ".join(member.name for member in opened.members)
        raise Refused(
            "no_such_layer",
            f"{opened.source.name}: there is no layer {layer!r}; there are: {names}",
            file=opened.source.name,
        )
    return found


def within(member: LayerFile, layer: str | None) -> str | None:
    """Answer which layer of a file is to be read; None: the file as a whole."""
    if layer is None or member.kind not in WITH_LAYERS:
        return None
    if member.kind in DATABASES:
        return layer.removeprefix(_of_table(member, ""))
    return None if _is_called(member, layer) else layer


def _is_called(member: LayerFile, layer: str) -> bool:
    return layer in {member.name, PurePosixPath(member.name).stem}


def _of_table(member: LayerFile, table: str) -> str:
    return f"{member.name}/{table}" if member.kind in DATABASES else member.name

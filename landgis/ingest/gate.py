"""A first look at a file, cheap enough to do while its sender waits."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from landgis.errors import Refused
from landgis.ingest.archive import OpenedSource
from landgis.ingest.evidence import Choices
from landgis.ingest.layers import chosen, layers_of
from landgis.ingest.shapefile import POLYGON_TYPES, inspect, shape_type_of


class Parted(NamedTuple):
    """A file as the batches it gives."""

    choices: Sequence[Choices]
    """Of each batch: the sender's own, with its layer where the file holds several."""

    left_out: tuple[str, ...]
    """Layers that hold no polygons, with what they are."""


def parted(opened: OpenedSource, workdir: Path, choices: Choices) -> Parted:
    """Answer the batches of a file: one for each layer that may hold polygons.

    Where the sender names a layer, or the file has one only, that is one batch with the choices
    as they are.

    Raises
    ------
    Refused
        ``no_polygon_layer``.
    """
    if choices.layer is not None:
        return Parted([choices], ())
    found = layers_of(opened, workdir)
    if not found.names:
        raise Refused(
            "no_polygon_layer",
            f"{opened.source.name}: there are no polygons to read, only "
            f"{', '.join(found.others)}; send the layer of parcels",
            file=opened.source.name,
        )
    if len(found.names) == 1:
        return Parted([choices], found.others)
    return Parted([replace(choices, layer=name) for name in found.names], found.others)


def look_at(opened: OpenedSource, layer: str | None) -> None:
    """Refuse what can be seen to be wrong without parsing a geometry.

    Shapefiles are walked record by record by our own reader; the other formats wait for theirs.

    Raises
    ------
    Refused
        ``no_such_layer``, and the codes of ``shapefile.inspect``.
    """
    for member in chosen(opened, layer):
        is_shapefile = member.kind == "shapefile"
        if is_shapefile and shape_type_of(member.path, member.name) in POLYGON_TYPES:
            inspect(member.path, member.shx, member.dbf, name=member.name)

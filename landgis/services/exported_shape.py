"""How the parcels of an exported file are told."""

from collections.abc import Sequence
from typing import NamedTuple

from landgis.cadastre.exports import Columns, FileField

LAYER = "parcels"


class Shape(NamedTuple):
    """The columns of a file."""

    fields: Sequence[FileField]
    columns: Columns
    layer: str = LAYER
    emptied: tuple[str, ...] = ()
    """Fields about persons, in which nothing is written."""

    unread: tuple[str, ...] = ()
    """Fields that nobody knows the meaning of, written as they were sent."""


class TargetPlane(NamedTuple):
    """In which plane coordinates are written, and how."""

    epsg: int
    is_north_first: bool = False

"""Files that hold parcels: the forms they are written in."""

from collections.abc import Mapping
from pathlib import PurePath
from types import MappingProxyType
from typing import NamedTuple

from landgis.documents.exported import drawing, geoparquet, layers, shapefile, text, workbook
from landgis.documents.exported.table import Rows, Table, Write
from landgis.errors import UsageError

__all__ = ["FORMS", "Form", "Rows", "Table", "form_of"]


class Form(NamedTuple):
    """How parcels are written in one form."""

    write: Write
    is_of_one_plane: bool = True
    """False: it holds a layer for each plane, or no places at all."""

    has_fields: bool = True


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        ".gpkg": Form(layers.write_geopackage, is_of_one_plane=False),
        ".zip": Form(shapefile.write, is_of_one_plane=False),
        ".geojson": Form(text.write_geojson),
        ".fgb": Form(layers.write_flatgeobuf),
        ".parquet": Form(geoparquet.write),
        ".dxf": Form(drawing.write, has_fields=False),
        ".csv": Form(text.write_csv),
        ".xlsx": Form(workbook.write, is_of_one_plane=False),
    }
)
"""Suffix -> form."""


def form_of(path: PurePath) -> Form:
    """Answer the form that a file name asks for; ``UsageError`` ``unknown_export_format``."""
    form = FORMS.get(path.suffix.lower())
    if form is None:
        raise UsageError(
            "unknown_export_format",
            f"{path.name!r} ends in no form that parcels are written in: {', '.join(FORMS)}",
        )
    return form

"""A first look at a file, cheap enough to do while its sender waits."""

from landgis.ingest.archive import OpenedSource
from landgis.ingest.shapefile import inspect, shape_type_of


def look_at(opened: OpenedSource) -> None:
    """Refuse what can be seen to be wrong without parsing a geometry.

    Shapefiles are walked record by record by our own reader; the other formats wait for theirs.

    Raises
    ------
    Refused
        With the codes of ``shapefile.inspect``.
    """
    for member in opened.members:
        if member.kind == "shapefile":
            shape_type_of(member.path, member.name)
            inspect(member.path, member.shx, member.dbf, name=member.name)

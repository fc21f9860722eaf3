"""Shapefiles in an archive: boundaries by GDAL, their tables by ourselves."""

import shutil
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from landgis.documents.exported.dbase import DbfWriter, short_names
from landgis.documents.exported.layers import written_by_gdal
from landgis.documents.exported.table import Rows, Table

MEMBERS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
DECLARED = {"utf-8": "UTF-8", "cp1258": "1258", "cp1252": "1252", "iso-8859-1": "88591"}
"""Codec -> content of a .cpg; of the old Vietnamese ones it has no word for, there is none."""

TABLE_OF_FIELDS = "FIELDS.md"


def write(path: Path, tables: Sequence[Table], about: Mapping[str, Any]) -> None:
    """Write an archive with a shapefile for each table and a table of the fields' names."""
    with (
        TemporaryDirectory(dir=path.parent) as folder,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive,
    ):
        for table in tables:
            _write(Path(folder), table)
            for suffix in MEMBERS:
                part = Path(folder, table.name + suffix)
                if part.exists():
                    archive.write(part, part.name)
                    part.unlink()
        archive.writestr(TABLE_OF_FIELDS, _told(tables[0], about))


def _write(folder: Path, table: Table) -> None:
    dbf, made = folder / f"{table.name}.dbf.own", folder / f"{table.name}.shp"
    now = datetime.now(UTC)
    with DbfWriter(dbf, table.fields, (now.year, now.month, now.day)) as writer:
        shapes = replace(table, fields=(), rows=_written(table, writer))
        written_by_gdal(made, shapes, "Polygon", driver="ESRI Shapefile")
    shutil.move(dbf, made.with_suffix(".dbf"))
    cpg = made.with_suffix(".cpg")
    cpg.unlink(missing_ok=True)
    declared = {DECLARED.get(f.encoding) for f in table.fields if f.kind == "text"}
    if len(declared) == 1 and (word := declared.pop()) is not None:
        cpg.write_text(word, encoding="ascii")


def _written(table: Table, writer: DbfWriter) -> Iterator[Rows]:
    """Write the records as the boundaries go by."""
    for rows in table.rows:
        writer.write(rows)
        yield Rows((), rows.wkb)


def _told(table: Table, about: Mapping[str, Any]) -> str:
    """Answer which field is which: a .dbf cuts names to ten letters."""
    lines = [
        *(f"- {name}: {value}" for name, value in about.items() if value is not None),
        "",
        "| field | name | kind |",
        "|---|---|---|",
    ]
    names = short_names(table.fields)
    lines += [f"| {n} | {f.name} | {f.kind} |" for n, f in zip(names, table.fields, strict=True)]
    return "\n".join(["# landgis", "", *lines, ""])

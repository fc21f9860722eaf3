"""The register, or a unit of it, as a file that other programs read and ``landgis import`` too."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from uuid import UUID

import shapely

from landgis import geodesy
from landgis.cadastre.exports import (
    BASE_REVISION,
    OWN,
    Contents,
    ExportBlock,
    ExportWanted,
    PlaneShare,
    own_columns,
    own_fields,
)
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.register import Principal
from landgis.documents.exported import Form, Rows, Table, form_of
from landgis.errors import Conflict, NotAllowed, NotFound, Refused, UsageError
from landgis.services.export_like import like_shape, plane_of
from landgis.services.export_ports import Exports, Reader, SentRows
from landgis.services.exported_shape import Shape, TargetPlane
from landgis.services.parcel_questions import moment_of
from landgis.services.ports import Progress, silent

UNIT_AND_SHEET = ("unit_code", "sheet")
"""Where no parcel has one, the number alone names it, and the file shows that."""


@dataclass(frozen=True)
class ExportAsked:
    """What somebody wants in a file."""

    as_of: str | None = None
    effective_on: date | None = None
    unit: str | None = None
    crs: int | None = None
    """EPSG code of the plane to write; None: each parcel in the one it was surveyed in."""

    withheld: bool = False
    like: UUID | None = None
    """Batch in whose form it is to be."""


class Exported(NamedTuple):
    """What was written."""

    parcels: int
    revision: int
    left_out: int
    """Withheld parcels that were not asked for."""

    emptied: tuple[str, ...]
    """Fields of the sender about persons, in which nothing is written."""

    unread: tuple[str, ...]
    """Fields of the sender that nobody knows the meaning of, written as they were sent."""


class ExportService:
    """Writes the register into files, a block of parcels at a time."""

    def __init__(self, exports: Exports, sent: SentRows, jurisdiction: Jurisdiction) -> None:
        self._exports = exports
        self._sent = sent
        self._jurisdiction = jurisdiction

    def write(
        self,
        out: Path,
        asked: ExportAsked,
        by: Principal,
        progress: Progress = silent,
        *,
        overwrite: bool = False,
    ) -> Exported:
        """Write the wanted parcels of one state of the register to ``out``, whole or not at all.

        Raises
        ------
        UsageError
            ``unknown_export_format``, ``bad_as_of``.
        NotAllowed
            ``export_not_allowed``.
        NotFound
            ``nothing_to_export``.
        Conflict
            ``file_exists``.
        Refused
            ``several_planes``: the form holds one plane and the parcels were surveyed in several;
            what a form cannot hold, by its code.
        """
        form, wanted = form_of(out), self.wanted(asked, by)
        require_free(out, overwrite=overwrite)
        with self._exports.reading(wanted) as reader:
            contents = reader.contents()
            shape, plane = self.form_asked(asked, form, contents)
            told = Telling(progress, contents.parcels)
            tables = self.tables(form, reader, contents, shape, told, plane)
            write_whole(out, form, tables, self.about(contents, asked), overwrite=overwrite)
        told_of = (shape.emptied, shape.unread)
        return Exported(contents.parcels, contents.revision, contents.left_out, *told_of)

    def wanted(self, asked: ExportAsked, by: Principal) -> ExportWanted:
        """Answer which parcels are asked for, if whoever asks may have them."""
        if not by.everywhere("register") or (asked.withheld and not by.everywhere("withheld")):
            raise NotAllowed(
                "export_not_allowed",
                "Who exports the register needs the scope register in every unit, and withheld "
                "for withheld land",
            )
        as_of: datetime | int | None = None
        if asked.as_of is not None:
            as_of = moment_of(asked.as_of, self._jurisdiction.time_zone, datetime.now(UTC))
        return ExportWanted(as_of, asked.effective_on, asked.unit, asked.withheld, asked.like)

    def form_asked(
        self, asked: ExportAsked, form: Form, contents: Contents
    ) -> tuple[Shape, TargetPlane | None]:
        """Answer the columns, and the plane unless each parcel stays in its own.

        Raises
        ------
        UsageError
            ``like_drawing``: a drawing has no fields.
        Conflict
            ``batch_not_understood``.
        """
        plane = None if asked.crs is None else TargetPlane(geodesy.plane(asked.crs).epsg)
        if asked.like is None:
            return own_shape(contents), plane
        if not form.has_fields:
            raise UsageError(
                "like_drawing", "A drawing has no fields like those of a batch; leave out --like"
            )
        batch = self._sent.get(asked.like)
        plane = plane or plane_of(batch)
        return like_shape(batch, self._sent, contents, self._jurisdiction), plane

    def about(self, contents: Contents, asked: ExportAsked) -> dict[str, Any]:
        """Answer of which state of the register a file is, for its metadata."""
        day = asked.effective_on
        return {
            BASE_REVISION: contents.revision,
            "published_at": self._jurisdiction.local_time(contents.at),
            "as_of": asked.as_of,
            "effective_on": None if day is None else day.isoformat(),
            "unit": asked.unit,
            "like": None if asked.like is None else str(asked.like),
            "jurisdiction": self._jurisdiction.code,
            "parcels": contents.parcels,
        }

    def tables(
        self,
        form: Form,
        reader: Reader,
        contents: Contents,
        shape: Shape,
        told: "Telling",
        plane: TargetPlane | None,
    ) -> list[Table]:
        """Answer the tables of a file; their rows are read when they are written.

        Raises
        ------
        NotFound
            ``nothing_to_export``.
        Refused
            ``several_planes``.
        """
        planes = contents.planes
        if not planes:
            raise NotFound(
                "nothing_to_export",
                f"The register has no such parcels at revision {contents.revision}"
                + (f"; {contents.left_out} are withheld" if contents.left_out else ""),
            )
        made = [(p, plane or TargetPlane(p.epsg)) for p in planes]
        epsgs = sorted({target.epsg for _, target in made})
        if len(epsgs) > 1 and form.is_of_one_plane:
            listed = ", ".join(f"EPSG:{epsg}" for epsg in epsgs)
            raise Refused(
                "several_planes",
                f"The parcels were surveyed in {listed}, and a file of this form holds one plane; "
                "choose one with --crs, or .gpkg or .zip, which hold a layer for each",
                planes=epsgs,
            )
        return [
            Table(
                name=shape.layer if len(epsgs) == 1 else f"{shape.layer}_{epsg}",
                epsg=epsg,
                fields=shape.fields,
                is_multi=any(p.is_multi for p, target in made if target.epsg == epsg),
                rows=told.over(_surveyed(reader, shape, made, epsg)),
                levels=self._jurisdiction.drawing_levels,
            )
            for epsg in epsgs
        ]


class Telling:
    """Tells how many parcels have been written, and never how many at once."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def over(self, rows: Iterator[Rows]) -> Iterator[Rows]:
        """Give rows on and tell of them."""
        for some in rows:
            yield some
            self._done += len(some.wkb)
            self._progress("export", self._done, self._total)


def _surveyed(
    reader: Reader,
    shape: Shape,
    planes: Sequence[tuple[PlaneShare, TargetPlane]],
    epsg: int,
) -> Iterator[Rows]:
    """Answer the rows that are to be written in one plane."""
    for plane, target in planes:
        if target.epsg == epsg:
            for block in reader.blocks(plane.epsg):
                yield _rows(block, shape, target)


def _rows(block: ExportBlock, shape: Shape, target: TargetPlane) -> Rows:
    wkb = block.wkb
    if target != TargetPlane(block.epsg):
        geoms = geodesy.transform(shapely.from_wkb(list(wkb)), block.epsg, target.epsg)
        if target.is_north_first:
            geoms = shapely.transform(geoms, lambda xy: xy[:, ::-1])
        wkb = shapely.to_wkb(geoms, byte_order=1).tolist()
    return Rows(shape.columns(block), wkb)


def own_shape(contents: Contents) -> Shape:
    """Answer the register's own columns; of names those that some parcel has."""
    fields = [
        f
        for f in own_fields(contents.planes)
        if f.name not in UNIT_AND_SHEET or any(p.widths[f.name] for p in contents.planes)
    ]
    names = {field.name for field in fields}

    def columns(block: ExportBlock) -> list[Sequence[Any]]:
        values = zip(OWN, own_columns(block, contents.revision), strict=True)
        return [column for name, column in values if name in names]

    return Shape(fields, columns)


def require_free(out: Path, *, overwrite: bool) -> None:
    """Raise ``Conflict`` ``file_exists`` where something would be written over."""
    if out.exists() and not overwrite:
        raise Conflict("file_exists", f"{out} exists; say --overwrite to replace it")


def write_whole(
    out: Path, form: Form, tables: Sequence[Table], about: Mapping[str, Any], *, overwrite: bool
) -> None:
    """Write beside ``out`` and rename when all is there: nobody finds half a file.

    Raises
    ------
    UsageError
        ``no_such_folder``.
    """
    if not out.parent.is_dir():
        raise UsageError("no_such_folder", f"{out.parent} is no folder to write into")
    with TemporaryDirectory(prefix=f".{out.stem}.", dir=out.parent) as folder:
        made = Path(folder, out.name)
        form.write(made, tables, about)
        require_free(out, overwrite=overwrite)
        made.replace(out)

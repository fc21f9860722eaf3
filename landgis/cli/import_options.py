"""What may be said about files on the command line, the same for ``import`` and ``validate``."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from landgis.documents.formats import form_of
from landgis.documents.words import LANGUAGES
from landgis.errors import UsageError
from landgis.ingest.evidence import (
    Choices,
    parse_axis_order,
    parse_epsg,
    parse_field,
    parse_map_scale,
)

Command = TypeVar("Command", bound=Callable[..., Any])


def _report_path(context: click.Context, option: click.Parameter, path: Path | None) -> Path | None:  # noqa: ARG001
    """Refuse before the work a path that no report could be written to after it."""
    if path is not None:
        form_of(path)
        if not path.parent.is_dir():
            raise UsageError("no_such_folder", f"There is no folder {path.parent} for the report")
    return path


READING = (
    click.option("--unit", metavar="CODE", help="Unit of all parcels of the file."),
    click.option("--crs", metavar="EPSG:n", help="Coordinate system, whatever the file declares."),
    click.option("--axis", metavar="ORDER", help="east,north or north,east: which is first."),
    click.option("--encoding", metavar="NAME", help="Encoding of the text, e.g. TCVN3."),
    click.option("--profile", metavar="NAME", help="Profile of the sender's field names."),
    click.option(
        "--map", "fields", metavar="FIELD=target", multiple=True, help="One field's meaning."
    ),
)
"""How a file is to be read, where it does not say so itself."""

OPTIONS = (
    click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path)),
    click.option(
        "--as",
        "kind",
        type=click.Choice(("parcels", "units")),
        default="parcels",
        help="What the areas are: parcels, or the outlines of units.",
    ),
    *READING,
    click.option("--layer", metavar="NAME", help="Only this layer; else one batch for each."),
    click.option(
        "--map-scale", metavar="1:N", help="Scale of the survey: what its tolerances follow from."
    ),
    click.option("--no-memory", is_flag=True, help="Forget what was chosen for such files before."),
    click.option(
        "--report",
        "report_path",
        metavar="PATH",
        type=click.Path(path_type=Path, dir_okay=False),
        callback=_report_path,
        help="Write the report: .json, .html, .xlsx or .gpkg.",
    ),
    click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the report."),
    click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object."),
)


def with_options(command: Command) -> Command:
    """Give a command the files and everything that may be said about them."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def choices_of(options: dict[str, Any]) -> Choices:
    """Answer the choices among the options.

    Raises
    ------
    UsageError
        ``bad_map``, ``bad_crs``, ``bad_axis``, ``bad_map_scale``.
    """
    return replace(
        reading_of(options),
        map_scale=parse_map_scale(options["map_scale"]) if options["map_scale"] else None,
        memory=not options["no_memory"],
    )


def reading_of(options: dict[str, Any]) -> Choices:
    """Answer the choices of how a file is read, which ``READING`` and ``--layer`` give.

    Raises
    ------
    UsageError
        ``bad_map``, ``bad_crs``, ``bad_axis``.
    """
    return Choices(
        crs=parse_epsg(options["crs"]) if options["crs"] else None,
        axis_order=parse_axis_order(options["axis"]) if options["axis"] else None,
        encoding=options["encoding"],
        profile=options["profile"],
        unit=options["unit"],
        fields=tuple(parse_field(pair) for pair in options["fields"]),
        layer=options["layer"],
    )

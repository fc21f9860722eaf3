"""``landgis parcel-id``: national identifiers of parcels, computed and compared."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from landgis import __version__
from landgis.bootstrap import load_jurisdiction
from landgis.cadastre.identifier import PROCEDURE
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cli.errors import OK, QUARANTINED, Group
from landgis.cli.import_options import READING, reading_of
from landgis.cli.parcel_id_register import (
    DIFFERENT,
    SHOWN,
    assign_missing,
    issue_identifiers,
    verify_register,
)
from landgis.cli.progress import shown
from landgis.config import Settings
from landgis.documents.report import finding_documents
from landgis.documents.words import LANGUAGES, language
from landgis.errors import UsageError
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import parse_epsg
from landgis.ingest.gate import parted
from landgis.services.examine import work_folder
from landgis.services.identifiers import FileIdentifiers, Identified, Verified, identify_place

COLUMNS = ("row", "parcel", "national_id", "x", "y", "lon", "lat")
SAID = {
    "rows": {
        "vi": "{rows} dòng, {stated} dòng ghi mã định danh",
        "en": "{rows} rows, {stated} state an identifier",
    },
    "more": {"vi": "và {more} kết quả khác; xem --json", "en": "and {more} more; see --json"},
    "same": {"vi": "Không có sai khác.", "en": "No difference."},
}

Command = TypeVar("Command", bound=Callable[..., Any])

FILE_OPTIONS = (
    *READING,
    click.option("--layer", metavar="NAME", help="Of a file with several layers."),
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
)


def with_file_options(command: Command) -> Command:
    """Give a command what may be said about a file."""
    for option in reversed(FILE_OPTIONS):
        command = option(command)
    return command


@click.group("parcel-id", cls=Group)
def parcel_id() -> None:
    """National identifiers of parcels: 12 characters, from the parcel's feature point."""


@parcel_id.command()
@click.argument("what", nargs=-1, required=True, metavar="FILE|X Y")
@click.option("--srid", metavar="N", help="EPSG code of X (east) and Y (north).")
@with_file_options
def compute(what: tuple[str, ...], srid: str | None, **options: Any) -> None:
    """Compute the identifiers of a file's parcels, or of one feature point.

    Prints CSV; needs no database and writes nothing.
    """
    if len(what) == len("XY"):
        _compute_place(what, srid, as_json=options["as_json"])
    if len(what) != 1 or srid is not None:
        raise UsageError("bad_arguments", "Say one FILE, or X Y with --srid")
    _compute_file(Path(what[0]), options)


@parcel_id.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def assign(as_json: bool) -> None:  # noqa: FBT001
    """Give the parcels of the register that have none their identifiers, as a worker does."""
    assign_missing(as_json=as_json)


@parcel_id.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--issuer", required=True, help="Who makes them official.")
@click.option("--decision", required=True, help="Document by which they are.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the reasons.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def issue(file: Path, issuer: str, decision: str, lang: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Make identifiers official: a table (.csv, .json) of national_id and parcel, whole or not."""
    lang = language(lang, load_jurisdiction(Settings.from_env()))
    issue_identifiers(file, issuer, decision, lang, as_json=as_json)


@parcel_id.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the findings.")
@click.option(
    "--register",
    is_flag=True,
    help="Compare a table (.csv, .json: national_id, parcel or x, y, srid) with the register; "
    "without FILE: look through the register's own.",
)
@with_file_options
def verify(file: Path | None, lang: str | None, register: bool, **options: Any) -> None:  # noqa: FBT001
    """Compare the identifiers that a file states with the computed ones.

    Tells the distance of each and what may have caused it; exit code 1 when any differs.
    """
    jurisdiction = load_jurisdiction(Settings.from_env())
    if register:
        verify_register(file, language(lang, jurisdiction), as_json=options["as_json"])
    if file is None:
        raise UsageError("bad_arguments", "Name a FILE, or say --register")
    with _layer(file, options, jurisdiction) as layer:
        verified, unreadable = layer.verified(), layer.unreadable
    if options["as_json"]:
        click.echo(_verified_json(file, verified, unreadable))
    else:
        click.echo("\n".join(_lines(verified, language(lang, jurisdiction))))
    held = QUARANTINED if unreadable else OK
    raise SystemExit(max(DIFFERENT if verified.differs else OK, held))


def _compute_place(what: Sequence[str], srid: str | None, *, as_json: bool) -> NoReturn:
    if srid is None:
        raise UsageError("bad_arguments", "X Y need --srid: the EPSG code of their plane")
    try:
        x, y = (float(number.replace(",", ".")) for number in what)
    except ValueError as problem:
        raise UsageError("bad_arguments", f"X Y are two numbers, not {' '.join(what)}") from problem
    found = identify_place(x, y, parse_epsg(srid))
    lon, lat = found.lonlat[0].tolist()
    place = {"national_id": found.identifiers[0], "x": x, "y": y, "lon": lon, "lat": lat}
    if as_json:
        click.echo(json.dumps(_heading() | {"srid": found.epsg} | place, indent=1))
    else:
        click.echo(found.identifiers[0])
    raise SystemExit(OK)


def _compute_file(file: Path, options: dict[str, Any]) -> NoReturn:
    without, srid, records = 0, None, []
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    with _layer(file, options, load_jurisdiction(Settings.from_env())) as layer:
        table.writerow(COLUMNS)
        for parcels, keys, found in layer.computed():
            srid = found.epsg
            rows = list(_rows(parcels.row.tolist(), keys.tolist(), found))
            without += sum(row[2] is None for row in rows)
            if options["as_json"]:
                records += [dict(zip(COLUMNS, row, strict=True)) for row in rows]
            else:
                table.writerows(rows)
                click.echo(stream.getvalue(), nl=False)
                stream.seek(0)
                stream.truncate()
        unreadable = layer.unreadable
    if options["as_json"]:
        counts = {"computed": len(records) - without, "without": without, "unreadable": unreadable}
        said = _heading() | {"file": file.name, "srid": srid, "counts": counts, "parcels": records}
        click.echo(json.dumps(said, ensure_ascii=False, indent=1))
    raise SystemExit(QUARANTINED if without or unreadable else OK)


def _rows(rows: list[int], keys: list[str | None], found: Identified) -> Iterator[tuple[Any, ...]]:
    """Give the lines of the table: metres to 0.1 mm, degrees to as much."""
    places = zip(found.identifiers, found.points.tolist(), found.lonlat.tolist(), strict=True)
    for row, key, (name, (x, y), (lon, lat)) in zip(rows, keys, places, strict=True):
        if name is None:
            yield row, key, None, None, None, None, None
        else:
            yield row, key, name, round(x, 4), round(y, 4), round(lon, 9), round(lat, 9)


@contextmanager
def _layer(
    file: Path, options: dict[str, Any], jurisdiction: Jurisdiction
) -> Iterator[FileIdentifiers]:
    choices = reading_of(options)
    with work_folder() as workdir, shown(file.name) as tell:
        opened = open_source(file, workdir)
        layers = parted(opened, workdir, choices).choices
        if len(layers) > 1:
            names = ", ".join(str(one.layer) for one in layers)
            raise UsageError(
                "several_layers",
                f"{file.name} holds several layers: {names}; name one with --layer",
            )
        yield FileIdentifiers(opened, workdir, layers[0], jurisdiction, tell)


def _heading() -> dict[str, Any]:
    return {"format": 1, "landgis": __version__, "procedure": PROCEDURE}


def _verified_json(file: Path, verified: Verified, unreadable: int) -> str:
    said = _heading() | {
        "file": file.name,
        "counts": {**verified.counts, "unreadable": unreadable},
        "differs": verified.differs,
        "findings": finding_documents(verified.findings, None),
    }
    return json.dumps(said, ensure_ascii=False, indent=1)


def _lines(verified: Verified, lang: str) -> Iterator[str]:
    yield SAID["rows"][lang].format(**verified.counts)
    for finding in verified.findings[:SHOWN]:
        code = finding.rule.code.removeprefix("identity.national_id_")
        yield f"{finding.rule.severity:<8} {code:<10} {finding.message[lang]}"
    if len(verified.findings) > SHOWN:
        yield SAID["more"][lang].format(more=len(verified.findings) - SHOWN)
    if not verified.findings:
        yield SAID["same"][lang]

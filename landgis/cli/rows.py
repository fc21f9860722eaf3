"""``landgis rows``, ``landgis mend`` and ``landgis retry``: what was held back, put right."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import orjson

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.cadastre.batches import RowState
from landgis.cadastre.mends import FACTS, StagedRow, Tried
from landgis.cli.errors import OK, QUARANTINED
from landgis.cli.importing import parse_batch
from landgis.cli.principal import local_principal
from landgis.config import Settings
from landgis.documents.rows import Line, as_csv, write_xlsx
from landgis.documents.words import LANGUAGES
from landgis.errors import UsageError
from landgis.geodesy import LONLAT
from landgis.ingest.evidence import parse_epsg
from landgis.services.mended_values import Said, as_json
from landgis.services.mending import MendAsked
from landgis.services.rows import RowsWanted, ShownRow

CRS_NAME = "urn:ogc:def:crs:EPSG::"


@click.command()
@click.argument("batch")
@click.option("--state", type=click.Choice(get_args(RowState)), help="Only rows of this fate.")
@click.option("--rule", metavar="CODE", help="Only rows that this rule found something on.")
@click.option("--personal", is_flag=True, help="With the columns about persons.")
@click.option("--json", "as_", flag_value="json", help="One JSON object on stdout.")
@click.option("--csv", "as_", flag_value="csv", help="CSV on stdout.")
@click.option(
    "--xlsx",
    "workbook",
    metavar="PATH",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Write a workbook.",
)
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the table.")
def rows(batch: str, as_: str | None, workbook: Path | None, **options: Any) -> None:
    """Show the rows of a batch: their fate, their values, their columns as found."""
    batch_id = parse_batch(batch)
    services = bootstrap.build(Settings.from_env())
    wanted = RowsWanted(options["state"], options["rule"], options["personal"])
    _, every = services.rows.reading.every(batch_id, local_principal(), wanted)
    if workbook is not None:
        write_xlsx(workbook, _lines(every), services.jurisdiction, options["lang"])
    elif as_ == "csv":
        for line in as_csv(_lines(every), services.jurisdiction, options["lang"]):
            sys.stdout.buffer.write(line.encode())
    elif as_ == "json":
        listed = [_document(shown) for shown in every]
        click.echo(json.dumps({"rows": listed}, ensure_ascii=False, indent=1))
    else:
        for shown in every:
            click.echo(_line(shown.row))


@click.command()
@click.argument("batch")
@click.argument("row", type=click.IntRange(min=1))
@click.option("--set", "fields", metavar="FIELD=VALUE", multiple=True, help="Empty: unknown.")
@click.option(
    "--geometry",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="GeoJSON geometry or feature.",
)
@click.option("--crs", metavar="EPSG:n", help="Of the geometry; else what its file says.")
@click.option("--reason", required=True, help="Why; it is kept with the mend.")
def mend(batch: str, row: int, fields: tuple[str, ...], reason: str, **drawn: Any) -> None:
    """Say otherwise what a row that was held back says; then retry it."""
    batch_id = parse_batch(batch)
    values = dict(_pair(field) for field in fields)
    shape, epsg = (None, None) if drawn["geometry"] is None else _outline(drawn["geometry"])
    said = Said(values, shape, parse_epsg(drawn["crs"]) if drawn["crs"] else epsg)
    services, by = bootstrap.build(Settings.from_env()), local_principal()
    seen = services.rows.reading.one(batch_id, row, by, personal=False).shown.row
    now = services.rows.mending.mend(batch_id, row, said, MendAsked(by, seen.version, reason))
    click.echo(_line(now))
    click.echo(f"Examine it again: landgis retry {batch} {row}")


@click.command()
@click.argument("batch")
@click.argument("row", nargs=-1, type=click.IntRange(min=1))
@click.option("--all", "every", is_flag=True, help="Every quarantined row.")
def retry(batch: str, row: tuple[int, ...], every: bool) -> None:  # noqa: FBT001
    """Examine rows again; those that nothing holds back any more are accepted."""
    if every == bool(row):
        raise UsageError("which_rows", "Name the rows to examine again, or say --all")
    batch_id = parse_batch(batch)
    services = bootstrap.build(Settings.from_env())
    done = services.rows.mending.retry(batch_id, None if every else row, local_principal())
    for tried in done.rows:
        _tell(tried)
    counts = done.batch.counts
    passed = sum(tried.is_accepted for tried in done.rows)
    click.echo(
        f"{passed} of {len(done.rows)} rows accepted; the batch now has {counts.accepted} accepted "
        f"+ {counts.quarantined} quarantined + {counts.unreadable} unreadable"
    )
    if passed:
        click.echo(f"Let them into the register: landgis publish {batch}")
    raise SystemExit(OK if passed == len(done.rows) else QUARANTINED)


def tell_late(services: Services, batch_id: Any) -> bool:
    """Publish what was accepted after its batch was published; answer whether anything was."""
    done = services.rows.late.publish(batch_id, local_principal())
    for tried in done.held:
        _tell(tried)
    if done.revision is not None:
        listed = ", ".join(map(str, done.rows))
        click.echo(f"Published rows {listed} as revision {done.revision}")
    return done.revision is not None


def _tell(tried: Tried) -> None:
    if tried.is_accepted:
        click.echo(f"row {tried.row}: accepted")
        return
    click.echo(f"row {tried.row}: held back by {', '.join(tried.reasons)}")
    for finding in tried.findings:
        if finding["rule"] in tried.reasons:
            click.echo(f"  {finding['message']['en']} {finding['remedy']['en']}")


def _line(row: StagedRow) -> str:
    facts = row.facts
    name = "/".join(facts[n] or "?" for n in ("unit_code", "sheet", "number"))
    mended = f", mended {row.version}×" if row.version else ""
    why = f"  {', '.join(row.reasons)}" if row.reasons else ""
    return f"{row.row:>8}  {row.state:<11}  {name}{mended}{why}"


def _lines(every: Iterator[ShownRow]) -> Iterator[Line]:
    return (Line(shown.row, shown.attributes) for shown in every)


def _document(shown: ShownRow) -> dict[str, Any]:
    row = shown.row
    return {
        "row": row.row,
        "state": row.state,
        "reasons": list(row.reasons),
        "version": row.version,
        "values": {name: as_json(row.facts[name]) for name in FACTS},
        "attributes": shown.attributes,
    }


def _pair(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError("bad_set", f"--set takes FIELD=VALUE, not {text!r}")
    return name, value or None


def _outline(path: Path) -> tuple[Any, int]:
    """Answer the one geometry of a GeoJSON file and its system: RFC 7946 says WGS 84."""
    try:
        found = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as problem:
        raise UsageError("bad_geometry_file", f"{path} is no GeoJSON: {problem}") from problem
    name = str(((found.get("crs") or {}).get("properties") or {}).get("name", ""))
    epsg = parse_epsg(name.removeprefix(CRS_NAME)) if name.startswith(CRS_NAME) else LONLAT
    if found.get("type") == "FeatureCollection":
        features = found.get("features") or []
        if len(features) != 1:
            raise UsageError(
                "bad_geometry_file", f"{path} holds {len(features)} features; give one"
            )
        found = features[0]
    return (found.get("geometry") if found.get("type") == "Feature" else found), epsg

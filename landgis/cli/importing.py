"""``landgis import`` and ``landgis validate``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click

from landgis import bootstrap
from landgis.cli.errors import OK, QUARANTINED, exit_code, line
from landgis.cli.principal import local_principal
from landgis.cli.progress import shown
from landgis.config import Settings
from landgis.documents.formats import as_json, form_of
from landgis.documents.report import report
from landgis.documents.shown import ImportReport, concerned_by
from landgis.documents.words import LANGUAGES, language
from landgis.errors import LandgisError, UsageError
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices, parse_axis_order, parse_epsg
from landgis.services.examine import Examined, examine, work_folder
from landgis.services.load import batch_of
from landgis.services.ports import Progress

Command = TypeVar("Command", bound=Callable[..., Any])


def _report_path(context: click.Context, option: click.Parameter, path: Path | None) -> Path | None:  # noqa: ARG001
    """Refuse before the work a path that no report could be written to after it."""
    if path is not None:
        form_of(path)
        if not path.parent.is_dir():
            raise UsageError("no_such_folder", f"There is no folder {path.parent} for the report")
    return path


OPTIONS = (
    click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path)),
    click.option("--unit", metavar="CODE", help="Unit of all parcels of the file."),
    click.option("--crs", metavar="EPSG:n", help="Coordinate system, whatever the file declares."),
    click.option("--axis", metavar="ORDER", help="east,north or north,east: which is first."),
    click.option("--encoding", metavar="NAME", help="Encoding of the text, e.g. TCVN3."),
    click.option("--profile", metavar="NAME", help="Profile of the sender's field names."),
    click.option(
        "--map", "fields", metavar="FIELD=target", multiple=True, help="One field's meaning."
    ),
    click.option("--layer", metavar="NAME", help="Which layer, when the file holds several."),
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


def _with_options(command: Command) -> Command:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.command("import")
@_with_options
@click.option("--publish", is_flag=True, help="Publish the accepted rows at once.")
@click.option("--dry-run", is_flag=True, help="Examine and report; write nothing.")
def import_(files: tuple[Path, ...], publish: bool, dry_run: bool, **options: Any) -> None:  # noqa: FBT001
    """Import parcel files: stage what is sound, hold back what is not, say why."""
    choices = _choices(options)
    settings = Settings.from_env()
    if dry_run:
        _run(files, options, lambda path, tell: _examined(path, choices, settings, tell))
        return
    services = bootstrap.build(settings)
    by = local_principal()

    def one(path: Path, tell: Progress) -> tuple[ImportReport, str]:
        loaded = services.load.load(path, choices, by, progress=tell)
        batch_id = loaded.batch.batch_id
        said = "already imported" if loaded.already else "imported"
        if publish:
            done = services.publish.publish(batch_id, by, tell, loaded.accepted)
            said += f", {'already ' if done.already else ''}published as revision {done.revision}"
        result = services.load.shown(batch_id, by)
        if loaded.already:
            result.document["already_imported"] = True
        return result, said

    _run(files, options, one)


@click.command()
@_with_options
def validate(files: tuple[Path, ...], **options: Any) -> None:
    """Check parcel files without a database: the same checks, nothing is written."""
    choices, settings = _choices(options), Settings.from_env()
    _run(files, options, lambda path, tell: _examined(path, choices, settings, tell))


def _choices(options: dict[str, Any]) -> Choices:
    fields = []
    for pair in options["fields"]:
        field, equals, target = pair.rpartition("=")
        if not equals or not field:
            raise UsageError("bad_map", f"--map takes FIELD=target, not {pair!r}")
        fields.append((field, target))
    return Choices(
        crs=parse_epsg(options["crs"]) if options["crs"] else None,
        axis_order=parse_axis_order(options["axis"]) if options["axis"] else None,
        encoding=options["encoding"],
        profile=options["profile"],
        unit=options["unit"],
        fields=tuple(fields),
        layer=options["layer"],
    )


def _examined(
    path: Path, choices: Choices, settings: Settings, tell: Progress
) -> tuple[ImportReport, str]:
    jurisdiction = bootstrap.load_jurisdiction(settings)
    with work_folder() as workdir:
        opened = open_source(path, workdir)
        examined = examine(opened, workdir, choices, jurisdiction, deployment=None, progress=tell)
    return _unstaged_report(examined, choices), "examined, nothing written"


def _unstaged_report(examined: Examined, choices: Choices) -> ImportReport:
    batch, findings = batch_of(examined, choices, local_principal())
    document = report(batch, findings, examined.fates())
    return ImportReport(
        {**document, "batch_id": None, "status": "examined"},
        concerned_by(examined.normalised.parcels, findings),
    )


def _run(
    files: tuple[Path, ...],
    options: dict[str, Any],
    one: Callable[[Path, Progress], tuple[ImportReport, str]],
) -> None:
    """Do one story for every file; a file that is refused does not stop the others."""
    worst = OK
    reports: list[ImportReport] = []
    for path in files:
        try:
            with shown(path.name) as tell:
                result, said = one(path, tell)
        except LandgisError as error:
            click.echo(line(error), err=True)
            worst = max(worst, exit_code(error))
            told = {"code": error.code, "message": error.message}
            reports.append(ImportReport({"file": {"name": path.name}, "error": told}))
            continue
        reports.append(result)
        worst = max(worst, _code(result.document))
        if not options["as_json"]:
            click.echo(_summary(result.document, said))
    _write(reports, options)
    raise SystemExit(worst)


def _code(result: dict[str, Any]) -> int:
    """Answer 3 when rows were held back now; a file that was there already is no news."""
    counts = result["counts"]
    held = counts["quarantined"] + counts["unreadable"]
    return QUARANTINED if held and not result.get("already_imported") else OK


def _summary(result: dict[str, Any], said: str) -> str:
    counts = result["counts"]
    lines = [
        f"{result['file']['name']}: {said}",
        (
            f"  {counts['read']} rows = {counts['accepted']} accepted + "
            f"{counts['quarantined']} quarantined + {counts['unreadable']} unreadable"
        ),
    ]
    for name in ("crs", "axis_order", "encoding", "mapping"):
        evidence = result["evidence"][name]
        lines.append(f"  {name}: {evidence['chosen']} ({evidence['reason']['en']})")
    lines += [f"  note: {note['message']}" for note in result["evidence"]["notes"]]
    lines += [
        f"  {r['rule']}: {r['findings']} {r['severity']}(s) on {r['rows']} row(s)"
        if r["outcome"] == "fail"
        else f"  {r['rule']}: not tested"
        for r in result["by_rule"]
        if r["outcome"] != "pass"
    ]
    if result["batch_id"]:
        lines.append(f"  batch {result['batch_id']} is {result['status']}")
    return "\n".join(lines)


def _write(reports: list[ImportReport], options: dict[str, Any]) -> None:
    if options["as_json"]:
        click.echo(as_json([r.document for r in reports]))
    path: Path | None = options["report_path"]
    if path is not None:
        jurisdiction = bootstrap.load_jurisdiction(Settings.from_env())
        lang = language(options["lang"], jurisdiction)
        path.write_bytes(form_of(path).write(reports, jurisdiction, lang))


def parse_batch(text: str) -> UUID:
    """Answer a batch id; ``UsageError`` ``bad_batch`` when it is none."""
    try:
        return UUID(text)
    except ValueError as problem:
        raise UsageError(
            "bad_batch", f"{text!r} is no batch id; list them: landgis batches"
        ) from problem

"""``landgis import`` and ``landgis validate``."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cli import remote, unit_layers
from landgis.cli.import_options import choices_of, with_options
from landgis.cli.outcomes import Outcome, Step, Story, run, succeeded
from landgis.cli.principal import local_principal
from landgis.config import Settings
from landgis.documents.shown import ImportReport
from landgis.errors import UsageError
from landgis.ingest.archive import OpenedSource, open_source
from landgis.ingest.evidence import Choices
from landgis.ingest.gate import Parted, parted
from landgis.ingest.sandbox import is_limited
from landgis.services.examine import examine, work_folder
from landgis.services.ports import Progress
from landgis.services.staged_batch import report_of

UNLIMITED = (
    "landgis: this system cannot limit the time and memory that reading a file takes; "
    "examine here only files of senders you know [no_limits]"
)


@click.command("import")
@with_options
@click.option("--publish", is_flag=True, help="Publish the accepted rows at once.")
@click.option("--dry-run", is_flag=True, help="Examine and report; write nothing.")
@click.option("--server", metavar="URL", help="Have it done by a landgis elsewhere.")
@click.option(
    "--key",
    metavar="KEY",
    envvar=remote.KEY_VARIABLE,
    callback=remote.hide_key,
    help="Of the server; best in the environment as LANDGIS_KEY.",
)
def import_(
    files: tuple[Path, ...],
    publish: bool,  # noqa: FBT001
    dry_run: bool,  # noqa: FBT001
    server: str | None,
    key: str | None,
    **options: Any,
) -> None:
    """Import parcel files: stage what is sound, hold back what is not, say why."""
    if publish and dry_run:
        raise UsageError("dry_run", "A dry run is never published; say --dry-run or --publish")
    choices = choices_of(options)
    if server is not None and options["kind"] != "parcels":
        raise UsageError("units_are_local", "Outlines of units are imported where the server runs")
    if server is not None:
        asked = {"publish": publish, "dry_run": dry_run}
        run(files, options, remote.importing(server, key, options, **asked))
    settings = Settings.from_env()
    if dry_run:
        work = _examining(bootstrap.load_jurisdiction(settings), options["kind"])
    else:
        work = _loading(bootstrap.build(settings), options["kind"], publish=publish)
    run(files, options, _story(choices, work))


@click.command()
@with_options
def validate(files: tuple[Path, ...], **options: Any) -> None:
    """Check parcel files without a database: the same checks, nothing is written."""
    work = _examining(bootstrap.load_jurisdiction(Settings.from_env()), options["kind"])
    run(files, options, _story(choices_of(options), work))


Work = Callable[[OpenedSource, Path, Choices, Progress], tuple[ImportReport, str]]
"""From an opened file, the folder it is in and what is chosen to a report and what was done."""


def _story(choices: Choices, work: Work) -> Story:
    """Answer what is done for a file: the same for each of its layers."""

    def one(
        opened: OpenedSource, workdir: Path, mine: Choices, name: str, tell: Progress
    ) -> Outcome:
        return succeeded(name, *work(opened, workdir, mine, tell))

    if not is_limited():
        click.echo(UNLIMITED, err=True)

    def story(path: Path) -> Iterator[Step]:
        with work_folder() as workdir:
            opened = open_source(path, workdir)
            for name, mine in _named(path, parted(opened, workdir, choices)):
                yield Step(name, partial(one, opened, workdir, mine, name), mine.layer)

    return story


def _examining(jurisdiction: Jurisdiction, kind: str) -> Work:
    by = local_principal()

    if kind == "units":
        return partial(unit_layers.examined, jurisdiction=jurisdiction)

    def work(
        opened: OpenedSource, workdir: Path, choices: Choices, tell: Progress
    ) -> tuple[ImportReport, str]:
        examined = examine(opened, workdir, choices, jurisdiction, deployment=None, progress=tell)
        return report_of(examined, choices, by), "examined, nothing written"

    return work


def _loading(services: Services, kind: str, *, publish: bool) -> Work:
    if kind == "units":
        return partial(unit_layers.taken, services=services, publish=publish)
    by = local_principal()

    def work(
        opened: OpenedSource, workdir: Path, choices: Choices, tell: Progress
    ) -> tuple[ImportReport, str]:
        loaded = services.load.load_opened(opened, workdir, choices, by, progress=tell)
        batch_id = loaded.batch.batch_id
        said = "already imported" if loaded.already else "imported"
        if publish:
            done = services.publish.publish(batch_id, by, tell, loaded.accepted)
            said += f", {'already ' if done.already else ''}published as revision {done.revision}"
        result = services.load.shown(batch_id, by)
        if loaded.already:
            result.document["already_imported"] = True
        return result, said

    return work


def _named(path: Path, found: Parted) -> Iterator[tuple[str, Choices]]:
    """Give the batches of a file with the name that each is spoken of by."""
    if found.left_out:
        click.echo(f"{path.name}: left out, no polygons: {', '.join(found.left_out)}", err=True)
    for choices in found.choices:
        name = path.name if choices.layer is None else f"{path.name} [{choices.layer}]"
        yield name, choices


def parse_batch(text: str) -> UUID:
    """Answer a batch id; ``UsageError`` ``bad_batch`` when it is none."""
    try:
        return UUID(text)
    except ValueError as problem:
        raise UsageError(
            "bad_batch", f"{text!r} is no batch id; list them: landgis batches"
        ) from problem

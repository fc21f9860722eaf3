"""``landgis attributes``: a table of attributes against the live register."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from landgis import bootstrap
from landgis.cadastre.drafts import Heading
from landgis.cli.errors import OK, QUARANTINED
from landgis.cli.principal import local_principal
from landgis.config import Settings
from landgis.documents.words import LANGUAGES, language
from landgis.errors import UsageError
from landgis.ingest.attribute_table import TableChoices, read_attribute_table
from landgis.ingest.evidence import parse_field
from landgis.services.attribute_answer import answer, suffix_of
from landgis.services.attributes import Asking, Judged
from landgis.services.editing.asked import Asked
from landgis.services.examine import work_folder

SHOWN = 20
"""Rows that are named on the screen; the answer has them all."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sheet", metavar="NAME", help="Sheet of a workbook with several.")
@click.option("--unit", metavar="CODE", help="Unit of rows that name none.")
@click.option("--base", type=click.IntRange(min=0), help="Revision that the table was made from.")
@click.option("--profile", metavar="NAME", help="Profile of the sender's column names.")
@click.option("--map", "fields", metavar="COLUMN=target", multiple=True, help="A column's meaning.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The same file, answered.",
)
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the answer.")
@click.option("--json", "as_json", is_flag=True, help="Print every row as one JSON object.")
@click.option("--propose", is_flag=True, help="Hand in what changes; another person approves it.")
@click.option("--record-no", help="Number of the dossier, with --propose.")
@click.option("--reason", default="Attributes corrected", show_default=True)
@click.option("--basis", help="Reference to the document it rests on, with --propose.")
def attributes(file: Path, propose: bool, output: Path | None, **options: Any) -> None:  # noqa: FBT001
    """Compare a table of attributes (.xlsx, .csv) with the live register, row by row."""
    heading = _heading(options) if propose else None
    _require_output(file, output)
    settings = Settings.from_env()
    services = bootstrap.build(settings)
    by = local_principal()
    jurisdiction = services.jurisdiction
    lang = language(options["lang"], jurisdiction)
    choices = TableChoices(
        options["sheet"],
        options["unit"],
        tuple(parse_field(pair) for pair in options["fields"]),
        options["profile"],
    )
    with work_folder() as workdir:
        table = read_attribute_table(file, workdir, choices, jurisdiction)
        asking = Asking(options["unit"], options["base"])
        judged = services.editing.attributes.judge(table, by, asking)
        if output is not None:
            output.write_bytes(answer(judged, workdir, lang))
    said = ""
    if heading is not None:
        made = services.editing.attributes.propose(judged, by, heading, None).draft
        services.editing.drafts.submit(made.draft_id, Asked(by, made.rev))
        said = f"Dossier {heading.record_no} awaits approval by another person, at /officer"
    _tell(judged, lang, said, as_json=options["as_json"])
    counts = judged.counts()
    sound = counts["changed"] + counts["unchanged"]
    raise SystemExit(OK if sound == counts["read"] else QUARANTINED)


def _heading(options: Mapping[str, Any]) -> Heading:
    if not options["record_no"] or not options["basis"]:
        raise UsageError("heading_missing", "--propose needs --record-no and --basis")
    return Heading(options["record_no"], options["reason"], options["basis"])


def _require_output(file: Path, output: Path | None) -> None:
    """Refuse before the work an answer that could not be written or would replace the table."""
    if output is None:
        return
    if output.resolve() == file.resolve():
        raise UsageError("same_file", f"{output} is the table itself; name another file with -o")
    if not output.parent.is_dir():
        raise UsageError("no_such_folder", f"There is no folder {output.parent} for the answer")


def _tell(judged: Judged, lang: str, said: str, *, as_json: bool) -> None:
    counts = judged.counts()
    if as_json:
        rows = [found.document() for found in judged.results]
        document = {"file": judged.table.source.name, "counts": counts, "rows": rows}
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    listed = ", ".join(
        f"{n} {name.replace('_', ' ')}" for name, n in counts.items() if name != "read"
    )
    click.echo(f"{judged.table.source.name}: {counts['read']} rows = {listed}")
    for target, choice in sorted(judged.table.mapping.columns.items()):
        click.echo(f"  {target}: {'+'.join(choice.columns)}")
    rest = [found for found in judged.results if found.result != "unchanged"]
    for found in rest[:SHOWN]:
        click.echo(f"  row {found.row}: {found.sentence(lang)}")
    if len(rest) > SHOWN:
        click.echo(f"  … and {len(rest) - SHOWN} more; -o ANSWER{suffix_of(judged)} has them all")
    if said:
        click.echo(said)

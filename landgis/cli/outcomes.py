"""What came of each file of a command, said one by one and then together."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import click

from landgis.bootstrap import load_jurisdiction
from landgis.cli.errors import OK, QUARANTINED, exit_code, line
from landgis.cli.progress import shown
from landgis.config import Settings
from landgis.documents.formats import as_json, form_of
from landgis.documents.shown import ImportReport
from landgis.documents.words import language
from landgis.errors import LandgisError
from landgis.services.ports import Progress

COUNTS = ("read", "accepted", "quarantined", "unreadable")
DECISIONS = ("crs", "axis_order", "encoding", "mapping", "level", "areas", "shift")
HEADINGS = ("File", "Rows", "Accepted", "Quarantined", "Unreadable", "Result")


@dataclass(frozen=True)
class Outcome:
    """What came of one layer of a file, or of a file that could not be opened."""

    name: str
    """How people know it: the file's name, and its layer where it has several."""

    report: ImportReport
    said: str
    """A word or two on what was done, or the code of what is wrong."""

    code: int
    """Of the command's exit, if this were all."""

    written: Callable[[str, str | None], bytes] | None = None
    """Gives the report in a form and language, from a server that knows more; None: from here."""


class Step(NamedTuple):
    """One thing that is done for a file, with its own progress."""

    name: str
    work: Callable[[Progress], Outcome]
    layer: str | None = None


Story = Callable[[Path], Iterable[Step]]
"""From a file to what is to be done for it: as a rule one step, else one for each layer."""


def run(files: Sequence[Path], options: dict[str, Any], story: Story) -> NoReturn:
    """Do one story for every file, tell, and end the process; no refusal stops the others."""
    outcomes: list[Outcome] = []
    for path in files:
        for outcome in _outcomes(path, story):
            outcomes.append(outcome)
            if "error" not in outcome.report.document and not options["as_json"]:
                click.echo(_summary(outcome))
    if len(outcomes) > 1 and not options["as_json"]:
        click.echo("\n" + "\n".join(_table(outcomes, len(files))))
    _write(outcomes, options)
    raise SystemExit(max(outcome.code for outcome in outcomes))


def succeeded(name: str, report: ImportReport, said: str) -> Outcome:
    """Answer a report as an outcome: a file that was there already is no news."""
    counts = report.document["counts"]
    held = counts["quarantined"] + counts["unreadable"]
    is_news = held and not report.document.get("already_imported")
    return Outcome(name, report, said, QUARANTINED if is_news else OK)


def _outcomes(path: Path, story: Story) -> Iterator[Outcome]:
    try:
        for step in story(path):
            try:
                with shown(step.name) as tell:
                    outcome = step.work(tell)
            except LandgisError as error:
                outcome = _failed(path, error, step.name, step.layer)
            yield outcome
    except LandgisError as error:
        yield _failed(path, error, path.name)


def _failed(path: Path, error: LandgisError, name: str, layer: str | None = None) -> Outcome:
    click.echo(line(error), err=True)
    told = {"code": error.code, "message": error.message}
    document = {"file": {"name": path.name}, "error": told}
    if layer is not None:
        document["options"] = {"layer": layer}
    return Outcome(name, ImportReport(document), f"failed: {error.code}", exit_code(error))


def _summary(outcome: Outcome) -> str:
    result = outcome.report.document
    counts = result["counts"]
    lines = [
        f"{outcome.name}: {outcome.said}",
        (
            f"  {counts['read']} rows = {counts['accepted']} accepted + "
            f"{counts['quarantined']} quarantined + {counts['unreadable']} unreadable"
        ),
    ]
    lines += [
        f"  {name}: {evidence['chosen']} ({evidence['reason']['en']})"
        for name in DECISIONS
        if (evidence := result["evidence"].get(name)) is not None
    ]
    lines += [f"  note: {note['message']}" for note in result["evidence"]["notes"]]
    lines += [
        f"  {r['rule']}: {r['findings']} {r['severity']}(s) on {r['rows']} row(s)"
        for r in result["by_rule"]
        if r["outcome"] == "fail"
    ]
    if untested := [r["rule"] for r in result["by_rule"] if r["outcome"] == "untested"]:
        lines.append(f"  not tested, the report says why: {', '.join(untested)}")
    if result["batch_id"]:
        lines.append(f"  batch {result['batch_id']} is {result['status']}")
    return "\n".join(lines)


def _table(outcomes: Sequence[Outcome], files: int) -> Iterator[str]:
    """Answer the lines of a table of everything, its last line the sums of those above."""
    rows = [HEADINGS, *(_row(outcome) for outcome in outcomes)]
    counted = [o.report.document["counts"] for o in outcomes if "counts" in o.report.document]
    sums = (f"{sum(counts[name] for counts in counted):,}" for name in COUNTS)
    lost = len(outcomes) - len(counted)
    said = f"{lost} of {len(outcomes)} failed" if lost else f"all {len(outcomes)} done"
    rows.append((f"Together, of {files} file(s)", *sums, said))
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
    for number, (name, *figures, result) in enumerate(rows):
        aligned = (text.rjust(width) for text, width in zip(figures, widths[1:-1], strict=True))
        if number in {1, len(rows) - 1}:
            yield "  ".join("-" * width for width in widths)
        yield "  ".join((name.ljust(widths[0]), *aligned, result))


def _row(outcome: Outcome) -> tuple[str, ...]:
    counts = outcome.report.document.get("counts")
    figures = ("-" if counts is None else f"{counts[name]:,}" for name in COUNTS)
    return (unicodedata.normalize("NFC", outcome.name), *figures, outcome.said)


def _write(outcomes: Sequence[Outcome], options: dict[str, Any]) -> None:
    reports = [outcome.report for outcome in outcomes]
    if options["as_json"]:
        click.echo(as_json([r.document for r in reports]))
    path: Path | None = options["report_path"]
    if path is None:
        return
    if len(outcomes) == 1 and (written := outcomes[0].written):
        path.write_bytes(written(path.suffix.lower().removeprefix("."), options["lang"]))
        return
    jurisdiction = load_jurisdiction(Settings.from_env())
    lang = language(options["lang"], jurisdiction)
    path.write_bytes(form_of(path).write(reports, jurisdiction, lang))

"""``landgis rules``: what files are judged by, with codes that stay."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from landgis.bootstrap import load_jurisdiction
from landgis.cadastre.findings import Rule
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.mends import RULES as MENDED
from landgis.cadastre.rules import RULES
from landgis.cadastre.rules.unit_layer import UNIT_RULES
from landgis.config import Settings
from landgis.documents.words import LANGUAGES, basis_text, language
from landgis.errors import UsageError

HEADINGS = ("rule", "severity", "of", "title", "basis")

BEGIN, END = "<!-- rules: begin -->", "<!-- rules: end -->"
"""Lines of a Markdown file between which its table of rules stands."""


@click.command()
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the titles.")
@click.option("--json", "as_json", is_flag=True, help="Print them as one JSON object.")
@click.option("--markdown", "as_markdown", is_flag=True, help="Print them as a Markdown table.")
@click.option(
    "--into",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"Put the Markdown table into this file, between its lines {BEGIN} and {END}.",
)
def rules(lang: str | None, as_json: bool, as_markdown: bool, into: Path | None) -> None:  # noqa: FBT001
    """List the rules: code, severity in this jurisdiction, title and legal basis."""
    jurisdiction = load_jurisdiction(Settings.from_env())
    found = list(_documents(jurisdiction))
    chosen = language(lang, jurisdiction)
    if into is not None:
        into.write_text(with_table(into.read_text("utf-8"), markdown(found, chosen)), "utf-8")
    elif as_markdown:
        click.echo(markdown(found, chosen))
    elif as_json:
        said = {"jurisdiction": jurisdiction.code, "rules": found}
        click.echo(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        for line in _aligned(found, chosen):
            click.echo(line)


def markdown(found: list[dict[str, Any]], lang: str) -> str:
    """Answer rules as a table: severity here, what it says, what to do, class of the basis."""
    lines = [
        "| code | of | severity | says | what to do | fixes | basis |",
        "|---|---|---|---|---|---|---|",
    ]
    for rule in found:
        basis = rule["basis"]["class"] if rule["basis"] else "-"
        fixes = ", ".join(rule["fixes"]) or "-"
        cells = (rule["title"][lang], rule["remedy"][lang], fixes, basis)
        said = " | ".join(cell.replace("|", "\\|") for cell in cells)
        lines.append(f"| `{rule['rule']}` | {rule['of']} | {rule['severity']} | {said} |")
    return "\n".join(lines)


def with_table(text: str, table: str) -> str:
    """Answer a Markdown text with the table between its two lines.

    Raises
    ------
    UsageError
        ``no_place_for_rules``: it has no such lines.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise UsageError(
            "no_place_for_rules", f"The file has no lines {BEGIN} and {END}; put them into it"
        )
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def _aligned(found: list[dict[str, Any]], lang: str) -> Iterator[str]:
    rows = [HEADINGS]
    for rule in found:
        basis = basis_text(rule["basis"]) or "-"
        rows.append((rule["rule"], rule["severity"], rule["of"], rule["title"][lang], basis))
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
    for row in rows:
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        yield line.rstrip()


def _documents(jurisdiction: Jurisdiction) -> Iterator[dict[str, Any]]:
    for what, listed in (("parcels", RULES), ("mended rows", MENDED), ("units", UNIT_RULES)):
        for rule in sorted(listed, key=lambda rule: rule.code):
            yield _document(rule, what, jurisdiction)


def _document(rule: Rule, what: str, jurisdiction: Jurisdiction) -> dict[str, Any]:
    return {
        "rule": rule.code,
        "severity": jurisdiction.severities.get(rule.code, rule.severity),
        "of": what,
        "title": rule.title,
        "remedy": rule.remedy,
        "place": rule.place,
        "fixes": list(rule.fixes),
        "basis": rule.basis,
    }

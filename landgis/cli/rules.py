"""``landgis rules``: what files are judged by, with codes that stay."""

import json
from collections.abc import Iterator
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

HEADINGS = ("rule", "severity", "of", "title", "basis")


@click.command()
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of the titles.")
@click.option("--json", "as_json", is_flag=True, help="Print them as one JSON object.")
def rules(lang: str | None, as_json: bool) -> None:  # noqa: FBT001
    """List the rules: code, severity in this jurisdiction, title and legal basis."""
    jurisdiction = load_jurisdiction(Settings.from_env())
    found = list(_documents(jurisdiction))
    if as_json:
        said = {"jurisdiction": jurisdiction.code, "rules": found}
        click.echo(json.dumps(said, ensure_ascii=False, indent=1))
        return
    chosen = language(lang, jurisdiction)
    rows = [HEADINGS]
    for rule in found:
        basis = basis_text(rule["basis"]) or "-"
        rows.append((rule["rule"], rule["severity"], rule["of"], rule["title"][chosen], basis))
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
    for row in rows:
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


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
        "basis": rule.basis,
    }

"""The findings of a batch as its page shows them: some at once, by rule, each with a sketch."""

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import Any, get_args

from flask import request
from markupsafe import Markup

from landgis.bootstrap import Services
from landgis.cadastre.acceptance import ACCEPTABLE, FindingsCount, FindingsWanted
from landgis.cadastre.batches import Batch
from landgis.cadastre.findings import Severity
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.documents.html import accepted_text
from landgis.documents.places import SEVERITIES, scene
from landgis.documents.shown import ImportReport
from landgis.documents.sketch import MOST_PARCELS, sketch_svg
from landgis.documents.words import Words, basis_text, in_runs
from landgis.web.access import principal

PAGE = 50
"""Findings on one page; the workbook has them all."""

DECIMALS = 7
"""Of degrees as people copy them: 1 cm."""

ACCEPTED = {"yes": True, "no": False}
FILTERS = ("rule", "severity", "accepted")


@dataclass(frozen=True)
class Filter:
    """What the address of the page asks for; what it does not know asks for nothing."""

    wanted: FindingsWanted
    after: int
    said: dict[str, str]
    """The filters as the address has them, to be kept in every link."""


def asked(counted: list[FindingsCount]) -> Filter:
    """Answer which findings the present request's address asks for."""
    args = request.args
    rule = args.get("rule") if args.get("rule") in {one.rule for one in counted} else None
    severity = next((s for s in get_args(Severity) if s == args.get("severity")), None)
    accepted = ACCEPTED.get(args.get("accepted", ""))
    after = args.get("after", "")
    is_number = after.isascii() and after.isdigit() and len(after) < len(str(2**31))
    kept = {"rule": rule, "severity": severity, "accepted": accepted}
    return Filter(
        FindingsWanted(rule=rule, severity=severity, outcome="fail", accepted=accepted),
        int(after) if is_number else 0,
        {name: args[name] for name, value in kept.items() if value is not None},
    )


def shown(services: Services, batch: Batch, words: Words) -> dict[str, Any]:
    """Answer what the page says of a batch's findings."""
    counted = services.findings.counts(batch.batch_id, principal())
    failed = [one for one in counted if one.outcome == "fail"]
    asks = asked(failed)
    page = services.findings.page(
        batch.batch_id, principal(), asks.wanted, after=asks.after, limit=PAGE
    )
    sketches = _sketches(services, batch, page.findings, words)
    return {
        "filter": asks.said,
        "after": asks.after,
        "next": page.next,
        "findings": sum(one.findings for one in failed),
        "accepted": sum(one.accepted for one in failed),
        "by_severity": _by_severity(failed),
        "rules": _rules(
            [one for one in failed if asks.wanted.severity in {None, one.severity}], batch, words
        ),
        "groups": _groups(page.findings, sketches, words, services.jurisdiction),
        "untested": _untested(services, batch, words) if len(failed) < len(counted) else [],
    }


def _by_severity(failed: list[FindingsCount]) -> list[tuple[str, int]]:
    found: Counter[str] = Counter()
    for one in failed:
        found[one.severity] += one.findings
    return [(severity, found[severity]) for severity in SEVERITIES if found[severity]]


def _rules(failed: list[FindingsCount], batch: Batch, words: Words) -> list[dict[str, Any]]:
    titles = {line["rule"]: words.pick(line["title"]) for line in batch.by_rule}
    return [
        {
            "rule": rule,
            "title": titles.get(rule, rule),
            "severity": min((one.severity for one in every), key=SEVERITIES.index),
            "findings": sum(one.findings for one in every),
            "accepted": sum(one.accepted for one in every),
        }
        for rule, group in groupby(failed, key=lambda one: one.rule)
        if (every := list(group))
    ]


def _untested(services: Services, batch: Batch, words: Words) -> list[dict[str, str]]:
    wanted = FindingsWanted(outcome="untested")
    page = services.findings.page(batch.batch_id, principal(), wanted, after=0, limit=PAGE)
    return [
        {"title": words.pick(found["title"]), "message": words.pick(found["message"])}
        for found in page.findings
    ]


def _sketches(
    services: Services, batch: Batch, found: list[dict[str, Any]], words: Words
) -> dict[int, Markup]:
    """Answer the sketches of findings by their places in the list, from 0."""
    rows = sorted({row for finding in found for row in finding["rows"][:MOST_PARCELS]})
    concerned = services.load.concerned(batch.batch_id, rows, principal())
    report = ImportReport({"findings": found, "evidence": batch.evidence}, concerned)
    drawn = scene(report, services.jurisdiction, words.lang)
    if drawn is None:
        return {}
    return {
        placed.no - 1: Markup(sketch_svg(placed, drawn, report, words))  # noqa: S704 - escaped
        for placed in drawn.placed
    }


def _groups(
    found: list[dict[str, Any]],
    sketches: dict[int, Markup],
    words: Words,
    jurisdiction: Jurisdiction,
) -> list[dict[str, Any]]:
    """Answer findings rule by rule, in the order of the report."""
    return [
        {
            "rule": rule,
            "title": words.pick(first["title"]),
            "severity": first["severity"],
            "remedy": words.pick(first["remedy"]),
            "basis": basis_text(first["basis"]) or words("findings.basis.none"),
            "lines": [_line(finding, sketches.get(i), words, jurisdiction) for i, finding in every],
        }
        for rule, group in groupby(enumerate(found), key=lambda pair: str(pair[1]["rule"]))
        if (every := list(group)) and (first := every[0][1])
    ]


def _line(
    finding: dict[str, Any], sketch: Markup | None, words: Words, jurisdiction: Jurisdiction
) -> dict[str, Any]:
    place = finding["place"]
    at = [words.number(value, DECIMALS) for value in place["coordinates"]] if place else []
    return {
        "id": finding["id"],
        "message": words.pick(finding["message"]),
        "rows": in_runs(finding["rows"]),
        "place": "; ".join(reversed(at)),
        "measured": words.measured(finding["measured"], finding["unit"]),
        "limit": words.measured(finding["limit"], finding["unit"]),
        "sketch": sketch,
        "accepted": accepted_text(finding["acceptance"], words, jurisdiction),
        "may_accept": finding["acceptance"] is None and finding["severity"] in ACCEPTABLE,
    }

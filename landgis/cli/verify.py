"""``landgis verify`` and ``landgis audit verify``: is the register what its history says."""

import json
import re
import sys
from typing import Any

import click

from landgis import __version__, bootstrap
from landgis.cadastre.truth import Head, Verdict
from landgis.cli.errors import OK, Group
from landgis.cli.progress import shown
from landgis.config import Settings
from landgis.errors import UsageError

DIFFERENT = 1
"""Exit code of a verification that found a difference."""

HEAD = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})", re.IGNORECASE)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as one JSON object.")
def verify(as_json: bool) -> None:  # noqa: FBT001
    """Rebuild the present from the history and compare; exit code 1 when they differ."""
    services = bootstrap.build(Settings.from_env())
    with shown("register") as tell:
        verdict = services.verify.register(tell)
    size = verdict.size
    _conclude(
        verdict,
        {"parcels": size.parcels, "versions": size.versions, "revisions": size.revisions},
        as_json=as_json,
    )


@click.group(cls=Group)
def audit() -> None:
    """Check the log of who changed what."""


@audit.command("verify")
@click.option("--head", "head_text", metavar="SEQ:HASH", help="The head as printed before.")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as one JSON object.")
def audit_verify(head_text: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Check the chain of the audit log and print its head; exit code 1 when it is broken."""
    known = None if head_text is None else parse_head(head_text)
    verdict = bootstrap.build(Settings.from_env()).verify.audit(known)
    size = verdict.size
    _conclude(verdict, {"entries": size.entries, "revisions": size.revisions}, as_json=as_json)


def parse_head(text: str) -> Head:
    """Answer a head from its printed form; ``UsageError`` ``bad_head``."""
    found = HEAD.fullmatch(text)
    if found is None:
        raise UsageError(
            "bad_head",
            f"--head takes SEQ:HASH as audit verify prints it (64 hex digits), not {text!r}",
        )
    return Head(int(found[1]), bytes.fromhex(found[2]))


def _conclude(verdict: Verdict, checked: dict[str, int], *, as_json: bool) -> None:
    click.echo(_object(verdict, checked) if as_json else _lines(verdict, checked))
    sys.exit(OK if verdict.is_clean else DIFFERENT)


def _object(verdict: Verdict, checked: dict[str, int]) -> str:
    said: dict[str, Any] = {
        "format": 1,
        "landgis": __version__,
        "revision": verdict.size.revision,
        "clean": verdict.is_clean,
        "checked": checked,
        "counts": verdict.counts,
        "differences": [found._asdict() for found in verdict.differences],
    }
    if verdict.head is not None:
        said["head"] = str(verdict.head)
    return json.dumps(said, ensure_ascii=False, indent=1)


def _lines(verdict: Verdict, checked: dict[str, int]) -> str:
    lines = [f"{d.code:<20} {d.where}: {d.what}" for d in verdict.differences]
    for code, count in verdict.counts.items():
        left = count - sum(d.code == code for d in verdict.differences)
        if left:
            lines.append(f"{code:<20} and {left} more")
    amount = ", ".join(f"{count} {name}" for name, count in checked.items())
    total = sum(verdict.counts.values())
    lines.append(f"Clean: {amount}" if not total else f"{total} differences in {amount}")
    if verdict.head is not None:
        lines.append(f"Head {verdict.head}")
    return "\n".join(lines)

"""``landgis parcel-id`` on the register: give identifiers, verify tables and the register's own."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

import click

from landgis import __version__, bootstrap
from landgis.cadastre.identifier import PROCEDURE
from landgis.cli.errors import OK, QUARANTINED
from landgis.cli.principal import local_principal
from landgis.cli.progress import shown
from landgis.config import Settings
from landgis.documents.report import finding_documents
from landgis.errors import Refused, UsageError
from landgis.services.identifying import issuing
from landgis.services.identifying.checking import Checked
from landgis.services.identifying.claims import Claim
from landgis.services.identifying.reading import read_csv, read_json
from landgis.services.identifying.telling import NAMED, issued_document, verified_document
from landgis.services.identifying.verifying import Verified, counts_of

DIFFERENT = 1
"""Exit code of a verification that found a difference."""

SHOWN = 50
"""Findings that are told one by one on the screen; ``--json`` has them all."""

READERS = {".csv": read_csv, ".json": read_json}

HEADINGS = ("Row", "Stated", "Canonical", "Distance", "Cause")

FIELDS = frozenset({*NAMED, "national_id", "national_id_status"})


def assign_missing(*, as_json: bool) -> NoReturn:
    """Give identifiers to the parcels that have none, say how many, and end the process."""
    services = bootstrap.build(Settings.from_env())
    with shown("register") as tell:
        done, _ = services.identifiers.giving.give_missing(tell)
    if as_json:
        click.echo(json.dumps(_heading() | {"assigned": done}, indent=1))
    else:
        click.echo(f"{done} parcel(s) looked at")
    raise SystemExit(OK)


def verify_register(file: Path | None, lang: str, *, as_json: bool) -> NoReturn:
    """Compare a table with the register, or look through the register; end the process."""
    claims = None if file is None else _claims(file)
    services = bootstrap.build(Settings.from_env())
    if claims is None:
        with shown("register") as tell:
            checked = services.identifiers.checking.check(tell)
        differs = bool(checked.findings or checked.counts["twice"])
        text = _checked_json(checked) if as_json else "\n".join(_checked_lines(checked, lang))
    else:
        verified = services.identifiers.verifying.verify(claims, local_principal())
        differs = not all(one.is_right for one in verified)
        text = _verified_json(verified) if as_json else "\n".join(_table(verified, lang))
    click.echo(text)
    raise SystemExit(DIFFERENT if differs else OK)


def issue_identifiers(
    file: Path, issuer: str, decision: str, lang: str, *, as_json: bool
) -> NoReturn:
    """Make the identifiers of a table official, or say which rows speak against; end."""
    claims = _claims(file)
    services = bootstrap.build(Settings.from_env())
    stories = services.identifiers.issuing
    issued, is_written = stories.issue(claims, issuer, decision, local_principal())
    if as_json:
        rows = [issued_document(one, FIELDS) for one in issued]
        said = {"written": is_written, "counts": issuing.counts_of(issued), "rows": rows}
        click.echo(json.dumps(_heading() | said, ensure_ascii=False, indent=1))
    else:
        click.echo(", ".join(f"{n} {name}" for name, n in issuing.counts_of(issued).items()))
        for one in [one for one in issued if one.result == "refused"][:SHOWN]:
            claim = one.verified.claim
            click.echo(f"row {claim.row}: {claim.national_id or '-'}: {one.why[lang]}")
        if not is_written:
            click.echo("Nothing was written: mend the refused rows, or leave them out", err=True)
    raise SystemExit(OK if is_written else QUARANTINED)


def _claims(file: Path) -> list[Claim]:
    read = READERS.get(file.suffix.lower())
    if read is None:
        raise UsageError(
            "bad_arguments", f"{file.name}: with --register a table is one of {', '.join(READERS)}"
        )
    try:
        return read(file.read_bytes())
    except OSError as problem:
        raise Refused("no_such_file", f"{file}: {problem.strerror}") from problem


def _heading() -> dict[str, Any]:
    return {"format": 1, "landgis": __version__, "procedure": PROCEDURE}


def _checked_json(checked: Checked) -> str:
    said = _heading() | {
        "counts": dict(checked.counts),
        "findings": finding_documents(checked.findings, None),
    }
    return json.dumps(said, ensure_ascii=False, indent=1)


def _checked_lines(checked: Checked, lang: str) -> Iterator[str]:
    yield ", ".join(f"{count} {name}" for name, count in checked.counts.items())
    for finding in checked.findings[:SHOWN]:
        code = finding.rule.code.removeprefix("identity.national_id_")
        yield f"{finding.rule.severity:<8} {code:<10} {finding.message[lang]}"
    if len(checked.findings) > SHOWN:
        yield f"… {len(checked.findings) - SHOWN}; --json"


def _verified_json(verified: Sequence[Verified]) -> str:
    rows = [verified_document(one, FIELDS) for one in verified]
    said = _heading() | {"counts": counts_of(verified), "rows": rows}
    return json.dumps(said, ensure_ascii=False, indent=1)


def _table(verified: Sequence[Verified], lang: str) -> Iterator[str]:
    wrong = [one for one in verified if not one.is_right]
    rows = [HEADINGS, *(_row(one, lang) for one in wrong[:SHOWN])]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS) - 1)]
    if wrong:
        for *cells, cause in rows:
            aligned = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            yield "  ".join((*aligned, cause))
    if len(wrong) > SHOWN:
        yield f"… {len(wrong) - SHOWN}; --json"
    yield ", ".join(f"{count} {name}" for name, count in counts_of(verified).items())


def _row(one: Verified, lang: str) -> tuple[str, ...]:
    canonical = one.canonical.national_id if one.canonical else "-"
    metres = "-" if one.distance_m is None else f"{one.distance_m:.2f} m"
    stated = one.claim.national_id or "-"
    return str(one.claim.row), stated, canonical, metres, one.cause.said[lang]

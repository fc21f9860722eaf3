"""``landgis fix``: what can be mended of itself, shown with its areas, made only when asked."""

import json
from typing import Any
from uuid import UUID

import click

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.cadastre.fixes.record import FixRecord
from landgis.cli.errors import OK, QUARANTINED
from landgis.cli.importing import parse_batch
from landgis.cli.principal import local_principal
from landgis.config import Settings
from landgis.errors import UsageError
from landgis.services.fix_plan import Offered
from landgis.services.fixing import FixAsked, Made, Preview

LOOKING = "preview"


@click.command()
@click.argument("batch")
@click.option("--finding", metavar="ID", help="One finding: every fix of it.")
@click.option("--rule", metavar="CODE", help="All findings of a rule.")
@click.option("--kind", metavar="NAME", help="Only fixes of this kind.")
@click.option("--apply", "is_applied", is_flag=True, help="Make them; else they are only shown.")
@click.option("--undo", metavar="FIX", help="Take a fix back that was made.")
@click.option("--reason", help="Why; it is kept with the rows.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def fix(batch: str, reason: str | None, as_json: bool, **asked: Any) -> None:  # noqa: FBT001
    """Show what can be fixed in a batch, with the areas of every row before and after.

    Nothing changes without --apply. Without --finding, --rule or --undo: the fixes that were made.
    """
    batch_id = parse_batch(batch)
    _check(reason, **asked)
    services, by = bootstrap.build(Settings.from_env()), local_principal()
    why = FixAsked(by, reason or LOOKING)
    stories = services.fixing
    if asked["undo"]:
        _tell(stories.undo(batch_id, _fix_id(asked["undo"]), why), as_json=as_json)
    elif asked["rule"]:
        done = stories.make_all(
            batch_id, asked["rule"], asked["kind"], why, dry_run=not asked["is_applied"]
        )
        _tell(done, as_json=as_json, is_done=asked["is_applied"])
    elif asked["finding"]:
        _of_finding(services, batch_id, asked, why, as_json=as_json)
    else:
        _tell_records(stories.listed(batch_id, by), as_json=as_json)


def _check(reason: str | None, **asked: Any) -> None:
    chosen = [name for name in ("finding", "rule", "undo") if asked[name]]
    if len(chosen) > 1:
        raise UsageError("which_fix", f"Say only one of --{', --'.join(chosen)}")
    if asked["is_applied"] and not (asked["finding"] or asked["rule"]):
        raise UsageError("which_fix", "Say what to fix: --finding ID or --rule CODE")
    if (asked["is_applied"] or asked["undo"]) and not reason:
        raise UsageError("reason_missing", "Say why with --reason; it is kept with the rows")


def _of_finding(
    services: Services, batch_id: UUID, asked: dict[str, Any], why: FixAsked, *, as_json: bool
) -> None:
    """Show the fixes of a finding, or make the one that is wanted."""
    previews = [
        preview
        for preview in services.fixing.propose(batch_id, asked["finding"], why.by)
        if asked["kind"] in (None, preview.offered.kind)
    ]
    possible = [preview for preview in previews if preview.offered.fix is not None]
    if not asked["is_applied"] or not possible:
        _tell_previews(previews, as_json=as_json)
        raise SystemExit(OK if possible else QUARANTINED)
    kind = possible[0].offered.kind
    versions = {row: staged.version for preview in possible for row, staged in preview.rows.items()}
    made = services.fixing.make(batch_id, asked["finding"], kind, versions, why)
    _tell(made, as_json=as_json)


def _tell_previews(previews: list[Preview], *, as_json: bool) -> None:
    if as_json:
        documents = [
            {**_offer_document(p.offered), "then": {t.row: list(t.reasons) for t in p.tried}}
            for p in previews
        ]
        click.echo(json.dumps({"fixes": documents}, ensure_ascii=False, indent=1))
        return
    for preview in previews:
        offered = preview.offered
        if offered.fix is None:
            _tell_refused(offered)
            continue
        _tell_fix(offered.kind, offered.finding["id"], offered.fix.moved_m)
        for change in offered.fix.changes:
            _tell_areas(int(change.name), change.area_before_m2, change.area_after_m2)
        for tried in preview.tried:
            fate = "accepted" if tried.is_accepted else f"waits: {', '.join(tried.reasons)}"
            click.echo(f"    row {tried.row} then: {fate}")


def _tell(made: Made, *, as_json: bool, is_done: bool = True) -> None:
    if as_json:
        document = {
            "dry_run": not is_done,
            "fixes": [_record_document(record) for record in made.fixes],
            "refused": [_offer_document(offered) for offered in made.refused],
            "left": made.left,
            "counts": made.batch.counts.as_dict(),
        }
        click.echo(json.dumps(document, ensure_ascii=False, indent=1))
        return
    for record in made.fixes:
        _tell_record(record, is_done=is_done)
    for offered in made.refused:
        _tell_refused(offered)
    what = "made" if is_done else "can be made (--apply makes them)"
    click.echo(f"{len(made.fixes)} fixes {what}, {len(made.refused)} findings refused")
    if made.left:
        click.echo(f"{made.left} more findings of this rule: ask again")
    waiting = [tried.row for tried in made.tried if not tried.is_accepted]
    if waiting:
        click.echo(f"Rows that wait all the same: {', '.join(map(str, waiting))}")


def _tell_records(records: list[FixRecord], *, as_json: bool) -> None:
    if as_json:
        documents = [_record_document(record) for record in records]
        click.echo(json.dumps({"fixes": documents}, ensure_ascii=False, indent=1))
        return
    for record in records:
        _tell_record(record, is_done=True)


def _tell_record(record: FixRecord, *, is_done: bool) -> None:
    _tell_fix(record.kind, record.finding_id, record.moved_m)
    if is_done:
        undone = " (taken back)" if record.undone_by else ""
        undoes = f", takes back {record.undoes}" if record.undoes else ""
        click.echo(f"    fix {record.fix_id}{undoes}{undone}")
    for row in record.rows:
        _tell_areas(row.row, row.area_before_m2, row.area_after_m2)


def _tell_fix(kind: str, finding_id: str, moved_m: float) -> None:
    click.echo(f"{finding_id}  {kind}: boundary moves {moved_m * 1000:.1f} mm")


def _tell_areas(row: int, before_m2: float, after_m2: float) -> None:
    change = after_m2 - before_m2
    click.echo(f"    row {row:>8}  {before_m2:>14.3f} m² -> {after_m2:>14.3f} m²  {change:>+10.3f}")


def _tell_refused(offered: Offered) -> None:
    if offered.refusal is not None:
        code, text = offered.refusal.code, offered.refusal.message
        click.echo(f"{offered.finding['id']}  {offered.kind} refused ({code}): {text}")


def _offer_document(offered: Offered) -> dict[str, Any]:
    head = {
        "finding_id": offered.finding["id"],
        "rule": offered.finding["rule"],
        "kind": offered.kind,
    }
    if offered.fix is None:
        refusal = offered.refusal
        why = None if refusal is None else {"code": refusal.code, "detail": refusal.message}
        return {**head, "refused": why}
    return {
        **head,
        "moved_m": round(offered.fix.moved_m, 4),
        "rows": [
            {
                "row": int(change.name),
                "area_before_m2": round(change.area_before_m2, 3),
                "area_after_m2": round(change.area_after_m2, 3),
            }
            for change in offered.fix.changes
        ],
    }


def _record_document(record: FixRecord) -> dict[str, Any]:
    return {
        "fix_id": str(record.fix_id),
        "finding_id": record.finding_id,
        "rule": record.rule,
        "kind": record.kind,
        "moved_m": round(record.moved_m, 4),
        "rows": [row._asdict() for row in record.rows],
        "undoes": str(record.undoes) if record.undoes else None,
        "undone_by": str(record.undone_by) if record.undone_by else None,
    }


def _fix_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as problem:
        raise UsageError("bad_fix_id", f"{text!r} is no fix; list them: landgis fix BATCH") from (
            problem
        )

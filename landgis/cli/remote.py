"""``landgis import --server``: the same story, told by a server that has the register."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from landgis.cli.outcomes import Outcome, Step, Story, succeeded
from landgis.cli.progress import shown
from landgis.client import Client
from landgis.documents.shown import ImportReport
from landgis.errors import Conflict, LandgisError, Refused, Unavailable, UsageError
from landgis.services.ports import Progress

KEY_VARIABLE = "LANDGIS_KEY"
SENT = ("crs", "axis", "encoding", "profile", "unit", "layer", "map_scale")
"""Options that are fields of the request, too."""


def hide_key(context: click.Context, option: click.Parameter, key: str | None) -> str | None:
    """Start this process anew with the key in its environment: everybody may see arguments."""
    source = context.get_parameter_source(option.name or "")
    if key is None or source != ParameterSource.COMMANDLINE:
        return key
    arguments = list(sys.orig_argv)
    for at, argument in enumerate(arguments):
        if argument == "--key" and arguments[at + 1 : at + 2] == [key]:
            del arguments[at : at + 2]
            break
        if argument == f"--key={key}":
            del arguments[at]
            break
    else:  # called from Python, not by a command line of its own
        return key
    environment = os.environ | {KEY_VARIABLE: key}
    if os.name == "nt":  # there exec does not keep the process, and the shell would not wait
        raise SystemExit(subprocess.call(arguments, env=environment))  # noqa: S603 - our own
    return os.execve(sys.executable, arguments, environment)  # noqa: S606 - this very command line


def importing(url: str, key: str | None, options: dict[str, Any], **asked: bool) -> Story:
    """Answer what is done for a file with a server; ``asked`` are ``publish`` and ``dry_run``.

    Raises
    ------
    UsageError
        ``key_missing``, ``bad_server``.
    """
    if not key:
        raise UsageError("key_missing", f"A server wants a key: set {KEY_VARIABLE}, or say --key")
    client = Client(url, key)
    choices = {name: options[name] for name in SENT}
    choices |= {"map": list(options["fields"]) or None}
    flags = {"no_memory": options["no_memory"], **asked}
    choices |= {name: "true" for name, is_set in flags.items() if is_set}

    def story(path: Path) -> Iterator[Step]:
        with shown(path.name) as tell:
            handed = client.import_file(path, choices, tell=tell)
        if handed.left_out:
            left_out = ", ".join(handed.left_out)
            click.echo(f"{path.name}: left out, no polygons: {left_out}", err=True)
        for batch in handed.batches:
            layer = batch["options"]["layer"]
            several = len(handed.batches) > 1 or options["layer"]
            name = f"{path.name} [{layer}]" if several else path.name
            yield Step(name, partial(_follow, client, batch, name, asked), layer)

    return story


def _follow(
    client: Client, batch: dict[str, Any], name: str, asked: dict[str, bool], tell: Progress
) -> Outcome:
    """Wait for what was asked for one batch, and answer it as the direct import does."""
    is_there = bool(batch["already_imported"])
    was_published = batch["status"] == "published"
    published = asked["publish"]
    batch = client.wait(batch["id"], published=published, tell=tell)
    error = batch["error"]
    if error and error["code"] == "already_imported" and "batch_id" in error:
        is_there = True
        if published:
            client.publish(error["batch_id"])
        batch = client.wait(error["batch_id"], published=published, tell=tell)
    if batch["status"] != "published" and (published or batch["status"] != "staged"):
        raise _ended(batch)
    said = "already imported" if is_there else "imported"
    if published:
        done = "already published" if was_published else "published"
        said += f", {done} as revision {batch['revision']}"
    if asked["dry_run"]:
        said = "examined, nothing written"
    document = client.report(batch["id"]) | ({"already_imported": True} if is_there else {})
    outcome = succeeded(name, ImportReport(document), said)
    return replace(outcome, written=partial(client.report_file, batch["id"]))


def _ended(batch: dict[str, Any]) -> LandgisError:
    """Answer why a batch came to nothing, as the direct import would raise it."""
    error = batch["error"] or {"code": batch["status"], "message": f"It is {batch['status']}"}
    if batch["status"] == "staged":  # the register did not permit its publication
        return Conflict(error["code"], error["message"])
    branch = Refused if batch["status"] == "refused" else Unavailable
    return branch(error["code"], error["message"])

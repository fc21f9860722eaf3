"""The one table from error branch to exit code; a failure is one line, never a traceback."""

import io
import os
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from landgis.errors import (
    Conflict,
    LandgisError,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    PreconditionMissing,
    Refused,
    TooLarge,
    TooMany,
    Unavailable,
    UsageError,
)

OK = 0
USAGE = 2
QUARANTINED = 3
REFUSED = 4
BROKEN = 5
INTERRUPTED = 130

EXIT: dict[type[LandgisError], int] = {
    UsageError: USAGE,
    NotAuthenticated: BROKEN,
    NotAllowed: BROKEN,
    NotFound: REFUSED,
    Conflict: REFUSED,
    PreconditionMissing: REFUSED,
    Refused: REFUSED,
    TooLarge: REFUSED,
    TooMany: REFUSED,
    Unavailable: BROKEN,
}


def exit_code(error: LandgisError) -> int:
    """Answer the exit code of an error's branch."""
    return EXIT[next(b for b in type(error).__mro__ if b in EXIT)]


def line(error: LandgisError) -> str:
    """Answer an error as the one line that is shown."""
    return f"landgis: {error.message} [{error.code}]"


class Group(click.Group):
    """A click group whose commands end in one line and a stable exit code.

    Its commands are imported when one is asked for: a command needs little of what all need.

    Parameters
    ----------
    homes
        Name of a command -> its module, with ``:name`` where it has another one there.
    """

    def __init__(self, *args: Any, homes: Mapping[str, str] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._homes = dict(homes or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Answer the names of all commands, sorted."""
        return sorted({*super().list_commands(ctx), *self._homes})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Answer a command by its name, None for none."""
        if cmd_name not in self._homes:
            return super().get_command(ctx, cmd_name)
        module, _, name = self._homes[cmd_name].partition(":")
        name = name or cmd_name
        found: click.Command = getattr(import_module(module), name)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; turn what it raises into a line on stderr."""
        _write_utf8()
        try:
            return super().invoke(ctx)
        except LandgisError as error:
            click.echo(line(error), err=True)
            sys.exit(exit_code(error))
        except (click.ClickException, click.exceptions.Exit, click.Abort, SystemExit):
            raise
        except Exception as error:
            if os.environ.get("LANDGIS_DEBUG"):
                raise
            what = f"{type(error).__name__}: {error}".splitlines()[0]
            click.echo(
                f"landgis: unexpected failure ({what}); LANDGIS_DEBUG=1 shows more [internal]",
                err=True,
            )
            sys.exit(BROKEN)
        except KeyboardInterrupt:
            click.echo("landgis: interrupted", err=True)
            sys.exit(INTERRUPTED)


def _write_utf8() -> None:
    """Write files and pipes in UTF-8: Windows' own encoding there has no Vietnamese."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
            stream.reconfigure(encoding="utf-8")

"""``landgis tiles``: draw the map's tiles ahead, see how far they are, take them away."""

import json
from pathlib import Path

import click

from landgis import bootstrap
from landgis.cli.errors import Group
from landgis.cli.progress import shown
from landgis.config import Settings
from landgis.errors import UsageError
from landgis.tiling.layers import MAP

SUFFIX = ".pmtiles"


@click.group(cls=Group)
def tiles() -> None:
    """Draw the tiles of the map ahead, see how far they are, export them."""


@tiles.command()
def build() -> None:
    """Draw every tile that is not there or not right; goes on where it was stopped."""
    services = bootstrap.build(Settings.from_env())
    try:
        with shown("tiles") as tell:
            drawn, _ = services.pyramid.build(tell)
    finally:
        services.close()
    click.echo(f"{drawn} tiles drawn")


@tiles.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def status(as_json: bool) -> None:  # noqa: FBT001
    """Say zoom by zoom how many tiles there are and how many of them are drawn and right."""
    services = bootstrap.build(Settings.from_env())
    try:
        zooms = services.pyramid.status()
        sequence = services.fresh.kept.position().sequence
    finally:
        services.close()
    if as_json:
        rows = [{"z": s.z, "planned": s.planned, "drawn": s.drawn, "bytes": s.bytes} for s in zooms]
        click.echo(json.dumps({"set": MAP, "sequence": sequence, "zooms": rows}))
        return
    click.echo(f"{'zoom':>4} {'planned':>9} {'drawn':>9} {'MB':>9}")
    for s in zooms:
        click.echo(f"{s.z:>4} {s.planned:>9} {s.drawn:>9} {s.bytes / 1e6:>9.1f}")
    planned, drawn = sum(s.planned for s in zooms), sum(s.drawn for s in zooms)
    size = sum(s.bytes for s in zooms) / 1e6
    click.echo(f"{'all':>4} {planned:>9} {drawn:>9} {size:>9.1f}   sequence {sequence}")


@tiles.command()
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
def export(out: Path) -> None:
    """Write all tiles of the map into OUT.pmtiles."""
    if out.suffix != SUFFIX:
        raise UsageError("bad_suffix", f"{out.name} must end in {SUFFIX}, the form that is written")
    services = bootstrap.build(Settings.from_env())
    try:
        with shown(out.name) as tell:
            document = services.tiles.tilejson(MAP, "")
            count, sequence = services.tile_export.write(out, document, tell)
    finally:
        services.close()
    click.echo(f"{out}: {count} tiles, {out.stat().st_size / 1e6:.1f} MB, sequence {sequence}")

"""``landgis export``: the register, or a unit of it, as a file."""

from datetime import datetime
from pathlib import Path

import click

from landgis import bootstrap
from landgis.bootstrap.exporting import exports
from landgis.cli.importing import parse_batch
from landgis.cli.principal import local_principal
from landgis.cli.progress import shown
from landgis.config import Settings
from landgis.ingest.evidence import parse_epsg
from landgis.services.exporting import ExportAsked


@click.command()
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--as-of", metavar="T", help="As the register knew it: a day, a time, a revision.")
@click.option(
    "--effective-on", type=click.DateTime(["%Y-%m-%d"]), help="Only what was so in law on a day."
)
@click.option("--unit", metavar="CODE", help="Only the parcels of a unit.")
@click.option("--crs", metavar="EPSG:n", help="Written in this plane, not as surveyed.")
@click.option("--like", metavar="BATCH", help="In the form of a batch's file, as it was sent.")
@click.option("--withheld", is_flag=True, help="With defence and security land.")
@click.option("--overwrite", is_flag=True, help="Replace OUT where it exists.")
def export(
    out: Path,
    as_of: str | None,
    effective_on: datetime | None,
    unit: str | None,
    crs: str | None,
    like: str | None,
    withheld: bool,  # noqa: FBT001
    overwrite: bool,  # noqa: FBT001
) -> None:
    """Write parcels into OUT: .gpkg .zip (shapefile) .geojson .fgb .parquet .dxf .csv .xlsx."""
    asked = ExportAsked(
        as_of=as_of,
        effective_on=None if effective_on is None else effective_on.date(),
        unit=unit,
        crs=None if crs is None else parse_epsg(crs),
        withheld=withheld,
        like=None if like is None else parse_batch(like),
    )
    services = bootstrap.build(Settings.from_env())
    try:
        with shown(out.name) as tell:
            by = local_principal()
            done = exports(services).write(out, asked, by, tell, overwrite=overwrite)
    finally:
        services.close()
    if done.left_out:
        click.echo(f"{done.left_out} withheld parcels are left out (--withheld)", err=True)
    if done.emptied:
        named = ", ".join(done.emptied)
        click.echo(f"Left empty, for they are about persons: {named}", err=True)
    if done.unread:
        named = ", ".join(done.unread)
        click.echo(f"As they were sent, for nobody knows their meaning: {named}", err=True)
    size = out.stat().st_size / 1e6
    click.echo(f"{out}: {done.parcels} parcels, {size:.1f} MB, revision {done.revision}")

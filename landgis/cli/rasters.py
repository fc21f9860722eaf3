"""``landgis rasters``: orthophotos, scanned maps and elevation models below the map."""

from pathlib import Path

import click

from landgis import bootstrap
from landgis.cadastre.rasters import KINDS, Asked, Audience, Kind, Raster
from landgis.cli.errors import Group
from landgis.cli.principal import local_principal
from landgis.config import Settings
from landgis.ingest.evidence import parse_epsg


@click.group(cls=Group)
def rasters() -> None:
    """Register, list and remove images below the map."""


@rasters.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="In addresses: a-z, 0-9 and -, such as anh-2025.")
@click.option("--kind", required=True, type=click.Choice(KINDS))
@click.option("--title-vi", help="What Vietnamese readers see.")
@click.option("--title-en", help="What English readers see.")
@click.option("--attribution", help="Who made it, shown on the map.")
@click.option("--crs", metavar="EPSG:n", help="If the file does not say it, or says it wrongly.")
@click.option("--public/--officers", default=None, help="Who may see it; officers if not said.")
def add(
    file: Path,
    name: str,
    kind: Kind,
    title_vi: str | None,
    title_en: str | None,
    attribution: str | None,
    crs: str | None,
    public: bool | None,  # noqa: FBT001 - click gives options by name
) -> None:
    """Register a GeoTIFF; the same file under the same name takes what is said of it anew."""
    audience: Audience | None = None if public is None else "public" if public else "officers"
    epsg = parse_epsg(crs) if crs else None
    asked = Asked(name, kind, title_vi, title_en, attribution, audience, epsg).require_sound()
    services = bootstrap.build(Settings.from_env())
    raster, is_new = services.images.rasters.register(file, asked, local_principal())
    click.echo("Registered:" if is_new else "Was here already:")
    click.echo(_line(raster))


@rasters.command("list")
def list_() -> None:
    """List images by name."""
    for raster in bootstrap.build(Settings.from_env()).images.rasters.listed(local_principal()):
        click.echo(_line(raster))


@rasters.command()
@click.argument("name")
def remove(name: str) -> None:
    """Take an image away, with its pixels if they have no other name."""
    bootstrap.build(Settings.from_env()).images.rasters.remove(name, local_principal())
    click.echo(f"Removed {name}")


@rasters.command()
@click.argument("name")
@click.argument("parcel")
def under(name: str, parcel: str) -> None:
    """Say the heights under a live parcel: its mean, lowest and highest."""
    tiles = bootstrap.build(Settings.from_env()).images.tiles
    answer = tiles.under(name, parcel, local_principal())
    found, unit = answer.found, (answer.raster.heights.unit if answer.raster.heights else None)
    if found.mean is None:
        click.echo(f"{name} holds no height under parcel {answer.parcel.fid}")
        return
    figures = f"mean {found.mean:.3f}, lowest {found.low:.3f}, highest {found.high:.3f}"
    click.echo(f"{figures} {unit or '(the file names no unit)'}")
    which = (
        "with their centre in the parcel"
        if found.method == "centres"
        else ("that the parcel touches: it is smaller or thinner than a pixel")
    )
    click.echo(f"of {found.pixels} pixel(s) {which}; {found.without_value} without a height")


def _line(raster: Raster) -> str:
    wanted, source, grid = raster.wanted, raster.source, raster.grid
    west, south, east, north = raster.bounds
    return (
        f"{wanted.name}  {wanted.kind}  {wanted.audience}  {source.width}x{source.height} px of "
        f"{source.resolution_m:.3g} m  EPSG:{source.epsg}  zoom {grid.minzoom}-{grid.maxzoom}  "
        f"{west:.5f},{south:.5f},{east:.5f},{north:.5f}  {wanted.title_vi}"
    )

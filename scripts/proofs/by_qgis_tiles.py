"""What QGIS decodes of the vector tiles is what SQL says, and what it draws has its colours."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import shapely
from sqlalchemy import text

from landgis.tiling.grid import EXTENT, HALF_WORLD_M
from proofs.overheard import Overheard
from proofs.tile_truth import CLIPPED, PLAIN_UNITS, ROUNDING, SIMPLIFIED
from proofs.world import World

ZOOMS = (15, 16)
ADDRESSES = (
    "/tiles/parcels/{z}/{x}/{y}.mvt",
    "/tiles/map/{z}/{x}/{y}.mvt",
    "/ogc/tiles/WebMercatorQuad/{z}/{y}/{x}",
    "/ogc/collections/parcels/tiles/WebMercatorQuad/{z}/{y}/{x}",
)
PARCELS = text(
    "SELECT sheet, number, main_use, ST_AsBinary(geom_3857) FROM parcels WHERE NOT withheld"
)
AROUND_M = 50.0
SHEET, SHEETS_LINE, PARCELS_LINE = "5", "#d00000", "#0000d0"
PLAIN_SHARE = 0.02
"""A land use that covers so much of a picture is seen in it."""

FEWEST_COLOURS = 20

Ask = Callable[..., dict[str, Any]]
Say = Callable[[str], object]
Key = tuple[str, str]
"""Sheet and number: QGIS 3.22 counts the features of a tile anew, whatever their ids are."""


def faults(ask: Ask, url: str, made: World, say: Say) -> Iterator[str]:
    """Let QGIS draw every parcel from tiles, and compare what it decodes with SQL."""
    truth = _truth(made)
    bounds = shapely.total_bounds([shape for _, shape in truth.values()])
    box = shapely.box(*bounds).buffer(AROUND_M).bounds
    for zoom in ZOOMS:
        for address in ADDRESSES:
            with Overheard(url) as heard:
                got = ask(
                    "tiles",
                    url=heard.url + address,
                    layer="parcels",
                    fields=["sheet", "number", "use"],
                    box=box,
                    zoom=zoom,
                )
            pieces: dict[Key, list[tuple[str, Any]]] = defaultdict(list)
            for feature in got["features"]:
                _, sheet, number, use = feature["values"]
                shape = shapely.from_wkb(bytes.fromhex(feature["wkb"]))
                pieces[sheet, number].append((use, shape))
            found = list(_differences(pieces, truth, zoom))
            say(
                f"  {address.rpartition('/{z}')[0]} at z{zoom}: {len(heard.asked)} tiles, "
                f"{len(pieces)} parcels, {len(truth)} by SQL: {len(found)} differ"
            )
            found += [f"{path} answered {code}" for path, code in heard.asked if code >= 300]
            found += [
                f"{path} is of another zoom"
                for path, _ in heard.asked
                if path.split("/")[-3] != str(zoom)
            ]
            yield from (f"{address} at z{zoom}: {fault}" for fault in found)


def picture(ask: Ask, url: str, made: World, out: Path, say: Say) -> Iterator[str]:
    """Draw a sheet: tiles in the style of the server, collections as lines over them."""
    truth = _truth(made)
    of_sheet = [shape for (sheet, _), (_, shape) in truth.items() if sheet == SHEET]
    box = shapely.box(*shapely.total_bounds(of_sheet)).buffer(AROUND_M)
    over = [
        {"collection": "sheets", "colour": SHEETS_LINE, "width": "0.8"},
        {"collection": "parcels", "colour": PARCELS_LINE, "width": "0.5"},
    ]
    over[1]["filter"] = f"\"sheet\" = '{SHEET}'"
    got = ask(
        "picture",
        url=f"{url}/tiles/map/{{z}}/{{x}}/{{y}}.mvt",
        style=f"{url}/tiles/style.json",
        over=[{"url": url} | one for one in over],
        box=box.bounds,
        zoom=17,
        out=str(out),
    )
    colours, drawn = set(got["colours"]), _land_use_colours(url)
    say(f"  picture {out}: {got['size'][0]} x {got['size'][1]}, {len(colours)} colours")
    if not got["styled"] or got["problem"] or len(colours) < FEWEST_COLOURS:
        yield f"picture: {len(colours)} colours, style {got['styled']} {got['problem']}"
    for line in (SHEETS_LINE, PARCELS_LINE):
        if line not in colours:
            yield f"picture: no line in {line}"
    areas: dict[str, float] = defaultdict(float)
    for use, shape in truth.values():
        areas[use] += shapely.intersection(shape, box).area
    plain = [use for use, area in areas.items() if area > PLAIN_SHARE * box.area]
    say(f"  land uses that are plainly there: {', '.join(sorted(plain))}")
    for use in plain:
        if drawn[use] not in colours:
            yield f"picture: {use} is not drawn in {drawn[use]}"


def _truth(made: World) -> dict[Key, tuple[str, Any]]:
    """Answer land use and boundary of every public parcel."""
    with made.services.database.begin() as connection:
        rows = connection.execute(PARCELS).all()
    found = {(r[0], r[1]): (r[2], shapely.from_wkb(bytes(r[3]))) for r in rows}
    if len(found) != len(rows):
        raise RuntimeError("sheet and number do not name the parcels of the demonstration")
    return found


def _differences(
    pieces: dict[Key, list[tuple[str, Any]]], truth: dict[Key, tuple[str, Any]], zoom: int
) -> Iterator[str]:
    """Compare parcels, put together from what each tile has of them."""
    unit_m = 2 * HALF_WORLD_M / 2**zoom / EXTENT
    off, seam = SIMPLIFIED.get(zoom, CLIPPED) * unit_m, ROUNDING * unit_m
    if more := pieces.keys() - truth.keys():
        yield f"{len(more)} are in no register: {sorted(more)[:5]}"
    for key, (use, right) in truth.items():
        if key not in pieces:
            if 2 * right.area > PLAIN_UNITS * unit_m * right.length:
                yield f"{key} is missing"
            continue
        if {told for told, _ in pieces[key]} != {use}:
            yield f"{key}: use is {pieces[key][0][0]!r}, not {use!r}"
        # QGIS cuts what lies beyond a tile's edge, where the roundings of two tiles meet.
        whole = shapely.union_all(shapely.buffer([s for _, s in pieces[key]], seam))
        core = shapely.buffer(right, -off)
        if not shapely.covers(shapely.buffer(right, off + seam), whole) or not (
            core.is_empty or shapely.covers(whole, core)
        ):
            yield f"{key}: off by {shapely.hausdorff_distance(whole, right):.2f} m"


def _land_use_colours(url: str) -> dict[str, str]:
    """Answer code -> colour as the style of the server says."""
    with urlopen(f"{url}/tiles/style.json") as answer:
        layers = json.loads(answer.read())["layers"]
    fill = next(one for one in layers if one["id"] == "parcels")["paint"]["fill-color"]
    pairs = zip(fill[2:-1:2], fill[3:-1:2], strict=True)
    return {code: colour for codes, colour in pairs for code in codes}

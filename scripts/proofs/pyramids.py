"""Every tile of a pyramid is valid, and all of them together show what SQL says, once.

The demonstration first, then real cadastres and the generated register; ``rounds`` says how many.
"""

import contextlib
import subprocess
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from landgis.bootstrap import Services
from landgis.tiling.grid import EXTENT
from proofs import mvt, pictured
from proofs.mvt_tile import Tile
from proofs.tile_truth import BUFFER, Place
from proofs.world import DEMO, ROOT, World, world
from proofs.zooms import Land, Zoom, compare

GZIP = 31

LOOKED_AT_BY_GDAL = 4
"""Tiles of each zoom."""


def prove(rounds: int, seed: int, say: Callable[[str], object]) -> list[str]:
    """Check the pyramids of the first ``rounds`` registers."""
    faults: list[str] = []
    for what, path, jurisdiction, options in list(_registers())[:rounds]:
        with _published(path, jurisdiction, options) as (made, services):
            say(f"{what}:")
            found = judge(services, seed, say)
            if jurisdiction == "vn-80" and path == DEMO:
                found += pictured.faults(made, say)
            faults += [f"{what}: {fault}" for fault in found]
    return faults


def judge(
    services: Services,
    seed: int,
    say: Callable[[str], object],
    by_gdal: int = LOOKED_AT_BY_GDAL,
) -> list[str]:
    """Build the pyramid of a register; answer what is wrong in it."""
    services.pyramid.build()
    chance = Random(seed)
    land = Land.of(services)
    zooms: dict[int, Zoom] = {}
    faults: Counter[str] = Counter()
    sampled: dict[int, list[tuple[Place, bytes]]] = defaultdict(list)
    for z, x, y, kept in services.pyramid.tiles():
        if not kept.gzipped:
            continue  # kept as empty: a 204
        content = zlib.decompress(kept.gzipped, GZIP)
        place, tile = Place(z, x, y), mvt.read(content)
        zoom = zooms.setdefault(z, Zoom(z))
        zoom.add(place, tile)
        faults.update(f"z{z}: {fault.code} in {fault.layer}" for fault in tile.faults)
        faults.update(_house(tile))
        if len(sampled[z]) < by_gdal or chance.randrange(zoom.tiles) < by_gdal:
            _sample(sampled[z], (place, content), by_gdal, chance)
    found = [f"{what} ({n} times)" for what, n in faults.items()]
    for zoom in zooms.values():
        found += [f"z{zoom.z}: {fault}" for fault in compare(zoom, land, say)]
    return found + list(_gdal(sampled))


def _registers() -> Iterator[tuple[str, Path, str, tuple[str, ...]]]:
    from benchmarks import registers
    from benchmarks.run import test_data

    samples, data = ROOT / "data_samples", test_data()
    yield "demonstration", DEMO, "vn-80", ()
    yield "Épinay", samples / "epinay" / "parcelles_91216_l93_shp.zip", "generic", ()
    if data is not None:
        cambridge = ("--profile", "cambridge")
        folder = data / "parcels-us-cambridge"
        for path in sorted(folder.rglob("*2014*shp.zip")):
            yield "Cambridge 2014", path, "generic", cambridge
        large = data / "parcels-large" / "cambridge_x8_shp.zip"
        yield "105,272 parcels", large, "generic", cambridge
    yield "500,000 generated", registers.generated(500_000), "vn-80", ()


@contextlib.contextmanager
def _published(
    path: Path, jurisdiction: str, options: tuple[str, ...]
) -> Iterator[tuple[World, Services]]:
    with world(demo=False, jurisdiction=jurisdiction) as made:
        done = made.ask("import", str(path), *options, "--publish")
        if done.returncode not in (0, 3):
            raise RuntimeError(done.stderr)
        yield made, made.services


def _house(tile: Tile) -> Iterator[str]:
    for layer in tile.layers:
        if (layer.version, layer.extent) != (2, EXTENT):
            yield f"{layer.name}: version {layer.version}, extent {layer.extent}"
        far = [
            f.id
            for f in layer.features
            for part in f.parts
            if not all(-BUFFER <= c <= EXTENT + BUFFER for xy in part for c in xy)
        ]
        if far:
            yield f"{layer.name}: drawn beyond the buffer"


def _sample(
    kept: list[tuple[Place, bytes]], one: tuple[Place, bytes], most: int, chance: Random
) -> None:
    if len(kept) < most:
        kept.append(one)
    else:
        kept[chance.randrange(most)] = one


def _gdal(sampled: dict[int, list[tuple[Place, bytes]]]) -> Iterator[str]:
    """Let GDAL count what is in some tiles."""
    for places in sampled.values():
        for place, content in places:
            ours = {layer.name: len(layer.features) for layer in mvt.read(content).layers}
            theirs = gdal_counts(content)
            if ours != theirs:
                yield f"{place}: GDAL counts {theirs}, not {ours}"


def gdal_counts(content: bytes) -> dict[str, int]:
    """Answer how many features GDAL finds in each layer of a tile."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tile.mvt"
        path.write_bytes(content)
        done = subprocess.run(
            ("ogrinfo", "-ro", "-al", "-so", f"MVT:{path}"),
            capture_output=True,
            text=True,
            check=True,
        )
    names = [line[12:] for line in done.stdout.splitlines() if line.startswith("Layer name: ")]
    counts = [line[15:] for line in done.stdout.splitlines() if line.startswith("Feature Count: ")]
    return dict(zip(names, map(int, counts), strict=True))

"""What tiles of images look like, and that threads do not get into each other's way."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine

from landgis.cadastre.rasters import Grid
from landgis.errors import Unavailable
from landgis.tiling import relief
from landgis.tiling.png import png
from landgis.tiling.raster_tile import Drawing, OpenFiles, draw, encode
from tests.rasters import decoded, photo


@pytest.mark.parametrize("bands", [1, 2, 3, 4])
def test_png_holds_the_pixels(bands: int) -> None:
    pixels = photo(256, bands)
    assert np.array_equal(decoded(png(pixels)), pixels)
    assert png(pixels) == png(pixels.copy())


def test_slopes_towards_the_north_west_are_light_and_gaps_transparent() -> None:
    rows, columns = np.mgrid[0:34, 0:34].astype(float)
    towards_light, away = (rows + columns) * 0.5, -(rows + columns) * 0.5
    level = np.full((34, 34), 5.0)
    level[10, 10] = np.nan
    shown = [
        relief.picture(g, low=5.0, high=5.0, pixel_m=1.0) for g in (towards_light, level, away)
    ]
    middle = [picture[:3, 20, 20].astype(int).sum() for picture in shown]
    # The ramp's ends differ in colour: compare light alone.
    lights = [relief._light(g, 1.0)[20, 20] for g in (towards_light, level, away)]
    assert lights[0] > lights[1] > lights[2]
    assert lights[1] == pytest.approx(1.0)
    assert middle[1] > 0
    assert shown[1][:, 9, 9].tolist() == [0, 0, 0, 0]
    assert (shown[1][3] == 255).sum() == 32 * 32 - 1


def test_legend_names_the_colours_that_are_drawn() -> None:
    stops = relief.legend(10.0, 20.0)
    assert [height for height, _ in stops] == [10.0, 12.5, 15.0, 17.5, 20.0]
    for height, colour in stops:
        level = np.full((3, 3), height)
        drawn = relief.picture(level, low=10.0, high=20.0, pixel_m=1.0)[:3, 0, 0]
        named = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        assert np.abs(drawn.astype(int) - named).max() <= 1


def a_picture(folder: Path, name: str) -> Drawing:
    """A picture of 1024 pixels a side with its overviews, as ours are."""
    path, side = folder / f"{name}.tif", 1024
    pixels = np.random.default_rng(len(name)).integers(1, 255, (2, side, side), dtype=np.uint8)
    profile = {"tiled": True, "blockxsize": 256, "blockysize": 256, "transform": Affine.scale(2, 2)}
    with rasterio.open(
        path, "w", driver="GTiff", count=2, width=side, height=side, dtype="uint8", alpha="yes",
        **profile,
    ) as image:  # fmt: skip
        image.write(pixels)
        image.build_overviews([2, 4, 8])
    return Drawing(path, Grid(10, 3, 0, 0, side, side), None)


def test_many_threads_draw_what_one_draws(tmp_path: Path) -> None:
    files = OpenFiles()
    pictures = [a_picture(tmp_path, "a" * n) for n in range(1, 11)]  # more than a thread keeps open
    asked = [(p, z, x) for p in pictures for z in (8, 9, 10) for x in range(2 ** (z - 8))]

    def drawn(one: tuple[Drawing, int, int]) -> bytes:
        picture, z, x = one
        pixels = draw(files, picture, z, x, 0)
        assert pixels is not None
        return encode(pixels, "png")

    alone = [drawn(one) for one in asked]
    with ThreadPoolExecutor(4) as threads:
        for _ in range(3):
            assert list(threads.map(drawn, asked)) == alone


def test_a_file_that_is_gone_is_named_by_its_content_only(tmp_path: Path) -> None:
    missing = Drawing(tmp_path / "0123abcd" / "picture.tif", Grid(10, 3, 0, 0, 1024, 1024), None)
    with pytest.raises(Unavailable) as problem:
        draw(OpenFiles(), missing, 10, 0, 0)
    assert problem.value.code == "raster_file_missing"
    assert "0123abcd" in problem.value.message
    assert str(tmp_path) not in problem.value.message

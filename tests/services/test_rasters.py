"""Images: laid where they belong, refused when they cannot be read, measured as surveyed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import rasterio
from affine import Affine
from sqlalchemy import select, text

from landgis import geodesy
from landgis.bootstrap import Services
from landgis.cadastre.rasters import Asked
from landgis.cadastre.register import ANONYMOUS, Principal
from landgis.errors import Conflict, LandgisError, NotAllowed, NotAuthenticated, NotFound
from landgis.geodesy import LONLAT, WEB_MERCATOR
from landgis.store.raster_tables import rasters as table
from landgis.store.tables import audit_log
from landgis.tiling.raster_grid import TILE_PX, pixel_m
from tests.builders import EAST, NORTH, square
from tests.histories import Land, Register
from tests.people import ROOT, TAN_NINH
from tests.rasters import at, decoded, geotiff, hill, photo
from tests.services.raster_harm import HOSTILE, somewhere
from tests.services.raster_tiles import mosaic, pixel_of, register, tile

pytestmark = pytest.mark.db

NORTH_OF_THE_SEAM = (565_302.0, 1_250_811.0)
SOUTH_OF_THE_SEAM = (590_000.0, 1_220_000.0)
SOUTH_IN_DEGREES = (106.325448985, 11.030916219)
"""Golden points on both sides of 11.04°N, EPSG:9209; see ``tests/test_geodesy.py``."""


@pytest.fixture(scope="module")
def parcel(services: Services) -> UUID:
    """A square of 20 m with its south-west corner at the place."""
    return Register(services.database).publish(Land(square(0, 0, 20), "25645/1/1"))[0]


@pytest.fixture(autouse=True)
def clean(services: Services) -> Iterator[None]:
    yield
    for raster in services.images.rasters.listed(ROOT):
        services.images.rasters.remove(raster.wanted.name, ROOT)


@pytest.mark.parametrize(
    ("place", "epsg", "turned"),
    [
        (NORTH_OF_THE_SEAM, 9209, 0.0),
        (SOUTH_OF_THE_SEAM, 9209, 30.0),
        (SOUTH_IN_DEGREES, LONLAT, 0.0),
    ],
    ids=["north", "south, turned", "south, degrees"],
)
def test_a_bright_pixel_is_drawn_within_half_a_pixel_of_its_place(
    services: Services, tmp_path: Path, place: tuple[float, float], epsg: int, turned: float
) -> None:
    # The operation that PROJ prefers in the south would put it 0.8 m, four pixels, away.
    px, side = (0.2, 201) if epsg != LONLAT else (0.2 / 111_000, 201)
    pixels = np.zeros((side, side), np.uint8)
    pixels[100, 100] = 255
    centred = at(*place, px=px, turned=turned) @ Affine.translation(-100.5, -100.5)
    raster = register(
        services, geotiff(tmp_path / "a.tif", pixels, crs=f"EPSG:{epsg}", transform=centred)
    )
    drawn, column, row = mosaic(services, raster, raster.grid.maxzoom)
    rows, columns = np.indices(drawn.shape)
    found = (columns * drawn).sum() / drawn.sum(), (rows * drawn).sum() / drawn.sum()
    x, y = geodesy.transform_xy(np.array([place[0]]), np.array([place[1]]), epsg, WEB_MERCATOR)
    wanted = pixel_of(float(x[0]), float(y[0]), raster.grid.maxzoom)
    off = np.array(found) + 0.5 + (column, row) - wanted
    assert np.abs(off * pixel_m(raster.grid.maxzoom)).max() < 0.1  # metres: half a pixel


def test_lines_of_a_scan_lie_on_the_parcels_they_were_drawn_from(
    services: Services, tmp_path: Path
) -> None:
    # One bit a pixel, packed as scanners do; a line every 40 m, in the plane of the survey.
    px, side = 0.5, 640
    pixels = np.ones((side, side), np.uint8)
    pixels[:, ::80] = 0
    path = geotiff(tmp_path / "a.tif", pixels, transform=at(px=px), compress="ccittfax4", nbits=1)
    raster = register(services, path)
    drawn, column, row = mosaic(services, raster, 17)
    for line in range(1, 7):
        east = np.full(5, EAST + line * 40 + px / 2)
        north = NORTH - np.linspace(60, 260, 5)
        x, y = geodesy.transform_xy(east, north, 9209, WEB_MERCATOR)
        for at_x, at_y in zip(x, y, strict=True):
            c, r = pixel_of(at_x, at_y, 17)
            near = drawn[int(r) - row, int(c) - column - 6 : int(c) - column + 7]
            darkness = 255 - near
            centre = (np.arange(-6, 7) * darkness).sum() / darkness.sum() + int(c) + 0.5
            assert abs(centre - c) < 1.0


def test_heights_under_a_parcel_are_those_of_the_pixels_it_holds(
    services: Services, parcel: UUID, tmp_path: Path
) -> None:
    ground = np.random.default_rng(3).normal(10, 2, (64, 64)).astype(np.float32)
    ground[22, 22] = -9999
    path = tmp_path / "a.tif"
    transform = at(EAST - 20, NORTH + 40)
    with rasterio.open(geotiff(path, ground, transform=transform, nodata=-9999), "r+") as image:
        image.units = ["m"]
    register(services, path, "dem")
    answer = services.images.tiles.under("tried", str(parcel), ROOT)
    inside = ground[20:40, 20:40]
    known = inside[inside != -9999]
    found = answer.found
    assert (found.pixels, found.without_value, found.method) == (399, 1, "centres")
    assert found.mean == pytest.approx(known.mean(dtype=float), abs=1e-9)
    assert (found.low, found.high) == (known.min(), known.max())
    assert answer.raster.heights is not None
    assert answer.raster.heights.unit == "m"


def test_a_parcel_smaller_than_a_pixel_or_beside_the_model_is_told_so(
    services: Services, parcel: UUID, tmp_path: Path
) -> None:
    coarse = np.arange(16, dtype=np.float32).reshape(4, 4)
    # Pixels of 100 m whose centres all lie outside the 20 m square, which two of them share.
    path = geotiff(tmp_path / "a.tif", coarse, transform=at(EAST - 190, NORTH + 150, px=100))
    register(services, path, "dem")
    found = services.images.tiles.under("tried", str(parcel), ROOT).found
    assert (found.pixels, found.method) == (2, "touched")
    assert (found.mean, found.low, found.high) == (5.5, 5.0, 6.0)
    services.images.rasters.remove("tried", ROOT)
    register(services, geotiff(tmp_path / "b.tif", hill(), transform=at(EAST + 500)), "dem")
    found = services.images.tiles.under("tried", str(parcel), ROOT).found
    assert (found.pixels, found.without_value, found.mean) == (0, 400, None)


def test_heights_are_kept_without_loss_and_shown_with_holes(
    services: Services, tmp_path: Path
) -> None:
    ground = hill()
    ground[10:20, 10:20] = np.nan
    ground[0, 0] = np.inf
    raster = register(services, geotiff(tmp_path / "a.tif", ground), "dem")
    assert raster.heights is not None
    assert (raster.heights.low, raster.heights.high) == (10.0, pytest.approx(16.3))
    kept = services.settings.rasters_dir / raster.content_key / "values.tif"
    with rasterio.open(kept) as image:
        values = image.read(1)
    assert np.array_equal(values, np.where(np.isfinite(ground), ground, np.nan), equal_nan=True)
    x, y = geodesy.transform_xy(
        np.array([EAST + 15, EAST + 40]), np.array([NORTH - 15, NORTH - 40]), 9209, WEB_MERCATOR
    )
    zoom = raster.grid.maxzoom
    opaque = []
    for at_x, at_y in zip(x, y, strict=True):
        c, r = pixel_of(at_x, at_y, zoom)
        pixels = tile(services, raster, zoom, int(c) // TILE_PX, int(r) // TILE_PX)
        assert pixels is not None
        opaque.append(pixels[3, int(r) % TILE_PX, int(c) % TILE_PX])
    assert opaque == [0, 255]


PALETTE = {0: (0, 0, 0, 255), 1: (250, 10, 20, 255), 2: (30, 240, 40, 255)}


@pytest.mark.parametrize("kind", ["palette", "alpha", "infrared"])
def test_forms_of_pictures_are_shown_in_their_colours(
    services: Services, tmp_path: Path, kind: str
) -> None:
    shown = (200, 100, 60)
    pixels = np.full((4, 64, 64), 255, np.uint8)
    pixels[:3] = np.array(shown)[:, None, None]
    pixels[3, :32] = 0
    more: dict[str, Any] = {"photometric": "rgb", "alpha": "yes" if kind == "alpha" else "no"}
    if kind == "palette":
        pixels, shown = (pixels[3:] > 0).astype(np.uint8), PALETTE[1][:3]
        more = {"palette": PALETTE, "nodata": 0}
    raster = register(services, geotiff(tmp_path / "a.tif", pixels, **more), "orthophoto")
    zoom = raster.grid.maxzoom
    for down, is_there in ((16, kind == "infrared"), (48, True)):
        x, y = geodesy.transform_xy(
            np.array([EAST + 32.0]), np.array([NORTH - down]), 9209, WEB_MERCATOR
        )
        c, r = pixel_of(float(x[0]), float(y[0]), zoom)
        made = services.images.tiles.tile(
            "tried", (zoom, int(c) // TILE_PX, int(r) // TILE_PX), "webp", lambda: ROOT
        )
        assert made.body is not None
        found = decoded(made.body)[:, int(r) % TILE_PX, int(c) % TILE_PX].astype(int)
        assert (found[3] == 255) == is_there
        if is_there:
            assert np.abs(found[:3] - shown).max() <= 6  # photographs are kept with some loss


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_an_image_here_is_refused_with_its_name(
    services: Services, tmp_path: Path, name: str
) -> None:
    make, kind, code = HOSTILE[name]
    with pytest.raises(LandgisError) as refusal:
        register(services, make(tmp_path / "a.tif"), kind)
    assert refusal.value.code == code
    assert refusal.value.message.startswith("a.tif: ")
    assert services.images.rasters.listed(ROOT) == []
    left = list(services.settings.rasters_dir.iterdir())
    assert left == []


def test_nothing_beside_a_file_is_looked_at(services: Services, tmp_path: Path) -> None:
    path = somewhere(tmp_path / "a.tif")
    path.with_suffix(".tfw").write_text(f"1\n0\n0\n-1\n{EAST}\n{NORTH}\n")
    path.with_suffix(".prj").write_text("EPSG:9209")
    with pytest.raises(LandgisError) as refusal:
        register(services, path, epsg=9209)
    assert refusal.value.code == "no_georeference"


def test_one_pixel_in_a_plane_that_only_its_sender_knows(
    services: Services, tmp_path: Path
) -> None:
    path = geotiff(tmp_path / "a.tif", np.full((1, 1), 99, np.uint8), crs=None)
    raster = register(services, path, epsg=9209)
    assert (raster.source.epsg, raster.grid.levels) == (9209, 0)
    drawn, _, _ = mosaic(services, raster, raster.grid.maxzoom)
    assert drawn.max() == 99


def test_the_same_file_again_changes_what_is_said_and_nothing_else(
    services: Services, tmp_path: Path
) -> None:
    path, stories = geotiff(tmp_path / "a.tif", photo(8)), services.images.rasters
    first = register(services, path, title_vi="Ảnh bay", attribution="Sở")
    assert (first.wanted.title_en, first.wanted.audience) == ("Ảnh bay", "officers")
    before = services.query.state().sequence
    again, is_new = stories.register(path, Asked("tried", "map"), ROOT)
    assert (again.wanted, is_new) == (first.wanted, False)
    assert services.query.state().sequence == before
    shown, _ = stories.register(path, Asked("tried", "map", audience="public"), ROOT)
    assert shown.wanted == replace(first.wanted, audience="public")
    assert services.query.state().sequence == before + 1
    with pytest.raises(Conflict) as refusal:
        register(services, geotiff(tmp_path / "b.tif", photo(9)))
    assert refusal.value.code == "raster_exists"


def test_pixels_stay_until_their_last_name_goes(services: Services, tmp_path: Path) -> None:
    path, stories = geotiff(tmp_path / "a.tif", hill()), services.images.rasters
    first = register(services, path, "dem")
    twin, is_new = stories.register(path, Asked("twin", "dem"), ROOT)
    assert is_new
    assert (twin.content_key, twin.heights) == (first.content_key, first.heights)
    folder = services.settings.rasters_dir / first.content_key
    stories.remove("tried", ROOT)
    assert sorted(file.name for file in folder.iterdir()) == ["picture.tif", "values.tif"]
    stories.remove("twin", ROOT)
    assert list(services.settings.rasters_dir.iterdir()) == []
    with pytest.raises(NotFound) as refusal:
        stories.remove("twin", ROOT)
    assert refusal.value.code == "no_such_raster"


def test_adding_and_removing_is_in_the_audit_log_and_in_the_log_of_tiles(
    services: Services, tmp_path: Path
) -> None:
    raster = register(services, geotiff(tmp_path / "a.tif", photo(8)))
    services.images.rasters.remove("tried", ROOT)
    with services.database.begin() as connection:
        actions = connection.execute(
            select(audit_log.c.action, audit_log.c.body).order_by(audit_log.c.seq.desc()).limit(2)
        ).all()
        boxes = connection.execute(
            text("SELECT boxes FROM tile_changes ORDER BY sequence DESC LIMIT 2")
        ).scalars()
        assert list(boxes) == [pytest.approx(raster.footprint_3857.bounds)] * 2
        assert connection.execute(select(table.c.name)).all() == []
    assert [action for action, _ in actions] == ["raster_remove", "raster_add"]
    assert all(raster.source.sha256 in body for _, body in actions)
    assert services.verify.audit().differences == []


def test_who_may_import_in_one_commune_only_registers_nothing(
    services: Services, tmp_path: Path
) -> None:
    path, asked = geotiff(tmp_path / "a.tif", photo(8)), Asked("tried", "map")
    local = Principal.holding("user:lan", {"import"}, frozenset({TAN_NINH}))
    with pytest.raises(NotAllowed) as refusal:
        services.images.rasters.register(path, asked, local)
    assert refusal.value.code == "rasters_everywhere"
    with pytest.raises(NotAuthenticated):
        services.images.rasters.register(path, asked, ANONYMOUS)

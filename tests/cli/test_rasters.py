"""Images on the command line."""

from pathlib import Path

import pytest
from sqlalchemy import text

from landgis.store.database import Database
from tests.builders import EAST, NORTH, square
from tests.cli.conftest import Landgis
from tests.histories import Land, Register
from tests.rasters import at, geotiff, hill, photo

pytestmark = pytest.mark.db


def test_an_image_from_its_first_day_to_its_last(
    landgis: Landgis, database: Database, tmp_path: Path
) -> None:
    Register(database).publish(Land(square(0, 0, 20), "25645/1/1"))
    path = geotiff(tmp_path / "a.tif", hill(), transform=at(EAST, NORTH + 30), crs=None)
    add = ("rasters", "add", path, "--name", "cao-do", "--kind", "dem")
    unplaced = landgis(*add)
    assert unplaced.exit_code == 4
    assert "[no_crs]" in unplaced.stderr
    assert "--crs EPSG:9209" in unplaced.stderr
    made = landgis(*add, "--crs", "EPSG:9209", "--title-vi", "Độ cao", "--public")
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith("Registered:\ncao-do  dem  public  64x64 px of 1 m  EPSG:9209")
    again = landgis(*add, "--crs", "9209", "--officers")
    assert again.stdout.startswith("Was here already:\ncao-do  dem  officers")
    listed = landgis("rasters", "list")
    assert listed.stdout == again.stdout.split("\n", 1)[1]
    assert "Độ cao" in listed.stdout
    with database.begin() as connection:
        fid = connection.execute(text("SELECT fid FROM parcels")).scalar_one()
    under = landgis("rasters", "under", "cao-do", fid)
    assert under.stdout == (
        "mean 10.950, lowest 10.000, highest 11.900 (the file names no unit)\n"
        "of 400 pixel(s) with their centre in the parcel; 0 without a height\n"
    )
    assert landgis("rasters", "remove", "cao-do").exit_code == 0
    gone = landgis("rasters", "remove", "cao-do")
    assert (gone.exit_code, "[no_such_raster]" in gone.stderr) == (4, True)
    assert landgis("rasters", "list").stdout == ""


def test_what_is_said_wrongly_ends_in_a_line(landgis: Landgis, tmp_path: Path) -> None:
    path = geotiff(tmp_path / "a.tif", photo(8))
    for words, code, said in (
        (("--name", "Ảnh", "--kind", "map"), 2, "[bad_raster_name]"),
        (("--name", "a", "--kind", "photo"), 2, "photo"),
        (("--name", "a", "--kind", "dem"), 4, "[raster_bands]"),
    ):
        answer = landgis("rasters", "add", path, *words)
        assert (answer.exit_code, said in answer.output) == (code, True), answer.output
    missing = landgis("rasters", "add", tmp_path / "no.tif", "--name", "a", "--kind", "map")
    assert (missing.exit_code, "[no_such_file]" in missing.output) == (4, True)

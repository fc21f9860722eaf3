"""A cadastral drawing of lines and labels, without a CRS, becomes the parcels it shows."""

import zipfile
from pathlib import Path

import geopandas
import pytest
import shapely

from landgis.cadastre.register import Principal
from landgis.ingest.evidence import Choices
from tests.conftest import Open
from tests.flow.test_import import DEMO
from tests.ingest.drawing_files import outlines, write_dxf

pytestmark = pytest.mark.db

OFFICER = Principal.holding("officer", {"import", "publish"})


@pytest.fixture(scope="module")
def sheet() -> geopandas.GeoDataFrame:
    """One sheet of the demo register, without the rows with planted defects."""
    demo = geopandas.read_file(f"/vsizip/{DEMO}", encoding="ISO-8859-1")
    one = demo[(demo["SHBANDO"] == 12) & demo.geometry.is_valid & (demo.geometry.area > 1)]
    return one[~one.duplicated("SHTHUA", keep=False)].reset_index(drop=True)


def test_lines_and_labels_become_the_register(
    open_services: Open, tmp_path: Path, sheet: geopandas.GeoDataFrame
) -> None:
    lines = outlines(sheet)
    places = shapely.get_coordinates(shapely.point_on_surface(sheet.geometry.to_numpy())).tolist()
    labels = [
        (level, *place, str(value))
        for level, column in (("13", "SHTHUA"), ("4", "DIENTICH"), ("2", "KHLOAIDAT"))
        for place, value in zip(places, sheet[column], strict=True)
    ]
    drawing = write_dxf(tmp_path / "12.dxf", lines, ["10"] * len(lines), labels)
    path = tmp_path / "sheets.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(drawing, "to/12.dxf")
    services = open_services("vn-80")
    choices = Choices(unit="25645", fields=(("drawing", "sheet"),))
    batch = services.load.load(path, choices, OFFICER).batch
    assert batch.evidence["mapping"]["chosen"] == "drawing"
    assert batch.evidence["mapping"]["personal"] == ["text"]
    assert batch.evidence["crs"]["chosen"] == "EPSG:9209"
    services.publish.publish(batch.batch_id, OFFICER)
    with services.database.begin() as connection:
        rows = connection.exec_driver_sql(
            "SELECT unit_code, sheet, number, register_area_m2, area_m2, ST_AsBinary(geom_survey) g"
            " FROM parcel_versions"
        ).all()
    drawn = {row.number: row for row in rows}
    assert sorted(drawn) == sorted(map(str, sheet["SHTHUA"]))
    for number, area, meant in zip(sheet["SHTHUA"], sheet["DIENTICH"], sheet.geometry, strict=True):
        row = drawn[str(number)]
        assert (row.unit_code, row.sheet) == ("25645", "12")
        assert float(row.register_area_m2) == pytest.approx(area)
        assert shapely.hausdorff_distance(shapely.from_wkb(bytes(row.g)), meant) < 1e-6

"""Images over HTTP: handed in, made by the worker, served to those who may see them."""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from landgis.bootstrap import Services
from landgis.cadastre.rasters import Asked, Raster
from landgis.jobs.queue import QUEUE, Work, worker_app
from landgis.tiling.grid import tile_at
from tests.builders import EAST, NORTH, square
from tests.histories import Land, Register
from tests.people import ROOT
from tests.rasters import at, decoded, geotiff, hill, photo

pytestmark = pytest.mark.db
Headers = dict[str, str]


def work(services: Services) -> None:
    """Empty the queue as a worker does, then stop; as in ``test_imports``."""

    def run() -> None:
        stories = services.load, services.publish, services.pyramid, services.images.rasters
        stories = (*stories, services.identifiers.giving)
        app = worker_app(services.database_url, lambda: Work(*stories))
        with app.open():
            app.run_worker(queues=[QUEUE], wait=False, install_signal_handlers=False)

    with ThreadPoolExecutor(1) as worker:
        worker.submit(run).result()


def send(api: FlaskClient, bearer: Headers, path: Path, **form: str) -> TestResponse:
    body = {"file": (io.BytesIO(path.read_bytes()), path.name), "name": "anh-2025", **form}
    return api.post("/api/v1/rasters", data=body, headers=bearer)


def shown(services: Services, path: Path, kind: str = "map", **said: Any) -> Raster:
    asked = Asked("anh-2025", kind, audience=said.pop("audience", "public"), **said)  # type: ignore[arg-type]
    return services.images.rasters.register(path, asked, ROOT)[0]


def tile_in(raster: Raster, form: str = "png") -> str:
    """The address of a tile with the middle of an image in it."""
    west, south, east, north = raster.bounds
    zoom = raster.grid.maxzoom
    x, y = tile_at((west + east) / 2, (south + north) / 2, zoom)
    return f"/raster/{raster.wanted.name}/{zoom}/{x}/{y}.{form}"


def test_an_image_is_handed_in_made_by_the_worker_and_shown(
    services: Services, api: FlaskClient, bearer: Headers, tmp_path: Path
) -> None:
    path = geotiff(tmp_path / "ảnh.tif", photo())
    said = {"kind": "orthophoto", "title_vi": "Ảnh bay 2025", "audience": "public"}
    taken = send(api, bearer, path, **said)
    assert (taken.status_code, taken.json["status"]) == (202, "queued")
    place = taken.headers["Location"].removeprefix("http://localhost")
    assert api.get("/api/v1/rasters").json == {"rasters": []}
    work(services)
    assert api.get(place, headers=bearer).json["status"] == "ready"
    (found,) = api.get("/api/v1/rasters").json["rasters"]
    assert found["title"] == {"vi": "Ảnh bay 2025", "en": "Ảnh bay 2025"}
    assert found == api.get("/api/v1/rasters/anh-2025").json
    assert "ảnh.tif" not in str(found)  # names of files may tell of people
    x, y = tile_at(sum(found["bounds"][::2]) / 2, sum(found["bounds"][1::2]) / 2, found["maxzoom"])
    for form in ("png", "webp"):
        place = found["tiles"][form].format(z=found["maxzoom"], x=x, y=y)
        answer = api.get(place.removeprefix("http://localhost"))
        assert (answer.status_code, answer.mimetype) == (200, f"image/{form}")
        assert decoded(answer.data).shape[1:] == (found["tile_size"],) * 2
        assert "immutable" in answer.headers["Cache-Control"]
    assert list((services.settings.uploads_dir / "rasters").iterdir()) == []
    again = send(api, bearer, path, kind="orthophoto", title_en="Flight 2025")
    assert (again.status_code, again.json["title"]["en"]) == (200, "Flight 2025")


def test_what_is_wrong_is_said_at_sight_or_on_the_job(
    services: Services, api: FlaskClient, bearer: Headers, tmp_path: Path
) -> None:
    deep = geotiff(tmp_path / "a.tif", photo(8).astype("uint16"))
    at_sight = send(api, bearer, deep, kind="map")
    assert (at_sight.status_code, at_sight.json["code"]) == (422, "raster_depth")
    for wrong, code in (
        ({"name": "Ảnh"}, "bad_raster_name"),
        ({"title_vi": "<img src=x>"}, "bad_raster_text"),
    ):
        refused = send(api, bearer, deep, kind="map", **wrong)
        assert (refused.status_code, refused.json["code"]) == (400, code)
    assert send(api, bearer, deep, kind="radar").status_code == 422
    empty = geotiff(tmp_path / "b.tif", np.full((8, 8), np.nan, "float32"))
    job = (
        send(api, bearer, empty, kind="dem").json["links"]["self"].removeprefix("http://localhost")
    )
    work(services)
    told = api.get(job, headers=bearer).json
    assert (told["status"], told["error"]["code"]) == ("refused", "raster_empty")
    other = services.access.create("other", frozenset({"import"}), None)
    assert api.get(job, headers={"Authorization": f"Bearer {other}"}).status_code == 404


def test_tiles_answer_as_tiles_do(services: Services, api: FlaskClient, tmp_path: Path) -> None:
    raster = shown(services, geotiff(tmp_path / "a.tif", photo()))
    place = tile_in(raster)
    answer = api.get(place)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, "*")
    assert answer.headers["Cache-Control"] == "no-cache"
    again = api.get(place, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["ETag"]) == (
        304,
        b"",
        answer.headers["ETag"],
    )
    head = api.head(place)
    assert (head.status_code, head.data, head.content_length) == (200, b"", len(answer.data))
    zoom = raster.grid.maxzoom
    for path, status, code in (
        (f"anh-2025/{zoom}/0/0.png", 204, None),
        (f"anh-2025/{zoom}/{2**zoom}/0.png", 400, "no_such_tile"),
        ("anh-2025/23/0/0.webp", 400, "no_such_tile"),
        (f"anh-2025/{zoom + 1}/0/0.png", 404, "zoom_not_served"),
        (f"other/{zoom}/0/0.png", 404, "no_such_raster"),
        (f"anh-2025/{zoom}/0/0.gif", 404, "not_found"),
    ):
        found = api.get(f"/raster/{path}")
        assert (found.status_code, (found.json or {}).get("code")) == (status, code), path
    described = api.get("/raster/anh-2025.json").json
    assert (described["minzoom"], described["maxzoom"]) == (raster.grid.minzoom, zoom)
    assert described["tileSize"] == 256


def test_what_is_for_officers_is_not_there_for_others(
    services: Services, api: FlaskClient, bearer: Headers, tmp_path: Path
) -> None:
    raster = shown(services, geotiff(tmp_path / "a.tif", hill()), "dem", audience="officers")
    key = services.access.create("department", frozenset({"register"}), frozenset({"25645"}))
    reader = {"Authorization": f"Bearer {key}"}
    places = [
        tile_in(raster),
        "/raster/anh-2025.json",
        "/api/v1/rasters/anh-2025",
        "/api/v1/rasters/anh-2025/under/1",
    ]
    for place in places:
        assert api.get(place).json["code"] == "no_such_raster", place
        assert api.get(place, headers=bearer).status_code == 404  # import is no right to look
    assert api.get("/api/v1/rasters").json["rasters"] == []
    assert len(api.get("/api/v1/rasters", headers=reader).json["rasters"]) == 1
    for place in places[:2]:
        answer = api.get(place, headers=reader)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store")
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "ETag" not in answer.headers


def test_heights_under_a_parcel_but_not_under_withheld_land(
    services: Services, api: FlaskClient, tmp_path: Path
) -> None:
    register = Register(services.database)
    seen, withheld = register.publish(
        Land(square(0, 0, 20), "25645/1/1"),
        Land(square(20, 0, 20), "25645/1/2", (("CQP", None),)),
    )
    shown(services, geotiff(tmp_path / "a.tif", hill(), transform=at(EAST, NORTH + 30)), "dem")
    answer = api.get(f"/api/v1/rasters/anh-2025/under/{seen}")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    # Columns 0 to 19 rise from 10.0 by 0.1 m each.
    told = {name: answer.json[name] for name in ("mean", "min", "max", "pixels", "unit")}
    assert told == {"mean": 10.95, "min": 10.0, "max": 11.9, "pixels": 400, "unit": None}
    hidden = api.get(f"/api/v1/rasters/anh-2025/under/{withheld}")
    assert (hidden.status_code, hidden.json["code"]) == (404, "no_such_parcel")
    services.images.rasters.remove("anh-2025", ROOT)
    shown(services, geotiff(tmp_path / "b.tif", photo(8)))
    flat = api.get(f"/api/v1/rasters/anh-2025/under/{seen}")
    assert (flat.status_code, flat.json["code"]) == (400, "not_a_dem")


def test_an_image_is_taken_away_and_its_loss_on_disk_is_told(
    services: Services, api: FlaskClient, bearer: Headers, tmp_path: Path
) -> None:
    raster = shown(services, geotiff(tmp_path / "a.tif", photo(8)))
    pixels = services.settings.rasters_dir / raster.content_key
    pixels.rename(tmp_path / "elsewhere")
    lost = api.get(tile_in(raster))
    assert (lost.status_code, lost.json["code"]) == (503, "raster_file_missing")
    assert str(tmp_path) not in lost.text
    (tmp_path / "elsewhere").rename(pixels)
    assert api.get(tile_in(raster)).status_code == 200
    assert api.delete("/api/v1/rasters/anh-2025").status_code == 401
    assert api.delete("/api/v1/rasters/anh-2025", headers=bearer).status_code == 204
    assert api.delete("/api/v1/rasters/anh-2025", headers=bearer).status_code == 404
    assert api.get(tile_in(raster)).status_code == 404

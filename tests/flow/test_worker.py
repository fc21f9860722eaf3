"""A script's whole way over HTTP against the real thing: server, queue and worker of ``landgis up``."""

import json
import threading
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import uuid4

import numpy as np
import pytest
import shapely

from landgis.cadastre import jurisdiction
from landgis.geodesy import LONLAT, transform_xy
from tests.running import landgis

pytestmark = pytest.mark.db
UNIT = "25480"
ASKS = 300


def new_key(home: Path) -> str:
    done = landgis(home, "keys", "create", "office", "--scope", "import", "--unit", UNIT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def two_parcels() -> bytes:
    """Two neighbours in the middle of a commune, in EPSG:9209, one of them twice."""
    middle = jurisdiction.load(jurisdiction.find("vn-80")).outlines[UNIT].representative_point()
    (x,), (y,) = transform_xy(np.array([middle.x]), np.array([middle.y]), LONLAT, 9209)
    x, y = round(float(x)), round(float(y))
    boxes = [shapely.box(x, y, x + 20, y + 30), shapely.box(x + 20, y, x + 40, y + 30)]
    features = [
        {
            "type": "Feature",
            "properties": {"XAID": UNIT, "SHBANDO": "7", "SHTHUA": number, "KHLOAIDAT": "ONT+CLN"},
            "geometry": shapely.geometry.mapping(box),
        }
        for number, box in (("1", boxes[0]), ("2", boxes[1]), ("2", boxes[1]))
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9209"}}
    return json.dumps({"type": "FeatureCollection", "crs": crs, "features": features}).encode()


def ask(url: str, key: str, data: bytes | None = None, kind: str = "application/json") -> dict:
    request = Request(
        url, data=data, headers={"Authorization": f"Bearer {key}", "Content-Type": kind}
    )
    with urlopen(request, timeout=20) as answer:
        document: dict = json.load(answer)
        return document


def upload(url: str, key: str, name: str, content: bytes) -> dict:
    border = uuid4().hex
    head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{border}--\r\n".encode()
    return ask(f"{url}/api/v1/imports", key, body, f"multipart/form-data; boundary={border}")


def until(url: str, key: str, wanted: set[str]) -> dict:
    """Ask for a batch until its status is one of those wanted."""
    pause = threading.Event()
    for _ in range(ASKS):
        batch = ask(url, key)
        if batch["status"] in wanted:
            return batch
        pause.wait(0.1)
    pytest.fail(f"still {batch['status']}: {batch}")


def test_file_handed_in_over_http_reaches_the_map(live_url: str, live_home: Path) -> None:
    key = new_key(live_home)
    batch = upload(live_url, key, "thửa mới.geojson", two_parcels())
    url = f"{live_url}/api/v1/imports/{batch['id']}"
    staged = until(url, key, {"staged", "refused", "failed"})
    assert staged["status"] == "staged", staged["error"]
    assert staged["counts"] == {"read": 3, "accepted": 2, "quarantined": 1, "unreadable": 0}
    assert staged["file"]["name"] == "thửa mới.geojson"
    ask(f"{url}/publish", key, b"")
    published = until(url, key, {"published"})
    found = ask(f"{live_url}/api/v1/parcels?unit={UNIT}&sheet=7&number=2", key)
    (parcel,) = found["features"]
    assert parcel["properties"]["revision"] == published["revision"]
    assert [use["code"] for use in parcel["properties"]["land_uses"]] == ["ONT", "CLN"]
    assert parcel["properties"]["area_m2"] == 600.0
    again = upload(live_url, key, "noch einmal.geojson", two_parcels())
    assert (again["id"], again["already_imported"]) == (batch["id"], True)

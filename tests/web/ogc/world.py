"""A small register of squares with everything that filters ask for, and its facts beside it."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from landgis import bootstrap
from landgis.bootstrap import Services
from landgis.config import Settings
from landgis.geodesy import LONLAT, WEB_MERCATOR, transform
from landgis.store.cluster import Cluster
from landgis.web.app import create_app
from tests.builders import square
from tests.histories import Land, Register

ROWS = COLUMNS = 8
HIDDEN = 27
"""Where the parcel of defence land lies in the grid."""

ADDRESSES = (
    "Đường Hùng Vương", "đường hùng vương", "Hẻm 12, Đường Nguyễn Huệ", "Ấp Long Thới",
    "ẤP LONG THỚI", "Ap Long Thoi", "Straße 5", "STRASSE 5", "100% dốc_đá", None, "it's here", "Οδος",
)  # fmt: skip

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
PARCELS = "/ogc/collections/parcels/items"

OLD_UNITS = (
    ("25000", "Xã Cũ", "Old", "commune", "72", date(2000, 1, 1), date(2025, 7, 1)),
    ("25001", "Xã Xưa", "Older", "commune", "72", date(1990, 1, 1), date(2000, 1, 1)),
    ("25002", "Xã Giữa", "Middle", "commune", "72", date(2000, 1, 1), date(2010, 6, 30)),
)


@dataclass(frozen=True)
class World:
    """The application on the register, and what was put into it."""

    services: Services
    app: Flask
    parcels: list[dict[str, Any]]
    """Public parcels by fid: field -> value; ``geometry`` in EPSG:3857, ``lonlat``, ``surveyed``."""

    units: list[dict[str, Any]]
    hidden: dict[str, Any]

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def get(self, path: str, **parameters: object) -> TestResponse:
        """Ask, with underscores of names written as hyphens where the standards have them."""
        names = {n: n.replace("_", "-") for n in ("bbox_crs", "filter_crs", "filter_lang")}
        words = {names.get(name, name): str(value) for name, value in parameters.items()}
        return self.client.get(f"{path}?{urlencode(words)}" if words else path)

    def ids(self, path: str = PARCELS, **parameters: object) -> set[Any]:
        """The ids of every member that a request finds."""
        answer = self.get(path, limit=1000, **parameters)
        assert answer.status_code == 200, (parameters, answer.text)
        return {feature["id"] for feature in answer.json["features"]}


def lands() -> list[Land]:
    made = []
    for i in range(ROWS * COLUMNS):
        epsg = 9210 if i % 7 == 3 else 9209
        geom = square(10.0 * (i % COLUMNS), 10.0 * (i // COLUMNS), 10.0 if i % 5 else 9.0)
        made.append(
            Land(
                transform(geom, 9209, epsg),
                f"{'25645' if i % 4 else '25459'}/{1 + i % 3}/{i}",
                ((("CQP", None),) if i == HIDDEN else (("ODT", 50.0), ("CLN", 50.0))[: 1 + i % 2]),
                float("nan") if i % 6 == 0 else 80.0 + i,
                epsg,
                ADDRESSES[i % len(ADDRESSES)],
            )
        )
    return made


def effective(i: int) -> date | None:
    return None if i % 3 == 0 else date(2018 + i % 8, 1 + i % 12, 1 + i % 28)


@contextmanager
def open_world(cluster: Cluster, template: str, home: Path) -> Iterator[World]:
    """Make the register and open the application on it."""
    name = f"world{uuid4().hex}"
    url = cluster.create_database(name, template)
    services = bootstrap.build(replace(Settings.from_env({}), home=home, database_url=url))
    register, put = Register(services.database), lands()
    ids = register.publish(*put)
    with services.database.begin() as connection:
        for i, parcel_id in enumerate(ids):
            row = {"d": effective(i), "p": parcel_id}
            connection.exec_driver_sql(
                "UPDATE parcels SET effective_from = %(d)s WHERE parcel_id = %(p)s", row
            )
        # As frames: what is tested of units are their dates and names, in hundreds of requests.
        connection.exec_driver_sql("UPDATE units SET geom_3857 = ST_Envelope(geom_3857)")
        for unit in OLD_UNITS:
            connection.exec_driver_sql(
                "INSERT INTO units (code, name, name_en, kind, parent_code, valid_from, valid_to)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                unit,
            )
    facts = _facts(services, dict(zip(ids, enumerate(put), strict=True)))
    public = [fact for fact in facts if fact["main_use"] != "CQP"]
    (hidden,) = (fact for fact in facts if fact["main_use"] == "CQP")
    yield World(services, create_app(services), public, _units(services), hidden)
    services.close()
    cluster.drop_database(name)


def _facts(services: Services, put: dict[Any, tuple[int, Land]]) -> list[dict[str, Any]]:
    with services.database.begin() as connection:
        given = connection.exec_driver_sql("SELECT parcel_id, fid FROM parcels ORDER BY fid").all()
        at = connection.exec_driver_sql("SELECT committed_at FROM revisions").scalar_one()
        names = dict(
            connection.exec_driver_sql("SELECT code, name FROM units WHERE valid_to IS NULL").all()
        )
    found = []
    for parcel_id, fid in given:
        i, land = put[parcel_id]
        unit, sheet, number = land.name.split("/")
        register_area = land.register_area_m2
        found.append(
            {
                "fid": fid,
                "parcel_id": parcel_id,
                "national_id": None,
                "unit_code": unit,
                "unit_name": names.get(unit),
                "sheet": sheet,
                "number": number,
                "area_m2": 100.0 if i % 5 else 81.0,
                "register_area_m2": None if math.isnan(register_area) else register_area,
                "main_use": land.uses[0][0],
                "address": land.address,
                "status": "current",
                "revision": 1,
                "published_at": at.astimezone(UTC),
                "effective_from": effective(i),
                "geometry": transform(land.geom, land.epsg, WEB_MERCATOR),
                "lonlat": transform(land.geom, land.epsg, LONLAT),
                "surveyed": (land.epsg, land.geom),
            }
        )
    return found


def _units(services: Services) -> list[dict[str, Any]]:
    names = ("code", "name", "name_en", "kind", "parent_code", "valid_from", "valid_to")
    with services.database.begin() as connection:
        rows = connection.exec_driver_sql(f"SELECT {', '.join(names)} FROM units").all()
    units = [dict(zip(names, row, strict=True)) for row in rows]
    return [
        unit | {"unit_code": unit["code"], "id": f"{unit['code']}-{unit['valid_from']:%Y%m%d}"}
        for unit in units
    ]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)

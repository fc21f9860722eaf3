"""Where live parcels lie in the planes they were surveyed in: what a new file is compared with."""

from collections.abc import Sequence
from typing import Any

import shapely
from sqlalchemy import Select, func, select

from landgis.geodesy import epsg_of
from landgis.store.database import Database
from landgis.store.tables import parcel_versions, parcels

Box = tuple[float, float, float, float]


class PlacedStore:
    """Survey geometries of live parcels, without their facts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def by_key(self, keys: Sequence[str]) -> list[tuple[str, int, Any]]:
        """Answer identity key, EPSG code and geometry of the live parcels that these keys name."""
        query = _live().where(parcels.c.identity_key.in_(keys)).order_by(parcels.c.identity_key)
        with self._database.begin() as connection:
            rows = connection.execute(query).all()
        return [(r.identity_key, epsg_of(r.survey_srid), _shape(r.wkb)) for r in rows]

    def around(self, box_3857: Box, limit: int) -> list[tuple[int, Any]]:
        """Answer EPSG code and geometry of at most ``limit`` live parcels that meet a box.

        The box is west, south, east, north in Web Mercator; first come those with the oldest ids.
        """
        box = func.ST_MakeEnvelope(*box_3857, 3857)
        query = (
            _live().where(parcels.c.geom_3857.op("&&")(box)).order_by(parcels.c.fid).limit(limit)
        )
        with self._database.begin() as connection:
            return [
                (epsg_of(r.survey_srid), _shape(r.wkb)) for r in connection.execute(query).all()
            ]


def _live() -> Select[Any]:
    return select(
        parcels.c.identity_key,
        parcel_versions.c.survey_srid,
        func.ST_AsBinary(parcel_versions.c.geom_survey).label("wkb"),
    ).join(
        parcel_versions,
        (parcels.c.parcel_id == parcel_versions.c.parcel_id)
        & (parcels.c.revision == parcel_versions.c.revision_from),
    )


def _shape(wkb: memoryview) -> Any:
    return shapely.from_wkb(bytes(wkb))

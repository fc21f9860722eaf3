"""Parcel queries: what the register knows, as far as the asker may know it."""

from dataclasses import dataclass
from uuid import UUID

import numpy as np

from landgis import geodesy
from landgis.cadastre.register import ParcelRecord, Place, Principal, RegisterState
from landgis.errors import NotFound, Refused, UsageError
from landgis.services.deployment import DeploymentService
from landgis.services.ports import Parcels

LIST_LIMIT = 100
"""Most parcels a list answers."""

AT_POINT_LIMIT = 50
NATIONAL_ID_LENGTH = 12


@dataclass(frozen=True)
class Point:
    """A place named by the asker: x = east or longitude."""

    x: float
    y: float
    epsg: int


class QueryService:
    """Answers questions about live parcels."""

    def __init__(self, parcels: Parcels, deployments: DeploymentService) -> None:
        self._parcels = parcels
        self._deployments = deployments
        self._storage_epsg: int | None = None

    def state(self) -> RegisterState:
        """Answer the newest published revision."""
        return self._parcels.state()

    def storage_epsg(self) -> int:
        """Answer the plane that records come in."""
        return self.known_plane() or self._deployments.require().storage_epsg

    def known_plane(self) -> int | None:
        """Answer the storage plane, None before first use; once fixed it never changes."""
        if self._storage_epsg is None:
            deployment = self._deployments.current()
            self._storage_epsg = deployment.storage_epsg if deployment else None
        return self._storage_epsg

    def extent_lonlat(self) -> tuple[float, float, float, float] | None:
        """Answer west, south, east, north in degrees of all that was ever published for anybody."""
        return self._parcels.extent_lonlat()

    def parcel(self, name: str, by: Principal) -> ParcelRecord:
        """Answer the live parcel called by UUID, fid or national identifier, whatever its letters.

        Raises
        ------
        NotFound
            ``no_such_parcel``; also for land withheld from the asker, which is not told apart.
        """
        # What cannot be printed is nobody's name, and PostgreSQL's text holds no NUL.
        found = self._find(name, withheld=_sees_withheld(by)) if name.isprintable() else None
        if found is None:
            raise NotFound(
                "no_such_parcel", f"There is no parcel {name!r} in the register", parcel=name
            )
        return found

    def _find(self, name: str, *, withheld: bool) -> ParcelRecord | None:
        if name.isascii() and name.isdigit() and len(name) < NATIONAL_ID_LENGTH:
            return self._parcels.by_fid(int(name), withheld=withheld)
        try:
            parcel_id = UUID(name)
        except ValueError:
            return self._parcels.by_national_id(name.lower(), withheld=withheld)
        return self._parcels.by_id(parcel_id, withheld=withheld)

    def named(
        self, unit: str | None, sheet: str | None, number: str | None, by: Principal
    ) -> list[ParcelRecord]:
        """Answer live parcels by unit, sheet and number; at least sheet or number must be given."""
        if sheet is None and number is None:
            raise UsageError("too_wide", "Give a sheet or a number: ?unit=&sheet=&number=")
        return self._parcels.by_name(
            unit, sheet, number, withheld=_sees_withheld(by), limit=LIST_LIMIT
        )

    def at(self, point: Point, by: Principal) -> list[ParcelRecord]:
        """Answer live parcels that cover a point given in any known CRS.

        Raises
        ------
        UsageError
            ``unknown_crs``, ``bad_point``.
        """
        places = self.places(point)
        if places is None:
            return []
        return self._parcels.at(*places, withheld=_sees_withheld(by), limit=AT_POINT_LIMIT)

    def places(self, point: Point) -> tuple[Place, Place] | None:
        """Answer a point in the storage plane and in Web Mercator; None before first use."""
        storage_epsg = self.known_plane()
        if storage_epsg is None:
            return None
        return _place(point, storage_epsg), _place(point, geodesy.WEB_MERCATOR)


def _place(point: Point, epsg: int) -> Place:
    try:
        x, y = geodesy.transform_xy(np.array([point.x]), np.array([point.y]), point.epsg, epsg)
    except Refused as problem:
        raise UsageError("unknown_crs", problem.message) from problem
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise UsageError("bad_point", f"{point.x}, {point.y} is no place in EPSG:{point.epsg}")
    return Place(float(x[0]), float(y[0]), geodesy.srid(epsg))


def _sees_withheld(by: Principal) -> bool:
    return by.everywhere("withheld")

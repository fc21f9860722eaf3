"""An identifier explained: from a point to its code, and from a code to its parcel."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from landgis import geodesy
from landgis.cadastre.identifier import PROCEDURE, geohash
from landgis.cadastre.identifier.borne import Bearer, Borne
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.past import Ref
from landgis.cadastre.register import Principal
from landgis.errors import NotFound, Refused, UsageError
from landgis.services.history import HistoryService
from landgis.services.identifiers import identify_place
from landgis.services.identifying.claims import Claim, plane_of_place
from landgis.services.identifying.named import NamedParcels
from landgis.services.identifying.ports import Identifiers
from landgis.services.identifying.verifying import Verified, VerifyingService
from landgis.services.query import Point
from landgis.services.searching.asker import Asker


@dataclass(frozen=True)
class Cell:
    """The piece of the earth that an identifier names."""

    national_id: str
    lon: float
    lat: float
    """Its middle, degrees."""

    width_m: float
    height_m: float

    @property
    def bbox(self) -> tuple[float, float, float, float]:
        """Answer west, south, east, north in degrees."""
        return (
            self.lon - geohash.HALF_LON,
            self.lat - geohash.HALF_LAT,
            self.lon + geohash.HALF_LON,
            self.lat + geohash.HALF_LAT,
        )


@dataclass(frozen=True)
class Computed:
    """Every step from a point to its identifier."""

    asked: Point
    epsg: int
    """Plane in metres in which distances are told."""

    x: float
    y: float
    lon: float
    lat: float
    cell: Cell
    distance_m: float
    """From the point to the middle of its cell."""

    parcels: tuple[Verified, ...]
    """Live parcels there, each with the identifier that it has by the procedure."""


@dataclass(frozen=True)
class Retired:
    """A parcel that bore an identifier and does not any more."""

    name: Ref
    successors: tuple[Ref, ...]
    """Empty where nothing came of it, or nothing that the asker may know."""


@dataclass(frozen=True)
class Explained:
    """An identifier, and whose it is."""

    cell: Cell
    there: tuple[Verified, ...]
    """Live parcels that the middle of the cell lies in, compared with the identifier."""

    bearers: tuple[Bearer, ...]
    """Live parcels that bear it; more than one is an error, or land in several layers."""

    given: Borne | None
    """How the register came to give it."""

    outside_m: float | None
    """How far it lies outside of the parcel that bears it, metres; None: no parcel bears it."""

    retired: tuple[Retired, ...]


class ExplainingService:
    """Tells what an identifier says."""

    def __init__(
        self,
        store: Identifiers,
        named: NamedParcels,
        verifying: VerifyingService,
        history: HistoryService,
        jurisdiction: Jurisdiction,
    ) -> None:
        self._store = store
        self._named = named
        self._verifying = verifying
        self._history = history
        self._jurisdiction = jurisdiction

    @property
    def procedure(self) -> str:
        """Answer the name of the procedure by which feature points are found."""
        return PROCEDURE

    def compute(self, place: Point, by: Principal) -> Computed:
        """Answer the identifier of a feature point, step by step.

        Raises
        ------
        UsageError
            ``unknown_crs``, ``no_such_place``.
        """
        epsg, x, y = plane_of_place(place)
        try:
            found = identify_place(place.x, place.y, place.epsg)
        except Refused as problem:  # pragma: no cover - ``plane_of_place`` has refused it
            raise UsageError(problem.code, problem.message) from problem
        lon, lat = found.lonlat[0].tolist()
        cell = cell_of(str(found.identifiers[0]))
        way = (np.array([lon, lat]) - (cell.lon, cell.lat)) * np.array(_metres(lat))
        return Computed(
            asked=place,
            epsg=epsg,
            x=x,
            y=y,
            lon=lon,
            lat=lat,
            cell=cell,
            distance_m=float(np.hypot(*way)),
            parcels=self._there(cell.national_id, by),
        )

    def explain(self, text: str, by: Principal) -> Explained:
        """Answer what an identifier stands for.

        Raises
        ------
        UsageError
            ``bad_identifier``: it is no GeoHash of twelve characters.
        """
        claim = Claim(1, text)
        if not claim.is_identifier:
            raise UsageError(
                "bad_identifier",
                f"{text!r} is no GeoHash of {geohash.LENGTH} characters out of {geohash.ALPHABET}",
            )
        withheld, national_id = by.everywhere("withheld"), claim.text
        if not self._may_see(by):
            return Explained(cell_of(national_id), (), (), None, None, ())
        bearers = self._store.bearing([national_id], withheld=withheld)
        ever = self._store.ever_borne([national_id])
        live = {b.parcel.parcel_id for b in bearers}
        return Explained(
            cell=cell_of(national_id),
            there=self._there(national_id, by),
            bearers=tuple(bearers),
            given=next((b for b in reversed(ever) if b.parcel_id in live), None),
            outside_m=next((s.outside_m for s in self._named.spots(bearers)), None),
            retired=self._retired([b for b in ever if b.parcel_id not in live], by),
        )

    def _there(self, national_id: str, by: Principal) -> tuple[Verified, ...]:
        if not self._may_see(by):
            return ()
        bearers = self._named.at([national_id], withheld=by.everywhere("withheld"))
        claims = [
            Claim(row, national_id, str(b.parcel.parcel_id))
            for row, b in enumerate(bearers.get(national_id, ()), start=1)
        ]
        return tuple(self._verifying.verify(claims, by))

    def _retired(self, once: Sequence[Borne], by: Principal) -> tuple[Retired, ...]:
        found = []
        for parcel_id in dict.fromkeys(b.parcel_id for b in once):
            try:
                history = self._history.of(str(parcel_id), by)
            except NotFound:  # withheld from the asker
                continue
            last = history.last
            name = Ref(last.parcel_id, last.fid, last.sheet, last.number, history.is_current)
            successors = (name,) if history.is_current else history.successors
            found.append(Retired(name, successors))
        return tuple(found)

    def _may_see(self, by: Principal) -> bool:
        return Asker.of(by, self._jurisdiction).sees("national_id")


def cell_of(national_id: str) -> Cell:
    """Answer the cell of an identifier."""
    lon, lat = (float(v[0]) for v in geohash.decode(np.array([national_id], dtype=object)))
    east, north = _metres(lat)
    return Cell(national_id, lon, lat, 2 * geohash.HALF_LON * east, 2 * geohash.HALF_LAT * north)


def _metres(lat: float) -> tuple[float, float]:
    """Answer the metres in a degree at a latitude."""
    return geodesy.metres_per_unit(geodesy.LONLAT, lat)

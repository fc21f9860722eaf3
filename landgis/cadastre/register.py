"""The register's own values: what the store hands to the stories and takes from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.parcels import Column, LandUseShare


@dataclass(frozen=True)
class Deployment:
    """What one database is for: fixed at first use, checked at every start."""

    jurisdiction: str
    storage_epsg: int
    """The plane every parcel is also kept in, so that neighbours can be compared."""

    is_demo: bool


@dataclass(frozen=True)
class Derived:
    """What follows from surveyed parcels and can be rebuilt; columns in the parcels' order."""

    geom: Column
    """Storage plane."""

    geom_3857: Column
    """Web Mercator, valid, exterior rings clockwise, for tiles only: never measured."""

    label_3857: Column
    """One point inside each parcel, for its number on the map."""

    snap_zoom: NDArray[np.int16]
    """Lowest zoom from which tiles may round ``geom_3857`` as it is; 99: none."""

    area_m2: NDArray[np.float64]
    """Geometry area in the survey plane, square metres, rounded to 0.1."""

    identity_key: Column
    withheld: NDArray[np.bool_]
    """True: left out of everything public (defence and security land)."""

    main_use: Column
    extent_lonlat: tuple[float, float, float, float] | None
    """Of what anybody may see: where the map opens must not tell of withheld land."""


@dataclass(frozen=True)
class Bands:
    """Simplified pictures of parcels in EPSG:3857; columns in the parcels' order."""

    geom_13: Column
    """For zoom 13."""

    snap_13: NDArray[np.int16]
    """The lowest zoom of the band from which tiles may round the picture as it is; 99: none."""

    geom_15: Column
    """For zooms 14 and 15."""

    snap_15: NDArray[np.int16]


@dataclass(frozen=True)
class Revision:
    """One committed change of the register."""

    revision: int
    kind: str
    author: str
    committed_at: datetime
    parcels: int


@dataclass(frozen=True)
class Place:
    """A point in a plane of the store: x = east or longitude, ``srid`` as PostGIS knows it."""

    x: float
    y: float
    srid: int


@dataclass(frozen=True)
class RegisterState:
    """What a reader must know to tell old from new; revision 0: nothing published yet."""

    revision: int
    sequence: int
    """Grows with every change that any tile could show."""

    published_at: datetime | None
    digest: str = ""
    """First hex digits of the newest change's hash: tells registers of equal sequence apart."""


@dataclass(frozen=True)
class TileChange:
    """One step of the sequence: where tiles are not right any more, in EPSG:3857 metres."""

    sequence: int
    token: UUID
    """Tells this history from another one that has the same numbers: that of a restored copy."""

    boxes: NDArray[np.float64] | None
    """``(n, 4)`` west, south, east, north of all parcels before and after; None: everywhere."""

    wide_boxes: NDArray[np.float64]
    """The same of what is drawn otherwise with them below zoom 16: blocks, simple neighbours."""


@dataclass(frozen=True)
class ParcelRecord:
    """A live parcel as the register holds it."""

    parcel_id: UUID
    fid: int
    national_id: str | None
    national_id_status: str | None
    unit_code: str | None
    unit_name: str | None
    sheet: str | None
    number: str | None
    old_unit_code: str | None
    old_sheet: str | None
    old_number: str | None
    area_m2: float
    register_area_m2: float | None
    land_uses: tuple[LandUseShare, ...]
    address: str | None
    status: str
    revision: int
    published_at: datetime
    effective_from: date | None
    geom: Any
    """shapely geometry in the storage plane."""


Units: TypeAlias = frozenset[str] | None
"""Units that a right holds in; None: everywhere."""


@dataclass(frozen=True)
class Principal:
    """Who asks: nobody in particular, a person, a script with a key, or the local command line."""

    name: str
    """``kind:rest`` as the audit log keeps it: ``user:lan``, ``key:…``, ``local:root``."""

    grants: Mapping[str, Units]
    """Scope -> units it holds in. A scope that is not here is not held at all."""

    person: str = ""
    """The human being behind it: two accounts of one person are one person to the rule of two."""

    shown_as: str = ""
    """Name that colleagues read beside what this principal did."""

    @classmethod
    def holding(cls, name: str, scopes: Iterable[str], units: Units = None) -> "Principal":
        """Answer a principal whose scopes all hold in the same units."""
        return cls(name, MappingProxyType(dict.fromkeys(scopes, units)), name, name)

    def may(self, scope: str, unit: str | None = None) -> bool:
        """Answer whether ``scope`` is held, in ``unit`` when one is given."""
        if scope not in self.grants:
            return False
        units = self.grants[scope]
        return unit is None or units is None or unit in units

    def everywhere(self, scope: str) -> bool:
        """Answer whether ``scope`` is held in every unit."""
        return scope in self.grants and self.grants[scope] is None


ANONYMOUS = Principal.holding("anonymous", {"public"})


@dataclass(frozen=True)
class UnitRow:
    """An administrative unit as the map needs it; geometries in Web Mercator, None: no outline."""

    code: str
    name: str
    name_en: str
    kind: str
    parent_code: str | None
    valid_from: date
    valid_to: date | None
    geom_3857: Any
    geom_3857_low: Any
    label_3857: Any

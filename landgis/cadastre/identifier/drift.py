"""Identifiers whose place lies outside of the parcel that bears them: a boundary moved away."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import shapely

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.identifier.borne import Bearer
from landgis.cadastre.rules.identity.national_id import BASIS

RULE = Rule(
    code="identity.national_id_outside",
    severity="warning",
    title={
        "vi": "Điểm của mã định danh nằm ngoài thửa đất",
        "en": "Identifier's point outside its parcel",
    },
    remedy={
        "vi": "Mã đã cấp được giữ khi ranh giới thay đổi; cơ quan cấp mã quyết định có cấp mã mới "
        "hay không.",
        "en": "An identifier is kept when the boundary changes; whoever issues identifiers decides "
        "whether the parcel gets a new one.",
    },
    place="line",
    basis=BASIS,
)
"""The circular asks for a point inside the boundary and is silent on what follows when the boundary
moves away from it."""


CELL_M = 0.021
"""Half the diagonal of a cell in Tây Ninh, metres: so far the middle of a cell may lie from the
point that it was made of."""


class Spot(NamedTuple):
    """Where the identifier of a parcel lies, in a plane of metres."""

    bearer: Bearer
    geom: Any
    """The parcel in that plane."""

    epsg: int
    x: float
    y: float

    @property
    def outside_m(self) -> float:
        """Answer how far it lies outside of the parcel; 0 inside."""
        return float(shapely.distance(self.geom, shapely.Point(self.x, self.y)))


def findings(spots: Iterable[Spot]) -> Iterator[Finding]:
    """Find identifiers that lie outside of their parcels, by more than half of their cell."""
    for spot in spots:
        metres = spot.outside_m
        if metres <= CELL_M:
            continue
        parcel, national_id = spot.bearer.parcel, spot.bearer.national_id
        name = "/".join(part or "-" for part in (parcel.unit_code, parcel.sheet, parcel.number))
        yield Finding(
            rule=RULE,
            outcome="fail",
            message={
                "vi": f"Thửa {name}: mã {national_id} nằm ngoài thửa {metres:.2f} m.",
                "en": f"Parcel {name}: {national_id} lies {metres:.2f} m outside of it.",
            },
            place_xy=(spot.x, spot.y),
            place_epsg=spot.epsg,
            shape=shapely.shortest_line(spot.geom, shapely.Point(spot.x, spot.y)),
            measured=round(metres, 3),
            limit=CELL_M,
            unit="m",
            keys=(str(parcel.parcel_id),),
            parcels=(str(parcel.parcel_id),),
        )

"""The register as one draft has changed it: what an officer works on."""

from collections.abc import Iterable
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.edits.net import NetChange
from landgis.errors import NotFound
from landgis.services.ports import Surveyed

Boxes = NDArray[np.float64]


class DraftRegister:
    """Live parcels, without those a draft retired and with those it made or changed."""

    def __init__(self, surveyed: Surveyed, net: NetChange) -> None:
        self.net = net
        self._surveyed = surveyed
        self._own = {parcel.parcel_id: parcel for parcel in net.after}
        self._hidden = {before.parcel_id for before in net.before} | self._own.keys()
        self.live: dict[UUID, SurveyedParcel] = {}
        """Parcels of the register that were read on the way, as they are in it."""

    def parcels(self, ids: Iterable[UUID]) -> list[SurveyedParcel]:
        """Answer parcels by their ids, in that order; ``NotFound`` ``no_such_parcel``."""
        wanted = list(ids)
        self._remember(self._surveyed.by_ids([i for i in wanted if i not in self._hidden]).values())
        return [self._one(parcel_id) for parcel_id in wanted]

    def by_fid(self, fid: int) -> SurveyedParcel:
        """Answer the parcel with a tile id; ``NotFound`` ``no_such_parcel``."""
        found = self._surveyed.by_fid(fid)
        if found is None:
            raise NotFound("no_such_parcel", f"There is no parcel {fid} in the register")
        self._remember([found])
        return self._one(found.parcel_id)

    def near(self, boxes_3857: Boxes) -> list[SurveyedParcel]:
        """Answer the parcels whose extent meets any ``(n, 4)`` box in Web Mercator."""
        found = [p for p in self._surveyed.near(boxes_3857) if p.parcel_id not in self._hidden]
        self._remember(found)
        return found + [p for p in self._own.values() if _meets(p, boxes_3857)]

    def _one(self, parcel_id: UUID) -> SurveyedParcel:
        found = self._own.get(parcel_id)
        if found is None and parcel_id not in self._hidden:
            found = self.live.get(parcel_id)
        if found is None:
            raise NotFound(
                "no_such_parcel",
                f"There is no parcel {parcel_id} in the register as this draft has changed it",
                parcel=str(parcel_id),
            )
        return found

    def _remember(self, parcels: Iterable[SurveyedParcel]) -> None:
        self.live.update((parcel.parcel_id, parcel) for parcel in parcels)


def boxes_of(parcels: Iterable[SurveyedParcel], margin_m: float) -> Boxes:
    """Answer ``(n, 4)`` extents in Web Mercator, wider by a margin on every side."""
    extents = [
        shapely.bounds(geodesy.transform(p.geom, p.survey_epsg, geodesy.WEB_MERCATOR))
        for p in parcels
    ]
    return np.array(extents).reshape(-1, 4) + np.array([-1.0, -1.0, 1.0, 1.0]) * margin_m


def boxes_around(points: NDArray[np.float64], epsg: int, margin_m: float) -> Boxes:
    """Answer a box in Web Mercator around each of ``(n, 2)`` points of a plane."""
    x, y = geodesy.transform_xy(points[:, 0], points[:, 1], epsg, geodesy.WEB_MERCATOR)
    return np.column_stack([x - margin_m, y - margin_m, x + margin_m, y + margin_m])


def _meets(parcel: SurveyedParcel, boxes: Boxes) -> bool:
    west, south, east, north = boxes_of([parcel], 0.0)[0]
    apart = (boxes[:, 0] > east) | (boxes[:, 2] < west) | (boxes[:, 1] > north)
    return bool((~(apart | (boxes[:, 3] < south))).any())

"""Drafts, changes and surroundings as JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import shapely

from landgis import geodesy
from landgis.cadastre.edits import Allotment
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import LandUseShare
from landgis.services.editing.checks import Check
from landgis.services.editing.previews import Previewed
from landgis.services.editing.showing import Shown, ShownChange
from landgis.services.editing.surroundings import Surroundings
from landgis.services.editing.view import ChangeView, Face, Neighbour

DEGREE_DECIMALS = 9
"""0.1 mm, so that rounding adds nothing to the survey's own error."""

MM_DECIMALS = 3
AREA_DECIMALS = 1

Document = dict[str, Any]


class DraftRenderer:
    """Knows the jurisdiction's names of planes and units, and its clocks."""

    def __init__(self, jurisdiction: Jurisdiction) -> None:
        self._jurisdiction = jurisdiction
        self._units = {u.code: u.name for u in jurisdiction.units if u.valid_to is None}

    def draft(self, shown: Shown) -> Document:
        """Answer a draft."""
        draft = shown.draft
        return {
            "id": str(draft.draft_id),
            "record_no": draft.heading.record_no,
            "reason": draft.heading.reason,
            "basis": {
                "reference": draft.heading.basis,
                "documents": [
                    {
                        "sha256": paper.sha256.hex(),
                        "name": paper.name,
                        "bytes": paper.bytes,
                        "media_type": paper.media_type,
                    }
                    for paper in draft.papers
                ],
            },
            "consents": [
                {"parcel_id": str(consent.parcel_id), "text": consent.text}
                for consent in draft.consents
            ],
            "state": draft.state,
            "rev": draft.rev,
            "step": draft.step,
            "steps": draft.steps,
            "author": draft.author_shown_as,
            "reviewer": draft.reviewer_shown_as,
            "comment": draft.comment,
            "created_at": self._time(draft.created_at),
            "updated_at": self._time(draft.updated_at),
            "submitted_at": self._time(draft.submitted_at),
            "decided_at": self._time(draft.decided_at),
            "units": list(draft.units),
            "sha256": shown.sha256.hex() if shown.sha256 else None,
            "revision": draft.revision,
            "sequence": shown.sequence,
            "may": list(shown.may),
            "change": self._change(shown.change) if shown.change else None,
        }

    def preview(self, previewed: Previewed) -> Document:
        """Answer a step that was tried."""
        refusal, proposal = previewed.refusal, previewed.proposal
        return {
            "token": previewed.token,
            "can_commit": refusal is None,
            "refusal": {"code": refusal.code, "detail": refusal.message, **refusal.data}
            if refusal
            else None,
            "proposal": None if proposal is None else [_allotment(a) for a in proposal],
            "change": self._change(previewed.change),
        }

    def surroundings(self, around: Surroundings) -> Document:
        """Answer what an officer draws on."""
        places = np.round(around.lonlat, DEGREE_DECIMALS).tolist()
        return {
            "plane": self._plane(around.plane_epsg),
            "tolerance_m": around.tolerance_m,
            "faces": [self._face(face) for face in around.faces],
            "nodes": [
                {
                    "id": node.name,
                    "x": node.x_mm / 1000,
                    "y": node.y_mm / 1000,
                    "lon": lon,
                    "lat": lat,
                }
                for node, (lon, lat) in zip(around.nodes, places, strict=True)
            ],
            "edges": [
                {"a": a.name, "b": b.name, "length_m": round(length, MM_DECIMALS)}
                for a, b, length in around.edges
            ],
        }

    def _change(self, change: ShownChange) -> Document:
        view = change.view
        return {
            "kind": view.net.kind,
            "plane": self._plane(view.plane_epsg),
            "before": [self._face(face) for face in view.before],
            "after": [self._face(face) for face in view.after],
            "balance": _balance(view),
            "points": _points(view),
            "edges": [
                {"length_m": round(line.length, MM_DECIMALS), "geometry": _line(line, view)}
                for line in view.edges
            ],
            "neighbours": [_neighbour(n) for n in view.neighbours],
            "checks": [_check(check) for check in change.checks],
        }

    def _face(self, face: Face) -> Document:
        parcel, pending = face.parcel, face.pending
        return {
            "parcel_id": str(parcel.parcel_id),
            "fid": parcel.fid,
            "fate": face.fate,
            "unit_code": parcel.unit_code,
            "unit_name": self._units.get(parcel.unit_code or ""),
            "sheet": parcel.sheet,
            "number": parcel.number,
            "is_provisional": face.is_provisional,
            "area_m2": _tenths(face.area_m2),
            "register_area_m2": parcel.register_area_m2,
            "land_uses": _uses(parcel.land_uses),
            "address": parcel.address,
            "geometry": _geojson(shapely.orient_polygons(face.lonlat)),
            "pending": None
            if pending is None
            else {
                "record_no": pending.record_no,
                "author": pending.author_shown_as,
                "since": self._time(pending.since),
            },
        }

    def _plane(self, epsg: int) -> Document:
        label = self._jurisdiction.survey_plane_labels.get(epsg)
        names = dict.fromkeys(self._jurisdiction.languages, geodesy.plane(epsg).name)
        return {"epsg": epsg, "label": dict(label) if label else names}

    def _time(self, moment: datetime | None) -> str | None:
        return self._jurisdiction.local_time(moment)


def _balance(view: ChangeView) -> Document:
    before, after = (sum(f.area_m2 for f in own) for own in (view.own_before, view.own_after))
    return {
        "before_m2": _tenths(before),
        "after_m2": _tenths(after),
        "difference_m2": _tenths(after - before),
        "register_before_m2": _register(view.own_before),
        "register_after_m2": _register(view.own_after),
    }


def _register(faces: Sequence[Face]) -> float | None:
    areas = [face.parcel.register_area_m2 for face in faces]
    known = [area for area in areas if area is not None]
    # Rounded far below what a register states, so that 0.1 + 0.2 is 0.3.
    return round(sum(known), 6) if areas and len(known) == len(areas) else None


def _points(view: ChangeView) -> list[Document]:
    x, y = view.points[:, 0], view.points[:, 1]
    lon, lat = geodesy.transform_xy(x, y, view.plane_epsg, geodesy.LONLAT)
    metres = np.round(view.points, MM_DECIMALS).tolist()
    degrees = np.round(np.column_stack([lon, lat]), DEGREE_DECIMALS).tolist()
    return [
        {"x": x, "y": y, "lon": lon, "lat": lat, "is_new": is_new}
        for (x, y), (lon, lat), is_new in zip(metres, degrees, view.is_new, strict=True)
    ]


def _line(line: Any, view: ChangeView) -> Document:
    return _geojson(geodesy.transform(line, view.plane_epsg, geodesy.LONLAT))


def _geojson(lonlat: Any) -> Document:
    rounded = shapely.transform(lonlat, lambda xy: np.round(xy, DEGREE_DECIMALS))
    shape: Document = shapely.geometry.mapping(rounded)
    return shape


def _neighbour(neighbour: Neighbour) -> Document:
    parcel = neighbour.parcel
    return {
        "parcel_id": str(parcel.parcel_id),
        "sheet": parcel.sheet,
        "number": parcel.number,
        "unit_code": parcel.unit_code,
        "nodes_added": neighbour.nodes_added,
        "before_m2": _tenths(neighbour.before_m2),
        "after_m2": _tenths(neighbour.after_m2),
    }


def _check(check: Check) -> Document:
    return {"code": check.code, "outcome": check.outcome, "message": dict(check.message)}


def _allotment(allotment: Allotment) -> Document:
    return {
        "register_area_m2": allotment.register_area_m2,
        "land_uses": _uses(allotment.land_uses),
    }


def _uses(shares: Sequence[LandUseShare]) -> list[Document]:
    return [{"code": share.code, "area_m2": share.area_m2} for share in shares]


def _tenths(area_m2: float) -> float:
    return round(area_m2, AREA_DECIMALS) + 0.0  # no -0.0

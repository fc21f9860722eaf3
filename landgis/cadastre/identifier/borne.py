"""National identifiers as parcels bear them, with how each was found."""

import hashlib
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from uuid import UUID

import shapely

from landgis.cadastre.changes import SurveyedParcel

Status = Literal["proposed", "official", "none"]
"""``none``: the parcel has no feature point, so it has no identifier."""

AGREES_M = 0.001
"""A boundary that moved less did not move. Source: design §5, nodes are matched at 1 mm."""


@dataclass(frozen=True)
class Borne:
    """One identifier of one parcel; of several the one of the last revision is in force.

    Of one revision the official one is, whatever was proposed before.
    """

    parcel_id: UUID
    revision: int
    """Revision of the parcel's version that it was assigned to."""

    national_id: str | None
    status: Status
    procedure: str
    epsg: int
    """Plane of the feature point."""

    x: float | None
    y: float | None
    """East and north of the feature point that it was computed from."""

    geom_sha256: bytes
    """Hash of the survey geometry that it was computed from, as WKB."""

    issuer: str | None = None
    """Who made it official, and by which document."""

    decision: str | None = None


class Bearer(NamedTuple):
    """A live parcel with the identifier that it bears."""

    parcel: SurveyedParcel
    national_id: str | None
    status: str | None


def geometry_sha256(geom: Any) -> bytes:
    """Answer the hash of a survey geometry, vertices bit for bit."""
    return hashlib.sha256(shapely.to_wkb(geom, byte_order=1)).digest()


def has_moved(before: SurveyedParcel, geom: Any, epsg: int) -> bool:
    """Answer whether a parcel's boundary moved by more than the tolerance of a node."""
    if before.survey_epsg != epsg:
        return True
    moved = shapely.hausdorff_distance(shapely.boundary(before.geom), shapely.boundary(geom))
    return bool(moved > AGREES_M)

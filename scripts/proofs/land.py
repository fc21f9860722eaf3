"""Lines to cut parcels by and parcels to unite, from what the server shows of them."""

from random import Random
from typing import Any

import numpy as np
import shapely

from landgis.geodesy import LONLAT, transform
from proofs.person import Person

LEAST_SHARED_M = 2.0
REACH = 1.2


def faces(person: Person, draft_id: str, fid: int) -> tuple[int, list[dict[str, Any]]]:
    """Answer the plane and the parcels around one, as an open draft shows them."""
    answer = person.get(f"/api/v1/drafts/{draft_id}/context?parcel={fid}")
    if answer.status != 200:
        return 0, []
    return answer.body["plane"]["epsg"], answer.body["faces"]


def shape(face: dict[str, Any], epsg: int) -> Any:
    """Answer a face's outline in the plane."""
    return transform(shapely.geometry.shape(face["geometry"]), LONLAT, epsg)


def cut(outline: Any, chance: Random) -> list[list[float]]:
    """Answer a line across the outline, roughly across its longer side."""
    box = shapely.minimum_rotated_rectangle(outline)
    corners = np.array(shapely.get_coordinates(box)[:4])
    sides = np.diff(np.vstack([corners, corners[:1]]), axis=0)
    along = sides[int(np.argmax(np.hypot(*sides.T)))]
    across = np.array([-along[1], along[0]]) / np.hypot(*along)
    middle = corners.mean(axis=0) + along * chance.uniform(-0.2, 0.2)
    reach = float(np.hypot(*sides.T).min()) * REACH + 1.0
    return [list(map(float, middle - across * reach)), list(map(float, middle + across * reach))]


def partner(target: dict[str, Any], around: list[dict[str, Any]], epsg: int) -> str | None:
    """Answer a parcel of the same unit that shares some metres of boundary with the target."""
    outline = shape(target, epsg)
    for face in around:
        is_other = face["parcel_id"] != target["parcel_id"]
        if is_other and face["unit_code"] == target["unit_code"]:
            shared = shapely.intersection(outline.boundary, shape(face, epsg).buffer(0.001))
            if shared.length > LEAST_SHARED_M:
                found: str = face["parcel_id"]
                return found
    return None

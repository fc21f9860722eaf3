"""Take a revision back: what it made goes, what it replaced comes back as it was."""

from collections.abc import Sequence
from dataclasses import replace

import shapely

from landgis.cadastre.changes import Descent, SurveyedParcel
from landgis.cadastre.edits.balance import OVERLAP_M2
from landgis.cadastre.edits.net import Step
from landgis.errors import Refused


def inverse(made: Sequence[SurveyedParcel], earlier: Sequence[SurveyedParcel]) -> Step:
    """Answer the step that restores ``earlier`` exactly: geometry, number, land uses, areas.

    Only sound when every parcel that the revision wrote is still live as it wrote it; the caller
    asks the register that. A parcel that comes back descends from the parcels it takes its ground
    back from.

    Parameters
    ----------
    made
        The live parcels that the revision wrote.
    earlier
        The parcels that it replaced or retired, as they were before it.

    Raises
    ------
    Refused
        ``nothing_to_undo``: the revision wrote no parcel and replaced none.
    """
    if not made and not earlier:
        raise Refused("nothing_to_undo", "The revision changed no parcel")
    now = {parcel.parcel_id: parcel for parcel in made}
    kept = now.keys() & {parcel.parcel_id for parcel in earlier}
    removed = [parcel for parcel in made if parcel.parcel_id not in kept]
    restored = [
        replace(was, revision=now[was.parcel_id].revision if was.parcel_id in kept else None)
        for was in earlier
    ]
    return Step(
        removed=tuple(parcel.parcel_id for parcel in removed),
        after=tuple(restored),
        descents=tuple(
            Descent(gone.parcel_id, back.parcel_id)
            for back in restored
            if back.parcel_id not in kept
            for gone in removed
            if _share_ground(gone, back)
        ),
    )


def _share_ground(one: SurveyedParcel, other: SurveyedParcel) -> bool:
    if one.survey_epsg != other.survey_epsg:
        return False
    return bool(shapely.intersection(one.geom, other.geom).area > OVERLAP_M2)

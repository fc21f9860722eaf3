"""The register on trial: the present is rebuilt from the history and compared with what is kept."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcels import Column
from landgis.cadastre.truth import Difference, Head, Kept, Verdict
from landgis.errors import Refused
from landgis.services.deployment import DeploymentService
from landgis.services.derive import derive
from landgis.services.past_ports import Snapshot, Truth
from landgis.services.ports import Progress, silent
from landgis.tiling.snapping import oriented

VERTEX_TOLERANCE_M = 0.0001
"""How far a rebuilt vertex may lie from the stored one: ten times below what a survey can tell."""

AREA_TOLERANCE_M2 = 0.05
"""Areas are rounded to 0.1 m², so another one is off by a whole step."""

GEOGRAPHIC_AREA_TOLERANCE_M2 = 0.15
"""The plane on which geographic surveys are measured depends on the parcels measured together."""

Same = Callable[[Column, Column], NDArray[np.bool_]]


class VerifyService:
    """Finds what in the store does not follow from the history."""

    def __init__(
        self, truth: Truth, deployments: DeploymentService, jurisdiction: Jurisdiction
    ) -> None:
        self._truth = truth
        self._deployments = deployments
        self._jurisdiction = jurisdiction

    def register(self, progress: Progress = silent) -> Verdict:
        """Compare everything: rows with rows, hashes with changes, derived columns with surveys.

        What is compared is one moment of the register; it can be changed meanwhile.
        """
        with self._truth.snapshot() as snapshot:
            verdict = Verdict(snapshot.size())
            for found in self._differences(snapshot, verdict, progress):
                verdict.add(found)
        return verdict

    def audit(self, known: Head | None = None) -> Verdict:
        """Check the audit log's chain and its entries' ties to the revisions.

        Parameters
        ----------
        known
            The head as it was written down elsewhere; without it a log that was cut off together
            with its revisions looks whole.
        """
        with self._truth.snapshot() as snapshot:
            verdict = Verdict(snapshot.size(), snapshot.head())
            for found in snapshot.broken_links(known):
                verdict.add(found)
        return verdict

    def _differences(
        self, snapshot: Snapshot, verdict: Verdict, progress: Progress
    ) -> Iterator[Difference]:
        size = verdict.size
        yield from snapshot.contradictions(lambda done, all_: progress("comparing", done, all_))
        progress("hashing", 0, size.revisions)
        yield from snapshot.changed_digests(lambda n: progress("hashing", n, size.revisions))
        progress("hashing", size.revisions, size.revisions)
        deployment = self._deployments.current()
        done = 0
        for kept in snapshot.kept():
            sound = shapely.is_valid(kept.parcels.geom) & ~shapely.is_empty(kept.parcels.geom)
            for i in np.flatnonzero(~sound).tolist():
                what = shapely.is_valid_reason(kept.parcels.geom[i]).lower()
                yield Difference("geometry_invalid", what, _where(kept, i))
            if deployment is not None:
                yield from self._underived(kept, sound, deployment.storage_epsg)
            done += len(kept.ids)
            progress("deriving", done, size.versions)

    def _underived(
        self, kept: Kept, sound: NDArray[np.bool_], storage_epsg: int
    ) -> Iterator[Difference]:
        """Find derived columns that do not follow from the survey."""
        fields = kept.identity_fields
        if fields is None:
            fields = self._jurisdiction.identity_fields
        epsg = kept.parcels.survey_epsg
        try:
            anew = derive(kept.parcels.take(sound), storage_epsg, self._jurisdiction, fields)
            same = _comparisons(epsg)
        except Refused as problem:
            for i in np.flatnonzero(sound).tolist():
                yield Difference("plane_unknown", problem.message, _where(kept, i))
            return
        rows = np.flatnonzero(sound).tolist()
        for name, stored in _turned(kept.derived).items():
            fresh = getattr(anew, name)
            equal = same.get(name, _equal)(stored[sound], fresh)
            for i in np.flatnonzero(~equal).tolist():
                what = _mismatch(name, stored[rows[i]], fresh[i])
                yield Difference("derived_differs", what, _where(kept, rows[i]))


def _comparisons(epsg: int) -> dict[str, Same]:
    is_geographic = geodesy.plane(epsg).is_geographic
    area = GEOGRAPHIC_AREA_TOLERANCE_M2 if is_geographic else AREA_TOLERANCE_M2
    return {
        "geom": _congruent,
        "geom_3857": _congruent,
        "label_3857": _congruent,
        "snap_zoom": lambda stored, fresh: _unknown(stored) | (stored == fresh),
        "area_m2": lambda stored, fresh: np.abs(stored.astype(float) - fresh) <= area,
    }


def _turned(derived: Mapping[str, Column]) -> dict[str, Column]:
    """Turn the rings of rows that are older than ``snap_zoom`` as every writer does since."""
    columns = dict(derived)
    if "snap_zoom" in columns:
        shapes = columns["geom_3857"]
        columns["geom_3857"] = np.where(_unknown(columns["snap_zoom"]), oriented(shapes), shapes)
    return columns


def _unknown(column: Column) -> NDArray[np.bool_]:
    return np.array([value is None for value in column], dtype=bool)


def _equal(stored: Column, fresh: Column) -> NDArray[np.bool_]:
    pairs = zip(stored, fresh, strict=True)
    return np.array([kept == new for kept, new in pairs], dtype=bool)


def _congruent(stored: Column, fresh: Column) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = shapely.equals_exact(stored, fresh, VERTEX_TOLERANCE_M)
    return same


def _mismatch(name: str, stored: Any, fresh: Any) -> str:
    if isinstance(stored, shapely.Geometry):
        return f"{name} lies {shapely.hausdorff_distance(stored, fresh):.4f} m off the survey"
    return f"{name} is {stored}, the survey gives {fresh}"


def _where(kept: Kept, i: int) -> str:
    return f"parcel {kept.ids[i]}, revision {kept.revisions[i]}"

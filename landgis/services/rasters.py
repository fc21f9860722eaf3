"""Register an image, say which there are, take one away."""

import hashlib
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import shapely

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.rasters import (
    Asked,
    Grid,
    Raster,
    RasterJob,
    Source,
    missing,
    name_taken,
)
from landgis.cadastre.register import Principal
from landgis.errors import LandgisError, NotAllowed, NotFound, Refused
from landgis.geodesy import LONLAT, WEB_MERCATOR
from landgis.ingest.raster_gate import Image, look_at
from landgis.services.access import check
from landgis.services.deployment import DeploymentService
from landgis.services.raster_pictures import PictureFolder
from landgis.services.raster_ports import Rasters
from landgis.services.surroundings import territory
from landgis.tiling import raster_grid
from landgis.tiling.grid import Box

MADE_AS = 1
"""Counts how pictures are made: another number, and the same file is another content."""

READERS = "register"
"""Scope of those who see what is for officers."""


class RasterService:
    """The images below the map."""

    def __init__(
        self,
        store: Rasters,
        deployments: DeploymentService,
        jurisdiction: Jurisdiction,
        pictures: PictureFolder,
    ) -> None:
        self._store = store
        self._deployments = deployments
        self._jurisdiction = jurisdiction
        self._pictures = pictures

    def register(
        self, path: Path, asked: Asked, by: Principal, name: str | None = None
    ) -> tuple[Raster, bool]:
        """Register the image at ``path``; answer it and whether it is new.

        The same file under the same name is there already; what is said of it counts anew.

        Parameters
        ----------
        name
            Name of the file as sent, when ``path`` is a temporary name.

        Raises
        ------
        NotAllowed
            ``rasters_everywhere``: images are of the whole deployment.
        Conflict
            ``raster_exists``.
        Refused
            ``outside_deployment``, ``crs_does_not_fit``, and as ``look_at`` and
            ``PictureFolder.make``.
        """
        require_writer(by)
        with self._pictures.bench() as bench:
            image = look_at(path, name or path.name, asked.kind, asked.epsg, bench)
            known, raster = self._judged(image, asked, by)
            twin = self._twin(raster)
            if twin is not None and self._pictures.has(twin.content_key):
                heights = twin.heights
            else:
                heights = self._pictures.make(image, asked.kind, raster.grid, bench)
            raster = replace(raster, heights=heights)
            key = raster.content_key
            stored = self._store.add(raster, lambda: self._pictures.place(bench, key))
        return stored, known is None

    def look(self, path: Path, asked: Asked, by: Principal, name: str) -> Raster | None:
        """Answer an image that is here already; refuse at sight what cannot be registered.

        Raises
        ------
        NotAllowed, Conflict, Refused
            As ``register``, but for what only its pixels tell.
        """
        require_writer(by)
        with self._pictures.bench() as bench:
            image = look_at(path, name, asked.kind, asked.epsg, bench)
            known, _ = self._judged(image, asked, by)
        return known if known and self._pictures.has(known.content_key) else None

    def queue(self, job: RasterJob, enqueue: Callable[[Any], None]) -> None:
        """Write down that an image is to be registered, in one transaction with its job."""
        self._store.queue(job, enqueue)

    def is_waiting(self, job_id: UUID) -> bool:
        """Answer whether an image that was handed in still has to be registered."""
        found = self._store.job(job_id)
        return found is not None and found.status == "queued"

    def job(self, job_id: UUID, by: Principal) -> RasterJob:
        """Answer what has come of an image one handed in; ``NotFound`` ``no_such_raster_job``."""
        found = self._store.job(job_id)
        if found is None or found.created_by != by.name:
            raise NotFound("no_such_raster_job", f"There is no work on a raster {job_id}")
        return found

    def settle(self, job_id: UUID, error: LandgisError | None) -> None:
        """Say what has come of an image that was handed in."""
        if error is None:
            self._store.settle(job_id, "ready", None)
            return
        status = "refused" if isinstance(error, Refused) else "failed"
        self._store.settle(job_id, status, {"code": error.code, "message": error.message})

    def listed(self, by: Principal) -> list[Raster]:
        """Answer the images that ``by`` may see, by name."""
        return [raster for raster in self._store.listed() if may_see(raster, by)]

    def get(self, name: str, by: Callable[[], Principal]) -> Raster:
        """Answer an image; who asks is asked only about what is not public.

        Raises
        ------
        NotFound
            ``no_such_raster``; also for one of the officers', which is not told apart.
        """
        found = self._store.get(name)
        if found is None or not (found.wanted.audience == "public" or may_see(found, by())):
            raise missing(name)
        return found

    def remove(self, name: str, by: Principal) -> None:
        """Take an image away, with its pixels if they have no other name.

        Raises
        ------
        NotAllowed
            ``rasters_everywhere``.
        NotFound
            ``no_such_raster``.
        """
        require_writer(by)
        self._store.remove(name, by.name, self._pictures.discard)

    def _judged(self, image: Image, asked: Asked, by: Principal) -> tuple[Raster | None, Raster]:
        """Answer the image as it is registered and as it will be, if it lies in the territory."""
        around = image.corners()
        x, y = geodesy.transform_xy(around[:, 0], around[:, 1], image.epsg, LONLAT)
        if not (np.isfinite(x).all() and np.isfinite(y).all() and (np.abs(y) < 85).all()):  # noqa: PLR2004 - where Web Mercator ends
            raise Refused(
                "crs_does_not_fit",
                f"{image.name}: its corners are no places in EPSG:{image.epsg}; say its "
                "coordinate system, --crs EPSG:n",
                file=image.name,
            )
        outline = shapely.Polygon(np.column_stack([x, y]))
        self._require_inside(outline, image)
        east, north = geodesy.transform_xy(x, y, LONLAT, WEB_MERCATOR)
        grid, resolution_m = _grid(image, np.column_stack([east, north]), float(y.mean()))
        key = f"{MADE_AS} {image.sha256} {image.epsg} {asked.kind}"
        content_key = hashlib.sha256(key.encode()).hexdigest()[:32]
        known = self._store.get(asked.name)
        if known is not None and known.content_key != content_key:
            raise name_taken(asked.name)
        return known, Raster(
            wanted=asked.beside(known.wanted if known else None),
            source=_source(image, resolution_m),
            grid=grid,
            bounds=(float(x.min()), float(y.min()), float(x.max()), float(y.max())),
            footprint_3857=shapely.Polygon(np.column_stack([east, north])),
            heights=None,
            content_key=content_key,
            created_by=by.name,
        )

    def _require_inside(self, outline: shapely.Polygon, image: Image) -> None:
        deployment = self._deployments.current()
        if deployment is None:  # a register of any country, before its first file
            return
        ground, name = territory(self._jurisdiction, deployment.storage_epsg)
        if not shapely.intersects(ground, outline):
            west, south, east, north = outline.bounds
            raise Refused(
                "outside_deployment",
                f"{image.name}: by EPSG:{image.epsg} it lies at {west:.3f} to {east:.3f}° E, "
                f"{south:.3f} to {north:.3f}° N, outside {name}; say its coordinate system, "
                "--crs EPSG:n",
                file=image.name,
            )

    def _twin(self, raster: Raster) -> Raster | None:
        """Answer an image of the same content under whatever name."""
        same = (r for r in self._store.listed() if r.content_key == raster.content_key)
        return next(same, None)


def may_see(raster: Raster, by: Principal) -> bool:
    """Answer whether an image is shown to ``by``."""
    return raster.wanted.audience == "public" or by.may(READERS)


def require_writer(by: Principal) -> None:
    """Let pass who may hand in files everywhere: an image does not end where a unit does.

    Raises
    ------
    NotAuthenticated, NotAllowed
        ``key_needed``, ``scope_missing``, ``rasters_everywhere``.
    """
    check(by, "import")
    if not by.everywhere("import"):
        raise NotAllowed(
            "rasters_everywhere",
            f"{by.name} may import in some units only; images are of the whole deployment, ask "
            "somebody who may import everywhere",
        )


def _grid(image: Image, around_3857: np.ndarray[Any, Any], lat: float) -> tuple[Grid, float]:
    """Answer the picture's grid, and the side of the image's pixels on the ground in metres."""
    (west, south), (east, north) = around_3857.min(axis=0), around_3857.max(axis=0)
    area = shapely.Polygon(around_3857).area / (image.width * image.height)
    resolution = math.sqrt(area)
    grid = raster_grid.covering(Box(west, south, east, north), resolution)
    return grid, resolution * math.cos(math.radians(lat))


def _source(image: Image, resolution_m: float) -> Source:
    return Source(
        name=image.name,
        sha256=image.sha256,
        bytes=image.bytes,
        epsg=image.epsg,
        width=image.width,
        height=image.height,
        dtype=image.dtype,
        nodata=image.nodata,
        resolution_m=resolution_m,
    )

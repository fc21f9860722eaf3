"""From an image that is sent to its job: a cheap gate, then the queue."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask import request
from flask_openapi3 import FileStorage
from pydantic import BaseModel, ConfigDict, Field, model_validator

from landgis.bootstrap import Services
from landgis.cadastre.rasters import Asked, Audience, Kind, Raster, RasterJob
from landgis.errors import Unavailable
from landgis.ingest.evidence import parse_epsg
from landgis.services.rasters import require_writer
from landgis.web.access import principal
from landgis.web.handed_files import HandedFiles
from landgis.web.handing_in import printable
from landgis.web.parcels import Name


class RasterBody(BaseModel):
    """A GeoTIFF with what its sender says of it."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    file: FileStorage
    name: Name = Field(description="in addresses: a-z, 0-9 and -")
    kind: Kind
    title_vi: str | None = None
    title_en: str | None = None
    attribution: str | None = None
    crs: Name | None = Field(None, description="EPSG:n, if the file does not say it, or wrongly")
    audience: Audience | None = Field(None, description="who may see it; officers if not said")

    @model_validator(mode="before")
    @classmethod
    def as_sent(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Take texts as they were sent: the framework makes a number of the name 2025."""
        return values | {name: request.form[name] for name in values if name in request.form}

    def asked(self) -> Asked:
        """Answer what is said.

        Raises
        ------
        UsageError
            ``bad_crs``, and as ``Asked.require_sound``.
        """
        said = self.model_dump(exclude={"file", "crs"})
        return Asked(**said, epsg=parse_epsg(self.crs) if self.crs else None).require_sound()


class RasterIntake:
    """Takes images in for the worker."""

    def __init__(self, services: Services) -> None:
        self._queue = services.queue
        self._rasters = services.images.rasters
        settings = services.settings
        # Not beside the files of imports: those are swept by whether a batch waits for them.
        self._files = HandedFiles(settings.uploads_dir / "rasters", settings.upload_limit_bytes)

    def take(self, form: RasterBody) -> Raster | RasterJob:
        """Queue an image; one that is here already takes what is said of it, at once.

        Raises
        ------
        LandgisError
            As ``RasterService.look``; ``too_large``.
        """
        require_writer(principal())
        asked, name = form.asked(), printable(form.file.filename or "")
        with self._stored(form.file) as (job_id, path):
            if self._rasters.look(path, asked, principal(), name) is not None:
                return self._rasters.register(path, asked, principal(), name)[0]
            task = {
                "path": str(path),
                "author": principal().name,
                "asked": asdict(asked),
                "file_name": name,
            }
            job = RasterJob(job_id, asked.name, "queued", None, principal().name)
            self._rasters.queue(job, lambda link: self._queue.raster(job_id, link, **task))
            return job

    @contextmanager
    def _stored(self, file: FileStorage) -> Iterator[tuple[UUID, Path]]:
        """Copy a file to a folder of ours, where it stays only if a job waits for it."""
        self._files.sweep(self._is_awaited)
        job_id = uuid4()
        try:
            yield job_id, self._files.store(file, job_id, "upload.tif")
        finally:
            if not self._is_awaited(job_id):
                self._files.remove(job_id)

    def _is_awaited(self, job_id: UUID) -> bool:
        try:
            return self._rasters.is_waiting(job_id)
        except Unavailable:  # it may be; the next sweep will know
            return True

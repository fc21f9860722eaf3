"""What is said about a file that is handed in over HTTP: the same as on the command line."""

from typing import Any, Self
from uuid import UUID

from flask import request
from flask_openapi3 import FileStorage
from pydantic import BaseModel, ConfigDict, Field, model_validator

from landgis.ingest.evidence import (
    Choices,
    parse_axis_order,
    parse_epsg,
    parse_field,
    parse_map_scale,
)
from landgis.web.parcels import Name


class UploadBody(BaseModel):
    """A file, or an upload that is complete, with what its sender knows about it."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    file: FileStorage | None = Field(None, description="the file itself")
    upload: UUID | None = Field(None, description="an upload made with /api/v1/uploads")
    crs: Name | None = Field(None, description="EPSG:n")
    axis: Name | None = Field(None, description="east,north or north,east: which is first")
    encoding: Name | None = None
    profile: Name | None = None
    unit: Name | None = None
    layer: str | None = Field(None, max_length=255, pattern=r"^[^\x00]*$")
    map_scale: Name | None = Field(
        None, description="1:500 or 500: scale of the survey, what its tolerances follow from"
    )
    map: list[str] = Field([], max_length=100, description="FIELD=target, as often as needed")
    no_memory: bool = Field(default=False, description="forget what was chosen for such files")
    dry_run: bool = Field(default=False, description="examine and report; never published")
    publish: bool = Field(default=False, description="publish as soon as it is staged")

    @model_validator(mode="before")
    @classmethod
    def as_sent(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Take texts as they were sent: the framework makes a number of a unit's code."""
        sent = {name: request.form[name] for name in values if name in request.form}
        return values | sent | ({"map": request.form.getlist("map")} if "map" in sent else {})

    @model_validator(mode="after")
    def one_source(self) -> Self:
        """Want either a file or an upload."""
        if (self.file is None) == (self.upload is None):
            raise ValueError("send either the form field 'file' or the field 'upload'")
        if self.dry_run and self.publish:
            raise ValueError("a dry run is never published; say dry_run or publish")
        return self

    def choices(self) -> Choices:
        """Answer what was chosen.

        Raises
        ------
        UsageError
            ``bad_crs``, ``bad_axis``, ``bad_map``, ``bad_map_scale``.
        """
        return Choices(
            crs=parse_epsg(self.crs) if self.crs else None,
            axis_order=parse_axis_order(self.axis) if self.axis else None,
            encoding=self.encoding,
            profile=self.profile,
            unit=self.unit,
            fields=tuple(parse_field(pair) for pair in self.map),
            layer=self.layer,
            map_scale=parse_map_scale(self.map_scale) if self.map_scale else None,
            dry_run=self.dry_run,
            memory=not self.no_memory,
        )

"""What may be asked of drafts, as models; bodies are named ``…Body``."""

from typing import Annotated, Literal
from uuid import UUID

from flask_openapi3 import FileStorage
from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints

from landgis.cadastre.drafts import State
from landgis.cadastre.edits import Allotment
from landgis.cadastre.parcels import LandUseShare
from landgis.services.editing.operations import Merge, Split
from landgis.services.editing.undoing import Undo
from landgis.web.parcels import Name

MOST_POINTS = 1000
"""A drawn line has fewer; a parcel has at most ten times as many vertices."""

MOST_CHILDREN = 200
MOST_USES = 20
MOST_MERGED = 100

Line = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$"
    ),
]
"""A line of text that people read: not empty, nothing that cannot be printed."""

Text = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=4000,
        pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]*$",
    ),
]
"""A text of several lines."""

Coordinate = Annotated[float, Field(allow_inf_nan=False, ge=-1e8, le=1e8)]
Area = Annotated[float, Field(allow_inf_nan=False, ge=-1e12, le=1e12)]
Epsg = Annotated[int, Field(gt=0, lt=1_000_000)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DraftPath(_Model):
    """Which draft."""

    draft_id: UUID


class ConsentPath(DraftPath):
    """Whose consent to which draft."""

    parcel_id: UUID


class ConsentBody(_Model):
    """What the holders of a parcel say."""

    text: Text


class DocumentPath(DraftPath):
    """Which document of which draft."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ListQuery(_Model):
    """Which drafts."""

    state: State | None = None
    mine: bool = Field(default=False, description="only those of the asker")


class ContextQuery(_Model):
    """Around what: a parcel, or a box."""

    bbox: Name | None = Field(None, description="west,south,east,north in degrees")
    parcel: Name | None = Field(None, description="UUID or fid")


class HeadingBody(_Model):
    """A new draft."""

    record_no: Line = Field(description="number of the dossier, as the office files it")
    reason: Text
    basis: Line | None = Field(None, description="reference of the document it rests on")


class RenameBody(_Model):
    """What is to be said otherwise; what is left out stays."""

    record_no: Line | None = None
    reason: Text | None = None
    basis: Line | Literal[""] | None = Field(None, description='"" or null: none')

    def changes(self) -> dict[str, str | None]:
        """Answer the new values of what was sent; a name and a reason cannot be taken away."""
        sent = {name: getattr(self, name) or None for name in self.model_fields_set}
        return {n: v for n, v in sent.items() if n == "basis" or v is not None}


class FileBody(BaseModel):
    """A PDF, PNG or JPEG file."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    file: FileStorage


class UseModel(_Model):
    """A land use and its part of the register area."""

    code: Name
    area_m2: Area | None = None


class AllotmentModel(_Model):
    """What one new parcel gets."""

    register_area_m2: Area | None = None
    land_uses: Annotated[list[UseModel], Field(max_length=MOST_USES)] = []

    def value(self) -> Allotment:
        """Answer it as the edits know it."""
        uses = tuple(LandUseShare(use.code, use.area_m2) for use in self.land_uses)
        return Allotment(self.register_area_m2, uses)


class SplitModel(_Model):
    """Divide a parcel by a line."""

    op: Literal["split"]
    parcel_id: UUID
    line: Annotated[list[tuple[Coordinate, Coordinate]], Field(max_length=MOST_POINTS)]
    epsg: Epsg = Field(description="plane of the line; x is east")
    allocation: Annotated[list[AllotmentModel], Field(max_length=MOST_CHILDREN)] | None = None

    def value(self) -> Split:
        """Answer it as the stories know it."""
        given = self.allocation
        allocation = None if given is None else tuple(a.value() for a in given)
        return Split(self.parcel_id, tuple(self.line), self.epsg, allocation)


class MergeModel(_Model):
    """Make one parcel of several."""

    op: Literal["merge"]
    parcels: Annotated[list[UUID], Field(max_length=MOST_MERGED)]
    address: Line | None = None

    def value(self) -> Merge:
        """Answer it as the stories know it."""
        return Merge(tuple(self.parcels), self.address)


class UndoModel(_Model):
    """Take a revision of the register back."""

    op: Literal["undo"]
    revision: Annotated[int, Field(gt=0, lt=2**53)]

    def value(self) -> Undo:
        """Answer it as the stories know it."""
        return Undo(self.revision)


class PreviewBody(
    RootModel[Annotated[SplitModel | MergeModel | UndoModel, Field(discriminator="op")]]
):
    """A step to try."""


class CommitBody(_Model):
    """The step to take."""

    token: Name


class ReturnBody(_Model):
    """Why a draft goes back."""

    comment: Text


class ApproveBody(_Model):
    """What is approved, as it was shown."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]

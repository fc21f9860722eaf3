"""Images below the parcels: orthophotos, scanned maps, elevation models, as plain values."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, Self
from uuid import UUID

from landgis.errors import Conflict, NotFound, UsageError

Kind = Literal["orthophoto", "map", "dem"]
Audience = Literal["public", "officers"]

KINDS: tuple[Kind, ...] = ("orthophoto", "map", "dem")
AUDIENCES: tuple[Audience, ...] = ("public", "officers")

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
"""A name is a part of addresses, and of nothing that anybody would have to escape."""

LONGEST_TEXT = 200


@dataclass(frozen=True)
class Wanted:
    """What people are told about an image."""

    name: str
    kind: Kind
    title_vi: str
    title_en: str
    attribution: str
    audience: Audience


@dataclass(frozen=True)
class Asked:
    """What somebody says about an image that is to be registered; None: nothing."""

    name: str
    kind: Kind
    title_vi: str | None = None
    title_en: str | None = None
    attribution: str | None = None
    audience: Audience | None = None
    epsg: int | None = None
    """Plane of the image; None: the one that its file declares."""

    def require_sound(self) -> Self:
        """Answer the same, if it can be a part of addresses and of pages.

        Raises
        ------
        UsageError
            ``bad_raster_name``, ``bad_raster_text``.
        """
        if not NAME.fullmatch(self.name):
            raise UsageError(
                "bad_raster_name",
                f"{self.name!r} cannot be the name of a raster: use 1 to 63 of a-z, 0-9 and -, "
                "such as anh-2025",
            )
        for text in (self.title_vi, self.title_en, self.attribution):
            _require_plain(text or "")
        return self

    def beside(self, known: Wanted | None) -> Wanted:
        """Answer what people are told from now on: what was not said stays as it is known.

        A new image has its name for a title, and is for officers.
        """
        if known is None:
            vi, en = self.title_vi or self.title_en, self.title_en or self.title_vi
            first: Audience = "officers"
            known = Wanted(self.name, self.kind, vi or self.name, en or self.name, "", first)
        return Wanted(
            name=self.name,
            kind=self.kind,
            title_vi=self.title_vi or known.title_vi,
            title_en=self.title_en or known.title_en,
            attribution=known.attribution if self.attribution is None else self.attribution,
            audience=self.audience or known.audience,
        )


def _require_plain(text: str) -> None:
    """Refuse what a map might take for markup: libraries write attributions into the page."""
    if len(text) > LONGEST_TEXT or not text.isprintable() or set(text) & set("<>&"):
        raise UsageError(
            "bad_raster_text",
            f"{text[:40]!r} cannot be shown: titles and attributions are up to {LONGEST_TEXT} "
            "letters without line breaks and without < > &",
        )


class Grid(NamedTuple):
    """Which pixels of zoom ``maxzoom`` a picture covers, counted from the world's north-west."""

    maxzoom: int
    levels: int
    """How often it is halved: tiles are served from zoom ``maxzoom - levels``."""

    column: int
    row: int
    width: int
    height: int

    @property
    def minzoom(self) -> int:
        """Answer the lowest zoom that has tiles."""
        return self.maxzoom - self.levels


class Heights(NamedTuple):
    """What an elevation model says of itself; the tint spans 2 to 98 % of its pixels."""

    low: float
    high: float
    tint_low: float
    tint_high: float
    unit: str | None
    """As the file names it; None: it does not say."""


@dataclass(frozen=True)
class Source:
    """The file an image came from."""

    name: str
    sha256: str
    bytes: int
    epsg: int
    width: int
    height: int
    dtype: str
    nodata: float | None
    resolution_m: float
    """Side of a pixel on the ground."""


@dataclass(frozen=True)
class Raster:
    """An image that is registered."""

    wanted: Wanted
    source: Source
    grid: Grid
    bounds: tuple[float, float, float, float]
    """West, south, east, north in degrees."""

    footprint_3857: Any
    """shapely polygon: the corners and sides of the image, not the shape of what is on it."""

    heights: Heights | None
    """Of an elevation model only."""

    content_key: str
    """Name of the folder of its pixels: follows from the file, its plane and its kind."""

    created_by: str
    created_at: datetime | None = None
    """None: as soon as it is stored."""


JobStatus = Literal["queued", "ready", "refused", "failed"]


@dataclass(frozen=True)
class RasterJob:
    """An image handed in over HTTP, and what has come of it."""

    job_id: UUID
    name: str
    status: JobStatus
    error: dict[str, Any] | None
    created_by: str


@dataclass(frozen=True)
class HeightsUnder:
    """What an elevation model says about the ground of a parcel."""

    pixels: int
    """That were counted."""

    without_value: int
    """Pixels of the parcel that hold no height, or lie beyond the image."""

    method: Literal["centres", "touched"]
    """``centres``: pixels whose centre lies in the parcel; ``touched``: it holds no centre, so
    every pixel that it touches."""

    mean: float | None
    low: float | None
    high: float | None


def missing(name: str) -> NotFound:
    """Answer that there is no such image, for those at least who ask."""
    return NotFound("no_such_raster", f"There is no raster {name!r}", raster=name)


def name_taken(name: str) -> Conflict:
    """Answer that a name is taken."""
    return Conflict(
        "raster_exists",
        f"{name!r} is another image already; remove it first, or choose another name",
        raster=name,
    )

"""All tiles of a zoom together, compared with what SQL says."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import text

from landgis.bootstrap import Services
from landgis.tiling.grid import EXTENT, HALF_WORLD_M
from proofs.mvt_tile import Tile
from proofs.tile_truth import BUFFER, Place

PARCELS_FROM, BLOCKS_FROM, BLOCKS_NAMED_FROM, LABELS_FROM = 13, 10, 12, 16
PLAIN_UNITS = 4.0
"""A piece of a parcel that is so wide on average cannot vanish between the integers."""

SIMPLIFIED_UNITS = 6.0
"""How far the picture of a parcel below z16 may reach beyond it, and fall short of it."""

PARCELS = text(
    "SELECT fid, ST_AsBinary(geom_3857), number IS NOT NULL, coalesce(unit_code, ''), "
    "CASE WHEN unit_code IS NULL THEN '' ELSE coalesce(sheet, '') END "
    "FROM parcels WHERE NOT withheld ORDER BY fid"
)
"""Without a unit the number of a sheet says nothing: blocks put such parcels together by place."""

HIDDEN = text("SELECT fid FROM parcels WHERE withheld")


@dataclass
class Land:
    """All public parcels as SQL has them, in order of fid."""

    fid: NDArray[np.int64]
    geom: NDArray[Any]
    has_number: NDArray[np.bool_]
    blocks: Counter[tuple[str, str]]
    hidden: set[int]

    @classmethod
    def of(cls, services: Services) -> "Land":
        """Read the register."""
        with services.database.begin() as connection:
            rows = connection.execute(PARCELS).all()
            hidden = {row[0] for row in connection.execute(HIDDEN)}
        return cls(
            np.array([r[0] for r in rows], dtype=np.int64),
            shapely.from_wkb([bytes(r[1]) for r in rows]),
            np.array([r[2] for r in rows], dtype=bool),
            Counter((r[3], r[4]) for r in rows),
            hidden,
        )


@dataclass
class Zoom:
    """What all tiles of a zoom show together."""

    z: int
    tiles: int = 0
    fids: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    labels: Counter[int] = field(default_factory=Counter)
    blocks: dict[int, tuple[str, str, int]] = field(default_factory=dict)
    units: dict[str, int] = field(default_factory=dict)

    @property
    def is_named(self) -> bool:
        """Whether blocks say which unit and sheet they are."""
        return self.z >= BLOCKS_NAMED_FROM

    def add(self, place: Place, tile: Tile) -> None:
        """Take note of a tile."""
        self.tiles += 1
        ids = [f.id or 0 for f in tile.layer("parcels")]
        self.fids += ids
        self.columns += [place.x] * len(ids)
        self.rows += [place.y] * len(ids)
        self.labels.update(f.id or 0 for f in tile.layer("labels"))
        for f in tile.layer("blocks"):
            facts = f.properties
            unit, sheet = str(facts.get("unit") or ""), str(facts.get("sheet") or "")
            self.blocks[f.id or 0] = (unit, sheet, int(str(facts["parcels"])))
        for f in tile.layer("units"):
            if f.properties.get("parcels") is not None:
                self.units[str(f.properties["code"])] = int(str(f.properties["parcels"]))


def compare(zoom: Zoom, land: Land, say: Callable[[str], object]) -> Iterator[str]:
    """Compare all tiles of a zoom with SQL."""
    if zoom.z < BLOCKS_FROM:
        yield from _units(zoom, land)
        return
    if zoom.z < PARCELS_FROM:
        yield from _blocks(zoom, land)
        return
    drawn = np.unique(np.array(zoom.fids, dtype=np.int64))
    say(f"  z{zoom.z}: {zoom.tiles} tiles, {len(drawn)} of {len(land.fid)} parcels")
    if land.hidden & set(drawn.tolist()):
        yield f"withheld: {sorted(land.hidden & set(drawn.tolist()))[:5]}"
    yield from _every_tile(zoom, land)
    if zoom.z >= LABELS_FROM:
        wanted = Counter(land.fid[land.has_number].tolist())
        wrong = {fid for fid in wanted | zoom.labels if wanted[fid] != zoom.labels[fid]}
        if wrong:
            yield f"{len(wrong)} labels not exactly once: {sorted(wrong)[:5]}"


def _every_tile(zoom: Zoom, land: Land) -> Iterator[str]:
    """Name parcels that are in a tile they do not reach, or not in one they plainly touch."""
    side = 2 * HALF_WORLD_M / 2**zoom.z
    unit = side / EXTENT
    slack = SIMPLIFIED_UNITS if zoom.z < LABELS_FROM else 1.0
    index = np.searchsorted(land.fid, zoom.fids)
    known = np.isin(zoom.fids, land.fid)
    if not known.all():
        yield f"{int((~known).sum())} times a parcel that is not there: {zoom.fids[:3]}"
    drawn = _keys(index[known], np.array(zoom.columns)[known], np.array(zoom.rows)[known])
    if len(np.unique(drawn)) < len(drawn):
        yield "a parcel twice in one tile"
    may = _keys(*_pairs(shapely.bounds(land.geom), side, (BUFFER + slack) * unit))
    beyond = np.setdiff1d(drawn, may)
    if len(beyond):
        yield f"{len(beyond)} times in a tile it does not reach: {land.fid[beyond[:5] >> 36]}"
    of, x, y = _pairs(shapely.bounds(land.geom), side, 0.0)
    west, north = x * side - HALF_WORLD_M, HALF_WORLD_M - y * side
    tiles = shapely.box(west, north - side, west + side, north)
    pieces = shapely.intersection(land.geom[of], tiles)
    length = shapely.length(pieces)
    width = np.divide(2 * shapely.area(pieces), length, out=np.zeros_like(length), where=length > 0)
    # What a simpler outline may take from a piece is no more than a rim.
    plain = width > (PLAIN_UNITS + (2 * slack if slack > 1 else 0)) * unit
    missing = np.setdiff1d(_keys(of[plain], x[plain], y[plain]), drawn)
    if len(missing):
        yield f"{len(missing)} times missing where it is: {land.fid[missing[:5] >> 36]}"


def _pairs(
    bounds: NDArray[np.float64], side: float, margin: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Answer index, x, y of every parcel and tile whose extents, one widened, meet."""
    w, s, e, n = bounds.T
    x0 = np.floor((w - margin + HALF_WORLD_M) / side).astype(np.int64)
    x1 = np.floor((e + margin + HALF_WORLD_M) / side).astype(np.int64)
    y0 = np.floor((HALF_WORLD_M - n - margin) / side).astype(np.int64)
    y1 = np.floor((HALF_WORLD_M - s + margin) / side).astype(np.int64)
    wide, high = x1 - x0 + 1, y1 - y0 + 1
    of = np.repeat(np.arange(len(bounds)), wide * high)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(wide * high) - wide * high, wide * high)
    return of, x0[of] + nth % wide[of], y0[of] + nth // wide[of]


def _keys(of: NDArray[np.int64], x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.int64]:
    return (of << 36) | (x << 18) | y


def _blocks(zoom: Zoom, land: Land) -> Iterator[str]:
    seen = Counter[tuple[str, str]]()
    for unit, sheet, parcels in zoom.blocks.values():
        seen[unit, sheet] += parcels
    if not zoom.is_named:
        total, wanted = sum(seen.values()), sum(land.blocks.values())
        if total != wanted:
            yield f"blocks count {total} parcels, not {wanted}"
        return
    wrong = {key for key in land.blocks | seen if land.blocks[key] != seen[key]}
    if wrong:
        key = min(wrong)
        yield f"{len(wrong)} sheets miscounted: {key} {seen[key]}, not {land.blocks[key]}"


def _units(zoom: Zoom, land: Land) -> Iterator[str]:
    counts = Counter[str]()
    for (unit, _), n in land.blocks.items():
        counts[unit] += n
    for code, n in zoom.units.items():
        if counts[code] != n:
            yield f"unit {code} counts {n}, not {counts[code]}"
    if zoom.units and (lost := {c for c in counts if c} - zoom.units.keys()):
        yield f"units without a count: {sorted(lost)[:5]}"

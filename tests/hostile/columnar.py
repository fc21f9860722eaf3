"""FlatGeobuf and GeoParquet that are odd, damaged or lie about themselves."""

import json
import struct
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio.raw
import shapely
from pyproj import CRS

from tests.hostile.case import Case
from tests.hostile.geopackages import HEAD, curved, polygon
from tests.hostile.parts import square, written

Maker = Callable[[Path], Path]
Edit = Callable[[bytearray], bytes | bytearray | None]

UTM = "EPSG:32648"


@cache
def flatgeobuf(*, index: bool = True) -> bytes:
    """Five parcels as GDAL writes them."""
    shapes = np.array([shapely.Polygon(square(k)) for k in range(5)], dtype=object)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "parcels.fgb"
        pyogrio.raw.write(
            path,
            geometry=shapely.to_wkb(shapes),
            field_data=[np.array([f"K{k + 1}" for k in range(5)], dtype=object)],
            fields=["KEY"],
            driver="FlatGeobuf",
            geometry_type="Polygon",
            crs=UTM,
            SPATIAL_INDEX="YES" if index else "NO",
        )
        return path.read_bytes()


def fgb(edit: Edit, *, index: bool = True) -> Maker:
    """The good FlatGeobuf, spoiled."""

    def make(folder: Path) -> Path:
        raw = bytearray(flatgeobuf(index=index))
        return written(folder, edit(raw) or raw, "parcels.fgb")

    return make


def count_at(raw: bytearray) -> int:
    """Where the header states the number of features."""
    table = 12 + struct.unpack_from("<I", raw, 12)[0]
    vtable = table - struct.unpack_from("<i", raw, table)[0]
    return int(table + struct.unpack_from("<H", raw, vtable + 20)[0])


def states(features: int, *, index: bool = False) -> Maker:
    return fgb(lambda raw: struct.pack_into("<Q", raw, count_at(raw), features), index=index)


def last_feature(raw: bytearray) -> int:
    """Where the last of five features begins; each says how long it is."""
    return len(raw) - 4 - next(
        size for size in range(8, len(raw))
        if struct.unpack_from("<I", raw, len(raw) - 4 - size)[0] == size
    )  # fmt: skip


@cache
def projjson() -> dict[str, Any]:
    """The CRS as GeoParquet wants it."""
    return dict(CRS.from_epsg(32648).to_json_dict())


def geo(**column: Any) -> dict[str, Any]:
    """The file's description, with other facts about the geometry column."""
    facts = {"encoding": "WKB", "geometry_types": ["Polygon"], "crs": projjson(), **column}
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": facts}}


SQUARES = [shapely.to_wkb(shapely.Polygon(square(k))) for k in range(5)]


def parquet(
    geometry: Sequence[Any] = SQUARES,
    described: Any = None,
    kind: pa.DataType | None = None,
    **how: Any,
) -> Maker:
    """A Parquet file of these geometries under this description."""

    def make(folder: Path) -> Path:
        text = described if isinstance(described, bytes) else json.dumps(described or geo())
        columns = {
            "KEY": [f"K{k + 1}" for k in range(len(geometry))],
            "geometry": pa.array(geometry, kind or pa.binary()),
        }
        table = pa.table(columns).replace_schema_metadata({"geo": text} if text else None)
        pq.write_table(table, folder / "parcels.parquet", **how)
        return folder / "parcels.parquet"

    return make


@cache
def good_parquet() -> bytes:
    """Five parcels."""
    with tempfile.TemporaryDirectory() as folder:
        return parquet()(Path(folder)).read_bytes()


def spoiled(edit: Edit) -> Maker:
    """The bytes of the good Parquet file, spoiled."""

    def make(folder: Path) -> Path:
        raw = bytearray(good_parquet())
        return written(folder, edit(raw) or raw, "parcels.parquet")

    return make


def replaced(row: int, content: Any) -> list[Any]:
    return [content if k == row - 1 else one for k, one in enumerate(SQUARES)]


def third(content: bytes | None) -> Maker:
    return parquet(replaced(3, content))


def lost(code: str) -> dict[str, Any]:
    return {"rows": 5, "lost": {code: [3]}}


BARE = len(HEAD)
S = square(2)
DEEP = shapely.to_wkb(shapely.force_3d(shapely.Polygon(S), 7.0), output_dimension=3, flavor="iso")
EWKB = shapely.to_wkb(shapely.set_srid(shapely.Polygon(S), 32648), include_srid=True)

FLATGEOBUF = [
    Case("fgb", fgb(bytearray), "a sound layer", rows=5),
    Case("fgb without an index", fgb(bytearray, index=False), "sound", rows=5),
    Case("fgb states fewer", states(2), "five are there", rows=5, countable=False),
    Case("fgb states none", states(0), "unknown, as streams are written", rows=5,
         countable=False),
    Case("fgb states more", states(9), "nine, of which four are nowhere", rows=9,
         lost={"lost_by_reader": [6, 7, 8, 9]}),
    Case("fgb states billions", states(2**60), "no file of this size ever had them", rows=5,
         countable=False),
    *(
        Case(f"fgb with an index states {count}", states(count, index=True), "where the features "
             "begin depends on how many are stated", refused="bad_flatgeobuf")
        for count in (2, 4, 9, 2**40, 2**64 - 1)
    ),
    Case("fgb with an index states none", states(0, index=True), "and yet has an index",
         refused="bad_flatgeobuf"),
    Case("fgb with an index, cut", fgb(lambda raw: raw[:-1]), "the last feature", rows=5,
         lost={"lost_by_reader": [5]}),
    Case("fgb cut by a byte", fgb(lambda raw: raw[:-1], index=False), "the last feature", rows=5,
         lost={"lost_by_reader": [5]}),
    Case("fgb cut by a feature", fgb(lambda raw: raw[: last_feature(raw)], index=False),
         "four are whole", rows=5, lost={"lost_by_reader": [5]}),
    *(
        Case(f"fgb with {what} behind, {'an' if index else 'no'} index", fgb(
             lambda raw, tail=tail: raw + tail, index=index), "after the last feature", rows=5)
        for what, tail in (("zeros", bytes(50)), ("rubbish", b"\xff" * 50))
        for index in (True, False)
    ),
    Case("fgb cut in the header", fgb(lambda raw: raw[:60]), "60 bytes",
         refused="bad_flatgeobuf"),
    Case("fgb of the code only", fgb(lambda raw: raw[:8]), "8 bytes", refused="bad_flatgeobuf"),
    Case("fgb header of gigabytes", fgb(lambda raw: struct.pack_into("<I", raw, 8, 2**31)),
         "2 GiB of header", refused="bad_flatgeobuf"),
    Case("fgb header root outside", fgb(lambda raw: struct.pack_into("<I", raw, 12, 2**30)),
         "points nowhere", refused="bad_flatgeobuf"),
    Case("fgb of version 2", fgb(lambda raw: raw.__setitem__(3, 2)), "never released",
         refused="bad_flatgeobuf"),
    Case("fgb index blank", fgb(lambda raw: raw.__setitem__(
         slice(len(raw) - 1200, len(raw) - 1150), bytes(50))), "the index lies", rows=5,
         countable=False),
    Case("fgb of zeros", lambda f: written(f, bytes(900), "parcels.fgb"), "rubbish",
         refused="bad_flatgeobuf"),
    Case("VRT as .fgb", lambda f: written(f, b"<OGRVRTDataSource/>", "parcels.fgb"),
         "would have other files read", refused="bad_flatgeobuf"),
]  # fmt: skip

PARQUET = [
    Case("parquet", parquet(), "a sound layer", rows=5),
    Case("parquet in groups of two", parquet(row_group_size=2), "three groups", rows=5),
    Case("parquet without compression", parquet(compression="none"), "sound", rows=5),
    Case("parquet by Brotli", parquet(compression="brotli"), "sound", rows=5),
    Case("parquet of large binaries", parquet(kind=pa.large_binary()), "sound", rows=5),
    Case("parquet of no rows", parquet([]), "an import of nothing", rows=0),
    Case("parquet states points", parquet(described=geo(geometry_types=["Point"])), "they are polygons",
         rows=5),
    Case("parquet's box lies", parquet(described=geo(bbox=[0, 0, 1, 1])), "is not needed", rows=5),
    Case("parquet of spheres", parquet(described=geo(edges="spherical")), "edges of 10 m", rows=5),
    Case("parquet of heights", third(DEEP), "three numbers", rows=5, notes=["heights_left_out"]),
    Case("parquet of EWKB", third(EWKB), "PostGIS's own writing", rows=5),
    Case("parquet with a null", third(None), "empty", rows=5, held={"geometry.empty": [3]}),
    Case("parquet with no bytes", third(b""), "no type at all", **lost("not_a_polygon")),
    Case("parquet with rubbish", third(b"\xde\xad" * 20), "of a type there is not",
         **lost("not_a_polygon")),
    Case("parquet cut inside a row", third(SQUARES[2][:-3]), "its end is missing",
         **lost("damaged_geometry")),
    Case("parquet unclosed", third(polygon(S[:-1])[BARE:]), "a side is missing",
         **lost("ring_unclosed")),
    Case("parquet with NaN", third(polygon([S[0], (float("nan"), 1.0), *S[2:]])[BARE:]),
         "no number", **lost("coordinate_not_finite")),
    Case("parquet with a curve", third(curved(10)[BARE:]), "arcs", **lost("not_a_polygon")),
    Case("parquet with a point", third(shapely.to_wkb(shapely.Point(1, 2))), "mixed",
         **lost("not_a_polygon")),
    Case("parquet without a description", parquet(described=b""), "a table", refused="not_geoparquet"),
    Case("parquet described by rubbish", parquet(described=b"{"), "no JSON",
         refused="bad_geoparquet"),
    Case("parquet described by a number", parquet(described=b"3"), "no object",
         refused="not_geoparquet"),
    Case("parquet of another column", parquet(described={**geo(), "primary_column": "shape"}), "is not "
         "there", refused="not_geoparquet"),
    Case("parquet of arrows", parquet(described=geo(encoding="polygon")), "GeoArrow's own encoding",
         refused="not_geoparquet"),
    Case("parquet's geometry is text", parquet(["POLYGON((0 0))"] * 5, kind=pa.string()),
         "states WKB, holds WKT", refused="no_polygon_layer"),
    Case("parquet's geometry is numbers", parquet([1, 2, 3, 4, 5], kind=pa.int64()),
         "states WKB, holds whole numbers", refused="bad_geoparquet"),
    Case("parquet crs of rubbish", parquet(described=geo(crs={"type": "x" * 999})), "not understood",
         refused="crs_not_understood"),
    Case("parquet crs null", parquet(described=geo(crs=None)), "unknown", refused="crs_missing"),
    Case("parquet cut at half", spoiled(lambda raw: raw[: len(raw) // 2]), "no footer",
         refused="bad_geoparquet"),
    Case("parquet footer of gigabytes", spoiled(lambda raw: struct.pack_into(
         "<I", raw, len(raw) - 8, 2**31)), "2 GiB", refused="bad_geoparquet"),
    Case("parquet footer of rubbish", spoiled(lambda raw: raw.__setitem__(
         slice(len(raw) - 60, len(raw) - 8), b"\xff" * 52)), "no Thrift",
         refused="bad_geoparquet"),
    Case("parquet pages of rubbish", spoiled(lambda raw: raw.__setitem__(slice(4, 60),
         b"\xff" * 56)), "five rows are announced and none can be read: none vanishes", rows=5,
         lost={"lost_by_reader": [1, 2, 3, 4, 5]}),
    Case("parquet of the code only", lambda f: written(f, b"PAR1PAR1", "parcels.parquet"),
         "nothing between", refused="bad_geoparquet"),
    Case("VRT as .parquet", lambda f: written(f, b"<OGRVRTDataSource/>", "parcels.parquet"),
         "would have other files read", refused="bad_geoparquet"),
]  # fmt: skip

CASES = [*FLATGEOBUF, *PARQUET]

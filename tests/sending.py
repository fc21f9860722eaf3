"""Shapefiles as offices send them: the same parcels in whatever form a test asks for."""

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import shapely

import landgis.ingest.encodings  # noqa: F401 - registers the Vietnamese codecs
from tests.builders import EAST, NORTH

UNIT = "25645"
ROWS, COLUMNS = 6, 10
ESRI_PRJ = (
    'PROJCS["VN_2000_{meridian}",GEOGCS["GCS_VN_2000",DATUM["D_Vietnam_2000",'
    'SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
    'PARAMETER["Central_Meridian",{meridian}],PARAMETER["Scale_Factor",0.9999],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
"""A VN-2000 grid as ESRI's software writes it, without an EPSG code."""

PRJ_9209, PRJ_9210 = ESRI_PRJ.format(meridian=105.5), ESRI_PRJ.format(meridian=105.75)

PLACES = (
    *("Phường Hoà Thành", "Ấp Trường Đông", "Khu phố Long Thới", "Xã Tân Biên"),
    *("Đường Nguyễn Văn Linh", "Ấp Bến Cầu", "Xã Phước Vinh", "Khu phố Hiệp Lễ"),
    *("Ấp Gò Dầu Hạ", "Xã Thạnh Đức", "Ấp Suối Đá", "Khu phố Ninh Thọ"),
)
PEOPLE = (
    *("Nguyễn Thị Mỹ Hạnh", "Trần Quốc Tuấn", "Lê Hữu Phước", "Phạm Thuỳ Dương", "Võ Đình Khôi"),
    *("Huỳnh Ngọc Bích", "Đặng Xuân Trường", "Bùi Thế Vỹ", "Đỗ Kiều Oanh", "Hồ Sỹ Nguyên"),
)
USES = ("ODT", "CLN", "LUC", "HNK", "ODT+CLN", "NTS")


def parcels(east: float = EAST, north: float = NORTH, *, seed: int = 7) -> list[shapely.Polygon]:
    """Sixty irregular parcels that share their nodes, in metres with millimetres."""
    chance = np.random.default_rng(seed)
    i, j = np.meshgrid(np.arange(COLUMNS + 1), np.arange(ROWS + 1), indexing="ij")
    nodes = np.stack([east + 18.0 * i, north + 31.0 * j], axis=-1)
    nodes = np.round(nodes + chance.uniform(-4, 4, nodes.shape), 3)
    return [
        shapely.Polygon([nodes[a, b], nodes[a + 1, b], nodes[a + 1, b + 1], nodes[a, b + 1]])
        for b in range(ROWS)
        for a in range(COLUMNS)
    ]


def vilis(count: int = ROWS * COLUMNS) -> dict[str, list[str]]:
    """The fields of a ViLIS export, with invented people."""
    return {
        "XAID": [UNIT] * count,
        "SHBANDO": [str(12 + i // 30) for i in range(count)],
        "SHTHUA": [str(i + 1) for i in range(count)],
        "KHLOAIDAT": [USES[i % len(USES)] for i in range(count)],
        "DIENTICH": [f"{500 + i / 10:.1f}" for i in range(count)],
        "DIADANH": [PLACES[i % len(PLACES)] for i in range(count)],
        "TENCHU": [PEOPLE[i % len(PEOPLE)] for i in range(count)],
    }


def shapefile(
    path: Path,
    geoms: Sequence[Any],
    columns: Mapping[str, Sequence[str | bytes]],
    *,
    codec: str = "utf-8",
    prj: str | None = PRJ_9209,
    cpg: str | None = None,
) -> Path:
    """Write a shapefile; values that are bytes already are written as they are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(np.array(geoms, dtype=object)),
        field_data=[np.arange(len(geoms))],
        fields=["n"],
        geometry_type="Polygon",
        driver="ESRI Shapefile",
        crs="EPSG:4326",
    )
    for suffix, text in ((".prj", prj), (".cpg", cpg)):
        path.with_suffix(suffix).unlink(missing_ok=True)
        if text is not None:
            path.with_suffix(suffix).write_text(text, encoding="utf-8")
    raw = {
        name: [v if isinstance(v, bytes) else v.encode(codec) for v in values]
        for name, values in columns.items()
    }
    path.with_suffix(".dbf").write_bytes(_dbf(raw))
    return path


def zipped(*members: tuple[str, Path]) -> bytes:
    """Shapefiles in one archive, each under a name of its own."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, shp in members:
            for suffix in (".shp", ".shx", ".dbf", ".prj"):
                if (part := shp.with_suffix(suffix)).exists():
                    archive.write(part, f"{name}{suffix}")
    return packed.getvalue()


def _dbf(columns: Mapping[str, Sequence[bytes]]) -> bytes:
    widths = {name: max(1, *map(len, values)) for name, values in columns.items()}
    count = len(next(iter(columns.values())))
    sizes = 33 + 32 * len(columns), 1 + sum(widths.values())
    head = struct.pack("<4BIHH20x", 3, 126, 11, 23, count, *sizes)
    fields = b"".join(
        struct.pack("<11sc4xBB14x", name.encode(), b"C", width, 0) for name, width in widths.items()
    )
    rows = (
        b" " + b"".join(columns[name][i].ljust(width) for name, width in widths.items())
        for i in range(count)
    )
    return head + fields + b"\r" + b"".join(rows) + b"\x1a"

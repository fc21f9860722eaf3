"""The same demo parcels as offices would send them: every encoding, label, grid and axis order."""

import struct
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from landgis.cadastre import jurisdiction
from landgis.geodesy import LONLAT, VN2000_MERIDIANS, WEB_MERCATOR, transform_xy
from landgis.geodesy.wrong_ways import EPSG_5194, NO_DATUM_SHIFT, UNFLIPPED_ROTATIONS, written
from landgis.ingest.placing import EAST_NORTH, NORTH_EAST, Reading

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "data_samples" / "demo-register" / "demo_hoa_thanh_vilis.zip"
VN_80 = jurisdiction.load(jurisdiction.find("vn-80"))
GRID = 9209
ROWS = 40
WIDE_M2 = 20e6
"""Units larger than this hold forty parcels with room around them."""

TEXTS = ("KHLOAIDAT", "DIADANH", "TENCHU", "DIACHI", "GHICHU")
CODES = ("XAID", "SHBANDO", "SHTHUA")
CODECS = {"utf-8": "UTF-8", "tcvn3": "TCVN3", "vni": "VNI", "viscii": "VISCII", "cp1258": "1258"}
"""Codec -> how a .cpg names it."""

_VILIS = ("XAID", "SHBANDO", "SHTHUA", "KHLOAIDAT", "DIADANH", "TENCHU", "DIACHI", "GHICHU")
_NATIONAL = ("MaXa", "SoHieuToBa", "SoThuTuThu", "KyHieuMucD", "DiaChiThua", "TenChu", "DiaChiChu")
_GCADAS = ("MA_XA", "SO_TO", "SO_THUA", "LOAI_DAT", "XU_DONG", "CHU_SD", "DC_CHU")
NAMES: dict[str, Mapping[str, str]] = {
    "vilis": {},
    "national": dict(zip(_VILIS, _NATIONAL, strict=False)),
    "gcadas": dict(zip(_VILIS, _GCADAS, strict=False)),
}
"""Profile -> its names for the fields of the demo register, as a DBF cuts them."""

CPGS = ("none", "right", "lying")
TONES = "\u0300\u0301\u0303\u0309\u0323"


@dataclass(frozen=True)
class Form:
    """One way to write coordinates and to label them."""

    name: str
    truth: Reading
    """How the numbers are to be read."""

    label: int | str | None
    """EPSG code that the .prj states, its text, or None: there is no .prj."""

    wrong_way: str | None = None
    """The mistake with which the numbers were computed; the reading is right all the same."""

    asks: bool = False
    """True: a person is to be asked; whoever reads it without a question is guessing."""


def _turned(epsg: int) -> Reading:
    return Reading(epsg, NORTH_EAST)


GRIDS = (9209, 9210, 3405, 4756)
DEGREES = (4756, LONLAT)
"""225 m apart, so that without a label nobody can tell which of the two they are."""

FORMS = (
    *(Form(f"{e} declared", Reading(e), e) for e in GRIDS),
    *(Form(f"{e} without .prj", Reading(e), None, asks=e in DEGREES) for e in GRIDS),
    *(Form(f"{e} turned, declared", _turned(e), e) for e in GRIDS),
    *(
        Form(f"{e} turned, without .prj", _turned(e), None, asks=e in DEGREES)
        for e in (9209, 9210, 4756)
    ),
    *(
        Form(f"9209 labelled {e}", Reading(9209), e, asks=True)
        for e in (9210, 3405, WEB_MERCATOR, 32648)
    ),
    *(Form(f"9210 labelled {e}", Reading(9210), e, asks=True) for e in (9209, 3405)),
    *(Form(f"9209 metres labelled {e}", Reading(9209), e) for e in (4756, LONLAT)),
    *(Form(f"9210 turned metres labelled {e}", _turned(9210), e) for e in (4756,)),
    *(Form(f"{e} degrees labelled 9209", Reading(e), 9209, asks=True) for e in (4756, LONLAT)),
    Form("9210 turned, labelled 9209", _turned(9210), 9209, asks=True),
    Form("9211 labelled 9210", Reading(9211), 9210, asks=True),
    Form("9211 without .prj", Reading(9211), None, asks=True),
    Form("3857 declared", Reading(WEB_MERCATOR), WEB_MERCATOR, asks=True),
    Form("3857 labelled 9209", Reading(WEB_MERCATOR), 9209, asks=True),
    Form("3857 without .prj", Reading(WEB_MERCATOR), None, asks=True),
    Form("4326 declared", Reading(LONLAT), LONLAT, asks=True),
    Form("4326 without .prj", Reading(LONLAT), None, asks=True),
    Form("9209, .prj is no WKT", Reading(9209), "<!DOCTYPE html><html>404</html>"),
    Form(
        "9209, .prj of nowhere", Reading(9209), 'LOCAL_CS["Tay Ninh",UNIT["Meter",1.0]]', asks=True
    ),
    Form("9209 without datum shift", Reading(9209), 9209, NO_DATUM_SHIFT),
    Form("9209 with unflipped rotations", Reading(9209), 9209, UNFLIPPED_ROTATIONS),
    Form("9209 by EPSG:5194", Reading(9209), 9209, EPSG_5194),
)


@dataclass(frozen=True)
class Mix:
    """One file to be made."""

    form: Form
    codec: str
    cpg: str
    unit: str
    """Where the parcels lie."""

    written_unit: str
    """The code that the file states: of today, or of an old unit that became part of it."""

    names: str
    """Profile whose field names it bears."""

    rows: tuple[int, ...]


@dataclass(frozen=True)
class Made:
    """A file that was made, with what is true about it."""

    path: Path
    mix: Mix
    texts: Mapping[str, list[str]]
    """Texts by the names of the file."""

    keys: tuple[str, ...]
    """Unit, sheet and number of each parcel."""

    geoms: NDArray[Any]
    """Where the parcels truly are, in EPSG:9209."""


def mixes(count: int, seed: int) -> list[Mix]:
    """Answer so many mixes; every form meets every encoding and .cpg before any is repeated."""
    chance = Random(seed)
    every = [(form, codec, cpg) for form in FORMS for codec in CODECS for cpg in CPGS]
    chance.shuffle(every)
    chosen = (every * (count // len(every) + 1))[:count]
    _, geoms = _demo()
    usable = np.flatnonzero(shapely.is_valid(geoms) & ~shapely.is_missing(geoms))
    result = []
    for form, codec, cpg in chosen:
        start = chance.randrange(len(usable) - ROWS)
        unit = chance.choice(sorted(_centres()))
        old = [s.old_code for s in VN_80.successions if s.new_code == unit and not s.partial]
        code = chance.choice(old) if old and chance.random() < 0.25 else unit
        rows = tuple(usable[start : start + ROWS].tolist())
        names = chance.choice(list(NAMES))
        result.append(Mix(form, codec, cpg, unit, code, names, rows))
    return result


def make(mix: Mix, folder: Path) -> Made:
    """Write the shapefile of a mix."""
    columns, geoms = _demo()
    here = geoms[list(mix.rows)]
    moved = _moved_to(here, *_centres()[mix.unit])
    written_geoms = shapely.transform(moved, lambda xy: _written(xy, mix.form))
    named = NAMES[mix.names]
    texts = {named.get(name, name): [columns[name][i] for i in mix.rows] for name in TEXTS}
    codes = {name: [str(columns[name][i]) for i in mix.rows] for name in CODES}
    codes["XAID"] = [mix.written_unit] * len(mix.rows)
    path = folder / "thua.shp"
    _write_shapes(path, written_geoms)
    raw = {name: [encoded(text, mix.codec) for text in values] for name, values in texts.items()}
    for name, values in codes.items():
        raw[named.get(name, name)] = [text.encode() for text in values]
    path.with_suffix(".dbf").write_bytes(dbf(raw))
    _write_labels(path, mix)
    keys = tuple("/".join(parts) for parts in zip(*(codes[n] for n in CODES), strict=True))
    return Made(path, mix, texts, keys, moved)


def _write_labels(path: Path, mix: Mix) -> None:
    label = mix.form.label
    if label is not None:
        text = prj(label) if isinstance(label, int) else label
        path.with_suffix(".prj").write_text(text, encoding="utf-8")
    if mix.cpg == "right":
        path.with_suffix(".cpg").write_text(CODECS[mix.codec], encoding="ascii")
    if mix.cpg == "lying":
        lie = "UTF-8" if mix.codec == "tcvn3" else "1252"
        path.with_suffix(".cpg").write_text(lie, encoding="ascii")


def _write_shapes(path: Path, geoms: NDArray[Any]) -> None:
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(geoms),
        field_data=[np.arange(len(geoms))],
        fields=["n"],
        geometry_type="Polygon",
        driver="ESRI Shapefile",
        crs="EPSG:4326",
    )
    for suffix in (".prj", ".cpg"):
        path.with_suffix(suffix).unlink(missing_ok=True)


def prj(epsg: int) -> str:
    """Answer the .prj text of a system; VN-2000 grids as ESRI writes them, without a code."""
    if epsg not in VN2000_MERIDIANS:
        return str(CRS.from_epsg(epsg).to_wkt("WKT1_ESRI"))
    meridian, scale = VN2000_MERIDIANS[epsg]
    return (
        f'PROJCS["VN_2000_{meridian}",GEOGCS["GCS_VN_2000",DATUM["D_Vietnam_2000",'
        'SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],'
        'UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
        'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
        f'PARAMETER["Central_Meridian",{meridian}],PARAMETER["Scale_Factor",{scale}],'
        'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )


def encoded(text: str, codec: str) -> bytes:
    """Answer the bytes of a text; windows-1258 as Windows does it: vowel, then its tone."""
    if codec != "cp1258":
        return text.encode(codec)
    out = ""
    for char in text:
        parts = unicodedata.normalize("NFD", char)
        vowel = "".join(part for part in parts if part not in TONES)
        out += unicodedata.normalize("NFC", vowel) + "".join(p for p in parts if p in TONES)
    return out.encode(codec)


def dbf(columns: Mapping[str, Sequence[bytes]]) -> bytes:
    """Answer a DBF of text fields, each as wide as its widest value."""
    widths = {name: max(1, *(len(v) for v in values)) for name, values in columns.items()}
    count = len(next(iter(columns.values())))
    head = struct.pack(
        "<4BIHH20x", 3, 126, 11, 23, count, 33 + 32 * len(columns), 1 + sum(widths.values())
    )
    fields = b"".join(
        struct.pack("<11sc4xBB14x", name.encode(), b"C", width, 0) for name, width in widths.items()
    )
    rows = b"".join(
        b" " + b"".join(columns[name][i].ljust(width) for name, width in widths.items())
        for i in range(count)
    )
    return head + fields + b"\r" + rows + b"\x1a"


@cache
def _demo() -> tuple[dict[str, list[Any]], NDArray[Any]]:
    with TemporaryDirectory() as folder, zipfile.ZipFile(DEMO) as archive:
        archive.extractall(folder)
        (path,) = Path(folder).glob("*.shp")
        meta, _, wkb, values = pyogrio.raw.read(path, encoding="ISO-8859-1")
    columns = dict(zip(meta["fields"], (v.tolist() for v in values), strict=True))
    for name in TEXTS:
        columns[name] = [v.encode("latin-1").decode("tcvn3") for v in columns[name]]
    return columns, shapely.from_wkb(wkb)


@cache
def _centres() -> dict[str, tuple[float, float]]:
    """Answer a point well inside each wide unit, in EPSG:9209."""
    found = {}
    for code, outline in VN_80.outlines.items():
        lonlat = shapely.get_coordinates(shapely.maximum_inscribed_circle(outline))[0]
        east, north = transform_xy(lonlat[:1], lonlat[1:], LONLAT, GRID)
        if outline.area * 111_000**2 > WIDE_M2:
            found[code] = (float(east[0]), float(north[0]))
    return found


def _moved_to(geoms: NDArray[Any], east: float, north: float) -> NDArray[Any]:
    # The median: one of the demo parcels is planted far away from all others.
    west, south, right, top = np.median(shapely.bounds(geoms), axis=0)
    by = np.array([east - (west + right) / 2, north - (south + top) / 2])
    return np.asarray(shapely.transform(geoms, lambda xy: np.round(xy + by, 3)))


def _written(xy: NDArray[np.float64], form: Form) -> NDArray[np.float64]:
    if form.wrong_way is not None:
        lonlat = transform_xy(xy[:, 0], xy[:, 1], GRID, LONLAT)
        pair = written(*lonlat, form.truth.epsg, form.wrong_way)
    else:
        pair = transform_xy(xy[:, 0], xy[:, 1], GRID, form.truth.epsg)
    turned = pair if form.truth.axis_order == EAST_NORTH else pair[::-1]
    return np.column_stack(turned)

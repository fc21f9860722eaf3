"""Shapefiles whose parts are cut off, lie about themselves or do not belong together."""

import struct
from collections.abc import Callable
from pathlib import Path

from tests.hostile.case import Case
from tests.hostile.parts import header, layer, loose, polygon, polygons, shp, square, written

Maker = Callable[[Path], Path]
Edit = Callable[[bytearray], bytes | bytearray | None]

RECORD = 136
"""Bytes of one of the five records: a header of 8 and a square of 128."""

THIRD = 100 + 2 * RECORD

VRT = b'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource>'
GEOJSON = b'{"type": "FeatureCollection", "features": []}'


def made(**edits: Edit | None) -> Maker:
    """The good layer with these parts edited, or left out where None."""

    def make(folder: Path) -> Path:
        parts = layer()
        for suffix, edit in edits.items():
            if edit is None:
                del parts[suffix]
                continue
            part = bytearray(parts[suffix])
            parts[suffix] = bytes(edit(part) or part)
        return loose(folder, parts)

    return make


def cut(size: int) -> Edit:
    """Keep the first ``size`` bytes; of none, one line break stays."""
    return lambda part: part[:size] or b"\n"


def put(at: int, kind: str, *values: float) -> Edit:
    """Overwrite numbers."""
    return lambda part: struct.pack_into(kind, part, at, *values)


def more(tail: bytes) -> Edit:
    return lambda part: part + tail


def instead(content: bytes) -> Edit:
    return lambda _part: content


def index(*entries: tuple[int, int]) -> Edit:
    """An index of these (first byte, content bytes)."""

    def edit(part: bytearray) -> bytes:
        listed = b"".join(struct.pack(">2I", at // 2, size // 2) for at, size in entries)
        return header(100 + len(listed)) + listed

    return edit


def disguised(content: bytes) -> Maker:
    """Something else under the name of a .shp, with the other parts in place."""
    return made(shp=instead(content))


PLACES = [(100 + RECORD * k, 128) for k in range(5)]
RUBBISH = bytes(range(7, 251)) * 3


def numbered_one(part: bytearray) -> None:
    for at, _ in PLACES:
        struct.pack_into(">i", part, at, 1)


def reordered(folder: Path) -> Path:
    """Records in another order than their rows; only the index knows."""
    order = (4, 2, 0, 3, 1)
    contents = [polygon(square(k)) for k in order]
    main, _ = shp(contents)
    entries = [PLACES[order.index(k)] for k in range(5)]
    parts = layer()
    edited = index(*entries)(bytearray())
    return loose(folder, {**parts, "shp": main, "shx": bytes(edited or b"")})


def dead_record(folder: Path) -> Path:
    """A record of former days lies in between; the index passes it over, as editors leave it."""
    main, _ = shp([*polygons(2), polygon(square(9)), *(polygon(square(k)) for k in (2, 3, 4))])
    entries = [(100 + RECORD * k, 128) for k in (0, 1, 3, 4, 5)]
    edited = index(*entries)(bytearray())
    return loose(folder, {**layer(), "shp": main, "shx": bytes(edited or b"")})


def of_two_layers(folder: Path) -> Path:
    """The table of another layer, of seven rows."""
    return loose(folder, {**layer(), "dbf": layer(polygons(7))["dbf"]})


def in_capitals(folder: Path) -> Path:
    for suffix, part in layer().items():
        (folder / f"PARCELS.{suffix.upper()}").write_bytes(part)
    return folder / "PARCELS.SHP"


def a_folder(folder: Path) -> Path:
    (folder / "parcels.shp").mkdir()
    return folder / "parcels.shp"


CUT_SHP: dict[str, tuple[int, int | str]] = {
    "in the code": (2, "not_a_shapefile"),
    "in the header": (60, "not_a_shapefile"),
    "a byte before the header's end": (99, "not_a_shapefile"),
    "after the header": (100, "truncated_shp"),
    "in the first record's header": (104, "truncated_shp"),
    "in the first record": (150, "truncated_shp"),
    "after the first record": (100 + RECORD, 1),
    "after a record's number": (100 + RECORD + 4, 1),
    "after a record's header": (100 + RECORD + 8, 1),
    "after a record's type": (100 + RECORD + 12, 1),
    "in a box": (THIRD + 30, 2),
    "in the parts": (THIRD + 50, 2),
    "in the points": (THIRD + 90, 2),
    "a byte before a record's end": (THIRD + RECORD - 1, 2),
    "an odd byte on": (THIRD + RECORD + 1, 3),
    "a byte before the end": (779, 4),
}
"""Where -> bytes that are left, and the rows that are whole or the refusal."""

CUT_DBF: dict[str, tuple[int, int | str]] = {
    "to a line break": (0, "bad_dbf"),
    "in the header": (20, "bad_dbf"),
    "in a field": (50, "bad_dbf"),
    "before the mark": (64, "bad_dbf"),
    "after the header": (65, 0),
    "in the first row": (70, 0),
    "after the second row": (65 + 26, 2),
    "in the fourth row": (65 + 39 + 5, 3),
    "a byte before the last row's end": (65 + 64, 4),
    "before the end mark": (65 + 65, 5),
}

CASES = [
    *(
        Case(f"shp cut {where}", made(shp=cut(size)), f"{size} of 780 bytes are left", refused=what)
        if isinstance(what, str)
        else Case(f"shp cut {where}", made(shp=cut(size)), f"{size} of 780 bytes are left", rows=5,
                  lost={"shape_cut_off": list(range(what + 1, 6))})
        for where, (size, what) in CUT_SHP.items()
    ),
    *(
        Case(f"dbf cut {where}", made(dbf=cut(size)), f"{size} of 131 bytes are left", refused=what)
        if isinstance(what, str)
        else Case(f"dbf cut {where}", made(dbf=cut(size)), f"{size} of 131 bytes are left", rows=5,
                  lost={"attributes_cut_off": list(range(what + 1, 6))} if what < 5 else {})
        for where, (size, what) in CUT_DBF.items()
    ),
    *(
        Case(f"shx cut to {size}", made(shx=cut(size)), "the index can be made anew", rows=5,
             notes=["shx_wrong"])
        for size in (0, 50, 100, 101, 104, 108, 130, 139)
    ),
    # --- the index ---
    Case("no shx", made(shx=None), "made anew", rows=5, notes=["shx_missing"]),
    Case("shx of rubbish", made(shx=instead(RUBBISH)), "made anew", rows=5, notes=["shx_wrong"],
         countable=False),
    Case("shx without its header", made(shx=put(0, ">25i", *[0] * 25)), "its entries are right",
         rows=5, notes=["shx_wrong"]),
    Case("shx that states two entries", made(shx=put(24, ">i", 58)), "GDAL would stop there",
         rows=5, notes=["shx_wrong"]),
    Case("shx that states millions", made(shx=put(24, ">i", 2**30)), "GDAL would not open it",
         rows=5, notes=["shx_wrong"]),
    Case("shx of one place", made(shx=index(*[PLACES[0]] * 5)), "five times the same record",
         rows=5, notes=["shx_wrong"]),
    Case("shx beyond the file", made(shx=index(*PLACES[:4], (9_000_000, 128))), "the last entry",
         rows=5, notes=["shx_wrong"]),
    Case("shx into the header", made(shx=index((0, 128), *PLACES[1:])), "an offset of 0",
         rows=5, notes=["shx_wrong"]),
    Case("shx of no length", made(shx=index(*PLACES[:4], (PLACES[4][0], 0))), "0 bytes a record",
         rows=5, notes=["shx_wrong"]),
    Case("shx of wrong lengths", made(shx=index(*[(at, 64) for at, _ in PLACES])), "half of each",
         rows=5, notes=["shx_wrong"]),
    Case("shx too long", made(shx=more(struct.pack(">2I", 50, 64))), "an entry too many", rows=5,
         notes=["shx_wrong"], countable=False),
    Case("shx moved by one", made(shx=index(*PLACES[1:], PLACES[0])), "rows and shapes part: "
         "nobody can know, and the index is what readers go by", rows=5),
    Case("records reordered", reordered, "sound: the index decides", rows=5),
    Case("dead record", dead_record, "sound: the index passes it over", rows=5, countable=False),
    # --- the .shp about itself ---
    Case("size too small", made(shp=put(24, ">i", 60)), "states 120 bytes", rows=5),
    Case("size too great", made(shp=put(24, ">i", 2**30)), "states 2 GiB, all rows are there",
         rows=5),
    Case("size negative", made(shp=put(24, ">i", -1)), "states -2 bytes", rows=5),
    Case("size 0", made(shp=put(24, ">i", 0)), "states nothing", rows=5),
    Case("version wrong", made(shp=put(28, "<i", 999)), "not 1000; nobody looks", rows=5),
    Case("box of NaN", made(shp=put(36, "<4d", *[float("nan")] * 4)), "not needed", rows=5),
    Case("box of infinity", made(shp=put(36, "<4d", *[float("inf")] * 4)), "not needed", rows=5),
    Case("shp of type 0", made(shp=put(32, "<i", 0)), "states null shapes",
         refused="no_polygon_layer"),
    Case("shp of lines", made(shp=put(32, "<i", 3)), "states lines",
         refused="no_polygon_layer"),
    Case("shp of type 99", made(shp=put(32, "<i", 99)), "no such type",
         refused="not_a_shapefile"),
    Case("shp with heights in its header", made(shp=put(32, "<i", 15)), "flat rows in a layer of "
         "heights", rows=5),
    Case("code turned around", made(shp=put(0, "<i", 9994)), "bytes in the wrong order",
         refused="not_a_shapefile"),
    Case("rubbish behind", made(shp=more(RUBBISH)), "after the stated end", rows=5),
    Case("rubbish behind, no shx", made(shp=more(RUBBISH), shx=None), "after the stated end",
         rows=5, notes=["shx_missing"]),
    Case("record numbered 0", made(shp=put(THIRD, ">i", 0)), "nobody needs the number", rows=5),
    Case("records all numbered 1", made(shp=numbered_one), "as some write",
         rows=5),
    *(
        Case(f"record length {what}", made(shp=put(THIRD + 4, ">I", words)),
             "the index has the true length, and the content is whole", rows=5, countable=False)
        for what, words in (("0", 0), ("too short", 20), ("of 65,535", 65_535),
                            ("negative", 2**32 - 16), ("most", 2**31 - 1))
    ),
    *(
        Case(f"record length {what}, no shx", made(shp=put(THIRD + 4, ">I", words), shx=None),
             "the rows after it are found again", rows=5, lost={"shape_damaged": [3]},
             countable=False)
        for what, words in (("0", 0), ("of 65,535", 65_535), ("negative", 2**32 - 16))
    ),
    # --- parts that do not belong together ---
    Case("no dbf", made(dbf=None), "no attributes", refused="missing_dbf"),
    Case("dbf of another layer", of_two_layers, "7 rows for 5 shapes",
         refused="record_counts_differ"),
    Case("no prj", made(prj=None), "asked, not guessed", refused="crs_missing"),
    Case("no prj, said", made(prj=None), "the option decides", rows=5,
         options=("--crs", "EPSG:32648")),
    Case("prj of rubbish", made(prj=instead(RUBBISH)), "unreadable: asked",
         refused="crs_missing"),
    Case("prj of an address", made(prj=instead(b"http://127.0.0.1:1/epsg/32648.wkt")),
         "is not fetched", refused="crs_missing"),
    Case("prj of a file name", made(prj=instead(b"/etc/passwd")), "is not opened",
         refused="crs_missing"),
    Case("prj with a BOM", made(prj=lambda part: b"\xef\xbb\xbf" + bytes(part)), "sound", rows=5),
    Case("prj of a megabyte", made(prj=lambda part: bytes(part) + b" " * 2**20), "mostly blanks",
         rows=5),
    Case("prj of brackets", made(prj=instead(b"PROJCS[" * 20_000)), "20,000 deep",
         refused="crs_not_understood"),
    Case("names in capitals", in_capitals, "as DOS wrote them", rows=5),
    # --- disguises ---
    Case("VRT as .shp", disguised(VRT), "would have other files read", refused="not_a_shapefile"),
    Case("GeoJSON as .shp", disguised(GEOJSON), "renamed", refused="not_a_shapefile"),
    Case("GeoPackage as .shp", disguised(b"SQLite format 3\0" + bytes(200)), "renamed",
         refused="not_a_shapefile"),
    Case("zip as .shp", disguised(b"PK\x03\x04" + bytes(200)), "renamed",
         refused="not_a_shapefile"),
    Case("blank .shp", disguised(bytes(500)), "zeros: a download that never came",
         refused="not_a_shapefile"),
    Case("empty .shp", lambda f: written(f, b"", "parcels.shp"), "0 bytes", refused="empty_file"),
    Case("folder named .shp", a_folder, "no file", refused="not_a_file"),
    Case("VRT", lambda f: written(f, VRT, "parcels.vrt"), "would have other files read",
         refused="vrt"),
    Case("KML", lambda f: written(f, b"<kml/>", "parcels.kml"), "not read", refused="kml"),
    Case("MapInfo", lambda f: written(f, b"Version 300", "parcels.mif"), "not read",
         refused="mapinfo"),
    Case("no suffix", lambda f: written(f, b"9994", "parcels"), "cannot be told",
         refused="unsupported_format"),
]  # fmt: skip

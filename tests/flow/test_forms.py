"""The same sixty parcels in every form that offices send: understood, or honestly asked about.

The table below is the whole contract: form -> what landgis must make of it. Each file is sent to a
register that holds the parcels already, so whatever was decided is checked by where they come to
lie. Forms: domain.md B9.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from landgis.bootstrap import Services
from landgis.cadastre import jurisdiction
from landgis.cadastre.register import Principal
from landgis.errors import Refused
from landgis.geodesy import LONLAT, WEB_MERCATOR, area_m2, transform, transform_xy
from landgis.geodesy.wrong_ways import written
from landgis.ingest.evidence import Choices, parse_axis_order, parse_epsg
from tests.conftest import Open
from tests.sending import ESRI_PRJ, PEOPLE, PLACES, PRJ_9209, PRJ_9210, parcels, shapefile, vilis

pytestmark = pytest.mark.db

AN = Principal.holding("user:an", {"import"})
VN_80 = jurisdiction.load(jurisdiction.find("vn-80"))
PRJ_4756 = PRJ_9209[PRJ_9209.index("GEOGCS") : PRJ_9209.index(",PROJECTION")]
TONES = "\u0300\u0301\u0303\u0309\u0323"
LIVE = parcels()
ACROSS = parcels(579_900.0, 1_220_886.0)
LONG_AN = next(
    step
    for step in VN_80.successions
    if step.old_parent_code == "80" and not step.partial and step.old_code not in VN_80.outlines
)
"""A commune of province 80 of before July 2025, which was Long An; 80 is Tây Ninh since."""

Columns = dict[str, list[str | bytes]]
Geoms = Any


@dataclass(frozen=True)
class Form:
    """One way to send the parcels."""

    columns: Callable[[], Columns] = vilis
    geoms: Callable[[], Geoms] = lambda: LIVE
    codec: str = "utf-8"
    prj: str | None = PRJ_9209
    cpg: str | None = None


@dataclass(frozen=True)
class Read:
    """What landgis must make of it, without a question."""

    encoding: str = "utf-8"
    crs: int = 9209
    axis: str = "east,north"
    profile: str = "vilis"
    notes: tuple[str, ...] = ()
    shift: str | None = "none"
    """Cause, ``none``, or None where there is nothing to compare with."""

    shift_m: float = 0.0
    areas: str | None = None
    accepted: int = 60
    columns: dict[str, str] = field(default_factory=dict)
    """Columns in another encoding than the others."""

    said: dict[str, list[str | None]] = field(default_factory=dict)
    """Attributes as they must read; by default places and people as they are."""


@dataclass(frozen=True)
class Asked:
    """The question that landgis must ask, and the answer among those that it offers."""

    code: str
    offers: str
    then: Read = field(default_factory=Read)


def with_(**changes: list[Any]) -> Callable[[], Columns]:
    return lambda: vilis() | changes


def renamed(**names: str) -> Callable[[], Columns]:
    return lambda: {names.get(name, name): values for name, values in vilis().items()}


def decomposed() -> Columns:
    return {
        name: [unicodedata.normalize("NFD", str(v)) for v in values]
        for name, values in vilis().items()
    }


def as_windows_1258() -> Columns:
    """As Windows writes it: the vowel with its hat in one byte, the tone after it."""

    def one(text: str) -> bytes:
        out = ""
        for char in text:
            parts = unicodedata.normalize("NFD", char)
            vowel = "".join(p for p in parts if p not in TONES)
            out += unicodedata.normalize("NFC", vowel) + "".join(p for p in parts if p in TONES)
        return out.encode("cp1258")

    return {name: [one(str(v)) for v in values] for name, values in vilis().items()}


def mixed() -> Columns:
    columns = vilis()
    columns["DIADANH"] = [str(v).encode("tcvn3") for v in columns["DIADANH"]]
    return columns


def cut() -> Columns:
    """Names cut at the width of the field, some of them within a character."""
    return vilis() | {"TENCHU": [str(v).encode()[:12] for v in vilis()["TENCHU"]]}


def capitals() -> Columns:
    """A .VnArialH export: every letter a capital, which TCVN3 writes with the small toned ones."""
    font = str.maketrans(
        {c.upper(): c for c in "áàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"}
    )
    columns = vilis()
    return columns | {"DIADANH": [str(v).upper().translate(font) for v in columns["DIADANH"]]}


def old_communes() -> Columns:
    """Communes of before the merger, each with a sheet 1, under their old codes."""
    old = sorted({s.old_code for s in VN_80.successions if s.new_code == "25645"})
    assert len(old) == 2
    return vilis() | {
        "XAID": [old[i % 2] for i in range(60)],
        "SHBANDO": ["1"] * 60,
        "SHTHUA": [str(i // 2 + 1) for i in range(60)],
    }


def national() -> Columns:
    """Element names of the national database, cut to ten characters, repeats with a suffix."""
    columns = vilis()
    return {
        "MaXa": columns["XAID"],
        "SoHieuToBa": columns["SHBANDO"],
        "SoThuTuThu": columns["SHTHUA"],
        "SoHieuTo_1": ["4"] * 60,
        "SoThuTuT_1": [str(900 + i) for i in range(60)],
        "DienTich": columns["DIENTICH"],
        "KyHieuMucD": columns["KHLOAIDAT"],
        "DiaChi": columns["DIADANH"],
        "TenChu": columns["TENCHU"],
    }


def gcadas() -> Columns:
    columns = vilis()
    return {
        "MA_XA": columns["XAID"],
        "So_to": [f"{v}.0" for v in columns["SHBANDO"]],
        "So_thua": columns["SHTHUA"],
        "Loai_dat": columns["KHLOAIDAT"],
        "Tong_dien_": columns["DIENTICH"],
        "XU_DONG": columns["DIADANH"],
        "Chu_SD": columns["TENCHU"],
    }


def in_plane(epsg: int) -> Callable[[], Geoms]:
    return lambda: transform(np.array(LIVE, dtype=object), 9209, epsg)


def turned(epsg: int = 9209) -> Callable[[], Geoms]:
    return lambda: shapely.transform(in_plane(epsg)(), lambda xy: xy[:, ::-1])


def wrongly(cause: str) -> Callable[[], Geoms]:
    def move(xy: Any) -> Any:
        lonlat = transform_xy(xy[:, 0], xy[:, 1], 9209, LONLAT)
        return np.column_stack(written(*lonlat, 9209, cause)).round(3)

    return lambda: [shapely.transform(p, move) for p in LIVE]


def areas(times: Callable[[Any], Any]) -> Callable[[], Columns]:
    measured = times(np.array(LIVE, dtype=object))
    return with_(DIENTICH=[f"{v:.6f}" for v in measured])


def across() -> Columns:
    """The fields of parcels in a commune that 11.04°N runs through."""
    return vilis() | {"XAID": ["25729"] * 60}


def torn() -> Geoms:
    """What PROJ's default makes of them: south of 11.04°N another operation than north of it."""

    def move(xy: Any) -> Any:
        lon, lat = transform_xy(xy[:, 0], xy[:, 1], 9209, LONLAT)
        wrong = np.column_stack(written(lon, lat, 9209, "epsg_5194")).round(3)
        return np.where((lat < 11.04)[:, None], wrong, xy)

    return [shapely.transform(p, move) for p in ACROSS]


def of_long_an() -> Columns:
    return vilis() | {"XAID": [LONG_AN.old_code] * 60}


def in_long_an() -> Geoms:
    """Surveyed in the meridian of that province, 105°45'."""
    middle = VN_80.outlines[LONG_AN.new_code].representative_point()
    (east,), (north,) = transform_xy(np.array([middle.x]), np.array([middle.y]), LONLAT, 9210)
    return parcels(float(east), float(north))


PLACES_60 = [PLACES[i % len(PLACES)] for i in range(60)]
PEOPLE_60 = [PEOPLE[i % len(PEOPLE)] for i in range(60)]

IN_TCVN3: dict[str, list[str | None]] = {
    "DIADANH": [place.replace("Ấ", "ấ") for place in PLACES_60],
    "TENCHU": [*PEOPLE_60],
}
"""TCVN3 has no capitals with tones: "Ấp" is written "ấp", and nobody can tell."""

FORMS: dict[str, tuple[Form, Read | Asked]] = {
    "as it should be": (Form(cpg="UTF-8"), Read()),
    "TCVN3, no .cpg": (Form(codec="tcvn3"), Read("tcvn3", said=IN_TCVN3)),
    "TCVN3 in a capital font": (
        Form(capitals, codec="tcvn3"),
        Read("tcvn3", said={"DIADANH": [p.upper() for p in PLACES_60]}),
    ),
    "VNI, no .cpg": (Form(codec="vni"), Read("vni")),
    "VISCII, no .cpg": (Form(codec="viscii"), Read("viscii")),
    "windows-1258, tones after vowels": (Form(as_windows_1258), Read("cp1258")),
    "UTF-8, .cpg says 1252": (Form(cpg="1252"), Read()),
    "TCVN3, .cpg says UTF-8": (Form(codec="tcvn3", cpg="UTF-8"), Read("tcvn3", said=IN_TCVN3)),
    "decomposed Unicode": (Form(decomposed), Read()),
    "one column in TCVN3, the others UTF-8": (
        Form(mixed), Read("tcvn3", columns={"TENCHU": "utf-8"}, said=IN_TCVN3),
    ),
    "names cut in mid-character": (
        Form(cut),
        Read(said={"TENCHU": [p.encode()[:12].decode(errors="replace") for p in PEOPLE_60]}),
    ),
    "national names cut to ten characters": (
        Form(national),
        Read(profile="national", said={"DiaChi": PLACES_60, "TenChu": PEOPLE_60}),
    ),
    "gCadas names, sheet 1.0": (
        Form(gcadas),
        Read(profile="gcadas", said={"XU_DONG": PLACES_60, "Chu_SD": PEOPLE_60}),
    ),
    "sheet as a float": (Form(with_(SHBANDO=[f"{v}.0" for v in vilis()["SHBANDO"]])), Read()),
    "X north, Y east": (Form(geoms=turned()), Read(axis="north,east", notes=("axes_swapped",))),
    "X north, Y east, no .prj": (Form(geoms=turned(), prj=None), Read(axis="north,east")),
    "VN-2000 degrees": (Form(geoms=in_plane(4756), prj=PRJ_4756), Read(crs=4756)),
    "VN-2000 degrees labelled metres": (
        Form(geoms=in_plane(4756)),
        Asked("crs_contradicted", "--crs EPSG:4756", Read(crs=4756)),
    ),
    "metres labelled degrees": (Form(prj=PRJ_4756), Read(notes=("crs_mislabelled",))),
    "degrees, no .prj": (
        Form(geoms=in_plane(4756), prj=None),
        Asked("crs_ambiguous", "--crs EPSG:4756", Read(crs=4756)),
    ),
    "no .prj": (Form(prj=None), Read()),
    "9210, no .prj": (Form(geoms=in_plane(9210), prj=None), Read(crs=9210)),
    "9210 as declared": (Form(geoms=in_plane(9210), prj=PRJ_9210), Read(crs=9210)),
    "9209 labelled 9210": (
        Form(prj=PRJ_9210),
        Asked("crs_contradicted", "--crs EPSG:9209", Read()),
    ),
    "9210 labelled 9209": (
        Form(geoms=in_plane(9210)),
        Asked("crs_contradicted", "--crs EPSG:9210", Read(crs=9210)),
    ),
    "9209 labelled UTM 48N of WGS 84": (
        Form(prj='PROJCS["WGS_1984_UTM_Zone_48N",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",'
             'SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],'
             'UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
             'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],'
             'PARAMETER["Central_Meridian",105.0],PARAMETER["Scale_Factor",0.9996],'
             'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'),
        Asked("crs_contradicted", "--crs EPSG:9209", Read()),
    ),
    "a meridian of elsewhere": (
        Form(geoms=in_plane(9211), prj=ESRI_PRJ.format(meridian=106.0)),
        Asked("crs_not_accepted", "", Read(crs=9211)),
    ),
    "no datum shift": (
        Form(geoms=wrongly("no_datum_shift")), Read(shift="no_datum_shift", shift_m=225.4),
    ),
    "rotations with their signs unchanged": (
        Form(geoms=wrongly("unflipped_rotations")),
        Read(shift="unflipped_rotations", shift_m=0.56),
    ),
    "EPSG:5194 in the place of 6960": (
        Form(geoms=wrongly("epsg_5194")), Read(shift="epsg_5194", shift_m=0.80),
    ),
    "areas of Web Mercator": (
        Form(areas(lambda g: area_m2(transform(g, 9209, WEB_MERCATOR), WEB_MERCATOR))),
        Read(areas="web_mercator"),
    ),
    "areas in hectares": (Form(areas(lambda g: shapely.area(g) / 10_000)), Read(areas="ha")),
    "areas as measured": (Form(areas(shapely.area)), Read(areas="m2")),
    "across 11.04°N": (Form(across, lambda: ACROSS), Read()),
    "across 11.04°N, torn by PROJ's default": (
        Form(across, torn), Read(shift="epsg_5194", shift_m=0.80),
    ),
    "province 80 of before 2025, its meridian, no .prj": (
        Form(of_long_an, in_long_an, prj=None), Read(crs=9210, shift=None),
    ),
    "old communes, each with a sheet 1": (Form(old_communes), Read()),
}  # fmt: skip


@pytest.fixture(scope="module")
def register(open_lasting: Open, tmp_path_factory: pytest.TempPathFactory) -> Services:
    """The parcels as they are, live."""
    services = open_lasting("vn-80")
    for geoms, columns in ((LIVE, vilis()), (ACROSS, across())):
        path = shapefile(tmp_path_factory.mktemp("live") / "thua.shp", geoms, columns)
        batch = services.load.load(path, Choices(memory=False), AN).batch
        services.publish.publish(batch.batch_id, AN)
    return services


@pytest.mark.parametrize("name", FORMS)
def test_form_is_understood_or_asked_about(register: Services, tmp_path: Path, name: str) -> None:
    form, wanted = FORMS[name]
    path = shapefile(
        tmp_path / "thua.shp",
        form.geoms(),
        form.columns(),
        codec=form.codec,
        prj=form.prj,
        cpg=form.cpg,
    )
    choices = Choices()
    if isinstance(wanted, Asked):
        with pytest.raises(Refused) as refusal:
            register.load.load(path, choices, AN)
        assert refusal.value.code == wanted.code
        assert wanted.offers in refusal.value.message
        if not wanted.offers:
            return
        choices = answer(wanted.offers)
        wanted = wanted.then
    judge(register, path, choices, wanted)


def answer(option: str) -> Choices:
    """The option that was offered, taken as it stands."""
    words = option.split()
    said = dict(zip(words[::2], words[1::2], strict=True))
    axis = parse_axis_order(said["--axis"]) if "--axis" in said else None
    return Choices(crs=parse_epsg(said["--crs"]), axis_order=axis, memory=False)


def judge(services: Services, path: Path, choices: Choices, wanted: Read) -> None:
    batch = services.load.load(path, choices, AN).batch
    evidence = batch.evidence
    assert evidence["crs"]["chosen"] == f"EPSG:{wanted.crs}"
    assert evidence["axis_order"]["chosen"] == wanted.axis
    assert evidence["encoding"]["chosen"] == wanted.encoding
    others = evidence["encoding"]["columns"]
    assert {name: found["chosen"] for name, found in others.items()} == wanted.columns
    assert evidence["mapping"]["chosen"] == wanted.profile
    assert tuple(note["code"] for note in evidence["notes"]) == wanted.notes
    assert batch.counts.accepted == wanted.accepted
    assert evidence.get("shift", {}).get("chosen") == wanted.shift
    if wanted.shift is not None:
        length = np.hypot(*evidence["shift"]["offset_m"])
        assert length == pytest.approx(wanted.shift_m, rel=0.02, abs=0.01)
    if wanted.areas is not None:
        assert evidence["areas"]["chosen"] == wanted.areas
    rows = services.load.rows(batch.batch_id, AN, state=None, after=0, limit=100)
    for name, texts in (wanted.said or {"DIADANH": PLACES_60, "TENCHU": PEOPLE_60}).items():
        assert [row["attributes"][name] for row in rows] == texts


def test_every_form_of_the_domain_book_is_in_the_table() -> None:
    assert len(FORMS) >= 30
    asked = [name for name, (_, wanted) in FORMS.items() if isinstance(wanted, Asked)]
    assert len(asked) < len(FORMS) / 4  # who always asks is never wrong, and of no use

"""The sample data are what their pages say: counts, planted defects and nothing else wrong."""

import json
import subprocess
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyogrio
import pytest
import shapely
from numpy.typing import NDArray

from landgis import geodesy
from landgis.cadastre import jurisdiction
from landgis.ingest.encodings import decode, detect
from landgis.ingest.profile import choose

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "data_samples"
DEMO = SAMPLES / "demo-register"
DEMO_ZIP = DEMO / "demo_hoa_thanh_vilis.zip"
EPINAY_ZIP = SAMPLES / "epinay" / "parcelles_91216_l93_shp.zip"
COMMUNES_ZIP = SAMPLES / "tay-ninh-communes" / "tay_ninh_xa_vn2000_tcvn3.zip"
VN_80 = jurisdiction.load(jurisdiction.find("vn-80"))
COMMUNE = "25645"
PARCELS = 4241


class Layer(NamedTuple):
    """A sample as GDAL reads it, text as Latin-1 of bytes."""

    columns: Mapping[str, NDArray[Any]]
    geoms: NDArray[Any]


@cache
def layer(path: Path) -> Layer:
    meta, _, wkb, values = pyogrio.raw.read(f"/vsizip/{path}", encoding="ISO-8859-1")
    return Layer(dict(zip(meta["fields"], values, strict=True)), shapely.from_wkb(wkb))


@cache
def planted() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((DEMO / "planted.json").read_text(encoding="utf-8"))
    return entries


def rows_of(defect: str) -> list[int]:
    return [entry["row"] - 1 for entry in planted() if entry["defect"] == defect]


def identities() -> list[tuple[Any, ...]]:
    columns = layer(DEMO_ZIP).columns
    return list(zip(columns["XAID"], columns["SHBANDO"], columns["SHTHUA"], strict=True))


def members(path: Path) -> list[tuple[Any, ...]]:
    with zipfile.ZipFile(path) as archive:
        return [(m.filename, m.CRC, m.date_time) for m in archive.infolist()]


@pytest.mark.parametrize(
    ("path", "rows"), [(DEMO_ZIP, 4247), (EPINAY_ZIP, PARCELS), (COMMUNES_ZIP, 96)]
)
def test_each_sample_has_the_rows_its_page_states(path: Path, rows: int) -> None:
    assert len(layer(path).geoms) == rows
    page = (path.parent / "README.md").read_text(encoding="utf-8")
    assert f"{rows:,}" in page
    for fact in ("Licence", "CRS", "Count", "nown defects"):
        assert fact in page


def test_the_folder_is_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*")) < 10_000_000


def test_the_demo_says_that_it_is_one() -> None:
    notes = decode(layer(DEMO_ZIP).columns["GHICHU"], "tcvn3").values
    assert set(notes) == {"Minh hoạ - DEMO"}
    assert "demonstration" in (DEMO / "README.md").read_text(encoding="utf-8")


def test_the_demo_is_a_legacy_file() -> None:
    with zipfile.ZipFile(DEMO_ZIP) as archive:
        members = {Path(name).suffix: archive.read(name) for name in archive.namelist()}
    assert set(members) == {".shp", ".shx", ".dbf", ".prj"}
    assert b"EPSG" not in members[".prj"]
    assert members[".dbf"][29] == 0
    assert max(map(len, layer(DEMO_ZIP).columns)) <= 10


def test_the_planted_defects_are_listed_in_full() -> None:
    expected = Counter(
        {
            ("null_geometry", "geometry.empty", "quarantined"): 2,
            ("bow_tie", "geometry.bow_tie", "quarantined"): 2,
            ("exact_duplicate_first", "topology.same_geometry", "accepted"): 2,
            ("exact_duplicate", "topology.same_geometry", "quarantined"): 2,
            ("same_identity_other_geometry", "identity.duplicate", "quarantined"): 2,
            ("stack", "topology.stack", "accepted"): 2,
            ("outside", "geometry.outside_jurisdiction", "quarantined"): 1,
        }
    )
    assert Counter((p["defect"], p["rule"], p["expect"]) for p in planted()) == expected
    assert len({entry["row"] for entry in planted()}) == len(planted())


def test_null_and_invalid_geometries_are_the_planted_ones() -> None:
    geoms = layer(DEMO_ZIP).geoms
    missing = shapely.is_missing(geoms)
    assert list(np.flatnonzero(missing)) == rows_of("null_geometry")
    invalid = ~missing & ~shapely.is_valid(geoms)
    assert list(np.flatnonzero(invalid)) == rows_of("bow_tie")
    assert not shapely.is_empty(geoms).any()


def test_repeated_polygons_and_numbers_are_the_planted_ones() -> None:
    geoms = layer(DEMO_ZIP).geoms
    by_shape: dict[bytes, list[int]] = defaultdict(list)
    for i, key in enumerate(shapely.to_wkb(shapely.normalize(geoms))):
        if key is not None:
            by_shape[key].append(i)
    by_identity: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for i, identity in enumerate(identities()):
        by_identity[identity].append(i)

    same_shape = sorted(rows for rows in by_shape.values() if len(rows) > 1)
    same_identity = sorted(rows for rows in by_identity.values() if len(rows) > 1)

    pairs = [
        list(pair)
        for pair in zip(rows_of("exact_duplicate_first"), rows_of("exact_duplicate"), strict=True)
    ]
    clash = rows_of("same_identity_other_geometry")
    assert same_shape == sorted([*pairs, rows_of("stack")])
    assert same_identity == sorted([*pairs, clash])
    assert not geoms[clash[0]].equals(geoms[clash[1]])


def test_an_exact_duplicate_is_exact_in_every_field() -> None:
    columns = layer(DEMO_ZIP).columns
    for first, again in zip(
        rows_of("exact_duplicate_first"), rows_of("exact_duplicate"), strict=True
    ):
        assert [column[first] for column in columns.values()] == [
            column[again] for column in columns.values()
        ]


def test_the_stray_parcel_is_30_km_outside_and_all_others_are_in_the_commune() -> None:
    geoms = layer(DEMO_ZIP).geoms
    outlines = geodesy.transform(np.array([*VN_80.outlines.values()]), geodesy.LONLAT, 9209)
    (stray,) = rows_of("outside")
    assert shapely.distance(outlines, geoms[stray]).min() > 30_000.0
    commune = geodesy.transform(VN_80.outlines[COMMUNE], geodesy.LONLAT, 9209)
    shapely.prepare(commune)
    inside = shapely.contains_properly(commune, geoms) | shapely.is_missing(geoms)
    assert list(np.flatnonzero(~inside)) == [stray]


def test_without_the_planted_rows_the_demo_is_a_clean_coverage() -> None:
    geoms = layer(DEMO_ZIP).geoms
    dirty = {entry["row"] - 1 for entry in planted() if entry["expect"] == "quarantined"}
    clean = np.array([i for i in range(len(geoms)) if i not in dirty and i != rows_of("stack")[1]])
    assert shapely.coverage_is_valid(geoms[clean])
    assert len(clean) + len(dirty) + 1 == len(geoms)


def test_the_demo_keeps_the_real_areas_and_the_millimetre() -> None:
    columns, geoms = layer(DEMO_ZIP)
    bow_ties = set(rows_of("bow_tie"))
    real = shapely.area(layer(EPINAY_ZIP).geoms)
    for i, geom in enumerate(geoms):
        key = int(columns["THUAID"][i]) - 1
        if geom is not None and i not in bow_ties and key < PARCELS:
            # Rounding the vertices to 1 mm moves an area by about a millimetre of its outline.
            assert geom.area == pytest.approx(real[key], abs=0.15 + 0.001 * geom.length)
    xy = shapely.get_coordinates(geoms)
    assert np.array_equal(xy, xy.round(3))


def test_sheets_are_of_a_few_hundred_parcels_numbered_from_one() -> None:
    columns = layer(DEMO_ZIP).columns
    clash = rows_of("same_identity_other_geometry")
    for sheet in np.unique(columns["SHBANDO"]):
        numbers = {int(n) for n in columns["SHTHUA"][columns["SHBANDO"] == sheet]}
        missing = set(range(1, max(numbers) + 1)) - numbers
        assert 200 <= len(numbers) <= 400
        assert len(missing) == (1 if columns["SHBANDO"][clash[0]] == sheet else 0)


def test_old_numbers_are_ambiguous_without_the_old_commune() -> None:
    columns = layer(DEMO_ZIP).columns
    firsts = {
        unit
        for unit, sheet, number in zip(
            columns["XAIDCU"], columns["SOTOCU"], columns["SOTHUACU"], strict=True
        )
        if (sheet, number) == (1, 1)
    }
    olds = {s.old_code for s in VN_80.successions if s.new_code == COMMUNE}
    assert firsts == set(columns["XAIDCU"]) == olds


def test_text_is_tcvn3_and_survives_the_round_trip() -> None:
    columns = layer(DEMO_ZIP).columns
    mapping = choose(list(columns), VN_80.profiles)
    assert (mapping.profile.name, mapping.missing_identity()) == ("vilis", ())
    assert mapping.personal == ("TENCHU", "DIACHI")
    for name in ("TENCHU", "DIACHI"):
        raw = list(columns[name])
        detection = detect(raw, VN_80.encodings)
        assert (detection.chosen, detection.ambiguous) == ("tcvn3", False)
        texts = decode(raw, "tcvn3")
        assert texts.damaged == 0
        assert [text.encode("tcvn3").decode("latin-1") for text in texts.values] == raw


def test_land_uses_are_known_and_two_parcels_are_to_be_withheld() -> None:
    uses = [VN_80.land_uses.parse(text) for text in layer(DEMO_ZIP).columns["KHLOAIDAT"]]
    counts = Counter(code for codes in uses for code in codes)
    assert set(counts) <= VN_80.land_uses.codes
    wanted = [
        "ODT",
        "CLN",
        "LUC",
        "HNK",
        "NTS",
        "DGD",
        "DYT",
        "TSC",
        "DGT",
        "TMD",
        "SKC",
        "DKV",
        "NTD",
        "TIN",
    ]
    assert set(wanted) <= set(counts)
    assert sum(counts[code] for code in VN_80.withheld_uses) == 2


def test_the_shipped_outlines_keep_the_stated_accuracy() -> None:
    columns, communes = layer(COMMUNES_ZIP)
    outlines = np.array([VN_80.outlines[code] for code in columns["MA_XA"]])
    placed = geodesy.transform(outlines, geodesy.LONLAT, 9209)
    deviation = shapely.hausdorff_distance(shapely.boundary(communes), shapely.boundary(placed))
    assert 10.0 < deviation.max() <= VN_80.outline_accuracy_m


def test_the_script_gives_the_same_bytes_again(tmp_path: Path) -> None:
    run = [sys.executable, str(ROOT / "scripts" / "make-samples"), "--into"]
    for name in ("one", "two"):
        subprocess.run([*run, str(tmp_path / name)], check=True, capture_output=True)
    for name in (DEMO_ZIP.name, "planted.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    # Against the shipped file member by member: another zlib may pack the same bytes otherwise.
    assert members(tmp_path / "one" / DEMO_ZIP.name) == members(DEMO_ZIP)
    assert (tmp_path / "one" / "planted.json").read_bytes() == (DEMO / "planted.json").read_bytes()

"""Opening a file: what is found in it, and what is refused before anything is parsed."""

import hashlib
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from landgis.errors import NotFound, Refused
from landgis.ingest import zip_archive
from landgis.ingest.archive import OpenedSource, open_source

Make = Callable[..., Path]


@pytest.fixture
def workdir(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def packed(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def parts_of(shp: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(shp.parent.iterdir())}


def code_of(path: Path, workdir: Path, name: str | None = None) -> str:
    with pytest.raises(Refused) as refused:
        open_source(path, workdir, name)
    assert path.name in refused.value.message or str(path) in refused.value.message
    assert "\n" not in refused.value.message
    return refused.value.code


def test_loose_shapefile_takes_companions_in_any_letter_case(
    tmp_path: Path, workdir: Path, make_shapefile: Make
) -> None:
    shp = make_shapefile(tmp_path / "in")
    shp.with_suffix(".dbf").rename(shp.parent / "Parcels.DBF")
    (shp.parent / "parcels.PRJ").write_text("PROJCS[]")
    (shp.parent / "parcels_old.cpg").write_text("UTF-8")
    (member,) = open_source(shp, workdir).members
    assert member.dbf is not None
    assert member.prj is not None
    assert member.cpg is None
    assert member.dbf.read_bytes() == (shp.parent / "Parcels.DBF").read_bytes()
    copies = (member.path, member.shx, member.dbf, member.prj)
    assert all(workdir in copy.parents for copy in copies if copy)


def test_digest_of_loose_shapefile_changes_when_only_the_dbf_changes(
    tmp_path: Path, make_shapefile: Make
) -> None:
    def digest(run: str) -> OpenedSource:
        folder = tmp_path / run
        folder.mkdir()
        return open_source(shp, folder)

    shp = make_shapefile(tmp_path / "in")
    first, again = digest("1"), digest("2")
    make_shapefile(tmp_path / "in", values=[b"a", b"b", b"c"])
    changed = digest("3")
    assert first.source.sha256 == again.source.sha256 != changed.source.sha256
    assert first.source.bytes == sum(len(part) for part in parts_of(shp).values())


def test_zip_digest_and_name_are_those_of_the_file_as_sent(
    tmp_path: Path, workdir: Path, make_shapefile: Make
) -> None:
    path = packed(tmp_path / "upload.tmp", parts_of(make_shapefile(tmp_path / "in")))
    source = open_source(path, workdir, r"C:\data\thửa đất.zip").source
    assert source.name == "thửa đất.zip"
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert source.bytes == path.stat().st_size


def test_zip_gives_every_layer_in_every_folder(
    tmp_path: Path, workdir: Path, make_shapefile: Make
) -> None:
    parts = parts_of(make_shapefile(tmp_path / "in"))
    members = {f"{folder}/{name}": raw for folder in ("A", "B/c") for name, raw in parts.items()}
    members |= {f"__MACOSX/A/._{name}": b"junk" for name in parts}
    members |= {"A/readme.txt": b"hello", "A/metadata.json": b'{"title": "x"}'}
    members |= {"B\\old.geojson": b'{"type": "FeatureCollection", "features": []}'}
    found = open_source(packed(tmp_path / "x.zip", members), workdir).members
    assert [(m.name, m.kind) for m in found] == [
        ("A/parcels.shp", "shapefile"),
        ("B/c/parcels.shp", "shapefile"),
        ("B/old.geojson", "geojson"),
    ]
    assert all(m.dbf is not None and m.shx is not None for m in found[:2])


def test_missing_path_is_not_found(tmp_path: Path, workdir: Path) -> None:
    with pytest.raises(NotFound) as missing:
        open_source(tmp_path / "no.zip", workdir)
    assert missing.value.code == "no_such_file"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("parcels.zip", b"", "empty_file"),
        ("parcels.zip", b"<html><body>404</body></html>", "not_a_zip"),
        ("parcels.zip", os.urandom(4096), "not_a_zip"),
        ("parcels.zip", b"Rar!\x1a\x07\x01\x00" + bytes(100), "not_a_zip"),
        ("parcels.tar.gz", b"\x1f\x8b" + bytes(100), "other_archive"),
        ("parcels.dbf", b"\x03" + bytes(100), "unpacked_shapefile_part"),
        ("parcels", b"x", "unsupported_format"),
    ],
)
def test_wrong_file_is_refused(
    tmp_path: Path, workdir: Path, name: str, content: bytes, code: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert code_of(tmp_path / name, workdir) == code


def test_unsupported_format_names_what_is_read(tmp_path: Path, workdir: Path) -> None:
    (tmp_path / "x.bin").write_bytes(b"x")
    with pytest.raises(Refused, match=r"\.zip.*\.shp.*\.gpkg.*\.geojson.*\.csv.*\.xlsx"):
        open_source(tmp_path / "x.bin", workdir)


def test_folder_is_refused(tmp_path: Path, workdir: Path) -> None:
    (tmp_path / "layers.shp").mkdir()
    assert code_of(tmp_path / "layers.shp", workdir) == "not_a_file"


def test_zip_without_a_layer_names_what_it_holds(tmp_path: Path, workdir: Path) -> None:
    path = packed(tmp_path / "x.zip", {"counties.dbf": b"x", "counties.sbn": b"y"})
    with pytest.raises(Refused, match=r"counties\.dbf") as refused:
        open_source(path, workdir)
    assert refused.value.code == "no_layer_in_archive"


@pytest.mark.parametrize(
    "name",
    ["../evil.shp", "a/../../evil.shp", "/etc/evil.shp", "C:/evil.shp", "..\\evil.shp",
     "evil\u202epohs.shp", "new\nline.shp", "x" * 250 + ".shp"],
)  # fmt: skip
def test_evil_member_name_is_refused_and_nothing_is_written(
    tmp_path: Path, workdir: Path, name: str
) -> None:
    path = packed(tmp_path / "x.zip", {name: b"x"})
    assert code_of(path, workdir) == "bad_member_name"
    assert list(workdir.iterdir()) == []


def test_nul_in_a_member_name_is_refused(tmp_path: Path, workdir: Path) -> None:
    path = packed(tmp_path / "x.zip", {"evil.shp?.txt": b"x"})
    path.write_bytes(path.read_bytes().replace(b"evil.shp?", b"evil.shp\0"))
    assert code_of(path, workdir) == "bad_member_name"


@pytest.mark.parametrize(("mode", "kind"), [(stat.S_IFLNK, "link"), (stat.S_IFCHR, "device")])
def test_link_or_device_in_a_zip_is_refused(
    tmp_path: Path, workdir: Path, mode: int, kind: str
) -> None:
    info = zipfile.ZipInfo(f"{kind}.shp")
    info.external_attr = (mode | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert code_of(tmp_path / "x.zip", workdir) == "member_is_a_link"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [("a.shp", "a.shp"), ("a.shp", "A.SHP"), ("é.shp", "é.shp")])
def test_names_that_collide_are_refused(
    tmp_path: Path, workdir: Path, names: tuple[str, str]
) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    assert code_of(tmp_path / "x.zip", workdir) == "duplicate_member"


def test_encrypted_member_is_refused(tmp_path: Path, workdir: Path) -> None:
    path = packed(tmp_path / "x.zip", {"a.shp": b"x"})
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    assert code_of(path, workdir) == "encrypted_member"


@pytest.mark.parametrize("suffix", ["zip", "7z", "tar.gz", "RAR"])
def test_nested_archive_is_refused(tmp_path: Path, workdir: Path, suffix: str) -> None:
    path = packed(tmp_path / "x.zip", {"a.shp": b"x", f"more.{suffix}": b"y"})
    assert code_of(path, workdir) == "nested_archive"


def test_bomb_is_refused_before_the_disk_fills(tmp_path: Path, workdir: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.shp", "w") as member,
    ):
        for _ in range(200):
            member.write(bytes(1024**2))
    assert code_of(tmp_path / "x.zip", workdir) == "archive_too_large"
    written = sum(file.stat().st_size for file in workdir.rglob("*") if file.is_file())
    assert written <= zip_archive.RATIO_FREE_BYTES


def test_total_is_counted_over_all_members(
    tmp_path: Path, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zip_archive, "UNPACKED_BYTES_LIMIT", 3_000_000)
    members = {f"{k}.geojson": os.urandom(1_000_000) for k in range(4)}
    path = packed(tmp_path / "x.zip", members, zipfile.ZIP_STORED)
    assert code_of(path, workdir) == "archive_too_large"


def test_blank_filled_table_that_packs_well_is_accepted(tmp_path: Path, workdir: Path) -> None:
    blank = b" " * 5_000_000
    path = packed(tmp_path / "x.zip", {"a.shp": b"x", "a.dbf": blank})
    (member,) = open_source(path, workdir).members
    assert member.dbf is not None
    assert member.dbf.stat().st_size == len(blank)


def test_too_many_members_are_refused(tmp_path: Path, workdir: Path) -> None:
    path = packed(tmp_path / "x.zip", {f"{k}.txt": b"" for k in range(201)})
    assert code_of(path, workdir) == "too_many_members"


def test_members_that_share_bytes_are_refused(tmp_path: Path, workdir: Path) -> None:
    path = packed(tmp_path / "x.zip", {"a.shp": b"x" * 5000, "b.shp": b"y"}, zipfile.ZIP_STORED)
    raw = bytearray(path.read_bytes())
    second = raw.index(b"PK\x01\x02", raw.index(b"PK\x01\x02") + 4)
    struct.pack_into("<I", raw, second + 42, 40)
    path.write_bytes(raw)
    assert code_of(path, workdir) == "overlapping_members"


def test_wrong_checksum_is_a_damaged_archive(tmp_path: Path, workdir: Path) -> None:
    path = packed(tmp_path / "x.zip", {"a.shp": b"content of a"}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"content of a", b"CONTENT of a"))
    assert code_of(path, workdir) == "damaged_archive"


def test_cut_off_zip_is_refused_at_every_length(tmp_path: Path, make_shapefile: Make) -> None:
    whole = packed(tmp_path / "x.zip", parts_of(make_shapefile(tmp_path / "in"))).read_bytes()
    cut = tmp_path / "cut.zip"
    for length in range(1, len(whole), 37):
        cut.write_bytes(whole[:length])
        folder = tmp_path / f"w{length}"
        folder.mkdir()
        assert code_of(cut, folder) in {"not_a_zip", "damaged_archive"}


def test_unusual_compression_is_refused_by_name(tmp_path: Path, workdir: Path) -> None:
    path = packed(tmp_path / "x.zip", {"a.shp": b"x" * 100}, zipfile.ZIP_LZMA)
    assert code_of(path, workdir) == "unsupported_compression"


def test_file_above_the_limit_is_refused_unread(tmp_path: Path, workdir: Path) -> None:
    with (tmp_path / "x.gpkg").open("wb") as file:
        file.truncate(2 * 1024**3 + 1)
    assert code_of(tmp_path / "x.gpkg", workdir) == "file_too_large"
    assert list(workdir.iterdir()) == []

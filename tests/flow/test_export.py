"""What landgis writes, landgis reads: a file of the register says what the register says."""

import json
import zipfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from uuid import UUID

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely

from landgis import geodesy
from landgis.bootstrap import Services
from landgis.bootstrap.exporting import exports
from landgis.cadastre.edits import NetChange
from landgis.cadastre.exports import FileField
from landgis.cadastre.parcels import LandUseShare
from landgis.cadastre.register import Principal
from landgis.cadastre.resend import Difference
from landgis.cadastre.roles import SCOPES
from landgis.documents.exported import Rows
from landgis.documents.exported.dbase import DbfWriter
from landgis.errors import Conflict, LandgisError, NotAllowed, NotFound, Refused, UsageError
from landgis.ingest.evidence import Choices
from landgis.services.exporting import ExportAsked, Exported
from tests.builders import parcel_set, square
from tests.conftest import Open
from tests.drafting import LAN, Office, asked, person

pytestmark = pytest.mark.db

DEMO = Path(__file__).parents[2] / "data_samples" / "demo-register" / "demo_hoa_thanh_vilis.zip"
SHEETS = ("1", "2")
BY = Principal.holding("local:an", SCOPES)
IMPORTED = (".gpkg", ".zip", ".geojson", ".fgb", ".parquet", ".csv")


@dataclass
class Register:
    """Real parcels of two sheets, and what people changed of them since."""

    services: Services
    folder: Path
    batch: UUID
    changed: dict[str, dict[str, object]]
    withheld: str

    def export(self, name: str, *, overwrite: bool = False, **said: object) -> Exported:
        out, asked_ = self.folder / name, ExportAsked(**said)  # type: ignore[arg-type]
        return exports(self.services).write(out, asked_, BY, overwrite=overwrite)

    def difference(self, name: str) -> Difference:
        batch = self.services.load.load(self.folder / name, Choices(), BY).batch
        assert (batch.status, batch.counts.quarantined, batch.counts.unreadable) == ("staged", 0, 0)
        return self.services.editing.resends.difference(batch.batch_id, BY, "unit")


def real_sheets(folder: Path) -> Path:
    """Write some sheets of the demonstration, a real cadastre, as its sender does: TCVN3."""
    # Latin-1 of the bytes, there and back.
    meta, _, wkb, columns = pyogrio.raw.read(f"/vsizip/{DEMO}", encoding="ISO-8859-1")
    sheets = columns[meta["fields"].tolist().index("SHBANDO")].astype(str)
    mine = np.isin(sheets, SHEETS) & np.array([shape is not None for shape in wkb])
    path = folder / "to_1_2.shp"
    pyogrio.raw.write(
        path,
        geometry=wkb[mine],
        field_data=[column[mine] for column in columns],
        fields=meta["fields"],
        crs="EPSG:9209",
        geometry_type="Polygon",
        encoding="ISO-8859-1",
        driver="ESRI Shapefile",
    )
    path.with_suffix(".cpg").unlink()
    return path


@pytest.fixture(scope="module")
def register(open_lasting: Open, tmp_path_factory: pytest.TempPathFactory) -> Register:
    folder = tmp_path_factory.mktemp("export")
    office = Office(open_lasting("vn-80"))
    batch = office.services.load.load(real_sheets(folder), Choices(), BY).batch
    office.services.publish.publish(batch.batch_id, BY)
    live = [p for p in office.by_fid() if p.register_area_m2 and len(p.land_uses) == 1]
    area = live[0].register_area_m2 or 0.0
    changed: dict[str, dict[str, object]] = {
        f"{live[0].sheet}/{live[0].number}": {
            "land_uses": (LandUseShare("ONT", area - 50.3), LandUseShare("CLN", 50.3)),
            "address": "=1+1; tổ 3, ấp Long Thành Bắc",
        },
        f"{live[1].sheet}/{live[1].number}": {
            "land_uses": (LandUseShare("ONT", None), LandUseShare("CLN", 12.5)),
            "address": '"Nhà văn hóa", khu phố 4',
        },
        f"{live[2].sheet}/{live[2].number}": {"land_uses": (LandUseShare("CQP", None),)},
    }
    by_name = office.live()
    before = [by_name[name] for name in changed]
    after = [replace(p, **facts) for p, facts in zip(before, changed.values(), strict=True)]
    net = NetChange(tuple(p.as_before() for p in before), tuple(after), ())
    shown = office.draft_of(net, "HS-9")
    approver = person("minh", "review", "drafts", "withheld")
    office.approve(office.drafts.submit(shown.draft.draft_id, asked(shown, LAN)), approver)
    return Register(
        office.services, folder, batch.batch_id, changed, f"{live[2].sheet}/{live[2].number}"
    )


def test_facts_that_people_changed_are_in_the_register(register: Register) -> None:
    live = Office(register.services).live()
    for name, facts in register.changed.items():
        assert {key: getattr(live[name], key) for key in facts} == facts


@pytest.mark.parametrize("suffix", IMPORTED)
def test_importing_ones_own_export_is_the_identity(register: Register, suffix: str) -> None:
    """Nothing new, nothing changed, nothing gone: over file, reader, profile and comparison."""
    live = Office(register.services).by_fid()
    done = register.export(f"own{suffix}", withheld=True)
    assert (done.parcels, done.revision, done.left_out) == (len(live), 2, 0)
    found = register.difference(f"own{suffix}")
    assert found.changed == found.created == found.retired == found.clashes == ()
    assert (found.same, found.outdated, found.absent) == (len(live), 0, 0)


def test_vertices_are_as_surveyed_bit_for_bit(register: Register) -> None:
    register.export("bits.geojson", withheld=True)
    document = json.loads((register.folder / "bits.geojson").read_text(encoding="utf-8"))
    live = {p.fid: p.geom.wkb for p in Office(register.services).by_fid()}
    assert document["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::9209"
    assert document["landgis"]["base_revision"] == 2
    for feature in document["features"]:
        shape = shapely.geometry.shape(feature["geometry"])
        assert shape.wkb == live[feature["properties"]["fid"]]


def test_a_change_in_the_exported_file_is_that_change(register: Register) -> None:
    register.export("edited.geojson", withheld=True)
    path = register.folder / "edited.geojson"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["features"][7]["properties"]["address"] = "12 Lê Lợi"
    path.write_text(json.dumps(document), encoding="utf-8")
    found = register.difference("edited.geojson")
    assert [p.address for p in found.changed] == ["12 Lê Lợi"]
    assert found.created == found.retired == found.clashes == ()


def test_withheld_land_is_left_out_unless_asked_for(register: Register) -> None:
    live = Office(register.services).live()
    hidden = {n for n, p in live.items() if {s.code for s in p.land_uses} & {"CQP", "CAN"}}
    assert register.withheld in hidden
    done = register.export("public.csv")
    assert (done.parcels, done.left_out) == (len(live) - len(hidden), len(hidden))
    text = (register.folder / "public.csv").read_text(encoding="utf-8")
    assert not {"CQP", "CAN"} & set(text.replace("+", ",").split(","))
    # What is withheld today is not told of yesterday either.
    then = register.export("public.csv", overwrite=True, as_of="1")
    assert then.left_out == len(hidden)
    assert register.export("public.csv", overwrite=True, as_of="1", withheld=True).left_out == 0
    nobody = person("cham", "public", "register", units=None)
    with pytest.raises(NotAllowed, match="withheld"):
        exports(register.services).write(
            register.folder / "x.csv", ExportAsked(withheld=True), nobody
        )


def test_as_of_gives_what_the_register_knew_then(register: Register) -> None:
    register.export("then.geojson", as_of="1", withheld=True)
    document = json.loads((register.folder / "then.geojson").read_text(encoding="utf-8"))
    uses = {
        f"{f['properties']['sheet']}/{f['properties']['number']}": f["properties"]["land_use"]
        for f in document["features"]
    }
    assert len(uses) == len(Office(register.services).by_fid())
    assert not {uses[name] for name in register.changed} & {"ONT+CLN", "CQP"}
    assert {f["properties"]["base_revision"] for f in document["features"]} == {1}
    assert register.export("day.fgb", effective_on=date(2026, 1, 1)).parcels > 0
    with pytest.raises(NotFound) as nothing:
        register.export("before.gpkg", as_of="0")
    assert nothing.value.code == "nothing_to_export"


def test_shapefile_says_which_short_name_is_which_field(register: Register) -> None:
    register.export("short.zip")
    with zipfile.ZipFile(register.folder / "short.zip") as archive:
        told = archive.read("FIELDS.md").decode()
        assert archive.read("parcels.cpg") == b"UTF-8"
        assert (
            "9209" in archive.read("parcels.prj").decode()
            or "105.5" in archive.read("parcels.prj").decode()
        )
    assert "| register_a | register_area_m2 | number |" in told
    assert "base_revision: 2" in told
    meta = pyogrio.read_info(f"/vsizip/{register.folder / 'short.zip'}")
    assert meta["encoding"] == "UTF-8"
    assert all(len(name) <= 10 for name in meta["fields"])


def sent_and_given(register: Register, name: str) -> tuple[dict[str, object], dict[str, object]]:
    """The columns of the sender's file and of ours, as Latin-1 of their bytes, by parcel."""
    read = []
    with zipfile.ZipFile(register.folder / name) as archive:
        assert archive.testzip() is None
        assert "to_1_2.cpg" not in archive.namelist()
    for path in (register.folder / "to_1_2.shp", f"/vsizip/{register.folder / name}"):
        meta, _, wkb, columns = pyogrio.raw.read(path, encoding="ISO-8859-1")
        values = dict(zip(meta["fields"].tolist(), columns, strict=True))
        keys = [f"{s}/{n}" for s, n in zip(values["SHBANDO"], values["SHTHUA"], strict=True)]
        rows = zip(keys, wkb, zip(*columns, strict=True), strict=True)
        read.append({"": list(values), **{key: (shape, row) for key, shape, row in rows}})
    return read[0], read[1]


def test_like_a_batch_is_its_senders_own_form(register: Register) -> None:
    """Fields, their order and names, TCVN3, the plane; owners' names are nowhere in it."""
    done = register.export("like.zip", like=register.batch, withheld=True)
    assert done.emptied == ("TENCHU", "DIACHI")
    assert set(done.unread) >= {"THUAID", "GHICHU"}
    sent, given = sent_and_given(register, "like.zip")
    names = sent.pop("")
    assert given.pop("") == names
    live = Office(register.services).live()
    assert given.keys() == live.keys()
    at = {name: names.index(name) for name in names}  # type: ignore[attr-defined, union-attr]
    for key, (shape, row) in given.items():  # type: ignore[misc]
        assert shapely.from_wkb(shape).equals(live[key].geom)
        if key not in register.changed:
            theirs = [
                None if name in done.emptied else value
                for name, value in zip(names, sent[key][1], strict=True)  # type: ignore[index, call-overload]
            ]
            assert list(row) == theirs, key
    first, second, third = (given[key][1] for key in register.changed)  # type: ignore[index]
    address = first[at["DIADANH"]].encode("iso-8859-1").decode("tcvn3")
    assert address == "=1+1; tổ 3, ấp Long Thành Bắc"
    assert second[at["DIADANH"]].encode("iso-8859-1") == '"Nhà văn hóa", khu phố 4'.encode("tcvn3")
    assert [row[at["KHLOAIDAT"]] for row in (first, second, third)] == ["ONT+CLN", "ONT+CLN", "CQP"]


def test_importing_the_senders_form_changes_nothing_it_can_say(register: Register) -> None:
    register.export("back.zip", like=register.batch, withheld=True)
    found = register.difference("back.zip")
    assert found.changed == found.created == found.retired == ()
    # The areas of single uses have no field in the sender's form: a person decides.
    assert {(c.why, c.fields) for c in found.clashes} == {("changed_on_both_sides", ("land_uses",))}
    named = {(clash.key or "").removeprefix("25645/") for clash in found.clashes}
    assert named == register.changed.keys()
    assert found.same == len(Office(register.services).by_fid()) - len(named)


def test_letters_that_the_senders_encoding_lacks_are_named(register: Register) -> None:
    with pytest.raises(UsageError) as refused:
        register.export("like.dxf", like=register.batch)
    assert refused.value.code == "like_drawing"
    field = FileField("DIADANH", "text", 20, "tcvn3")
    with (
        pytest.raises(Refused) as lacking,
        DbfWriter(register.folder / "x.dbf", [field], (2026, 11, 23)) as writer,
    ):
        writer.write(Rows([["đường Ž"]], [b""]))
    assert lacking.value.code == "not_in_encoding"
    assert "Ž" in lacking.value.message
    with (
        pytest.raises(Refused) as long,
        DbfWriter(register.folder / "x.dbf", [field], (2026, 11, 23)) as writer,
    ):
        writer.write(Rows([["đ" * 21]], [b""]))
    assert long.value.code == "text_too_long"


def test_drawing_has_the_levels_of_a_cadastral_map(register: Register) -> None:
    done = register.export("map.dxf", withheld=True)
    _, _, wkb, (level, text) = pyogrio.raw.read(
        register.folder / "map.dxf", columns=["Layer", "Text"]
    )
    shapes = shapely.from_wkb(wkb)
    live = Office(register.services).by_fid()
    assert set(level) == {"10", "11", "13", "4", "29"}
    rings = sum(1 + len(p.interiors) for one in live for p in shapely.get_parts(one.geom))
    assert (level == "10").sum() == rings
    assert (level == "11").sum() == done.parcels
    assert sorted(text[level == "13"]) == sorted(one.number for one in live)
    assert "ONT+CLN" in text[level == "29"]
    own = next(one for one in live if f"{one.sheet}/{one.number}" == "1/20")
    (label,) = [
        shape
        for shape, words in zip(shapes[level == "13"], text[level == "13"], strict=True)
        if words == "20" and own.geom.contains(shape)
    ]
    assert own.geom.contains(label)
    faces = [shapely.force_2d(shapely.Polygon(ring.coords)) for ring in shapes[level == "10"]]
    drawn = [face for face in faces if face.equals(own.geom)]
    assert len(drawn) == 1


def test_workbook_holds_no_formula(register: Register) -> None:
    done = register.export("book.xlsx", withheld=True)
    book = openpyxl.load_workbook(register.folder / "book.xlsx")
    cells = [[cell.value for cell in row] for row in book.active]
    assert len(cells) == done.parcels + 1
    at = cells[0].index("address")
    assert "=1+1; tổ 3, ấp Long Thành Bắc" in {row[at] for row in cells}
    assert {cell.data_type for row in book.active for cell in row} <= {"s", "n"}


def test_several_survey_planes_are_layers_or_are_refused(
    open_services: Open, tmp_path: Path
) -> None:
    office = Office(open_services("vn-80"))
    there = geodesy.transform(square(300, 0), 9209, 9210)
    office.publish(
        parcel_set([square(0, 0), square(10, 0)], ["25645/1/1", "25645/1/2"]),
        parcel_set([there], ["25645/1/3"], epsg=9210),
    )
    story = exports(office.services)
    with pytest.raises(Refused) as refused:
        story.write(tmp_path / "all.geojson", ExportAsked(), BY)
    assert refused.value.code == "several_planes"
    assert list(tmp_path.glob("*")) == []
    story.write(tmp_path / "all.gpkg", ExportAsked(), BY)
    layers = {name: pyogrio.read_info(tmp_path / "all.gpkg", layer=name) for name in
              ("parcels_9209", "parcels_9210")}  # fmt: skip
    assert [info["features"] for info in layers.values()] == [2, 1]
    assert [info["crs"] for info in layers.values()] == ["EPSG:9209", "EPSG:9210"]
    story.write(tmp_path / "one.geojson", ExportAsked(crs=9209), BY)
    document = json.loads((tmp_path / "one.geojson").read_text(encoding="utf-8"))
    shapes = [shapely.geometry.shape(f["geometry"]) for f in document["features"]]
    assert len(shapes) == 3
    assert shapes[2].equals_exact(square(300, 0), 1e-6)


def test_nothing_half_done_and_nothing_written_over(register: Register) -> None:
    folder = register.folder / "half"
    folder.mkdir()
    out = folder / "there.gpkg"
    out.write_bytes(b"somebody's own")
    with pytest.raises(Conflict) as refused:
        register.export("half/there.gpkg")
    assert refused.value.code == "file_exists"

    def broken(_stage: str, _done: int, _total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exports(register.services).write(out, ExportAsked(), BY, broken, overwrite=True)
    assert [path.name for path in folder.iterdir()] == ["there.gpkg"]
    assert out.read_bytes() == b"somebody's own"
    register.export("half/there.gpkg", overwrite=True)
    assert pyogrio.read_info(out)["features"] > 0


@pytest.mark.parametrize(
    ("name", "said", "kind", "code"),
    [
        ("x.tab", {}, UsageError, "unknown_export_format"),
        ("none/x.csv", {}, UsageError, "no_such_folder"),
        ("x.csv", {"unit": "99999"}, NotFound, "nothing_to_export"),
        ("x.csv", {"as_of": "yesterday"}, UsageError, "bad_as_of"),
        ("x.csv", {"crs": 1}, Refused, "unknown_crs"),
    ],
)
def test_what_cannot_be_is_said(
    register: Register, name: str, said: dict[str, object], kind: type[LandgisError], code: str
) -> None:
    with pytest.raises(kind) as refused:
        register.export(name, **said)
    assert refused.value.code == code
    assert not (register.folder / name).exists()

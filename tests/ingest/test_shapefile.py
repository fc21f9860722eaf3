"""Counting and checking the records of a shapefile without any library."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landgis.errors import Refused
from landgis.ingest.shapefile import ShapefileFacts, dbf_records, inspect
from landgis.ingest.shp_copies import complete, write_shx

Make = Callable[..., Path]
NULL = struct.pack("<i", 0)

STRIDE = 8 + 44 + 4 + 5 * 16
"""Bytes of one record of the layers made here: header, fixed part, one ring of five points."""


def facts_of(shp: Path) -> ShapefileFacts:
    shx, dbf = shp.with_suffix(".shx"), shp.with_suffix(".dbf")
    return inspect(shp, shx if shx.exists() else None, dbf if dbf.exists() else None)


def code_of(shp: Path) -> str:
    with pytest.raises(Refused) as refused:
        facts_of(shp)
    assert shp.stem in refused.value.message
    return refused.value.code


def patch(path: Path, at: int, kind: str, *values: int) -> None:
    raw = bytearray(path.read_bytes())
    struct.pack_into(kind, raw, at, *values)
    path.write_bytes(raw)


def test_sound_shapefile_is_counted_by_its_index(tmp_path: Path, make_shapefile: Make) -> None:
    facts = facts_of(make_shapefile(tmp_path, 5))
    assert (facts.records, facts.shx_records, facts.dbf.records) == (5, 5, 5)
    assert facts.shx_usable
    assert facts.offsets.tolist() == [100 + STRIDE * k for k in range(5)]
    assert facts.lengths.tolist() == [STRIDE - 8] * 5
    (field,) = facts.dbf.fields
    assert (field.name, field.type, field.width, field.offset) == ("name", "C", 20, 1)


def test_null_shapes_deleted_rows_and_raw_records_are_seen(
    tmp_path: Path, make_shapefile: Make, make_polygon: Callable[..., bytes]
) -> None:
    square = make_polygon([(0, 0), (0, 1), (1, 1), (0, 0)])
    nothing = make_polygon([(0, 0)])[:36] + struct.pack("<2i", 0, 0)
    values = ["Tên".encode(), b"\xff\x80", b"", b"x"]
    shp = make_shapefile(tmp_path, [square, NULL, nothing, square], values=values, deleted=[4])
    facts = facts_of(shp)
    assert facts.is_null.tolist() == [False, True, True, False]
    assert facts.dbf.deleted.tolist() == [False, False, False, True]
    records = dbf_records(shp.with_suffix(".dbf"), facts)
    assert [bytes(record) for record in records] == [
        mark + value.ljust(20) for mark, value in zip([b" "] * 3 + [b"*"], values, strict=True)
    ]


def test_missing_index_is_made_anew_as_it_was(tmp_path: Path, make_shapefile: Make) -> None:
    shp = make_shapefile(tmp_path, 7)
    as_sent = shp.with_suffix(".shx").read_bytes()
    shp.with_suffix(".shx").unlink()
    facts = facts_of(shp)
    assert (facts.records, facts.shx_records, facts.shx_usable) == (7, None, False)
    write_shx(shp, facts, tmp_path / "made.shx")
    assert (tmp_path / "made.shx").read_bytes() == as_sent


@pytest.mark.parametrize(
    ("at", "value"), [(100, 0), (100, 2**31 - 1), (108, 50), (104, 7), (112, 2**31 - 1)]
)
def test_wrong_index_is_found_out(
    tmp_path: Path, make_shapefile: Make, at: int, value: int
) -> None:
    shp = make_shapefile(tmp_path, 4)
    patch(shp.with_suffix(".shx"), at, ">i", value)
    facts = facts_of(shp)
    assert (facts.records, facts.shx_usable) == (4, False)
    assert facts.offsets.tolist() == [100 + STRIDE * k for k in range(4)]


def test_index_that_skips_a_dead_record_is_believed(tmp_path: Path, make_shapefile: Make) -> None:
    """Editors write a record that grew at the end and leave its old place in the file."""
    shp = make_shapefile(tmp_path, 4)
    shx = shp.with_suffix(".shx").read_bytes()
    stated = struct.pack(">i", (len(shx) - 8) // 2)
    shp.with_suffix(".shx").write_bytes(shx[:24] + stated + shx[28:108] + shx[116:])
    make_shapefile(tmp_path / "three", 3)
    shp.with_suffix(".dbf").write_bytes((tmp_path / "three/parcels.dbf").read_bytes())
    facts = facts_of(shp)
    assert facts.shx_usable
    assert facts.offsets.tolist() == [100, 100 + 2 * STRIDE, 100 + 3 * STRIDE]


def test_rubbish_after_the_stated_end_is_ignored(tmp_path: Path, make_shapefile: Make) -> None:
    shp = make_shapefile(tmp_path, 3, without=[".shx"])
    shp.write_bytes(shp.read_bytes() + b"\0\0\0\x04\0\0\0\x02abcdmore")
    assert facts_of(shp).records == 3


def test_broken_record_header_under_a_sound_index_costs_no_more_than_its_row(
    tmp_path: Path, make_shapefile: Make
) -> None:
    shp = make_shapefile(tmp_path, 4)
    patch(shp, 100 + STRIDE + 4, ">I", 65_535)
    assert facts_of(shp).records == 4


def test_truncation_saves_the_whole_records_at_every_length(
    tmp_path: Path, make_shapefile: Make
) -> None:
    shp = make_shapefile(tmp_path, 5)
    whole = shp.read_bytes()
    for length in [*range(120), *range(120, len(whole), 11), len(whole) - 1]:
        shp.write_bytes(whole[:length])
        saved = max(length - 100, 0) // STRIDE
        if saved == 0:
            expected = "not_a_shapefile" if length < 100 else "truncated_shp"
            assert code_of(shp) == expected, length
        else:
            facts = facts_of(shp)
            assert facts.records == 5
            assert facts.lost == dict.fromkeys(range(saved, 5), "shape_cut_off"), length


def test_truncation_message_names_file_and_numbers(tmp_path: Path, make_shapefile: Make) -> None:
    shp = make_shapefile(tmp_path, 5)
    shp.write_bytes(shp.read_bytes()[:150])
    with pytest.raises(Refused, match=r"parcels\.shp.*780 bytes and has 150; 0 of 5 records"):
        facts_of(shp)


def test_completed_copies_hold_a_record_for_every_row(tmp_path: Path, make_shapefile: Make) -> None:
    """Both files end early: what is whole keeps its number, what is lost becomes a blank."""
    shp = make_shapefile(tmp_path, 5)
    dbf = shp.with_suffix(".dbf")
    shp.write_bytes(shp.read_bytes()[: 100 + 3 * STRIDE + 7])
    dbf.write_bytes(dbf.read_bytes()[: facts_of(shp).dbf.header_bytes + 2 * 21 + 5])
    found = facts_of(shp)
    assert found.lost == {
        2: "attributes_cut_off",
        3: "shape_cut_off",
        4: "shape_cut_off",
    }
    made = complete(shp, found)
    again = facts_of(shp)
    assert (again.records, again.shx_usable, dict(again.lost)) == (5, True, {})
    assert again.offsets[:3].tolist() == found.offsets[:3].tolist()
    assert again.shapes.tolist() == [5, 5, 5, 0, 0]
    assert made.dbf.records == again.dbf.records == 5


@pytest.mark.parametrize("broken", [0, 1, 2, 3])
def test_damaged_record_without_index_costs_only_itself(
    tmp_path: Path, make_shapefile: Make, broken: int
) -> None:
    shp = make_shapefile(tmp_path, 5, without=[".shx"])
    patch(shp, 100 + broken * STRIDE + 4, ">I", 0)
    if broken == 0:
        # Nothing before it proves that the numbers in the headers count the rows.
        assert code_of(shp) == "missing_shx"
        return
    facts = facts_of(shp)
    assert facts.records == 5
    assert facts.lost == {broken: "shape_damaged"}


def test_missing_dbf_is_refused(tmp_path: Path, make_shapefile: Make) -> None:
    assert code_of(make_shapefile(tmp_path, without=[".dbf"])) == "missing_dbf"


@pytest.mark.parametrize("rows", [0, 2, 4])
def test_different_counts_are_refused(
    tmp_path: Path, make_shapefile: Make, make_dbf: Callable[..., bytes], rows: int
) -> None:
    shp = make_shapefile(tmp_path, 3)
    shp.with_suffix(".dbf").write_bytes(make_dbf([b"x"] * rows))
    assert code_of(shp) == "record_counts_differ"


def test_cut_off_dbf_loses_the_attributes_of_its_last_rows(
    tmp_path: Path, make_shapefile: Make
) -> None:
    shp = make_shapefile(tmp_path, 3)
    dbf = shp.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes()[:-25])
    assert facts_of(shp).lost == {1: "attributes_cut_off", 2: "attributes_cut_off"}


def test_dbf_that_states_too_many_records_is_counted_by_its_size(
    tmp_path: Path, make_shapefile: Make
) -> None:
    shp = make_shapefile(tmp_path, 3)
    patch(shp.with_suffix(".dbf"), 4, "<I", 2**31)
    assert facts_of(shp).records == 3


@pytest.mark.parametrize(
    ("at", "kind", "value"), [(0, "<B", 0x3C), (8, "<H", 9999), (10, "<H", 0), (10, "<H", 5),
                              (32 + 11, "<B", 0)],
)  # fmt: skip
def test_bad_dbf_header_is_refused(
    tmp_path: Path, make_shapefile: Make, at: int, kind: str, value: int
) -> None:
    shp = make_shapefile(tmp_path, 3)
    patch(shp.with_suffix(".dbf"), at, kind, value)
    assert code_of(shp) == "bad_dbf"


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    part=st.sampled_from([".shp", ".shx", ".dbf"]),
    flips=st.lists(st.tuples(st.integers(0, 260), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_flipped_bytes_give_a_count_or_a_refusal(
    bases: Path, make_shapefile: Make, part: str, flips: list[tuple[int, int]]
) -> None:
    shp = make_shapefile(bases, 4)
    path = shp.with_suffix(part)
    raw = bytearray(path.read_bytes())
    for at, value in flips:
        raw[at % len(raw)] = value
    path.write_bytes(raw)
    try:
        facts = facts_of(shp)
    except Refused:
        return
    assert facts.records == len(facts.offsets)
    assert facts.records == facts.dbf.records or facts.lost
    facts = complete(shp, facts)
    size = shp.stat().st_size
    assert facts.records == facts.dbf.records
    assert (facts.offsets >= 100).all()
    assert (facts.offsets + 8 + facts.lengths <= size).all()
    assert dbf_records(shp.with_suffix(".dbf"), facts).shape == (facts.records,)
    write_shx(shp, facts, bases / "made.shx")
    entries = np.frombuffer((bases / "made.shx").read_bytes()[100:], ">u4").reshape(-1, 2)
    assert (entries[:, 0].astype(np.int64) * 2 == facts.offsets).all()

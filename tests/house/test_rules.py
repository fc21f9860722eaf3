"""The catalogue of rules: each whole, each proved, and none of the wanted ones missing."""

import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, get_args

import pytest

from landgis.cadastre import mends, rules
from landgis.cadastre.findings import Rule, Severity
from landgis.cadastre.fixes import FIXES
from landgis.cadastre.rules import RULES
from landgis.cadastre.rules.unit_layer import UNIT_RULES
from landgis.cli.rules import END, markdown, with_table
from landgis.cli.rules import _documents as documents
from landgis.documents.words import LANGUAGES
from tests.builders import vn_80

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
WALK = ROOT / "landgis" / "README.md"
REGENERATE = "landgis rules --markdown --lang en --into landgis/README.md"

ALL = (*RULES, *mends.RULES, *UNIT_RULES)
BY_CODE = {rule.code: rule for rule in ALL}
FAMILIES = ("file", "geometry", "topology", "identity", "attribute", "change", "dataset")

ELSEWHERE = {
    "topology.dangle": "geometry",  # one boundary by itself, although it is a fault of topology
    "dataset.outside_deployment": "geometry",  # most parcels of the file lie outside
    "topology.register_overlap": "topology",
}
"""Code -> folder of its rule, where that is not its family's."""

PROVED_ELSEWHERE = {
    "dataset.shift": "flow/test_shift.py",  # measured beside a live register
    "unit_layer": "flow/test_unit_layers.py",
    "mends": "services/test_late_rows.py",
    # Rules that compare with a live register.
    "identity.number_reused": "flow/test_register_ground.py",
    "topology.register_overlap": "flow/test_register_ground.py",
}
"""Rule file, or code of one of its rules -> its test, where that does not mirror the file."""

NO_FINDING = re.compile(r"== (\[\]|\(\)|set\(\)|\{\})|assert not \w+[(\[]|is None|not in ")
"""How a test says that a clean sketch gives nothing."""


@cache
def rule_files() -> Mapping[str, ModuleType]:
    """Modules that define rules, by their name below ``rules`` (``mends`` lies beside it)."""
    names = [
        info.name for info in pkgutil.walk_packages(rules.__path__, f"{rules.__name__}.")
        if not info.ispkg
    ]  # fmt: skip
    found = {name.removeprefix(f"{rules.__name__}."): importlib.import_module(name)
             for name in names}  # fmt: skip
    return {name: module for name, module in {**found, "mends": mends}.items() if own(module)}


def own(module: ModuleType) -> list[Rule]:
    """The rules that a module defines, not those it imports."""
    text = Path(str(module.__file__)).read_text("utf-8")
    named = {v.code: v for v in vars(module).values() if isinstance(v, Rule)}
    return [rule for code, rule in named.items() if f'"{code}"' in text]


def proof_of(name: str, code: str) -> Path:
    for known in (code, name):
        if known in PROVED_ELSEWHERE:
            return TESTS / PROVED_ELSEWHERE[known]
    folder, _, stem = name.rpartition(".")
    return TESTS / "cadastre" / "rules" / folder / f"test_{stem}.py"


RULE_FILES = [(name, rule) for name, module in rule_files().items() for rule in own(module)]
FILE_OF = {rule.code: name for name, rule in RULE_FILES}
CASES = pytest.mark.parametrize(
    ("name", "rule"), RULE_FILES, ids=[rule.code for _, rule in RULE_FILES]
)


def test_every_rule_that_is_written_is_in_the_catalogue_once() -> None:
    written = sorted(rule.code for _, rule in RULE_FILES)
    assert written == sorted(BY_CODE)
    assert len(BY_CODE) == len(ALL)


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
def test_rule_is_whole(rule: Rule) -> None:
    family, _, name = rule.code.partition(".")
    assert family in FAMILIES
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)
    assert rule.severity in get_args(Severity)
    assert rule.place in get_args(Rule.__annotations__["place"])
    assert rule.fixes == FIXES.get(rule.code, ()), "cadastre/fixes says otherwise"


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.code)
def test_rule_is_said_in_every_language(rule: Rule) -> None:
    for words in (rule.title, rule.remedy):
        assert set(words) == set(LANGUAGES)
        assert len(set(words.values())) == len(words), "one of them is not translated"
        for text in words.values():
            assert text == text.strip()
            assert text[0].isupper()
            assert "  " not in text
        assert not words["vi"].isascii(), "Vietnamese has marks"
    assert not any(text.endswith(".") for text in rule.title.values()), "a title is no sentence"
    assert all(text.endswith(".") for text in rule.remedy.values()), "a remedy is a sentence"


@pytest.mark.parametrize("rule", [r for r in ALL if r.basis], ids=lambda rule: rule.code)
def test_legal_basis_is_complete(rule: Rule) -> None:
    assert rule.basis is not None
    assert set(rule.basis) == {"document", "article", "date", "class"}
    assert all(rule.basis[part] for part in ("document", "date", "class"))
    assert rule.basis["class"] in ("A", "B", "C")
    assert date.fromisoformat(rule.basis["date"]) <= date(2026, 11, 23)
    if rule.severity in ("block", "error"):
        assert rule.basis["class"] == "A", "what nobody has read may warn, never refuse"


@CASES
def test_rule_lies_in_the_folder_of_its_family(name: str, rule: Rule) -> None:
    folder = name.partition(".")[0]
    if "." in name:
        assert folder == ELSEWHERE.get(rule.code, rule.code.partition(".")[0])
    else:
        assert name in ("mends", "unit_layer")


@CASES
def test_rule_is_proved_on_a_dirty_and_on_a_clean_sketch(name: str, rule: Rule) -> None:
    test = proof_of(name, rule.code)
    assert test.is_file(), f"write {test.relative_to(ROOT)}"
    text = test.read_text("utf-8")
    assert f'"{rule.code}"' in text, f"{test.name} names {rule.code} nowhere"
    assert NO_FINDING.search(text), f"{test.name} has no sketch that gives nothing"
    if rule.place in ("line", "area"):
        assert ".shape" in text, f"{test.name} does not look at the shape of {rule.code}"


def test_table_of_the_walk_is_that_of_the_rules() -> None:
    found = list(documents(vn_80()))
    text = WALK.read_text("utf-8")
    stale = f"the table of rules in landgis/README.md is stale; run: {REGENERATE}"
    assert END in text, stale
    assert with_table(text, markdown(found, "en")) == text, stale


class Carried(NamedTuple):
    """What carries one thing that a cadastre wants to be told (reference A3)."""

    rules: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    """Codes with which a file as a whole is refused, or a row is counted as unreadable."""

    edits: tuple[str, ...] = ()
    """Codes with which an edit or its approval is refused."""


WANTED: Mapping[str, Carried] = {
    # --- file
    "a part of the shapefile is not there": Carried(refusals=("missing_dbf", "missing_shx")),
    "the parts count different records": Carried(refusals=("record_counts_differ",)),
    "no polygons in the file": Carried(refusals=("no_polygon_layer",)),
    "other geometries among the polygons": Carried(
        ("file.row_unreadable",), refusals=("not_a_polygon",)
    ),
    "letters of no known encoding": Carried(
        ("attribute.mojibake",), refusals=("unknown_encoding",)
    ),
    "no coordinate system that fits": Carried(
        ("dataset.outside_deployment",), refusals=("crs_missing", "crs_ambiguous")
    ),
    "one damaged record among good ones": Carried(
        ("file.row_unreadable",), refusals=("damaged_geometry",)
    ),
    # --- geometry
    "no geometry": Carried(("geometry.empty",)),
    "a ring that is not closed": Carried(("geometry.unclosed",), refusals=("ring_unclosed",)),
    "a ring that crosses itself": Carried(("geometry.self_crossing",)),
    "a ring in the form of a bow": Carried(("geometry.bow_tie",)),
    "a needle": Carried(("geometry.spike", "topology.dangle")),
    "a vertex twice within a millimetre": Carried(("geometry.duplicate_vertex",)),
    "fewer than three different vertices": Carried(("geometry.few_vertices",)),
    "an arc made straight": Carried(
        ("geometry.curve_dropped", "file.row_unreadable"), refusals=("not_a_polygon",)
    ),
    "heights or measures lost": Carried(("geometry.dimension_dropped",)),
    "below one square metre": Carried(("geometry.area_small",)),
    "absurdly large": Carried(("geometry.area_large", "geometry.outside_jurisdiction")),
    "a parcel in several parts": Carried(("geometry.multipart",)),
    "a hole that touches its ring": Carried(("geometry.ring_touches",)),
    "rings outside, inside or on each other": Carried(("geometry.rings_misplaced",)),
    "coordinates that are no numbers": Carried(
        ("geometry.invalid",), refusals=("coordinate_not_finite",)
    ),
    "a boundary of endless vertices": Carried(("geometry.too_many_vertices",)),
    # --- topology
    "overlap inside the file": Carried(("topology.overlap", "topology.hairline_overlap")),
    "overlap with the register": Carried(("topology.register_overlap",), edits=("new_overlap",)),
    "a gap between neighbours": Carried(("topology.gap",)),
    "thin by its width": Carried(("topology.sliver",)),
    "a neighbour's vertex that an edge lacks": Carried(
        ("topology.missing_node", "topology.near_miss")
    ),
    "a line into the air": Carried(("topology.dangle",)),
    "across the border of a commune": Carried(("topology.unit_border",)),
    "outside the frame of its sheet": Carried(("topology.sheet_frame",)),
    "edges of sheets that do not match": Carried(("topology.edge_match",)),
    "the same geometry twice": Carried(("topology.same_geometry", "topology.stack")),
    # --- identity
    "unit, sheet and number twice": Carried(("identity.duplicate", "identity.in_register")),
    "a number used again after it was struck out": Carried(("identity.number_reused",)),
    "a number far above the others": Carried(("identity.number_gap",)),
    "no national identifier": Carried(("identity.national_id_missing",)),
    "a national identifier twice": Carried(("identity.national_id_duplicate",)),
    "a national identifier far from its parcel": Carried(("identity.national_id_far",)),
    "a unit that is closed or elsewhere": Carried(
        ("identity.unit_not_in_force", "identity.unit_unknown")
    ),
    # --- attributes
    "a land use of no table": Carried(("attribute.land_use_unknown",)),
    "a land use of a former table": Carried(("attribute.land_use_superseded",)),
    "uses that do not sum to the parcel": Carried(("attribute.use_areas",)),
    "a surveyed area beyond rounding": Carried(("attribute.area_rounding",)),
    "a surveyed area beyond what the scale allows": Carried(("attribute.area_error",)),
    "legal and surveyed area apart": Carried(("attribute.area_legal",)),
    "a term that has ended": Carried(("attribute.term_ended",)),
    "broken letters": Carried(("attribute.mojibake",)),
    "a personal number of the wrong length": Carried(("attribute.personal_number",)),
    "urban land in a village, rural land in a ward": Carried(("attribute.use_in_unit",)),
    "impossible days": Carried(("attribute.date_impossible",)),
    # --- change: an edit is refused before it is a finding
    "children that are not their parents": Carried(
        edits=("cut_not_clean", "new_overlap", "gap_between")
    ),
    "area lost at a division": Carried(edits=("allocation_sum", "cut_not_clean")),
    "a parcel that somebody else changes": Carried(edits=("stale_draft", "changed_since_shown")),
    "a child below the least area": Carried(edits=("child_too_small",)),
    "no document that it rests on": Carried(edits=("basis_missing",)),
    "approved by its own author": Carried(edits=("own_draft",)),
    "a neighbour's boundary moved without a word": Carried(edits=("consent_missing",)),
    # --- dataset
    "the whole file shifted": Carried(("dataset.systematic_shift",)),
    "too many measurements near their limit": Carried(("dataset.near_limit",)),
    "more land than the unit has": Carried(("dataset.unit_area",)),
    "holes in the coverage": Carried(("dataset.coverage_holes",)),
    "units without an outline": Carried(("dataset.units_missing", "attribute.unit_name")),
}
"""Everything of the reference catalogue (A3), in words of our own, and what carries it."""

NOT_YET: Mapping[str, str] = {
    "a dispute or a block on a parcel": "restrictions are no part of the register yet",
    "a child without access to a road": "roads are told apart by the overlays to come",
}
"""What A3 names and nothing carries, with why: it shrinks, it never grows."""


@pytest.mark.parametrize(("thing", "carried"), WANTED.items(), ids=WANTED)
def test_what_a_cadastre_wants_to_be_told_is_told(thing: str, carried: Carried) -> None:
    assert any(carried), f"nothing carries: {thing}"
    missing = set(carried.rules) - BY_CODE.keys()
    assert not missing, f"{thing}: no rule {', '.join(sorted(missing))}"
    for code in carried.rules:
        test = proof_of(FILE_OF[code], code)
        assert test.is_file(), f"{thing}: {code} is proved nowhere"
    for code in carried.refusals:
        assert_said(code, ROOT / "landgis" / "ingest")
    for code in carried.edits:
        assert_said(code, ROOT / "landgis" / "cadastre", ROOT / "landgis" / "services" / "editing")


def assert_said(code: str, *rooms: Path) -> None:
    quoted = f'"{code}"'
    assert any(quoted in text for room in rooms for text in texts(room)), f"nothing says {code}"
    assert any(quoted in text for text in texts(TESTS)), f"no test meets {code}"


@cache
def texts(room: Path) -> tuple[str, ...]:
    files: Iterator[Path] = room.rglob("*.py")
    return tuple(file.read_text("utf-8") for file in files if file != Path(__file__))


def test_no_rule_is_beside_the_catalogue() -> None:
    carried = {code for one in WANTED.values() for code in one.rules}
    assert BY_CODE.keys() - carried == set(), "say in WANTED what it is for"
    assert not set(NOT_YET) & set(WANTED)

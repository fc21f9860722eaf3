"""Whether the rows found in real cadastres are those of an independent computation."""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from landgis.cadastre import jurisdiction
from landgis.cadastre.findings import Finding
from landgis.ingest.archive import open_source
from landgis.ingest.evidence import Choices
from landgis.services.examine import Examined, examine, work_folder
from landgis.services.ports import silent
from proofs.plain import Pair, Plain, look
from proofs.true_findings import Doubts

ROOT = Path(__file__).resolve().parents[2]
GENERIC = jurisdiction.load(jurisdiction.find("generic"))
SAMPLES = {"Épinay": ROOT / "data_samples" / "epinay" / "parcelles_91216_l93_shp.zip"}
LARGE = {
    "Wisconsin": "parcels-us-wi/BCPLPropertyBoundariesShapefile.zip",
    "North Dakota": "parcels-us-nd/Surface_Trust_Lands_with_Trusts.zip",
    "Minnesota": "parcels-us-mn/UnivTrustMins.shp",
    "Berkeley": "parcels-us-berkeley/us-ca-berkeley-excerpt.zip",
    "Cambridge 2013": "parcels-us-cambridge/cambridge_fy2013_shp.zip",
    "Cambridge 2014": "parcels-us-cambridge/cambridge_fy2014_shp.zip",
    "New Zealand": "parcels-nz-waca/nz_waca_adjustments.shp",
    "fields, Vietnam": "fields-vietnam/1_vietnam_areas.gpkg",
    "fields, Romania": "fields-world/RO_ny.zip",
    "fields, Slovenia": "fields-world/SI_2021.zip",
    "fields, Bulgaria": "fields-world/bg_arable_land_2024.zip",
    "fields, Netherlands": "fields-world/brpgewaspercelen_definitief_2023.gpkg",
    "fields, India": "fields-world/india_10k.zip",
    "fields, Switzerland": "fields-world/lwb_nutzungsflaechen_v2_0_lv95.gpkg",
}
LARGEST = {"Cambridge x 8": "parcels-large/cambridge_x8_shp.zip"}

MOST_FALSE = 1 / 10_000
"""Findings of one rule that may be false, of all rows."""

NODE_M, OVERLAP_M = 0.001, 0.05
WIDTH_SHARE, WIDTH_M = 0.005, 2e-5
"""How far two computations of a width may differ; degrees are not equally long everywhere."""

INVALID = {
    f"geometry.{name}"
    for name in (
        *("invalid", "self_crossing", "bow_tie", "ring_touches", "rings_misplaced"),
        *("few_vertices", "unclosed"),
    )
} | {"topology.dangle"}
"""Rules that together name what is not valid in the sense of OGC Simple Features."""


@dataclass(frozen=True)
class Compared:
    """One set, by landgis and by plain shapely."""

    name: str
    plain: Plain
    findings: list[Finding]
    faults: list[str]
    doubts: list[tuple[str, str]]
    """Rule and reason of findings that a second measurement does not confirm."""

    def per_rule(self) -> Counter[str]:
        """Answer how many findings each rule has."""
        return Counter(f.rule.code for f in self.findings if f.outcome == "fail")


def prove(rounds: int, _seed: int, say: Callable[[str], object]) -> list[str]:
    """Compare the first ``rounds`` sets; answer every row that differs, and what is false."""
    faults: list[str] = []
    rows, untrue = 0, Counter[str]()
    for name, path in list(sets().items())[:rounds]:
        compared = compare(name, path)
        plain = compared.plain
        say(
            f"{name}: {plain.rows} rows, {len(plain.invalid)} invalid, {len(plain.stacks)} stacks, "
            f"{plain.touching} pairs meet, {len(plain.overlaps)} overlap: "
            f"{len(compared.faults)} differ"
        )
        for rule, count in sorted(compared.per_rule().items()):
            say(f"    {rule:34}{count:7}{10_000 * count / plain.rows:10.1f} per 10,000 rows")
        for rule, why in compared.doubts:
            say(f"    not true in {name}: {why}")
            untrue[rule] += 1
        rows += plain.rows
        faults += [f"{name}: {fault}" for fault in compared.faults]
    say(f"{rows} rows, findings that are not true: {dict(untrue) or 'none'}")
    allowed = max(1.0, MOST_FALSE * rows)
    return faults + [f"{rule}: {n} not true" for rule, n in untrue.items() if n > allowed]


def sets() -> dict[str, Path]:
    """Answer the sets that are at hand, the smallest kind first."""
    data = os.environ.get("LANDGIS_TEST_DATA")
    if not data:
        return dict(SAMPLES)
    return SAMPLES | {name: Path(data) / path for name, path in (LARGE | LARGEST).items()}


def compare(name: str, path: Path) -> Compared:
    """Answer where landgis and the independent computation differ on a file."""
    plain, seen = look(path), _examined(path)
    findings = [f for f in seen.findings if f.outcome == "fail"]
    unread = {lost.row for lost in seen.unreadable}
    faults = _rows("missing", plain.missing, _of(findings, {"geometry.empty"}) | unread)
    faults += _rows("invalid", plain.invalid, _of(findings, INVALID))
    faults += _stacks(plain, findings)
    faults += _overlaps(plain, findings)
    doubts = Doubts(plain)
    untrue = [(f.rule.code, said(f, why)) for f in findings if (why := doubts.of(f))]
    return Compared(name, plain, findings, faults, untrue)


def said(finding: Finding, why: str) -> str:
    """Answer a finding and what is wrong with it in one line."""
    return f"{finding.rule.code} {list(finding.rows)} {finding.message['en']} But: {why}"


def _examined(path: Path) -> Examined:
    with work_folder() as workdir:
        opened = open_source(path, workdir)
        chosen = Choices(memory=False)
        return examine(opened, workdir, chosen, GENERIC, deployment=None, progress=silent)


def _of(findings: list[Finding], rules: set[str]) -> set[int]:
    return {row for f in findings if f.rule.code in rules for row in f.rows}


def _rows(what: str, plain: frozenset[int], ours: set[int]) -> list[str]:
    differ = [f"{what}: only plain shapely: row {row}" for row in sorted(plain - ours)]
    return differ + [f"{what}: only landgis: row {row}" for row in sorted(ours - plain)]


def _stacks(plain: Plain, findings: list[Finding]) -> list[str]:
    """Compare groups; a group that repeats one name is told as repeated rows instead."""
    rules = {"topology.stack", "topology.same_geometry"}
    told = {frozenset(f.rows) for f in findings if f.rule.code in rules}
    ours = {group for group in told if not any(group < other for other in told)}
    differ = [f"stack: only plain shapely: {sorted(g)}" for g in plain.stacks - ours]
    return differ + [f"stack: only landgis: {sorted(g)}" for g in ours - plain.stacks]


def _overlaps(plain: Plain, findings: list[Finding]) -> list[str]:
    ours: dict[Pair, Finding] = {}
    for finding in findings:
        if finding.rule.code in {"topology.overlap", "topology.hairline_overlap"}:
            one, other = sorted(finding.rows)
            ours[one, other] = finding
    left_out = _of(findings, {"geometry.outside_jurisdiction"})
    differ = []
    for pair, width in sorted(plain.overlaps.items()):
        found = ours.pop(pair, None)
        if found is None:
            if width > NODE_M * (1 + WIDTH_SHARE) and not left_out & set(pair):
                differ.append(f"overlap of {width:.4f} m not found: {pair}")
        else:
            differ += _width(pair, width, found)
    return differ + [f"false overlap {pair}: {f.message['en']}" for pair, f in ours.items()]


def _width(pair: Pair, width: float, found: Finding) -> list[str]:
    measured = found.measured or 0.0
    if abs(measured - width) > WIDTH_SHARE * width + WIDTH_M + 5e-5:  # four decimals are told
        return [f"overlap {pair}: {measured} m, by plain shapely {width:.4f} m"]
    is_sure = abs(width - OVERLAP_M) > WIDTH_SHARE * OVERLAP_M
    if is_sure and (found.rule.code == "topology.overlap") != (width > OVERLAP_M):
        return [f"overlap {pair} of {width:.4f} m is told as {found.rule.code}"]
    return []

"""Whether every defect that is planted is found: where it is, as large as it is, and no other."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import shapely

from landgis.cadastre.findings import Finding
from proofs import planted_facts, planted_shapes, planted_sides
from proofs.coverage import Coverage, Ground, cambridge, epinay, generated
from proofs.planted_fixes import Hit, Mending
from proofs.plots import SLACK_M, Planting, Plot

A_ROUND = 60
"""Defects planted at once, each far from the others."""

TRIES = 40
"""Places that are tried for one defect before another kind is taken."""

KINDS = planted_sides.KINDS | planted_shapes.KINDS | planted_facts.KINDS
SEVERE = ("error", "block")
AREAS = frozenset({"attribute.area_rounding", "attribute.area_error", "attribute.area_legal"})
"""Speak rightly of every parcel whose boundary was changed and whose stated areas were not."""


@dataclass
class Line:
    """What became of the defects of one kind."""

    planted: int = 0
    found: int = 0
    size_error: float | None = None
    """Largest share of the planted size that a measured one was off."""

    false: int = 0


Lines = dict[str, Line]
Told = tuple[Finding, frozenset[int]]
"""A finding and which rows it is that it names anew."""

GROUPED = ("attribute.", "identity.")
"""Families whose findings name all the rows of one cause together."""


def prove(rounds: int, seed: int, say: Callable[[str], object]) -> list[str]:
    """Plant ``rounds`` defects in all; answer what was missed, misplaced, mismeasured or false."""
    lines: Lines = defaultdict(Line)
    mending = Mending()
    faults: list[str] = []
    chance = Random(seed)
    coverages = list(_coverages(seed))
    for number, coverage in enumerate(coverages):
        share = rounds // len(coverages) + (number < rounds % len(coverages))
        faults += _plant_all(coverage, chance, share, lines, mending)
    for line in [*table(lines), "", *mending.table()]:
        say(line)
    return faults


def _plant_all(
    coverage: Coverage, chance: Random, share: int, lines: Lines, mending: Mending
) -> list[str]:
    """Plant so many defects in a coverage, round by round; not every kind fits everywhere."""
    faults: list[str] = []
    deck: list[str] = []
    left, idle = share, 0
    while left > 0:
        kinds = [_drawn(deck, chance) for _ in range(min(left, A_ROUND))]
        done, wrong = plant_round(coverage, chance, kinds, lines, mending)
        left, faults = left - done, faults + wrong
        idle = 0 if done else idle + 1
        if idle > len(KINDS):
            raise RuntimeError(f"{coverage.name}: there is no place to plant")
    return faults


def _coverages(seed: int) -> Iterable[Coverage]:
    yield epinay()
    yield generated(seed)
    yield generated(seed + 1, scale=1000)
    data = os.environ.get("LANDGIS_TEST_DATA")
    if data:
        yield cambridge(Path(data))


def _drawn(deck: list[str], chance: Random) -> str:
    """Draw a kind; each comes once before any comes again."""
    if not deck:
        deck += chance.sample(list(KINDS), len(KINDS))
    return deck.pop()


def plant_round(
    coverage: Coverage, chance: Random, kinds: Sequence[str], lines: Lines, mending: Mending
) -> tuple[int, list[str]]:
    """Plant a defect of each of these kinds in a coverage and compare what is found."""
    ground = Ground(coverage, chance)
    planted = [one for kind in kinds if (one := _plant(ground, kind)) is not None]
    faults, hits = judge(ground, planted, lines)
    faults += mending.round(ground, hits)
    return len(planted), [f"{coverage.name}: {fault}" for fault in faults]


def _plant(ground: Ground, kind: str) -> Planting | None:
    for i in list(ground.places())[:TRIES]:
        plot = Plot(ground, int(i), ground.coverage.neighbours[i])
        planting = KINDS[kind](plot)
        if planting is not None:
            ground.occupy(int(i))
            return planting
    return None


def judge(ground: Ground, planted: Sequence[Planting], lines: Lines) -> tuple[list[str], list[Hit]]:
    """Answer what was not found as planted or where nothing was, and the findings that were."""
    owner = {row: planting for planting in planted for row in planting.around}
    told: dict[int, list[Told]] = defaultdict(list)
    faults = []
    for finding, rows in _new(ground):
        owners = {id(owner[row]): owner[row] for row in rows if row in owner}
        is_grouped = finding.rule.code.startswith(GROUPED)
        if not rows <= owner.keys() or (len(owners) != 1 and not is_grouped):
            lines["nothing planted"].false += 1
            faults.append(f"false: {said(finding)}")
            continue
        for key, planting in owners.items():
            told[key].append((finding, rows & planting.around))
    hits: list[Hit] = []
    for planting in planted:
        mine, line = told[id(planting)], lines[planting.kind]
        placed = _placed(planting, mine, ground.coverage)
        faults += _judge(planting, mine, placed, line)
        hits += [(planting, finding) for finding in placed[:1]]
    return faults, hits


def _new(ground: Ground) -> Iterable[Told]:
    """Give the findings that were not there before, and the rows that they did not name before."""
    before = [f for f in ground.coverage.untouched if f.outcome == "fail"]
    known = {(f.rule.code, f.rows) for f in before}
    named: dict[str, set[int]] = defaultdict(set)
    for finding in before:
        named[finding.rule.code].update(finding.rows)
    for finding in ground.findings():
        code, rows = finding.rule.code, frozenset(finding.rows)
        if (
            finding.outcome != "fail"
            or code.startswith("dataset.")
            or (code, finding.rows) in known
        ):
            continue
        if code.startswith(GROUPED):
            rows -= named[code]
        if rows:
            yield finding, rows


def _placed(planting: Planting, told: Sequence[Told], coverage: Coverage) -> list[Finding]:
    """Answer the findings that say what was planted, of the right rows at the right place."""
    hits = [f for f, rows in told if f.rule.code in planting.rules and rows == planting.rows]
    return [f for f in hits if _is_placed(f, planting, coverage)]


def _judge(
    planting: Planting, told: Sequence[Told], placed: Sequence[Finding], line: Line
) -> list[str]:
    line.planted += 1
    others = [f for f, _ in told if not _is_allowed(f, planting)]
    line.false += len(others)
    faults = [f"false beside {planting.kind}: {said(f)}" for f in others]
    if not planting.rules:
        line.found += not others
        return faults
    if not placed:
        heard = "; ".join(said(f) for f, _ in told) or "nothing"
        return [*faults, f"{planting.kind} of {planting.size} in {set(planting.rows)}: {heard}"]
    line.found += 1
    if planting.size is not None:
        off = min(abs((f.measured or 0.0) - planting.size) for f in placed)
        line.size_error = max(line.size_error or 0.0, off / planting.size)
        if off > planting.size_error:
            faults.append(f"{planting.kind} of {planting.size:.4f} measured as {said(placed[0])}")
    return faults


def _is_allowed(finding: Finding, planting: Planting) -> bool:
    if not planting.rules and finding.rule.severity in SEVERE:
        return False
    return finding.rule.code in planting.rules | planting.also | AREAS


def _is_placed(finding: Finding, planting: Planting, coverage: Coverage) -> bool:
    if planting.spot is None:
        return True
    if finding.place_xy is None:
        return False
    x, y = finding.place_xy
    mx, my = coverage.metres
    return bool(shapely.Point(x * mx, y * my).distance(planting.spot) <= SLACK_M)


def said(finding: Finding) -> str:
    """Answer a finding in one line."""
    return f"{finding.rule.code} {list(finding.rows)} {finding.measured} {finding.message['en']}"


def table(lines: Lines) -> list[str]:
    """Answer what became of each kind, for people."""
    made = [f"{'kind':28}{'planted':>8}{'found':>7}{'false':>7}{'worst size error':>18}"]
    whole = Line()
    for kind, line in sorted(lines.items()):
        error = "-" if line.size_error is None else f"{line.size_error:.2%}"
        made.append(f"{kind:28}{line.planted:8}{line.found:7}{line.false:7}{error:>18}")
        whole.planted += line.planted
        whole.found += line.found
        whole.false += line.false
    made.append(f"{'all':28}{whole.planted:8}{whole.found:7}{whole.false:7}{'':>18}")
    return made

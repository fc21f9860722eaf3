"""What is told of a layer: the findings of each rule, very many of them as one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.rules.shared_cause import with_rows
from landgis.cadastre.triage import reasons_of

MOST_EACH = 10_000
"""Findings of one rule that are told one by one; the rows of all further ones share one."""


class Told:
    """Gathers findings; of rules that fail everywhere only the first ones keep their own place."""

    def __init__(self) -> None:
        self._each: dict[str, list[Finding]] = {}
        self._alike: dict[str, dict[str, list[Finding]]] = {}
        """Rule -> cause -> what each block said of it."""

        self._more: dict[str, _More] = {}
        self._untested: dict[str, tuple[Finding, int]] = {}
        self._blocks = 0

    def add_block(self, findings: Iterable[Finding]) -> None:
        """Take in what was found on a block of parcels by themselves.

        A rule is untested only where no block has what it needs, and then it is said once.
        """
        self._blocks += 1
        told = []
        for finding in findings:
            if finding.outcome == "untested":
                first, count = self._untested.get(finding.rule.code, (finding, 0))
                self._untested[finding.rule.code] = first, count + 1
            else:
                told.append(finding)
        self.add(told)

    def add(self, findings: Iterable[Finding]) -> None:
        """Take findings in."""
        for finding in findings:
            code = finding.rule.code
            mine = self._each.setdefault(code, [])
            alike = self._alike.setdefault(code, {})
            key = None if finding.cause is None else finding.cause.key
            is_full = len(mine) + len(alike) >= MOST_EACH
            if key is not None and (key in alike or not is_full):
                alike.setdefault(key, []).append(finding)
            elif not is_full or not finding.rows:
                mine.append(finding)
            else:
                self._more.setdefault(code, _More(finding)).add(finding)

    def forget(self, code: str) -> None:
        """Drop what a rule said: another finding says it of the whole."""
        self._each.pop(code, None)
        self._alike.pop(code, None)
        self._more.pop(code, None)

    def held(self) -> frozenset[int]:
        """Answer the rows that are held back by what was told so far."""
        alike = (found for causes in self._alike.values() for found in causes.values())
        more = (more.finding() for more in self._more.values())
        said = chain(*self._each.values(), *alike, more)
        return frozenset(reasons_of(said))

    def in_order(self, rules: Sequence[Rule]) -> list[Finding]:
        """Answer everything in the order of the rules."""
        place = {rule.code: i for i, rule in enumerate(rules)}
        return sorted(self._all(), key=lambda finding: place.get(finding.rule.code, len(place)))

    def _all(self) -> Iterator[Finding]:
        for finding, count in self._untested.values():
            if count == self._blocks:
                yield finding
        for code, mine in self._each.items():
            yield from mine
            together = (_of_all_blocks(found) for found in self._alike[code].values())
            yield from sorted(together, key=lambda finding: (finding.rows, finding.keys))
            if code in self._more:
                yield self._more[code].finding()


def _of_all_blocks(found: list[Finding]) -> Finding:
    """Answer what blocks said of one cause as it is said of the layer."""
    if len(found) == 1:
        return found[0]
    rows = sorted(row for finding in found for row in finding.rows)
    return with_rows(min(found, key=lambda finding: finding.rows), rows)


class _More:
    """The findings of one rule beyond those that are told one by one."""

    def __init__(self, first: Finding) -> None:
        self._first = first
        self._count = 0
        self._rows: set[int] = set()
        self._held: set[int] = set()

    def add(self, finding: Finding) -> None:
        self._count += 1
        self._rows.update(finding.rows)
        self._held.update(reasons_of([finding]))

    def finding(self) -> Finding:
        title = self._first.rule.title
        return replace(
            self._first,
            message={
                "vi": f"Thêm {self._count} trường hợp: {title['vi']}.",
                "en": f"{self._count} more: {title['en']}.",
            },
            rows=tuple(sorted(self._rows)),
            place_xy=None,
            place_epsg=None,
            shape=None,
            measured=float(self._count),
            limit=None,
            unit="findings",
            keys=(),
            parcels=(),
            holds=tuple(sorted(self._held)),
        )

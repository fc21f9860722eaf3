"""A measured line: ours, theirs, their ratio, and the bar."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Literal


@dataclass(frozen=True)
class Row:
    """Medians of interleaved runs; the ratio is the median of the runs' own ratios."""

    what: str
    ours: Sequence[float]
    theirs: Sequence[float] | None
    unit: str
    bar: float | None
    sense: Literal["<=", ">="] = "<="

    @property
    def ratio(self) -> float | None:
        """Ours ÷ theirs, run by run, so that the machine's drift cancels."""
        if self.theirs is None:
            return None
        return median(o / t for o, t in zip(self.ours, self.theirs, strict=True))

    def document(self) -> dict[str, Any]:
        """Answer the row as the JSON form has it."""
        judged = self.ratio if self.theirs is not None else median(self.ours)
        ok = None
        if self.bar is not None and judged is not None:
            ok = judged <= self.bar if self.sense == "<=" else judged >= self.bar
        return {
            "what": self.what,
            "ours": round(median(self.ours), 3),
            "theirs": None if self.theirs is None else round(median(self.theirs), 3),
            "unit": self.unit,
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "bar": self.bar,
            "sense": self.sense,
            "ok": ok,
            "runs": len(self.ours),
            "spread": [round(min(self.ours), 3), round(max(self.ours), 3)],
        }


def table(rows: Sequence[Row]) -> str:
    """Answer the rows as text for people."""
    lines = [f"{'what':<58} {'ours':>9} {'theirs':>9} {'ratio':>6} {'bar':>8}"]
    for row in rows:
        d = row.document()
        theirs = "" if d["theirs"] is None else f"{d['theirs']:.2f}"
        ratio = "" if d["ratio"] is None else f"{d['ratio']:.2f}"
        bar = "" if d["bar"] is None else f"{d['sense']} {d['bar']:g}"
        verdict = {True: " ok", False: " MISSED", None: ""}[d["ok"]]
        mine = f"{d['ours']:.2f} {d['unit']}"
        lines.append(f"{d['what']:<58} {mine:>9} {theirs:>9} {ratio:>6} {bar:>8}{verdict}")
    return "\n".join(lines)

"""What was decided about a file and on what ground, in the form reports show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from landgis.errors import UsageError
from landgis.ingest.encodings import SAMPLES_SHOWN
from landgis.ingest.placing import AXIS_ORDERS, AxisOrder
from landgis.ingest.profile import FieldMapping

CHOSEN_BY_USER = {"vi": "Do người dùng chọn.", "en": "Chosen by the user."}


@dataclass(frozen=True)
class Choices:
    """What the sender of a file decided beforehand; None and empty leave it to detection."""

    crs: int | None = None
    axis_order: AxisOrder | None = None
    encoding: str | None = None
    profile: str | None = None
    unit: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    """``--map`` pairs: field of the file, target."""

    layer: str | None = None

    def as_options(self) -> dict[str, Any]:
        """Answer the choices as a batch keeps them; equal choices are equal documents."""
        return {
            "crs": self.crs,
            "axis_order": self.axis_order,
            "encoding": self.encoding,
            "profile": self.profile,
            "unit": self.unit,
            "map": dict(self.fields),
            "layer": self.layer,
        }

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Answer the choices that ``as_options`` wrote."""
        known = {name: value for name, value in options.items() if name != "map"}
        return cls(**known, fields=tuple(options["map"].items()))


def mapping_evidence(mapping: FieldMapping, columns: dict[str, Any]) -> dict[str, Any]:
    """Answer how the fields were understood, with sample values; personal columns are masked."""
    fields = {
        target: {
            "chosen": "+".join(choice.columns),
            "candidates": list(choice.candidates),
            "samples": _samples(columns, choice.columns),
            "reason": choice.reason,
        }
        for target, choice in sorted(mapping.columns.items())
    }
    candidates = [{"value": name, "score": score} for name, score in mapping.candidates]
    found = dict(mapping.candidates).get(mapping.profile.name, 0)
    return {
        **decision(mapping.profile.name, mapping.reason, candidates=candidates, score=found),
        "fields": fields,
        "personal": list(mapping.personal),
        "unused": list(mapping.unused),
    }


def parse_epsg(text: str) -> int:
    """Answer the code of ``EPSG:n`` or plain ``n``; ``UsageError`` ``bad_crs``."""
    number = text.upper().removeprefix("EPSG:")
    if not number.isdigit():
        raise UsageError("bad_crs", f"A coordinate system is written EPSG:n, not {text!r}")
    return int(number)


def parse_axis_order(text: str) -> AxisOrder:
    """Answer which coordinate a file writes first; ``UsageError`` ``bad_axis``."""
    for order in AXIS_ORDERS:
        if text.lower().replace(" ", "") == order:
            return order
    raise UsageError("bad_axis", f"An axis order is {' or '.join(AXIS_ORDERS)}, not {text!r}")


def _samples(columns: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    shown: dict[str, None] = {}
    for value in columns[names[0]][:1000]:
        if value is not None and value == value:  # noqa: PLR0124 - NaN is not itself
            shown[str(value)] = None
        if len(shown) == SAMPLES_SHOWN:
            break
    return list(shown)


def decision(
    chosen: str,
    reason: dict[str, str],
    *,
    candidates: Sequence[dict[str, Any]] = (),
    score: float | None = None,
    samples: Sequence[str] = (),
) -> dict[str, Any]:
    """Answer one decision in the form every report has; no score where nothing was compared."""
    return {
        "chosen": chosen,
        "candidates": list(candidates),
        "score": score,
        "samples": list(samples),
        "reason": reason,
    }


def both(vi: str, en: str) -> dict[str, str]:
    """Answer a sentence in the languages that evidence speaks."""
    return {"vi": vi, "en": en}

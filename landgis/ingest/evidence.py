"""What was decided about a file and on what ground, in the form reports show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from landgis.errors import UsageError
from landgis.ingest.encodings import SAMPLES_SHOWN
from landgis.ingest.placing import AXIS_ORDERS, AxisOrder
from landgis.ingest.profile import FieldMapping

CHOSEN_BY_USER = {"vi": "Do người dùng chọn.", "en": "Chosen by the user."}

LONGEST_SCALE = 9
"""Digits of a denominator: no map is smaller."""

Text = dict[str, str]


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
    map_scale: int | None = None
    """Denominator of the scale of the map that the parcels were surveyed for; None: not known."""

    dry_run: bool = False
    """True: the file is only examined; what it gives is never published."""

    memory: bool = True
    """False: what this sender chose before is not used, and forgotten."""

    remembered: Mapping[str, Text] = field(default_factory=dict)
    """Choices that were not said but remembered -> from where; no part of the options.

    Of the fields each target by itself: ``map:sheet``.
    """

    def as_options(self) -> dict[str, Any]:
        """Answer the choices as a batch keeps them; equal choices are equal documents.

        What is the rule is left out, so that older batches keep their documents.
        """
        unusual = {} if self.memory else {"memory": False}
        return (
            unusual
            | ({"dry_run": True} if self.dry_run else {})
            | ({"map_scale": self.map_scale} if self.map_scale else {})
            | {
                "crs": self.crs,
                "axis_order": self.axis_order,
                "encoding": self.encoding,
                "profile": self.profile,
                "unit": self.unit,
                "map": dict(self.fields),
                "layer": self.layer,
            }
        )

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Answer the choices that ``as_options`` wrote."""
        known = {name: value for name, value in options.items() if name != "map"}
        return cls(**known, fields=tuple(options["map"].items()))

    def why(self, choice: str) -> Text:
        """Answer who made a choice: the user now, or for an earlier file."""
        return self.remembered.get(choice, CHOSEN_BY_USER)

    def without_remembered(self, *choices: str) -> Self:
        """Answer these choices as if the remembered ones of them had never been made."""
        gone: dict[str, Any] = {name: None for name in choices if name in self.remembered}
        kept = {name: why for name, why in self.remembered.items() if name not in gone}
        return replace(self, **gone, remembered=kept)


def mapping_evidence(
    mapping: FieldMapping, columns: dict[str, Any], choices: Choices | None = None
) -> dict[str, Any]:
    """Answer how the fields were understood, with sample values; personal columns are masked.

    ``choices`` tells which of them were remembered.
    """
    remembered = choices.remembered if choices else {}
    fields = {
        target: {
            "chosen": "+".join(choice.columns),
            "candidates": list(choice.candidates),
            "score": None if choice.share is None else round(choice.share, 4),
            "samples": _samples(columns, choice.columns),
            "reason": remembered.get(f"map:{target}", choice.reason),
        }
        for target, choice in sorted(mapping.columns.items())
    }
    candidates = [{"value": name, "score": score} for name, score in mapping.candidates]
    found = dict(mapping.candidates).get(mapping.profile.name, 0)
    return {
        **decision(
            mapping.profile.name,
            remembered.get("profile", mapping.reason),
            candidates=candidates,
            score=found,
        ),
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


def parse_map_scale(text: str) -> int:
    """Answer the denominator of ``1:n`` or plain ``n``; ``UsageError`` ``bad_map_scale``."""
    number = "".join(text.split()).removeprefix("1:")
    if not number.isdecimal() or not number.isascii() or len(number) > LONGEST_SCALE:
        raise UsageError("bad_map_scale", f"A map scale is written 1:500 or 500, not {text!r}")
    return int(number)


def parse_axis_order(text: str) -> AxisOrder:
    """Answer which coordinate a file writes first; ``UsageError`` ``bad_axis``."""
    for order in AXIS_ORDERS:
        if text.lower().replace(" ", "") == order:
            return order
    raise UsageError("bad_axis", f"An axis order is {' or '.join(AXIS_ORDERS)}, not {text!r}")


def parse_field(text: str) -> tuple[str, str]:
    """Answer field and target of ``FIELD=target``; ``UsageError`` ``bad_map``."""
    field_name, equals, target = text.rpartition("=")
    if not equals or not field_name:
        raise UsageError("bad_map", f"A field's meaning is written FIELD=target, not {text!r}")
    return field_name, target


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

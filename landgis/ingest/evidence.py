"""What was decided about a file and on what ground, in the form reports show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.errors import UsageError
from landgis.ingest import encoding_names, encodings
from landgis.ingest.placing import AXIS_ORDERS, AxisOrder
from landgis.ingest.profile import FieldMapping
from landgis.ingest.raw import RawLayer

TEXTS_LOOKED_AT = 20_000
"""Values per layer that encoding detection looks at."""


CHOSEN_BY_USER = {"vi": "Do người dùng chọn.", "en": "Chosen by the user."}
ALWAYS_UTF_8 = {"vi": "Định dạng này luôn là UTF-8.", "en": "This format is always UTF-8."}


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


def choose_encoding(
    raw: RawLayer, mapping: FieldMapping, choices: Choices, jurisdiction: Jurisdiction
) -> tuple[str | None, dict[str, Any]]:
    """Answer the codec of a layer's text, None when it is text already, and the evidence.

    What the sender says is obeyed; what a .cpg file says is believed unless the text contradicts
    it beyond doubt: .cpg files that lie are common.
    """
    if not raw.bytes_text:
        return None, decision("utf-8", ALWAYS_UTF_8)
    shown = _texts(raw, mapping.personal)
    if choices.encoding is not None:
        return _given(encoding_names.codec_of(choices.encoding), CHOSEN_BY_USER, shown)
    declared = encoding_names.codec_of_cpg(raw.cpg)
    tried = jurisdiction.encodings if declared is None else (declared, *jurisdiction.encodings)
    found = encodings.detect(_texts(raw, ()), tuple(dict.fromkeys(tried)), shown)
    is_denied = declared != found.chosen and not found.ambiguous and _has_accents(found)
    if declared is not None and not is_denied:
        reason = both(f"Tệp .cpg ghi {raw.cpg}.", f"The .cpg file says {raw.cpg}.")
        return _given(declared, reason, shown)
    chosen, reason = found.chosen, found.reason
    if declared is not None:
        reason = both(
            f"{reason['vi']} Tệp .cpg ghi {raw.cpg}: không đúng với văn bản.",
            f"{reason['en']} The .cpg file says {raw.cpg}: the text contradicts it.",
        )
    elif found.ambiguous and mapping.profile.encoding is not None:
        chosen = encoding_names.codec_of(mapping.profile.encoding)
    return chosen, _detected(found, chosen, reason)


def _given(codec: str, reason: dict[str, str], shown: list[str]) -> tuple[str, dict[str, Any]]:
    telling = [text for text in dict.fromkeys(shown) if not text.isascii()]
    samples = encodings.decode(telling[: encodings.SAMPLES_SHOWN], codec).values
    return codec, decision(codec, reason, samples=samples.tolist())


def _has_accents(found: encodings.Detection) -> bool:
    """Answer whether there was any text to tell encodings apart by."""
    return any(candidate.samples for candidate in found.candidates)


def _detected(found: encodings.Detection, chosen: str, reason: dict[str, str]) -> dict[str, Any]:
    best = next((c for c in found.candidates if c.codec == chosen), None)
    evidence = decision(
        chosen,
        reason,
        candidates=[
            {"value": c.codec, "score": c.score, "samples": list(c.samples)}
            for c in found.candidates
        ],
        score=best.score if best else None,
        samples=list(best.samples) if best else [],
    )
    return {**evidence, "ambiguous": found.ambiguous}


def _texts(raw: RawLayer, without: tuple[str, ...]) -> list[str]:
    """Answer values of every text column alike: accents may stand in the last one only."""
    columns = [v for name, v in raw.columns.items() if name not in without and v.dtype == object]
    each = TEXTS_LOOKED_AT // max(len(columns), 1)
    return [text for values in columns for text in values[:each] if isinstance(text, str)]


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
        if len(shown) == encodings.SAMPLES_SHOWN:
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

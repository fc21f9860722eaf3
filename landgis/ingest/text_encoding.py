"""In which encoding each text column of a layer is, with the evidence."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.ingest import encoding_names, encodings
from landgis.ingest.evidence import CHOSEN_BY_USER, Choices, both, decision
from landgis.ingest.profile import FieldMapping
from landgis.ingest.raw import RawLayer

TEXTS_LOOKED_AT = 20_000
"""Values per layer that detection looks at."""

ALWAYS_UTF_8 = both("Định dạng này luôn là UTF-8.", "This format is always UTF-8.")

Text = dict[str, str]


@dataclass(frozen=True)
class TextEncoding:
    """Codecs of a layer's text columns."""

    codec: str
    """Of every column that says nothing else."""

    columns: Mapping[str, str]
    """Columns that are in another encoding: files grown over years mix them."""

    def of(self, column: str) -> str:
        """Answer the codec of a column."""
        return self.columns.get(column, self.codec)


def choose_encoding(
    raw: RawLayer, mapping: FieldMapping, choices: Choices, jurisdiction: Jurisdiction
) -> tuple[TextEncoding | None, dict[str, Any]]:
    """Answer the codecs of a layer's text, None when it is text already, and the evidence.

    What the sender says is obeyed. What was remembered, what a .cpg file says, or without one the
    language byte of the .dbf, is believed unless the text contradicts it beyond doubt: such claims
    that lie are common. A column whose own text is beyond doubt in another encoding is read in
    that one.
    """
    if not raw.bytes_text:
        return None, decision("utf-8", ALWAYS_UTF_8)
    if choices.encoding is None:
        return _judged(raw, mapping, _claimed(raw), jurisdiction)
    codec = encoding_names.codec_of(choices.encoding)
    if "encoding" not in choices.remembered:
        shown = _texts(raw, mapping.personal)
        return TextEncoding(codec, {}), _given(codec, CHOSEN_BY_USER, shown)
    found, evidence = _judged(raw, mapping, (codec, choices.why("encoding")), jurisdiction)
    if found.codec == codec:
        return found, evidence
    found, evidence = _judged(raw, mapping, _claimed(raw), jurisdiction)
    said = evidence["reason"]
    reason = both(
        f"{said['vi']} Bảng mã đã nhớ, {codec}, không đúng với văn bản.",
        f"{said['en']} The remembered encoding, {codec}, contradicts the text.",
    )
    return found, {**evidence, "reason": reason}


def _judged(
    raw: RawLayer,
    mapping: FieldMapping,
    claimed: tuple[str | None, Text],
    jurisdiction: Jurisdiction,
) -> tuple[TextEncoding, dict[str, Any]]:
    """Answer the codecs that the text itself, and what somebody claims of it, speak for."""
    declared, claim = claimed
    shown = _texts(raw, mapping.personal)
    tried = jurisdiction.encodings if declared is None else (declared, *jurisdiction.encodings)
    candidates = tuple(dict.fromkeys(tried))
    found = encodings.detect(_texts(raw, ()), candidates, shown)
    sure = _sure_columns(raw, candidates)
    codec, evidence = _whole(found, declared, claim, mapping, sure, shown)
    others = {name: own for name, own in sure.items() if own != codec}
    columns = {
        name: {"chosen": own, "samples": _samples(raw, name, own, mapping)}
        for name, own in others.items()
    }
    return TextEncoding(codec, others), {**evidence, "columns": columns}


def _claimed(raw: RawLayer) -> tuple[str | None, Text]:
    """Answer the codec that the file claims, and by what it does."""
    if (codec := encoding_names.codec_of_cpg(raw.cpg)) is not None:
        return codec, both(f"Tệp .cpg ghi {raw.cpg}.", f"The .cpg file says {raw.cpg}.")
    byte = raw.language_byte
    codec = None if byte is None else encoding_names.codec_of_language(byte)
    return codec, both(
        f"Mã ngôn ngữ của tệp .dbf là {codec}.", f"The language byte of the .dbf says {codec}."
    )


def _whole(
    found: encodings.Detection,
    declared: str | None,
    claim: Text,
    mapping: FieldMapping,
    sure: Mapping[str, str],
    shown: list[str],
) -> tuple[str, dict[str, Any]]:
    """Answer the codec of the layer as a whole."""
    is_denied = declared != found.chosen and not found.ambiguous and _has_accents(found)
    if declared is not None and not is_denied:
        return declared, _given(declared, claim, shown)
    chosen, reason = found.chosen, found.reason
    if declared is not None:
        reason = both(
            f"{reason['vi']} {claim['vi']} Không đúng với văn bản.",
            f"{reason['en']} {claim['en']} The text contradicts it.",
        )
    elif found.ambiguous and sure:
        chosen = Counter(sure.values()).most_common(1)[0][0]
    elif found.ambiguous and mapping.profile.encoding is not None:
        chosen = encoding_names.codec_of(mapping.profile.encoding)
    return chosen, _detected(found, chosen, reason)


def _sure_columns(raw: RawLayer, candidates: tuple[str, ...]) -> dict[str, str]:
    """Answer the text columns that tell their own encoding beyond doubt, with it."""
    sure = {}
    for name, values in raw.columns.items():
        if values.dtype != object:
            continue
        texts = [v for v in values[:TEXTS_LOOKED_AT] if isinstance(v, str) and not v.isascii()]
        if len(set(texts)) < encodings.FEW_WORDS:
            continue
        found = encodings.detect(texts, candidates, ())
        if not found.ambiguous:
            sure[name] = found.chosen
    return sure


def _samples(raw: RawLayer, name: str, codec: str, mapping: FieldMapping) -> list[str]:
    """Answer some values of a column; of a personal one none."""
    if name in mapping.personal:
        return []
    telling = [v for v in dict.fromkeys(raw.columns[name]) if v and not v.isascii()]
    samples: list[str] = encodings.decode(telling[: encodings.SAMPLES_SHOWN], codec).values.tolist()
    return samples


def _given(codec: str, reason: Text, shown: list[str]) -> dict[str, Any]:
    telling = [text for text in dict.fromkeys(shown) if not text.isascii()]
    samples = encodings.decode(telling[: encodings.SAMPLES_SHOWN], codec).values
    return decision(codec, reason, samples=samples.tolist())


def _has_accents(found: encodings.Detection) -> bool:
    """Answer whether there was any text to tell encodings apart by."""
    return any(candidate.samples for candidate in found.candidates)


def _detected(found: encodings.Detection, chosen: str, reason: Text) -> dict[str, Any]:
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

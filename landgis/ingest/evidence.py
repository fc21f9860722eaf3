"""What was decided about a file and on what ground, in the form reports show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.errors import Refused, UsageError
from landgis.ingest import encoding_names, encodings
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
    """Answer the codec of a layer's text, None when it is text already, and the evidence."""
    if not raw.bytes_text:
        return None, _evidence("utf-8", ALWAYS_UTF_8)
    shown = _texts(raw, mapping.personal)
    codec, reason = None, {}
    if choices.encoding is not None:
        codec, reason = encoding_names.codec_of(choices.encoding), CHOSEN_BY_USER
    elif (declared := encoding_names.codec_of_cpg(raw.cpg)) is not None:
        codec = declared
        reason = _both(f"Tệp .cpg ghi {raw.cpg}.", f"The .cpg file says {raw.cpg}.")
    if codec is not None:
        telling = [text for text in dict.fromkeys(shown) if not text.isascii()]
        samples = encodings.decode(telling[: encodings.SAMPLES_SHOWN], codec).values
        return codec, _evidence(codec, reason, samples=samples.tolist())
    found = encodings.detect(_texts(raw, ()), jurisdiction.encodings, shown)
    chosen = found.chosen
    if found.ambiguous and mapping.profile.encoding is not None:
        chosen = encoding_names.codec_of(mapping.profile.encoding)
    candidates = [
        {"value": c.codec, "score": c.score, "samples": list(c.samples)} for c in found.candidates
    ]
    best = next((c for c in found.candidates if c.codec == chosen), None)
    evidence = _evidence(
        chosen,
        found.reason,
        candidates=candidates,
        score=best.score if best else None,
        samples=list(best.samples) if best else [],
    )
    return chosen, {**evidence, "ambiguous": found.ambiguous}


def _texts(raw: RawLayer, without: tuple[str, ...]) -> list[str]:
    """Answer values of every text column alike: accents may stand in the last one only."""
    columns = [v for name, v in raw.columns.items() if name not in without and v.dtype == object]
    each = TEXTS_LOOKED_AT // max(len(columns), 1)
    return [text for values in columns for text in values[:each] if isinstance(text, str)]


def choose_crs(
    raw: RawLayer, mapping: FieldMapping, choices: Choices, jurisdiction: Jurisdiction
) -> tuple[int, dict[str, Any]]:
    """Answer the EPSG code of the survey plane, and the evidence.

    Raises
    ------
    Refused
        ``crs_missing``, ``crs_not_understood``, ``crs_not_accepted``, ``unknown_crs``.
    """
    epsg, reason = _crs(raw, mapping, choices)
    geodesy.plane(epsg)
    accepted = jurisdiction.survey_epsgs
    if accepted and epsg not in accepted:
        listed = ", ".join(f"EPSG:{code}" for code in accepted)
        raise Refused(
            "crs_not_accepted",
            f"{raw.name}: EPSG:{epsg} is not a survey system of {jurisdiction.code}; accepted are "
            f"{listed}. If the file declares it wrongly, say the right one with --crs",
            epsg=epsg,
        )
    declared = (raw.crs_wkt or "")[:500]
    evidence = _evidence(f"EPSG:{epsg}", reason, samples=[geodesy.plane(epsg).name])
    return epsg, {**evidence, "declared": declared or None}


def _crs(raw: RawLayer, mapping: FieldMapping, choices: Choices) -> tuple[int, dict[str, str]]:
    if choices.crs is not None:
        return choices.crs, CHOSEN_BY_USER
    if raw.crs_wkt is not None:
        epsg = geodesy.identify(raw.crs_wkt)
        if epsg is not None:
            return epsg, _both("Theo khai báo của tệp.", "As the file declares.")
        raise Refused(
            "crs_not_understood",
            f"{raw.name}: the declared coordinate system is not understood "
            f"({raw.crs_wkt[:60]}…); say it with --crs EPSG:n",
        )
    if mapping.profile.crs is not None:
        code = int(mapping.profile.crs.removeprefix("EPSG:"))
        return code, _both("Theo mẫu của bên gửi.", "As the sender's profile says.")
    raise Refused(
        "crs_missing",
        f"{raw.name}: the file declares no coordinate system (no .prj); say it with --crs EPSG:n",
    )


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
        **_evidence(mapping.profile.name, mapping.reason, candidates=candidates, score=found),
        "fields": fields,
        "personal": list(mapping.personal),
        "unused": list(mapping.unused),
    }


def axis_evidence() -> dict[str, Any]:
    """Answer the axis order: files are read east first, as GIS writes them."""
    reason = _both(
        "Tọa độ được đọc theo thứ tự đông, bắc (x, y của GIS).",
        "Coordinates are read east, north (x, y of GIS).",
    )
    return _evidence("east,north", reason)


def parse_epsg(text: str) -> int:
    """Answer the code of ``EPSG:n`` or plain ``n``; ``UsageError`` ``bad_crs``."""
    number = text.upper().removeprefix("EPSG:")
    if not number.isdigit():
        raise UsageError("bad_crs", f"A coordinate system is written EPSG:n, not {text!r}")
    return int(number)


def _samples(columns: dict[str, Any], names: tuple[str, ...]) -> list[str]:
    shown: dict[str, None] = {}
    for value in columns[names[0]][:1000]:
        if value is not None and value == value:  # noqa: PLR0124 - NaN is not itself
            shown[str(value)] = None
        if len(shown) == encodings.SAMPLES_SHOWN:
            break
    return list(shown)


def _evidence(
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


def _both(vi: str, en: str) -> dict[str, str]:
    return {"vi": vi, "en": en}

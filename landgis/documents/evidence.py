"""The evidence of a report as blocks to be read: what was chosen, from what, on what ground."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from landgis.cadastre.profiles import TARGETS
from landgis.documents.words import Words

FIRST = ("crs", "axis_order", "encoding", "mapping")
"""In this order: a database keeps no order of its own in what was decided."""

_SHOWN = frozenset(
    (
        *("chosen", "candidates", "score", "samples", "reason", "ambiguous"),
        *("fields", "personal", "unused", "identity", "value"),
    )
)
"""Members of a decision that have a place of their own; the others are facts beside it."""


@dataclass(frozen=True)
class Candidate:
    """One possibility that was weighed."""

    value: str
    score: str
    samples: tuple[str, ...]
    reason: str
    facts: tuple[tuple[str, str], ...]
    is_chosen: bool


@dataclass(frozen=True)
class Decision:
    """One thing that had to be decided about a file."""

    key: str
    name: str
    chosen: str
    score: str
    reason: str
    is_open: bool
    """True: the margin was small, a person is asked to confirm."""

    samples: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FieldLine:
    """How one field of the file was understood."""

    column: str
    target: str
    samples: tuple[str, ...]
    reason: str


def decisions(evidence: Mapping[str, Any], words: Words) -> list[Decision]:
    """Answer every decision, the known ones first."""
    names = (*FIRST, *sorted(evidence.keys() - set(FIRST)))
    return [
        _decision(name, evidence[name], words)
        for name in names
        if isinstance(evidence.get(name), Mapping) and "chosen" in evidence[name]
    ]


def field_lines(mapping: Mapping[str, Any], words: Words) -> list[FieldLine]:
    """Answer the fields that are loaded; columns about persons are not among them."""
    return [
        FieldLine(
            column=str(body["chosen"]),
            target=words.named("target", target),
            samples=tuple(map(str, body["samples"])),
            reason=words.pick(body["reason"]),
        )
        for target, body in _by_target(mapping.get("fields", {}))
    ]


def _by_target(fields: Mapping[str, Any]) -> list[tuple[str, Any]]:
    known = {target: i for i, target in enumerate(TARGETS)}
    return sorted(fields.items(), key=lambda item: (known.get(item[0], len(known)), item[0]))


def identity(mapping: Mapping[str, Any], words: Words) -> str:
    """Answer what identifies a parcel of the file."""
    fields = mapping.get("identity") or ()
    said = ", ".join(words.named("target", name) for name in fields)
    return said or words("evidence.identity.none")


def _decision(name: str, body: Mapping[str, Any], words: Words) -> Decision:
    chosen = words.pick(body["chosen"])
    return Decision(
        key=name,
        name=words.named("evidence", name),
        chosen=chosen,
        score=_score(body.get("score"), words),
        reason=words.pick(body.get("reason") or ""),
        is_open=bool(body.get("ambiguous")),
        samples=tuple(map(str, body.get("samples") or ())),
        candidates=tuple(_candidates(body.get("candidates") or (), chosen, words)),
        facts=tuple(_facts(body, words)),
    )


def _candidates(candidates: Sequence[Any], chosen: str, words: Words) -> Iterator[Candidate]:
    for candidate in candidates:
        if not isinstance(candidate, Mapping):
            yield Candidate(str(candidate), "", (), "", (), str(candidate) == chosen)
            continue
        value = words.pick(candidate["value"])
        yield Candidate(
            value=value,
            score=_score(candidate.get("score"), words),
            samples=tuple(map(str, candidate.get("samples") or ())),
            reason=words.pick(candidate.get("reason") or ""),
            facts=tuple(_facts(candidate, words)),
            is_chosen=value == chosen,
        )


def _facts(body: Mapping[str, Any], words: Words) -> Iterator[tuple[str, str]]:
    """Answer what else is said in plain values or sentences."""
    for name, value in sorted(body.items()):
        if name in _SHOWN or value is None or isinstance(value, bool):
            continue
        label = words.named("fact", name)
        if isinstance(value, int | float):
            yield label, words.measured(value, None)
        elif isinstance(value, list) and all(isinstance(v, int | float) for v in value):
            yield label, "; ".join(words.measured(v, None) for v in value)
        elif isinstance(value, str) or (isinstance(value, Mapping) and words.lang in value):
            yield label, words.pick(value)


def _score(score: Any, words: Words) -> str:
    if not isinstance(score, int | float):
        return ""
    return words.number(score, 2 if isinstance(score, float) else 0)

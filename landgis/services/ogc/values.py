"""Constants of a filter: from what JSON has to texts, numbers, ids, dates and times."""

import math
import re
from datetime import date, datetime
from typing import Any
from uuid import UUID

from landgis.cadastre.filters import Constant, Term
from landgis.cadastre.served import Field
from landgis.services.ogc.gates import bad

TRULY_INTEGER = 2.0**53
"""Beyond it not every whole number is a double, and JSON's numbers are doubles to many."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def read_as(term: Term, kind: str | None) -> Term:
    """Answer a text beside an id or a time as what it stands beside; other terms as they are."""
    if not isinstance(term, Constant) or term.kind != "text":
        return term
    if kind == "uuid":
        return as_uuid(term)
    return instant({"date" if kind == "date" else "timestamp": term.value}) if kind else term


def as_uuid(term: Term) -> Term:
    """Answer a text as the id that it is."""
    if not isinstance(term, Constant) or term.kind != "text":
        return term
    try:
        return Constant(UUID(term.value), "uuid")
    except ValueError as problem:
        raise bad(f"{term.value[:64]!r} is no id") from problem


def plain(value: Any) -> Constant:
    """Answer a text, a number or a truth of the JSON."""
    if isinstance(value, bool):
        return Constant(value, "boolean")
    if isinstance(value, str):
        return Constant(sound_text(value), "text")
    if isinstance(value, int) and abs(value) > TRULY_INTEGER:
        value = float(value) if abs(value) < 10**300 else math.inf
    if not math.isfinite(value):
        raise bad("A number is too large")
    if float(value).is_integer() and abs(value) <= TRULY_INTEGER:
        return Constant(int(value), "integer")
    return Constant(float(value), "number")


def constant(value: Any, field: Field) -> Constant:
    """Answer a value of a field: a text, a number, or CQL2's tree of a date or time."""
    found = instant(value) if isinstance(value, dict) else plain(value)
    if field.kind == "uuid":
        (found,) = (term for term in [as_uuid(found)] if isinstance(term, Constant))
    return found


def sound_text(value: str) -> str:
    """Let a text pass that PostgreSQL can hold: no NUL, no half of a surrogate pair."""
    if "\x00" in value or (
        not value.isprintable() and any("\ud800" <= c <= "\udfff" for c in value)
    ):
        raise bad("A text holds a character that no text of the register can hold")
    return value


def instant(tree: dict[str, Any]) -> Constant:
    """Answer CQL2's tree of a date or a time."""
    ((name, text),) = tree.items() if len(tree) == 1 else ((None, None),)
    if not isinstance(text, str):
        raise bad("A time is a text")
    try:
        if name == "date" and _DAY.fullmatch(text):
            return Constant(date.fromisoformat(text), "date")
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        raise bad(f"{text[:64]!r} is no {name}") from problem
    if name == "date":
        raise bad(f"{text[:64]!r} is no date; write 2025-07-01")
    if "T" not in text or moment.tzinfo is None:
        raise bad(f"{text[:64]!r} is a time without an offset; write it with Z")
    return Constant(moment, "moment")

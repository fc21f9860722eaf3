"""What a request asks of a collection, from the texts of its parameters."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from landgis.cadastre.filters import Call, Constant, Order, Property, Term, Value, Wanted
from landgis.cadastre.served import Collection, Field
from landgis.errors import UsageError
from landgis.services.ogc import filters, gates, values
from landgis.services.ogc.crs import CRS, CRS84, CRS84_URI, named
from landgis.services.ogc.shapes import bad_bbox, boxes_3857
from landgis.services.ogc.times import days_of

DEFAULT_LIMIT = 10
MAX_LIMIT = 2_500
"""More than this is asked for in vain: the answer has so many, and a link to the rest.

All that is counted fits four pages: further the official suite of OGC does not turn them.
"""

MAX_ORDER = 4
MAX_DIGITS = 15


@dataclass(frozen=True)
class Asked:
    """The parameters of a request for items, as they came; absent ones have their default."""

    limit: str = str(DEFAULT_LIMIT)
    bbox: str | None = None
    bbox_crs: str = CRS84_URI
    crs: str = CRS84_URI
    datetime: str | None = None
    filter: str | None = None
    filter_lang: str | None = None
    filter_crs: str = CRS84_URI
    sortby: str | None = None
    after: str | None = None
    properties: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Queryable -> the text of the value that it shall have."""


def wanted_of(
    asked: Asked, collection: Collection, known: tuple[CRS, ...], zone: ZoneInfo
) -> Wanted:
    """Answer what a request wants of a collection.

    Raises
    ------
    UsageError
        ``bad_parameter``, ``bad_bbox``, ``bad_datetime``, ``bad_filter``, ``unknown_crs``: each
        names the parameter.
    """
    bbox_crs = named(asked.bbox_crs, known, "bbox-crs")
    order = _order(asked.sortby, collection)
    return Wanted(
        collection,
        condition=_condition(asked, collection, known),
        shapes_3857=None if asked.bbox is None else _shapes(asked.bbox, collection, bbox_crs),
        days=None if asked.datetime is None else days_of(asked.datetime, zone),
        order=order,
        after=None if asked.after is None else place_of(asked.after, order, collection),
        limit=_limit(asked.limit),
    )


def _bad(parameter: str, message: str) -> UsageError:
    return UsageError("bad_parameter", f"{parameter}: {message}", parameter=parameter)


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS and int(text) > 0):
        raise _bad("limit", f"a whole number from 1 to {MAX_LIMIT}, not {text[:32]!r}")
    return min(int(text), MAX_LIMIT)


def _shapes(text: str, collection: Collection, crs: CRS) -> tuple[Any, ...]:
    if not collection.shows_geometry:
        raise bad_bbox(f"Where {collection.name} lie is not public")
    try:
        numbers = [float(part) for part in text.split(",") if "_" not in part or part.isalpha()]
    except ValueError as problem:
        raise bad_bbox(f"bbox={text[:80]!r} is no list of numbers") from problem
    return boxes_3857(numbers, crs)


def _condition(asked: Asked, collection: Collection, known: tuple[CRS, ...]) -> Term | None:
    fields = collection.queryables
    terms: list[Term] = [
        Call("=", (Property(fields[name]), value_of(fields[name], text)))
        for name, text in asked.properties.items()
    ]
    crs = named(asked.filter_crs, known, "filter-crs")
    if asked.filter is not None:
        language = asked.filter_lang or "cql2-text"
        if language not in gates.LANGUAGES:
            raise _bad("filter-lang", f"one of {', '.join(gates.LANGUAGES)}, not {language[:32]!r}")
        terms.append(filters.read(gates.tree_of(asked.filter, language), fields, crs))
    elif asked.filter_lang is not None or crs is not CRS84:
        raise _bad("filter", "filter-lang and filter-crs say something of a filter; there is none")
    if not terms:
        return None
    return terms[0] if len(terms) == 1 else Call("and", tuple(terms))


def value_of(asked_field: Field, text: str) -> Constant:
    """Answer the value of a field that a parameter's text names."""
    try:
        tree = _TREES[asked_field.kind](text)
        found = values.constant(tree, asked_field)
    except (ValueError, KeyError) as problem:
        raise _bad(asked_field.name, f"{text[:64]!r} is no {asked_field.kind}") from problem
    except UsageError as problem:
        raise _bad(asked_field.name, problem.message) from problem
    return found


_TREES: Mapping[str, Callable[[str], Any]] = {
    "text": str,
    "uuid": str,
    "integer": int,
    "number": float,
    "date": lambda text: {"date": text},
    "moment": lambda text: {"timestamp": text},
}


def _order(text: str | None, collection: Collection) -> tuple[Order, ...]:
    if text is None:
        return ()
    keys = []
    for part in text.split(","):
        name = part.lstrip("+- ") if part[:1] in {"+", "-", " "} else part
        found = collection.sortables.get(name)
        if found is None:
            there = ", ".join(collection.sortables)
            raise _bad("sortby", f"{name[:64]!r} is none of {there}")
        keys.append(Order(found, descending=part.startswith("-")))
    names = [key.field.name for key in keys]
    if len(set(names)) < len(names) or len(names) > MAX_ORDER:
        raise _bad("sortby", f"names {MAX_ORDER} fields at most, each once")
    return tuple(keys)


def token_of(place: tuple[Value | None, ...]) -> str:
    """Answer the text by which the next request says where the last page ended."""
    values = [value.isoformat() if isinstance(value, date) else value for value in place]
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(
    token: str, order: tuple[Order, ...], collection: Collection
) -> tuple[Value | None, ...]:
    """Answer where a page begins from what ``token_of`` made.

    Raises
    ------
    UsageError
        ``bad_parameter``: it is not from this order of this collection.
    """
    bad = _bad("after", "it is not from a next link of this request; begin again without it")
    try:
        values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, RecursionError) as problem:
        raise bad from problem
    kinds = [*(key.field.kind for key in order), *collection.key_kinds]
    if not isinstance(values, list) or len(values) != len(kinds):
        raise bad
    if values[-1] is None:
        raise bad
    return tuple(_placed(value, kind, bad) for value, kind in zip(values, kinds, strict=True))


def _placed(value: Any, kind: str, bad: UsageError) -> Value | None:
    if value is None:
        return None
    if kind == "date" and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError as problem:
            raise bad from problem
    if kind == "text" and isinstance(value, str):
        return values.sound_text(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    whole = isinstance(value, int) and abs(value) < 2**62
    if is_number and (whole if kind == "integer" else kind == "number" and abs(value) < 1e300):  # noqa: PLR2004
        return value  # type: ignore[no-any-return]
    raise bad

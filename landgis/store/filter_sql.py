"""A checked filter as a condition: every value is bound, every name comes from this package.

Written out by hand for each operation: no name or text of the asker ever reaches a statement.
"""

from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt, ne
from typing import Any

import shapely
from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Double,
    Text,
    and_,
    cast,
    collate,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    true,
)

from landgis.cadastre.filters import Call, Constant, Property, Span, Term

SQL = ColumnElement[Any]

COMPARED: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": eq,
    "<>": ne,
    "<": lt,
    ">": gt,
    "<=": le,
    ">=": ge,
}

PLACED: Mapping[str, Callable[..., SQL]] = {
    "s_intersects": func.ST_Intersects,
    "s_equals": func.ST_Equals,
    "s_disjoint": func.ST_Disjoint,
    "s_touches": func.ST_Touches,
    "s_within": func.ST_Within,
    "s_overlaps": func.ST_Overlaps,
    "s_crosses": func.ST_Crosses,
    "s_contains": func.ST_Contains,
}

Ends = tuple[SQL, SQL]

TIMED: Mapping[str, Callable[[Ends, Ends], SQL]] = {
    "t_after": lambda a, b: a[0] > b[1],
    "t_before": lambda a, b: a[1] < b[0],
    "t_contains": lambda a, b: and_(a[0] < b[0], a[1] > b[1]),
    "t_disjoint": lambda a, b: or_(a[1] < b[0], a[0] > b[1]),
    "t_during": lambda a, b: and_(a[0] > b[0], a[1] < b[1]),
    "t_equals": lambda a, b: and_(a[0] == b[0], a[1] == b[1]),
    "t_finishedby": lambda a, b: and_(a[0] < b[0], a[1] == b[1]),
    "t_finishes": lambda a, b: and_(a[0] > b[0], a[1] == b[1]),
    "t_intersects": lambda a, b: and_(a[0] <= b[1], a[1] >= b[0]),
    "t_meets": lambda a, b: a[1] == b[0],
    "t_metby": lambda a, b: a[0] == b[1],
    "t_overlappedby": lambda a, b: and_(a[0] > b[0], a[0] < b[1], a[1] > b[1]),
    "t_overlaps": lambda a, b: and_(a[0] < b[0], a[1] > b[0], a[1] < b[1]),
    "t_startedby": lambda a, b: and_(a[0] == b[0], a[1] > b[1]),
    "t_starts": lambda a, b: and_(a[0] == b[0], a[1] < b[1]),
}
"""By the first and last instants of both operands (Allen 1983)."""

MARKS = "[\u0300-\u036f]"
"""Combining diacritical marks: what is left of an accent once it is written apart."""


class FilterSQL:
    """Writes filters over one collection's columns."""

    def __init__(self, columns: Mapping[str, SQL]) -> None:
        self._columns = columns

    def condition(self, term: Term) -> ColumnElement[bool]:
        """Answer a predicate; what is unknown is unknown, as SQL has it."""
        if isinstance(term, Constant):
            return true() if term.value else false()
        if not isinstance(term, Call):
            raise TypeError(f"no predicate: {term!r}")
        if term.op in {"and", "or", "not"}:
            return self._logical(term)
        if term.op in PLACED:
            return PLACED[term.op](*(self._place(arg) for arg in term.args))
        if term.op in TIMED:
            first, second = (self._ends(arg) for arg in term.args)
            return TIMED[term.op](first, second)
        return self._compared(term)

    def _logical(self, term: Call) -> ColumnElement[bool]:
        parts = [self.condition(arg) for arg in term.args]
        if term.op == "not":
            return not_(parts[0].self_group())
        return and_(*parts) if term.op == "and" else or_(*parts)

    def _compared(self, term: Call) -> ColumnElement[bool]:
        left, *rest = (self._value(arg) for arg in term.args)
        match term.op:
            case "isnull":
                return left.is_(None)
            case "like":
                return left.like(rest[0])
            case "in":
                return left.in_(rest)
            case "between":
                return and_(left >= rest[0], left <= rest[1])
            case "=" | "<>":
                return COMPARED[term.op](left, rest[0])  # type: ignore[no-any-return]
            case _:
                return COMPARED[term.op](_in_order(left), rest[0])  # type: ignore[no-any-return]

    def _value(self, term: Term) -> SQL:
        if isinstance(term, Property):
            return self._columns[term.field.name]
        if isinstance(term, Constant):
            return literal(term.value)
        if not isinstance(term, Call):
            raise TypeError(f"no value: {term!r}")
        operands = [self._value(arg) for arg in term.args]
        if term.op == "casei":
            return _folded(operands[0])
        if term.op == "accenti":
            return _without_accents(operands[0])
        return _computed(term.op, *(cast(operand, Double) for operand in operands))

    def _place(self, term: Term) -> SQL:
        if isinstance(term, Property):
            return self._columns[term.field.name]
        if isinstance(term, Constant):
            return shape_3857(term.value)
        raise TypeError(f"no place: {term!r}")

    def _ends(self, term: Term) -> Ends:
        if not isinstance(term, Span):
            instant = self._value(term)
            return instant, instant
        kind = Date() if term.kind == "date" else DateTime(timezone=True)
        open_start, open_end = (cast(literal(v), kind) for v in ("-infinity", "infinity"))
        start = open_start if term.start is None else self._value(term.start)
        end = open_end if term.end is None else self._value(term.end)
        return func.coalesce(start, open_start), func.coalesce(end, open_end)


def shape_3857(shape: Any) -> SQL:
    """Answer a shape in Web Mercator as a bound value."""
    return func.ST_SetSRID(func.ST_GeomFromWKB(literal(shapely.to_wkb(shape))), 3857)


def _in_order(value: SQL) -> SQL:
    """Let texts be ordered by their code points, whatever the database's own language."""
    return collate(value, "C") if isinstance(value.type, Text) else value


def _folded(value: SQL) -> SQL:
    """Answer a text without its case: full case folding, by way of both of its cases."""
    folded = func.lower(func.upper(collate(cast(value, Text), "und-x-icu")))
    return collate(func.replace(folded, "ς", "σ", type_=Text), "C")


def _without_accents(value: SQL) -> SQL:
    """Answer a text without its marks; the stroke of đ is none to Unicode, and one to people."""
    apart = func.normalize(value, literal_column("NFD"))
    return func.translate(func.regexp_replace(apart, MARKS, "", "g"), "đĐ", "dD", type_=Text)


def _computed(op: str, left: SQL, right: SQL) -> SQL:
    """Answer arithmetic in double precision; what is divided by zero has no value."""
    divisor: SQL = func.nullif(right, 0, type_=Double)
    quotient: SQL = left.op("/", return_type=Double())(divisor)
    whole: SQL = func.trunc(quotient, type_=Double)
    results: Mapping[str, SQL] = {
        "+": left + right,
        "-": left - right,
        "*": left * right,
        "/": quotient,
        "div": whole,
        "%": left - divisor * whole,
        "^": func.power(left, right, type_=Double),
    }
    return results[op]

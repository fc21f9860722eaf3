"""From CQL2's tree to a checked filter: an allowlist of operations, fields and kinds of values."""

from collections.abc import Callable, Mapping
from typing import Any

from landgis.cadastre.filters import (
    ARITHMETIC,
    COMPARISONS,
    LOGICAL,
    SPATIAL,
    TEMPORAL,
    TEXT_FUNCTIONS,
    Call,
    Constant,
    Property,
    Span,
    Term,
)
from landgis.cadastre.served import Field, Kind
from landgis.services.ogc.crs import CRS
from landgis.services.ogc.gates import bad
from landgis.services.ogc.shapes import boxes_3857, geometry_3857, is_mixed
from landgis.services.ogc.values import instant, plain, read_as

MAX_NODES = 50
MAX_LIST = 200

_NUMBERS = frozenset({"integer", "number"})
_TIMES = frozenset({"date", "moment"})


def read(tree: Any, fields: Mapping[str, Field], crs: CRS) -> Term:
    """Answer a filter over these fields, its geometries given in ``crs``.

    Raises
    ------
    UsageError
        ``bad_filter`` naming the operation, field or value that is not allowed.
    """
    return _Reader(fields, crs).predicate(tree)


def kind_of(term: Term) -> str:
    """Answer what a term is: its kind, integers as ``number``."""
    if isinstance(term, Span):
        return "span"
    if isinstance(term, Call):
        return _RESULT.get(term.op, "boolean")
    kind = term.field.kind if isinstance(term, Property) else term.kind
    return "number" if kind in _NUMBERS else kind


_RESULT = dict.fromkeys(ARITHMETIC, "number") | dict.fromkeys(TEXT_FUNCTIONS, "text")


class _Reader:
    """Reads one tree; counts its nodes as it goes, so that no tree is walked to its end in vain."""

    def __init__(self, fields: Mapping[str, Field], crs: CRS) -> None:
        self._fields = fields
        self._crs = crs
        self._nodes = 0
        self._readers: dict[str, Callable[[str, list[Any]], Call]] = {
            **dict.fromkeys(LOGICAL, self._logical),
            **dict.fromkeys(COMPARISONS, self._comparison),
            **dict.fromkeys(SPATIAL, self._spatial),
            **dict.fromkeys(TEMPORAL, self._temporal),
            "like": self._like,
            "in": self._in,
            "between": self._between,
            "isnull": self._is_null,
        }

    def predicate(self, tree: Any) -> Term:
        self._count()
        if isinstance(tree, bool):
            return Constant(tree, "boolean")
        op, args = _operation(tree)
        if op not in self._readers:
            raise bad(f"{op!r} is no predicate that is known here")
        return self._readers[op](op, args)

    def _count(self) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise bad(f"The filter has more than {MAX_NODES} terms; ask for less at once")

    def _logical(self, op: str, args: list[Any]) -> Call:
        if len(args) < 2 - (op == "not") or (op == "not" and len(args) > 1):
            raise bad(f"{op} has another number of operands")
        return Call(op, tuple(self.predicate(arg) for arg in args))

    def _comparison(self, op: str, args: list[Any]) -> Call:
        left, right = _alike([self._scalar(arg) for arg in _exactly(op, args, 2)], op)
        if kind_of(left) == "uuid" and op not in {"=", "<>"}:
            raise bad("An id is equal to another or not; it has no order")
        return Call(op, (left, right))

    def _like(self, op: str, args: list[Any]) -> Call:
        value, pattern = (self._scalar(arg) for arg in _exactly(op, args, 2))
        if kind_of(value) != "text" or kind_of(pattern) != "text":
            raise bad("like compares a text with a pattern")
        inner: Term = pattern
        while isinstance(inner, Call):
            (inner,) = inner.args
        if not isinstance(inner, Constant):
            raise bad("The pattern of like is a text in quotes")
        if (len(inner.value) - len(inner.value.rstrip("\\"))) % 2:
            raise bad("The pattern of like ends with a backslash that escapes nothing")
        return Call(op, (value, pattern))

    def _in(self, op: str, args: list[Any]) -> Call:
        value, listed = _exactly(op, args, 2)
        if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_LIST:
            raise bad(f"in has a list of 1 to {MAX_LIST} values")
        nodes = self._nodes
        items = []
        for item in listed:
            self._nodes = nodes  # the length of the list has a limit of its own
            items.append(self._scalar(item))
        return Call(op, tuple(_alike([self._scalar(value), *items], op)))

    def _between(self, op: str, args: list[Any]) -> Call:
        terms = _alike([self._scalar(arg) for arg in _exactly(op, args, 3)], op)
        if kind_of(terms[0]) not in {"number", "date", "moment"}:
            raise bad("between compares numbers, dates or times")
        return Call(op, tuple(terms))

    def _is_null(self, op: str, args: list[Any]) -> Call:
        (arg,) = _exactly(op, args, 1)
        return Call(op, (self._scalar(arg, may_be_place=True),))

    def _spatial(self, op: str, args: list[Any]) -> Call:
        places = tuple(self._place(arg) for arg in _exactly(op, args, 2))
        mixed = any(isinstance(p, Constant) and is_mixed(p.value) for p in places)
        if mixed and op not in {"s_intersects", "s_disjoint"}:
            raise bad(f"{op} is not asked of points, lines and areas all in one")
        return Call(op, places)

    def _temporal(self, op: str, args: list[Any]) -> Call:
        spans = [self._time(arg) for arg in _exactly(op, args, 2)]
        kinds = {term.kind if isinstance(term, Span) else kind_of(term) for term in spans}
        if len(kinds) > 1:
            raise bad(f"{op} compares dates with dates (DATE), times with times (TIMESTAMP)")
        return Call(op, tuple(spans))

    def _scalar(self, tree: Any, *, may_be_place: bool = False) -> Term:
        self._count()
        if isinstance(tree, bool | int | float | str):
            return plain(tree)
        if not isinstance(tree, dict):
            raise bad("A value is a text, a number, a date, a field or what is computed of them")
        if set(tree) == {"property"}:
            return self._property(tree["property"], may_be_place=may_be_place)
        if set(tree) <= {"date", "timestamp"}:
            return instant(tree)
        op, args = _operation(tree)
        if op in TEXT_FUNCTIONS:
            terms = [self._scalar(arg) for arg in _exactly(op, args, 1)]
            return Call(op, tuple(_all(terms, "text", op)))
        if op in ARITHMETIC:
            terms = [self._scalar(arg) for arg in _exactly(op, args, 2)]
            return Call(op, tuple(_all(terms, "number", op)))
        raise bad(f"{op!r} is no function that is known here")

    def _property(self, name: Any, *, may_be_place: bool) -> Property:
        field = self._fields.get(name) if isinstance(name, str) else None
        if field is None:
            there = ", ".join(self._fields)
            raise bad(f"There is no queryable {str(name)[:64]!r}; there are: {there}")
        if field.kind == "geometry" and not may_be_place:
            raise bad(f"{name} is a place; ask for it with s_intersects and its kin")
        return Property(field)

    def _place(self, tree: Any) -> Term:
        self._count()
        if isinstance(tree, dict) and set(tree) == {"property"}:
            found = self._property(tree["property"], may_be_place=True)
            if found.field.kind != "geometry":
                raise bad(f"{found.field.name} is no place")
            return found
        if isinstance(tree, dict) and set(tree) == {"bbox"}:
            return Constant(self._box(tree["bbox"]), "geometry")
        return Constant(geometry_3857(tree, self._crs, bad), "geometry")

    def _box(self, numbers: Any) -> Any:
        if not isinstance(numbers, list) or not all(isinstance(n, int | float) for n in numbers):
            raise bad("bbox is a list of numbers")
        boxes = boxes_3857([float(n) for n in numbers], self._crs, bad)
        return boxes[0] if len(boxes) == 1 else boxes[0].union(boxes[1])

    def _time(self, tree: Any) -> Term:
        self._count()
        if isinstance(tree, dict) and set(tree) == {"interval"}:
            ends = tree["interval"]
            if not isinstance(ends, list) or len(ends) != 2:  # noqa: PLR2004 - a start, an end
                raise bad("An interval has a start and an end")
            return self._span(*ends)
        term = self._scalar(tree)
        if kind_of(term) not in _TIMES:
            raise bad("A time is DATE('…'), TIMESTAMP('…'), INTERVAL(…) or a field of dates")
        return term

    def _span(self, start: Any, end: Any) -> Span:
        terms = [self._end(side) for side in (start, end)]
        kinds = {kind_of(term) for term in terms if term is not None}
        if len(kinds) != 1 or not kinds <= _TIMES:
            raise bad("An interval is of dates, or of times, and one end at least is not open")
        if all(isinstance(term, Constant) for term in terms):
            first, last = terms
            if first.value > last.value:  # type: ignore[union-attr]
                raise bad("An interval ends before it starts")
        kind: Kind = "moment" if "moment" in kinds else "date"
        return Span(terms[0], terms[1], kind)  # type: ignore[arg-type]

    def _end(self, side: Any) -> Term | None:
        if side == "..":
            return None
        if isinstance(side, str):
            return instant({"timestamp" if "T" in side else "date": side})
        return self._scalar(side)


def _operation(tree: Any) -> tuple[str, list[Any]]:
    if not isinstance(tree, dict) or set(tree) != {"op", "args"}:
        raise bad("A predicate has an operation and its operands")
    op, args = tree["op"], tree["args"]
    if not isinstance(op, str) or not isinstance(args, list):
        raise bad("A predicate has an operation and a list of operands")
    return op.lower()[:64], args


def _exactly(op: str, args: list[Any], count: int) -> list[Any]:
    if len(args) != count:
        raise bad(f"{op} has {count} operands, not {len(args)}")
    return args


def _all(terms: list[Term], kind: str, op: str) -> list[Term]:
    for term in terms:
        if kind_of(term) != kind:
            raise bad(f"{op} is of {kind}s, not of a {kind_of(term)}")
    return terms


def _alike(terms: list[Term], op: str) -> list[Term]:
    """Answer terms of one kind; texts beside an id or a time are read as such."""
    kinds = {kind_of(term) for term in terms}
    if "text" in kinds and kinds & {"uuid", "date", "moment"}:
        (other,) = (kinds - {"text"}) if len(kinds) == 2 else (None,)  # noqa: PLR2004
        terms = [read_as(term, other) for term in terms]
        kinds = {kind_of(term) for term in terms}
    if len(kinds) > 1:
        raise bad(f"{op} compares values of one kind, not {' with '.join(sorted(kinds))}")
    return terms

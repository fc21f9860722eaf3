"""A filter as values: what may be asked of a collection, checked, before it becomes a statement."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias, Union
from uuid import UUID

from landgis.cadastre.served import Collection, Field, Kind

Value: TypeAlias = str | int | float | bool | date | datetime | UUID


@dataclass(frozen=True)
class Property:
    """A field of each member."""

    field: Field


@dataclass(frozen=True)
class Constant:
    """A value that the asker gave; a geometry is a shapely one in EPSG:3857."""

    value: Any
    kind: Kind


@dataclass(frozen=True)
class Span:
    """A time from one instant to another, both included; None: open on that side."""

    start: "Property | Constant | None"
    end: "Property | Constant | None"
    kind: Kind
    """``date`` or ``moment``."""


@dataclass(frozen=True)
class Call:
    """An operation of ``OPERATIONS`` on its operands."""

    op: str
    args: "tuple[Term, ...]"


Term: TypeAlias = Union[Property, Constant, Span, Call]  # noqa: UP007 - names are forward

LOGICAL = frozenset({"and", "or", "not"})
COMPARISONS = frozenset({"=", "<>", "<", ">", "<=", ">="})
ARITHMETIC = frozenset({"+", "-", "*", "/", "^", "%", "div"})
TEXT_FUNCTIONS = frozenset({"casei", "accenti"})
SPATIAL = frozenset(
    {
        *("s_intersects", "s_equals", "s_disjoint", "s_touches"),
        *("s_within", "s_overlaps", "s_crosses", "s_contains"),
    }
)
TEMPORAL = frozenset(
    {
        *("t_after", "t_before", "t_contains", "t_disjoint", "t_during", "t_equals"),
        *("t_finishedby", "t_finishes", "t_intersects", "t_meets", "t_metby"),
        *("t_overlappedby", "t_overlaps", "t_startedby", "t_starts"),
    }
)


def properties_in(term: Term | None) -> Iterator[str]:
    """Answer the names of the fields that a filter asks for."""
    if isinstance(term, Property):
        yield term.field.name
    elif isinstance(term, Span):
        yield from properties_in(term.start)
        yield from properties_in(term.end)
    elif isinstance(term, Call):
        for arg in term.args:
            yield from properties_in(arg)


Box = tuple[float, float, float, float]
"""West, south, east, north."""


@dataclass(frozen=True)
class Order:
    """One key of an order; members without a value come last."""

    field: Field
    descending: bool = False


@dataclass(frozen=True)
class Wanted:
    """Which members of a collection, in which order, from where on."""

    collection: Collection
    condition: Term | None = None
    shapes_3857: tuple[Any, ...] | None = None
    """Any of them must meet the member, or the member has no place; None: anywhere."""

    days: tuple[date | None, date | None] | None = None
    """The member holds on a day from the first to the second, or has no dates."""

    order: tuple[Order, ...] = ()
    """The key of the collection comes after these, so that the order is total."""

    after: tuple[Value | None, ...] | None = None
    """``place_in_order`` of the last member that was given."""

    limit: int = 10


@dataclass(frozen=True)
class Member:
    """One member of a collection as the store gives it."""

    key: int | str
    """Its id in the collection."""

    values: Any
    """``ParcelRecord`` for parcels, else a mapping from field to value."""

    geom: Any
    """shapely geometry, or None."""

    begins: date | None
    ends: date | None
    """First day on which it no longer holds."""

    place_in_order: tuple[Value | None, ...]
    """What ``Wanted.after`` is for the page that begins behind it."""

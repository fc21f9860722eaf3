"""CQL2 once more, in Python: what a filter says of a row, known, unknown or neither."""

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from operator import eq, ge, gt, le, lt, ne
from typing import Any
from uuid import UUID

import shapely

from landgis.geodesy import LONLAT, WEB_MERCATOR, transform

Row = dict[str, Any]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq, "<>": ne, "<": lt, ">": gt, "<=": le, ">=": ge,
}  # fmt: skip
PLACES = {
    "s_intersects": shapely.intersects, "s_equals": shapely.equals, "s_disjoint": shapely.disjoint,
    "s_touches": shapely.touches, "s_within": shapely.within, "s_overlaps": shapely.overlaps,
    "s_crosses": shapely.crosses, "s_contains": shapely.contains,
}  # fmt: skip


def is_true(tree: Any, row: Row, epsg: int = LONLAT) -> bool:
    """Whether a filter lets a row through."""
    return truth(tree, row, epsg) is True


def truth(tree: Any, row: Row, epsg: int) -> bool | None:  # noqa: PLR0911 - a case each
    if isinstance(tree, bool):
        return tree
    op, args = tree["op"].lower(), tree["args"]
    if op in {"and", "or", "not"}:
        return logic(op, [truth(arg, row, epsg) for arg in args])
    if op.startswith("s_"):
        a, b = (place(arg, row, epsg) for arg in args)
        return None if a is None or b is None else bool(PLACES[op](a, b))
    if op.startswith("t_"):
        ends = [span(arg, row) for arg in args]
        return None if None in ends else timed(op, *ends)
    if op == "isnull":
        value = row.get(args[0]["property"]) if "property" in args[0] else value_of(args[0], row)
        return value is None
    if op == "in":
        return logic(
            "or", [compare("=", value_of(args[0], row), value_of(x, row)) for x in args[1]]
        )
    values = [value_of(arg, row) for arg in args]
    if op == "between":
        low, high = compare(">=", *values[:2]), compare("<=", values[0], values[2])
        return logic("and", [low, high])
    if op == "like":
        return None if None in values else bool(pattern(values[1]).fullmatch(values[0]))
    return compare(op, *values)


def logic(op: str, parts: list[bool | None]) -> bool | None:
    if op == "not":
        return None if parts[0] is None else not parts[0]
    decisive = op == "or"
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def compare(op: str, a: Any, b: Any) -> bool | None:
    if a is None or b is None:
        return None
    if isinstance(a, UUID) or isinstance(b, UUID):
        a, b = str(a), str(b)
    if isinstance(a, date) and isinstance(b, str):  # a text beside a day or a time
        b = type(a).fromisoformat(b)
    return COMPARE[op](a, b)


def value_of(tree: Any, row: Row) -> Any:
    if not isinstance(tree, dict):
        return tree
    if "property" in tree:
        return row.get(tree["property"])
    if "date" in tree:
        return date.fromisoformat(tree["date"])
    if "timestamp" in tree:
        return datetime.fromisoformat(tree["timestamp"])
    values = [value_of(arg, row) for arg in tree["args"]]
    return None if None in values else computed(tree["op"].lower(), *values)


def computed(op: str, *values: Any) -> Any:
    if op == "casei":
        return values[0].casefold()
    if op == "accenti":
        apart = unicodedata.normalize("NFD", values[0])
        return re.sub("[\u0300-\u036f]", "", apart).replace("đ", "d").replace("Đ", "D")
    a, b = map(float, values)
    if op in {"/", "%", "div"} and b == 0:
        return None
    return {
        "+": lambda: a + b,
        "-": lambda: a - b,
        "*": lambda: a * b,
        "/": lambda: a / b,
        "div": lambda: float(math.trunc(a / b)),
        "%": lambda: a - b * math.trunc(a / b),
        "^": lambda: a**b,
    }[op]()


def pattern(text: str) -> re.Pattern[str]:
    parts, escaped = [], False
    for letter in text:
        if not escaped and letter == "\\":
            escaped = True
            continue
        wild = {"%": ".*", "_": "."}.get(letter)
        parts.append(re.escape(letter) if escaped or wild is None else wild)
        escaped = False
    return re.compile("".join(parts), re.DOTALL)


def place(tree: Any, row: Row, epsg: int) -> Any:
    if "property" in tree:
        return row.get(tree["property"])
    if "bbox" in tree:
        west, south, *_, east, north = tree["bbox"] if len(tree["bbox"]) == 4 else [
            *tree["bbox"][:2], *tree["bbox"][3:5],
        ]  # fmt: skip
        return transform(shapely.box(west, south, east, north), epsg, WEB_MERCATOR)
    return transform(shapely.force_2d(shapely.geometry.shape(tree)), epsg, WEB_MERCATOR)


def span(tree: Any, row: Row) -> tuple[Any, Any] | None:
    """First and last instant as numbers; an open end, or none known, is infinite."""
    if "interval" not in tree:
        value = value_of(tree, row)
        return None if value is None else (number(value), number(value))
    start, end = (None if side == ".." else side for side in tree["interval"])
    first = -math.inf if start is None else number(instant(start, row))
    last = math.inf if end is None else number(instant(end, row))
    return (-math.inf if first is None else first, math.inf if last is None else last)


def instant(side: Any, row: Row) -> Any:
    if isinstance(side, str):
        return value_of({"timestamp" if "T" in side else "date": side}, row)
    return value_of(side, row)


def number(value: Any) -> float | None:
    if value is None:
        return None
    return value.timestamp() if isinstance(value, datetime) else float(value.toordinal())


def timed(op: str, a: tuple[float, float], b: tuple[float, float]) -> bool:
    (s1, e1), (s2, e2) = a, b
    return {
        "t_after": s1 > e2,
        "t_before": e1 < s2,
        "t_contains": s1 < s2 and e1 > e2,
        "t_disjoint": e1 < s2 or s1 > e2,
        "t_during": s1 > s2 and e1 < e2,
        "t_equals": s1 == s2 and e1 == e2,
        "t_finishedby": s1 < s2 and e1 == e2,
        "t_finishes": s1 > s2 and e1 == e2,
        "t_intersects": s1 <= e2 and e1 >= s2,
        "t_meets": e1 == s2,
        "t_metby": s1 == e2,
        "t_overlappedby": s2 < s1 < e2 < e1,
        "t_overlaps": s1 < s2 < e1 < e2,
        "t_startedby": s1 == s2 and e1 > e2,
        "t_starts": s1 == s2 and e1 < e2,
    }[op]

"""Claims from what was sent: a CSV table with a heading, or JSON with rows of the same names."""

import json
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any

from landgis import geodesy
from landgis.errors import Refused, TooLarge
from landgis.services.csv_rows import csv_rows
from landgis.services.identifying.claims import Claim
from landgis.services.query import Point

MOST_CLAIMS = 10_000
"""Rows of one request: they are verified while their sender waits."""

COLUMNS = ("row", "national_id", "parcel", "lon", "lat", "x", "y", "srid")
LONGEST = 200
"""Characters of a cell; a parcel's name has fewer."""


def read_csv(content: bytes) -> list[Claim]:
    """Answer the claims of a UTF-8 table; commas or semicolons part its columns.

    What ``landgis parcel-id compute`` prints is such a table.

    Raises
    ------
    Refused
        ``bad_body``, ``unknown_column``, ``no_rows``, ``bad_row``.
    TooLarge
        ``too_many_rows``.
    """
    return claims_of(csv_rows(content, "national_id"))


def read_json(content: bytes) -> list[Claim]:
    """Answer the claims of ``{"rows": [{"national_id": …, "parcel": …}, …]}``.

    Raises
    ------
    Refused, TooLarge
        As ``read_csv``.
    """
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise Refused("bad_body", f"The body is no JSON: {problem}") from problem
    if not isinstance(body, dict) or body.keys() != {"rows"} or not isinstance(body["rows"], list):
        raise Refused("bad_body", 'The body must be {"rows": [{"national_id": …}, …]}')
    if not all(isinstance(row, dict) for row in body["rows"]):
        raise Refused("bad_body", "Each of rows must be an object")
    return claims_of(body["rows"])


def claims_of(rows: Iterable[Mapping[str, Any]]) -> list[Claim]:
    """Answer the claims of rows that name their cells as ``COLUMNS`` does.

    Raises
    ------
    Refused, TooLarge
        As ``read_csv``, but for ``bad_body``.
    """
    listed = list(rows)
    if len(listed) > MOST_CLAIMS:
        raise TooLarge(
            "too_many_rows",
            f"{len(listed)} rows; send at most {MOST_CLAIMS} at once",
            rows=len(listed),
            limit=MOST_CLAIMS,
        )
    if not listed:
        raise Refused("no_rows", "There is no row to verify")
    return [_claim(number, cells) for number, cells in enumerate(listed, start=1)]


def _claim(row: int, cells: Mapping[str, Any]) -> Claim:
    for name in cells:
        if name not in COLUMNS:
            raise Refused(
                "unknown_column",
                f"{name[:80]!r} is no column; there are {', '.join(COLUMNS)}",
                row=row,
            )
    parcel = _text(row, "parcel", cells.get("parcel"))
    place = None if parcel else _place(row, cells)
    return Claim(row, _text(row, "national_id", cells.get("national_id")), parcel, place)


def _place(row: int, cells: Mapping[str, Any]) -> Point | None:
    lon, lat, x, y, srid = (_number(row, n, cells.get(n)) for n in COLUMNS[3:])
    if lon is not None and lat is not None:
        return Point(lon, lat, geodesy.LONLAT)
    if x is not None and y is not None and srid is not None and srid == int(srid):
        return Point(x, y, int(srid))
    if {lon, lat, x, y, srid} == {None}:
        return None
    raise Refused("bad_row", f"Row {row}: a point is lon and lat, or x, y and srid", row=row)


def _text(row: int, name: str, value: Any) -> str | None:
    if value is None:
        return None
    text = str(value).strip() if isinstance(value, str | int) else "\0"
    if len(text) > LONGEST or not text.isprintable():
        raise Refused(
            "bad_row", f"Row {row}: {name} must be a text of {LONGEST} characters at most", row=row
        )
    return text or None


def _number(row: int, name: str, value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = float(value) if isinstance(value, str | int | float) else float("nan")
    except (ValueError, OverflowError):
        number = float("nan")
    if not isfinite(number):
        raise Refused("bad_row", f"Row {row}: {name} is no number: {str(value)[:40]!r}", row=row)
    return number

"""What search asks of the register: parcels by names and numbers, sheets, addresses by words."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import RowMapping, TextClause, text

from landgis.cadastre.register import Place
from landgis.cadastre.search.found import (
    MOST_COUNTED,
    AddressAsked,
    Box,
    FoundParcel,
    FoundPlace,
    NamesAsked,
)
from landgis.geodesy import LONLAT, WEB_MERCATOR, transform_xy
from landgis.store.database import Database
from landgis.store.parcels import INDEX_MARGIN_M
from landgis.store.search_statements import ADDRESSES, KNOWN_WORDS, SHEETS

FACTS = (
    *("parcel_id", "fid", "national_id", "national_id_status", "unit_code", "sheet", "number"),
    *("old_unit_code", "old_sheet", "old_number", "area_m2", "address"),
)

COLUMNS = (
    f"{', '.join(FACTS)}, ST_X(label_3857) AS x, ST_Y(label_3857) AS y,"
    " ST_XMin(geom_3857) AS west, ST_YMin(geom_3857) AS south,"
    " ST_XMax(geom_3857) AS east, ST_YMax(geom_3857) AS north"
)


class Shape(NamedTuple):
    """The conditions of a question, and the columns in whose order its index answers."""

    conditions: tuple[str, ...]
    order: str


COVERING = Shape(
    (
        "geom_3857 && ST_Expand(ST_SetSRID(ST_MakePoint(:mx, :my), :msrid), :margin)",
        "ST_Covers(geom, ST_SetSRID(ST_MakePoint(:x, :y), :srid))",
    ),
    "fid",
)

MOST_NAMES, MOST_WORDS = 500, 50
"""Addresses that are weighed against each other, and words that begin alike."""


class SearchStore:
    """Live parcels, without those withheld from the public unless asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def named(
        self, readings: Sequence[NamesAsked], *, withheld: bool, limit: int
    ) -> list[list[FoundParcel]]:
        """Answer live parcels by sheet and number: for each reading at most ``limit``."""
        wanted = [_named(asked, i) for i, asked in enumerate(readings)]
        values = {name: value for _, named in wanted for name, value in named.items()}
        return self._many([shape for shape, _ in wanted], values, withheld=withheld, limit=limit)

    def by_fids(self, fids: Sequence[int], *, withheld: bool) -> list[FoundParcel]:
        """Answer the live parcels with these tile ids."""
        shape = Shape(("fid = ANY(:fids)",), "fid")
        return self._one(shape, {"fids": list(fids)}, withheld=withheld, limit=len(fids))

    def by_id(self, parcel_id: UUID, *, withheld: bool) -> list[FoundParcel]:
        """Answer the live parcel with a canonical id."""
        shape = Shape(("parcel_id = :id",), "fid")
        return self._one(shape, {"id": parcel_id}, withheld=withheld, limit=1)

    def by_national_id(self, national_id: str, *, withheld: bool) -> list[FoundParcel]:
        """Answer the live parcels that bear a national identifier; more than one is an error."""
        shape = Shape(("national_id = :id",), "national_id")
        return self._one(shape, {"id": national_id}, withheld=withheld, limit=2)

    def at(self, place: Place, mercator: Place, *, withheld: bool, limit: int) -> list[FoundParcel]:
        """Answer live parcels that cover a point, boundary included: as ``ParcelStore.at``."""
        values = {
            "margin": INDEX_MARGIN_M,
            "x": place.x,
            "y": place.y,
            "srid": place.srid,
            "mx": mercator.x,
            "my": mercator.y,
            "msrid": mercator.srid,
        }
        return self._one(COVERING, values, withheld=withheld, limit=limit)

    def sheets(
        self, sheets: Sequence[str], units: Sequence[str] | None, *, withheld: bool, limit: int
    ) -> list[FoundPlace]:
        """Answer map sheets of a number, in some units or in any."""
        return self._places(
            SHEETS,
            {
                "sheets": list(sheets),
                "units": None if units is None else list(units),
                "withheld": withheld,
                "limit": limit,
                "most": MOST_COUNTED,
            },
        )

    def addresses(self, asked: AddressAsked, limit: int) -> list[FoundPlace]:
        """Answer addresses with all the words that are asked; never those of withheld land only."""
        return self._places(
            ADDRESSES,
            {
                "words": _tsquery(asked),
                "names": MOST_NAMES,
                "limit": limit,
                "most": MOST_COUNTED,
            },
        )

    def _places(self, query: TextClause, values: dict[str, Any]) -> list[FoundPlace]:
        with self._database.begin() as connection:
            rows = list(connection.execute(query, values).mappings())
        boxes = _boxes(rows)
        return [
            FoundPlace(
                unit_code=row["unit_code"],
                name=row["name"],
                parcels=row["parcels"],
                counted=row["parcels"] < MOST_COUNTED // len(rows),
                fid=row["fid"],
                bbox=box,
            )
            for row, box in zip(rows, boxes, strict=True)
        ]

    def _one(
        self, shape: Shape, values: dict[str, Any], *, withheld: bool, limit: int
    ) -> list[FoundParcel]:
        return self._many([shape], values, withheld=withheld, limit=limit)[0]

    def _many(
        self, shapes: Sequence[Shape], values: dict[str, Any], *, withheld: bool, limit: int
    ) -> list[list[FoundParcel]]:
        found: list[list[FoundParcel]] = [[] for _ in shapes]
        if not shapes:
            return found
        query = _parcels(tuple(shapes), withheld=withheld)
        with self._database.begin() as connection:
            rows = list(connection.execute(query, {**values, "limit": limit}).mappings())
        for row, parcel in zip(rows, _found(rows), strict=True):
            found[row["reading"]].append(parcel)
        return found

    def known_words(self, words: Sequence[str], begun: str | None) -> list[str]:
        """Answer which of these words stand in addresses, and some that begin as ``begun``."""
        values = {
            "words": list(words),
            "begun": begun or "",
            "beyond": f"{begun}{{" if begun else "",  # the character after z
            "limit": MOST_WORDS,
        }
        with self._database.begin() as connection:
            return list(connection.execute(KNOWN_WORDS, values).scalars())


def _named(asked: NamesAsked, reading: int) -> tuple[Shape, dict[str, list[str]]]:
    """Answer the conditions of a reading, and their values under names of its own."""
    prefix = "old_" if asked.old else ""
    wanted = {
        f"{prefix}number": asked.numbers,
        f"{prefix}sheet": asked.sheets,
        f"{prefix}unit_code": asked.units,
    }
    if asked.within_old is not None:
        wanted["old_unit_code"] = asked.within_old
    given = {column: list(values) for column, values in wanted.items() if values is not None}
    conditions = tuple(f"{column} = ANY(:{column}_{reading})" for column in given)
    # In the order of the index that finds them: by fid, PostgreSQL would walk all parcels.
    order = f"{prefix}number, {prefix}sheet, {prefix}unit_code"
    return Shape(conditions, order), {f"{c}_{reading}": values for c, values in given.items()}


@lru_cache(maxsize=256)
def _parcels(shapes: tuple[Shape, ...], *, withheld: bool) -> TextClause:
    """Answer one statement for several readings: fixed texts only, every value is a parameter."""
    hidden = () if withheld else ("NOT withheld",)
    return text(
        " UNION ALL ".join(
            f"(SELECT {COLUMNS}, {i} AS reading FROM parcels"  # noqa: S608
            f" WHERE {' AND '.join((*shape.conditions, *hidden))}"
            f" ORDER BY {shape.order} LIMIT :limit)"
            for i, shape in enumerate(shapes)
        )
    )


def _found(rows: Sequence[RowMapping]) -> Iterator[FoundParcel]:
    points = _lonlat([row["x"] for row in rows], [row["y"] for row in rows])
    for row, point, box in zip(rows, points, _boxes(rows), strict=True):
        yield FoundParcel(**{name: row[name] for name in FACTS}, point=point, bbox=box)


def _boxes(rows: Sequence[RowMapping]) -> list[Box]:
    low = _lonlat([row["west"] for row in rows], [row["south"] for row in rows])
    high = _lonlat([row["east"] for row in rows], [row["north"] for row in rows])
    return [(*one, *other) for one, other in zip(low, high, strict=True)]


def _lonlat(x: list[float], y: list[float]) -> list[tuple[float, float]]:
    lon, lat = transform_xy(np.array(x, float), np.array(y, float), WEB_MERCATOR, LONLAT)
    return list(zip(lon.tolist(), lat.tolist(), strict=True))


def _tsquery(asked: AddressAsked) -> str:
    """Answer the words as PostgreSQL reads them; they are letters and digits only."""
    units = [f"={code}" for code in asked.units or ()]
    parts = [_any_of(ways) for ways in asked.words]
    parts += [_any_of(units)] if units else []
    return " & ".join(parts)


def _any_of(lexemes: Sequence[str]) -> str:
    return f"({' | '.join(map(_quoted, lexemes))})"


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"

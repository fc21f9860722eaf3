"""Parcel numbers of a sheet: the highest ever used, and those held for a draft.

A number is reserved, then used or void; it never comes back. The row of ``sheet_numbers`` is the
numbering lock of its sheet: whoever updates it holds it until his transaction ends.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import Connection, func, insert, literal_column, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from landgis.cadastre.changes import ChangeSet
from landgis.cadastre.parcels import ParcelSet
from landgis.store.database import Database
from landgis.store.draft_tables import number_reservations, sheet_numbers

Sheet = tuple[str, str]
"""Unit and sheet; ``""`` where a parcel has none."""

Highest: TypeAlias = dict[Sheet, int]
"""The highest number of each sheet that a change names."""

_NAME = tuple_(
    number_reservations.c.unit_code, number_reservations.c.sheet, number_reservations.c.number
)

COUNTED = re.compile(r"([0-9]{1,9})[^0-9]{0,3}")
"""``125`` and ``125a`` count as 125; a longer text is an identifier of another kind."""


class NumberStore:
    """Highest and reserved numbers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def highest(self, unit: str, sheet: str) -> int:
        """Answer the highest number of a sheet ever used or reserved, 0 for none."""
        query = select(sheet_numbers.c.highest).where(
            sheet_numbers.c.unit_code == unit, sheet_numbers.c.sheet == sheet
        )
        with self._database.begin() as connection:
            return connection.execute(query).scalar() or 0

    def held(self, draft_id: UUID) -> Mapping[Sheet, list[str]]:
        """Answer the numbers that a draft holds, in their order."""
        with self._database.begin() as connection:
            return _held(connection, draft_id)

    def reserve(self, draft_id: UUID, wanted: Mapping[Sheet, int]) -> Mapping[Sheet, list[str]]:
        """Hold as many numbers of each sheet for a draft; those it holds already come first."""
        with self._database.begin() as connection:
            held = _held(connection, draft_id)
            for sheet, count in sorted(wanted.items()):
                missing = count - len(held.get(sheet, []))
                if missing > 0:
                    held.setdefault(sheet, []).extend(_take(connection, draft_id, sheet, missing))
        return held

    def release(self, draft_id: UUID) -> None:
        """Give up what a draft holds: the numbers are void, nobody gets them again."""
        with self._database.begin() as connection:
            close_reservations(connection, draft_id, used=())


def highest_of(parcels: ParcelSet, seen: Highest) -> None:
    """Note the highest numbers of some parcels."""
    columns = (parcels.unit_code, parcels.sheet, parcels.number)
    for unit, sheet, number in zip(*columns, strict=True):
        counted = COUNTED.fullmatch(number or "")
        if counted:
            key = (unit or "", sheet or "")
            seen[key] = max(seen.get(key, 0), int(counted.group(1)))


def highest_of_change(changeset: ChangeSet) -> Highest:
    """Answer the highest numbers of everything after a change."""
    seen = Highest()
    for part in changeset.after:
        highest_of(part.parcels, seen)
    return seen


def raise_highest(connection: Connection, seen: Highest) -> None:
    """Let the sheets of a change know its numbers; sorted, so that two writers do not cross."""
    if not seen:
        return
    values = [{"unit_code": u, "sheet": s, "highest": n} for (u, s), n in sorted(seen.items())]
    put = upsert(sheet_numbers)
    connection.execute(
        put.on_conflict_do_update(
            index_elements=["unit_code", "sheet"],
            set_={"highest": func.greatest(sheet_numbers.c.highest, put.excluded.highest)},
        ),
        values,
    )


def close_reservations(
    connection: Connection, draft_id: UUID, used: Iterable[tuple[str, str, str]]
) -> None:
    """End what a draft holds: ``used`` (unit, sheet, number) are used, the others void."""
    mine = (number_reservations.c.draft_id == draft_id) & (
        number_reservations.c.state == "reserved"
    )
    taken = list(used)
    connection.execute(
        update(number_reservations).where(mine, _NAME.in_(taken)).values(state="used")
    )
    connection.execute(update(number_reservations).where(mine).values(state="void"))


def _held(connection: Connection, draft_id: UUID) -> dict[Sheet, list[str]]:
    query = (
        select(
            number_reservations.c.unit_code,
            number_reservations.c.sheet,
            number_reservations.c.number,
        )
        .where(number_reservations.c.draft_id == draft_id)
        .where(number_reservations.c.state == "reserved")
    )
    held: dict[Sheet, list[str]] = {}
    for row in connection.execute(query):
        held.setdefault((row.unit_code, row.sheet), []).append(row.number)
    return {sheet: sorted(numbers, key=int) for sheet, numbers in held.items()}


def _take(connection: Connection, draft_id: UUID, sheet: Sheet, count: int) -> list[str]:
    unit_code, name = sheet
    put = upsert(sheet_numbers).values(unit_code=unit_code, sheet=name, highest=count)
    highest = connection.execute(
        put.on_conflict_do_update(
            index_elements=["unit_code", "sheet"],
            set_={"highest": sheet_numbers.c.highest + literal_column(str(int(count)))},
        ).returning(sheet_numbers.c.highest)
    ).scalar_one()
    numbers = [str(n) for n in range(highest - count + 1, highest + 1)]
    connection.execute(
        insert(number_reservations),
        [
            {
                "unit_code": unit_code,
                "sheet": name,
                "number": number,
                "draft_id": draft_id,
                "state": "reserved",
            }
            for number in numbers
        ],
    )
    return numbers

"""Tables of attributes: which columns name a parcel, and what the others say of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple
from uuid import UUID

from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.errors import Refused
from landgis.ingest.archive import open_source
from landgis.ingest.cells_file import DRIVERS
from landgis.ingest.decimals import Mark
from landgis.ingest.delimited import column_names
from landgis.ingest.layer_files import TABLES, LayerFile
from landgis.ingest.profile import FieldMapping, choose, plain_name
from landgis.ingest.raw import Note, SourceFile
from landgis.ingest.reader_process import run_reader
from landgis.ingest.row_table import open_rows

HEADER_LINES = 40
"""How far down the names of the columns are looked for."""

ID_NAMES = frozenset({"parcelid", "landgisid", "uuid"})
"""Columns that hold the register's own identifiers."""

IDENTITY = ("unit_code", "sheet", "number")
OLD_IDENTITY = ("old_unit_code", "old_sheet", "old_number")
FACTS = ("land_use", "register_area_m2", "address")
"""What a table may say of a parcel, beside its old names where the new ones identify it."""


@dataclass(frozen=True)
class TableRow:
    """One row below the header."""

    number: int
    """Row of the sheet, line of the text."""

    values: Mapping[str, str]
    """Target -> what the cell says; empty cells are left out: they say nothing."""

    doubts: Mapping[str, str]
    """Target -> why its cell cannot be taken as it is."""

    broken: str | None


@dataclass(frozen=True)
class AttributeTable:
    """A table of attributes as understood."""

    source: SourceFile
    kind: Literal["table", "workbook"]
    path: Path
    """The file as sent."""

    sheet: str | None
    header: int
    names: tuple[str, ...]
    mapping: FieldMapping
    id_column: str | None
    mark: Mark
    separator: str
    """Between the cells of a text table."""

    rows: tuple[TableRow, ...]
    cells: tuple[tuple[int, tuple[str, ...]], ...]
    """Every row with its number, from the first one, for the answer."""

    notes: tuple[Note, ...]

    @property
    def targets(self) -> frozenset[str]:
        """Answer what the columns are."""
        return frozenset(self.mapping.columns) | ({"parcel_id"} if self.id_column else frozenset())


@dataclass(frozen=True)
class TableChoices:
    """What the sender of a table decided beforehand."""

    sheet: str | None = None
    unit: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    profile: str | None = None


def read_attribute_table(
    path: Path,
    workdir: Path,
    choices: TableChoices,
    jurisdiction: Jurisdiction,
    name: str | None = None,
) -> AttributeTable:
    """Answer a table of attributes; ``workdir`` is a folder that the caller removes.

    Raises
    ------
    Refused
        ``not_a_table``: not a workbook or text table. ``identity_missing``: no columns name the
        parcels. ``nothing_said``: no column says anything of them. The codes of ``open_source``
        and ``read_cells``.
    UsageError
        ``unknown_profile``, ``unknown_field``, ``unknown_target``.
    """
    opened = open_source(path, workdir, name)
    member = opened.members[0]
    if len(opened.members) > 1 or member.kind not in TABLES or opened.source.name != member.name:
        raise Refused(
            "not_a_table",
            f"{opened.source.name}: attributes come as .xlsx, .csv or .txt; layers of parcels go "
            "to: landgis import",
            file=opened.source.name,
        )
    read = _read(member, workdir, choices.sheet)
    at, mapping = _header(read.rows, choices, jurisdiction)
    names = _names(read.rows, at)
    id_column = next((n for n in names if plain_name(n) in ID_NAMES), None)
    below = zip(read.rows[at + 1 :], read.details[at + 1 :], read.problems[at + 1 :], strict=True)
    found = AttributeTable(
        source=opened.source,
        kind="workbook" if member.kind == "workbook" else "table",
        path=path,
        sheet=read.said["sheet"],
        header=read.rows[at][0],
        names=tuple(names),
        mapping=mapping,
        id_column=id_column,
        mark="," if read.said["mark"] == "," else ".",
        separator=read.said["separator"] if len(read.said["separator"]) == 1 else "\t",
        rows=tuple(
            _row(number, cells, names, mapping, id_column, detail, broken)
            for (number, cells), detail, broken in below
        ),
        cells=tuple(read.rows),
        notes=tuple(Note(code, text) for code, text in read.said["notes"]),
    )
    _require(found, choices, jurisdiction)
    return found


Rows = Sequence[tuple[int, tuple[str, ...]]]


class _Read(NamedTuple):
    """What the reading process found: rows that say anything, from the first."""

    rows: list[tuple[int, tuple[str, ...]]]
    details: list[str | None]
    problems: list[str | None]
    said: dict[str, Any]


def _read(member: LayerFile, workdir: Path, sheet: str | None) -> _Read:
    driver = DRIVERS[member.kind == "workbook"]
    (read,) = run_reader(member.path, driver, workdir, layer=sheet, called=member.name)
    table, _ = open_rows(read.rows)
    columns = [table.column(c).to_pylist() for c in table.column_names if c.startswith("a")]
    numbers = table.column("fid").to_pylist()
    if not columns:
        raise Refused("empty_table", f"{member.name}: nothing is in the table", file=member.name)
    return _Read(
        list(zip(numbers, zip(*columns, strict=True), strict=True)),
        table.column("detail").to_pylist(),
        table.column("problem").to_pylist(),
        json.loads(read.records.with_suffix(".json").read_text("utf-8")),
    )


def _header(
    rows: Rows, choices: TableChoices, jurisdiction: Jurisdiction
) -> tuple[int, FieldMapping]:
    """Find the line that names most of what we know; what is mapped by hand is asked of it only."""
    known = [
        len(choose(_names(rows, at), jurisdiction.profiles).columns)
        + any(plain_name(name) in ID_NAMES for name in rows[at][1])
        for at in range(min(len(rows), HEADER_LINES))
    ]
    at = max(range(len(known)), key=lambda k: known[k])
    mapping = choose(_names(rows, at), jurisdiction.profiles, choices.profile, dict(choices.fields))
    return at, mapping


def _names(rows: Rows, at: int) -> list[str]:
    """Answer names of the columns in a line; below a heading over several of them, its own."""
    cells = [cell.strip() for cell in rows[at][1]]
    above = [cell.strip() for cell in rows[at - 1][1]] if at else []
    over = [*above, *([""] * len(cells))]
    return column_names(
        " ".join((cell or heading).split()) for cell, heading in zip(cells, over, strict=False)
    )


def _row(
    number: int,
    cells: Sequence[str],
    names: Sequence[str],
    mapping: FieldMapping,
    id_column: str | None,
    detail: str | None,
    broken: str | None,
) -> TableRow:
    text = dict(zip(names, (cell.strip() for cell in cells), strict=True))
    doubtful = {names[int(k)]: why for k, why in json.loads(detail or "{}").items()}
    of_target = {t: choice.columns for t, choice in mapping.columns.items()}
    if id_column is not None:
        of_target["parcel_id"] = (id_column,)
    values, doubts = {}, {}
    for target, columns in of_target.items():
        if said := "".join(text[column] for column in columns):
            values[target] = said
        for column in columns:
            if column in doubtful:
                doubts[target] = doubtful[column]
    return TableRow(number, values, doubts, broken)


def _require(table: AttributeTable, choices: TableChoices, jurisdiction: Jurisdiction) -> None:
    targets = set(table.targets)
    if choices.unit is not None:
        targets |= {"unit_code", "old_unit_code"}
    wanted = set(jurisdiction.identity_fields) or {"number"}
    identified = (
        {"parcel_id", "national_id"} & targets
        or wanted <= targets
        or (set(OLD_IDENTITY) <= targets)
    )
    named = table.source.name
    if not identified:
        missing = ", ".join(sorted(wanted - targets))
        raise Refused(
            "identity_missing",
            f"{named}: no column gives {missing} (columns: {', '.join(table.names)}); say which "
            "with --map FIELD=target, or the unit with --unit CODE",
            file=named,
        )
    said, personal = targets & {*FACTS, *OLD_IDENTITY}, table.mapping.personal
    if not said:
        raise Refused(
            "nothing_said",
            f"{named}: no column gives {', '.join(FACTS)} (columns: {', '.join(table.names)}"
            + (f"; about persons, never taken: {', '.join(personal)}" if personal else "")
            + "); say which one with --map FIELD=target",
            file=named,
        )


def as_uuid(text: str) -> UUID | None:
    """Answer an identifier, None when the text is none."""
    try:
        return UUID(text)
    except ValueError:
        return None

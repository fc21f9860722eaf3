"""Reading the files of a jurisdiction's folder, with errors that name the file and the field."""

import csv
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from landgis.errors import UsageError

_BASIS_KEYS = frozenset({"document", "article", "date", "class"})
CLASSES = ("A", "B", "C")
"""How sure a legal number is: read in the text, secondary sources, uncertain."""


def bad(path: Path, field: str, problem: str) -> NoReturn:
    """Raise ``bad_jurisdiction`` naming the file, the field and what is wrong with it."""
    place = f"{path.parent.name}/{path.name}"
    raise UsageError(
        "bad_jurisdiction", f"{place}: {field}: {problem}", file=str(path), field=field
    )


@dataclass(frozen=True)
class Fields:
    """A table of a TOML file that answers typed values or says what is wrong."""

    path: Path
    table: Mapping[str, Any]
    prefix: str = ""

    @classmethod
    def read(cls, path: Path) -> "Fields":
        """Read a whole TOML file."""
        try:
            return cls(path, tomllib.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            bad(path, "file", "is missing")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            bad(path, "file", f"is not TOML: {error}")

    def bad(self, name: str, problem: str) -> NoReturn:
        """Raise ``bad_jurisdiction`` for one field of this table."""
        bad(self.path, self.prefix + name, problem)

    def get(self, name: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
        """Answer a value of one of the types; a missing one is an error without ``default``."""
        value = self.table.get(name, default)
        if value is ...:
            self.bad(name, "is missing")
        if value is not default and (not isinstance(value, kind) or isinstance(value, bool)):
            self.bad(name, f"has a value of the wrong type: {value!r}")
        return value

    def text(self, name: str) -> str:
        """Answer a text that is not empty."""
        value: str = self.get(name, str)
        return value or self.bad(name, "is empty")

    def number(self, name: str) -> float:
        """Answer a number that is not negative."""
        value = float(self.get(name, (int, float)))
        return value if value >= 0 else self.bad(name, f"must not be negative: {value}")

    def texts(self, name: str) -> tuple[str, ...]:
        """Answer a list of texts, empty when the field is missing."""
        return self._list(name, str)

    def integers(self, name: str) -> tuple[int, ...]:
        """Answer a list of whole numbers, empty when the field is missing."""
        return self._list(name, int)

    def child(self, name: str) -> "Fields":
        """Answer a sub-table, empty when it is missing."""
        return Fields(self.path, self.get(name, dict, {}), f"{self.prefix}{name}.")

    def children(self) -> Iterator[tuple[str, "Fields"]]:
        """Give every sub-table with its name."""
        for name in self.table:
            yield name, self.child(name)

    def translated(self, name: str, languages: Sequence[str]) -> dict[str, str]:
        """Answer a text in every language of the jurisdiction."""
        child = self.child(name)
        return {language: child.text(language) for language in languages}

    def basis(self, name: str) -> dict[str, str]:
        """Answer a legal basis: document, article, date, class (A, B or C)."""
        child = self.child(name)
        if set(child.table) != _BASIS_KEYS:
            self.bad(name, f"must have exactly {', '.join(sorted(_BASIS_KEYS))}")
        if child.table["class"] not in CLASSES:
            child.bad("class", f"must be A, B or C, not {child.table['class']!r}")
        return {key: child.text(key) for key in ("document", "article", "date", "class")}

    def _list(self, name: str, kind: type) -> tuple[Any, ...]:
        values = self.get(name, list, [])
        if not all(isinstance(value, kind) and not isinstance(value, bool) for value in values):
            self.bad(name, f"must be a list of {kind.__name__}: {values!r}")
        return tuple(values)


@dataclass(frozen=True)
class Row:
    """One line of a CSV file that answers typed values or says what is wrong."""

    path: Path
    line: int
    cells: Mapping[str, str]

    def text(self, name: str) -> str:
        """Answer a cell that is not empty."""
        return self.cells[name] or self.bad(name, "is empty")

    def optional(self, name: str) -> str | None:
        """Answer a cell, None when it is empty."""
        return self.cells[name] or None

    def day(self, name: str) -> date:
        """Answer a date written as YYYY-MM-DD."""
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            self.bad(name, f"must be a date YYYY-MM-DD, not {self.cells[name]!r}")

    def optional_day(self, name: str) -> date | None:
        """Answer a date, None when the cell is empty."""
        return self.day(name) if self.cells[name] else None

    def integer(self, name: str, *, most: int) -> int:
        """Answer a whole number from 0 to ``most``."""
        text = self.text(name)
        if not text.isdigit() or int(text) > most:
            self.bad(name, f"must be a whole number from 0 to {most}, not {text!r}")
        return int(text)

    def number(self, name: str) -> float:
        """Answer a number that is not negative."""
        try:
            value = float(self.text(name))
        except ValueError:
            self.bad(name, f"must be a number, not {self.cells[name]!r}")
        return value if 0 <= value < float("inf") else self.bad(name, f"must not be {value}")

    def one_of(self, name: str, allowed: Sequence[str]) -> str:
        """Answer a cell that holds one of a few words."""
        text = self.text(name)
        if text not in allowed:
            self.bad(name, f"must be one of {', '.join(allowed)}, not {text!r}")
        return text

    def bad(self, name: str, problem: str) -> NoReturn:
        """Raise ``bad_jurisdiction`` for one cell."""
        bad(self.path, f"line {self.line}, {name}", problem)


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Give the lines of a UTF-8 CSV file with exactly these columns; nothing when it is absent."""
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, strict=True)
        if tuple(reader.fieldnames or ()) != tuple(columns):
            bad(path, "header", f"must be {','.join(columns)}")
        for cells in reader:
            if None in cells or None in cells.values():
                bad(path, f"line {reader.line_num}", f"must have {len(columns)} cells")
            yield Row(path, reader.line_num, {name: cells[name].strip() for name in columns})

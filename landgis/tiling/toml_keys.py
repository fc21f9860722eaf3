"""Settings of layer folders, key by key: what is missing or wrong is said with its remedy."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from landgis.errors import UsageError

LANGUAGES = ("vi", "en")


def bad(path: Path, key: str, what: str) -> NoReturn:
    """Raise ``bad_layer``: ``what`` says what is wrong and what to write."""
    where = f"{path}: {key}" if key else str(path)
    raise UsageError("bad_layer", f"{where} {what}")


class Keys:
    """A table of a TOML file; every key is asked for once, and none may be left over."""

    def __init__(self, path: Path, values: Mapping[str, Any], prefix: str = "") -> None:
        self._path = path
        self._values = values
        self._prefix = prefix
        self._asked: set[str] = set()

    @classmethod
    def read(cls, path: Path) -> "Keys":
        """Answer the whole of a file."""
        try:
            return cls(path, tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
            bad(path, "", f"cannot be read as TOML: {problem}")

    def __iter__(self) -> Iterator[str]:
        """Go through the names of the keys."""
        return iter(self._values)

    def bad(self, key: str, what: str) -> NoReturn:
        """Raise ``bad_layer`` for a key of this table."""
        bad(self._path, self._prefix + key, what)

    def get(self, key: str) -> Any:
        """Answer a value as it is, None when there is none."""
        self._asked.add(key)
        return self._values.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """Answer a text; ``default`` None: it must be there."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            self.bad(key, 'must be a text: write it in "quotation marks"')
        return value

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        """Answer one of some texts."""
        value = self.text(key)
        if value not in choices:
            self.bad(key, f"is {value!r}: write one of {', '.join(choices)}")
        return value

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Answer a list of texts."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.bad(key, 'must be a list of texts: write ["one", "another"]')
        return tuple(value)

    def integer(self, key: str, least: int, most: int) -> int:
        """Answer a whole number within bounds."""
        value = self.get(key)
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not is_whole or not least <= value <= most:
            self.bad(key, f"must be a whole number from {least} to {most}, not {value!r}")
        return int(value)

    def number(self, key: str, least: float, most: float) -> float:
        """Answer a number within bounds."""
        value = self.get(key)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not least <= value <= most:
            self.bad(key, f"must be a number from {least} to {most}, not {value!r}")
        return float(value)

    def title(self, key: str) -> Mapping[str, str]:
        """Answer words in every language."""
        words = self.table(key)
        title = {lang: words.text(lang) for lang in LANGUAGES}
        words.finish()
        return title

    def table(self, key: str, default: Mapping[str, Any] | None = None) -> "Keys":
        """Answer a table within this one."""
        value = self.get(key)
        if value is None and default is not None:
            value = default
        if not isinstance(value, dict):
            self.bad(key, "must be a table: write { name = … }")
        return Keys(self._path, value, f"{self._prefix}{key}.")

    def tables(self, key: str) -> "dict[str, Keys]":
        """Answer a table whose values are tables."""
        outer = self.table(key)
        return {name: outer.table(name) for name in outer}

    def list_of_tables(self, key: str) -> "list[Keys]":
        """Answer a list of tables; none when there is no such key."""
        value = self.get(key) or []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.bad(key, f"must be tables: write [[{key}]] above each")
        return [
            Keys(self._path, one, f"{self._prefix}{key}[{number}].")
            for number, one in enumerate(value)
        ]

    def finish(self) -> None:
        """Refuse keys that nobody asked for: a misspelt one would be without effect."""
        if unknown := sorted(set(self._values) - self._asked):
            self.bad(
                unknown[0],
                f"is no key of this table: take it out, or write one of "
                f"{', '.join(sorted(self._asked))}",
            )

"""What a filter must pass before anything parses it, and the one call of the parser.

The parser is the library ``cql2``. It overflows its stack on deep nesting, and on text it cannot
parse its time doubles with every open parenthesis (tried: 20 of them take 9 s), so the work it can
be made to do is bounded first: characters weigh twice as much for each parenthesis around them.
"""

import json
import re
from typing import Any

import cql2

from landgis.errors import UsageError

MAX_BYTES = 4_096
MAX_DEPTH = 20
MAX_WORK = 2**17
"""Of text: some 0.1 s in the worst case that was found."""

LANGUAGES = ("cql2-text", "cql2-json")

_QUOTED = re.compile(r"""("[^"]*")|'((?:[^'\\]|''|\\.)*)'""", re.DOTALL)
_ESCAPED = re.compile(r"\\(['abtnvfr])")
_CONTROLS = dict(zip("abtnvfr", "\a\b\t\n\v\f\r", strict=True))


def tree_of(text: str, language: str) -> Any:
    """Answer a filter as the JSON that CQL2 writes it in.

    Raises
    ------
    UsageError
        ``bad_filter``: too long, too deep, or not CQL2.
    """
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise bad(f"The filter is longer than {MAX_BYTES} bytes; ask with fewer words")
    _require_shallow(text, MAX_WORK if language == "cql2-text" else None)
    return _tree_of_json(text) if language == "cql2-json" else _tree_of_text(text)


def bad(message: str) -> UsageError:
    """Answer the error of a filter that cannot be used."""
    return UsageError("bad_filter", message, parameter="filter")


def _require_shallow(text: str, most_work: int | None) -> None:
    depth = work = 0
    for letter in text:
        depth = max(depth + (letter in "([{") - (letter in ")]}"), 0)
        if depth > MAX_DEPTH:
            raise bad(f"The filter nests deeper than {MAX_DEPTH} parentheses; write it flatter")
        work += 2**depth
    if most_work is not None and work > most_work:
        raise bad("The filter is too long for its parentheses; write it flatter")


def _tree_of_json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as problem:
        raise bad(f"The filter is not JSON: {problem}") from problem


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _tree_of_text(text: str) -> Any:
    if text.upper().count("NOT") > MAX_DEPTH * 2:
        raise bad(f"The filter says NOT more than {MAX_DEPTH * 2} times; write it flatter")
    try:
        return cql2.parse_text(_QUOTED.sub(_unescaped, text)).to_json()
    except cql2.ParseError as problem:
        lines = str(problem).strip().splitlines()
        where, why = lines[0].strip("-> "), lines[-1].strip(" =")
        raise bad(f"The filter is not CQL2 text (line:column {where}): {why}") from problem
    except (RecursionError, RuntimeError, ValueError, TypeError) as problem:
        raise bad("The filter has too many terms in one chain; split it") from problem


def _unescaped(found: re.Match[str]) -> str:
    """Write a literal's backslash escapes as the library reads them; those of LIKE stay."""
    if found[1] is not None:
        return found[0]
    return "'" + _ESCAPED.sub(lambda e: "''" if e[1] == "'" else _CONTROLS[e[1]], found[2]) + "'"

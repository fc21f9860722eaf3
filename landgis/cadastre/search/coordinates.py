"""Pairs of coordinates in a question, in every way of writing them, each with what it may mean."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from landgis.cadastre.search.folding import fold

DEGREES = "degrees"
METRES = "metres"

PAIR = 2
"""Numbers of a place."""

LEAST_METRES = 10_000.0
"""Of a coordinate in a plane. Smaller whole numbers are names of sheets and parcels."""

_PLANE = re.compile(r"\b(?:epsg|srid)\s*:?\s*(\d{4,6})\b")
_AXIS = r"[xyen](?=\s*[:=\d+-])|[=:()]"
_NUMBERS = re.compile(r"[\d.,;\s+-]+")
_THOUSANDS = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*")


@dataclass(frozen=True)
class Notation:
    """How a jurisdiction's people write places: patterns over small letters."""

    label: re.Pattern[str]
    """What may stand beside a coordinate and says nothing."""

    angle: re.Pattern[str]
    side: re.Pattern[str]
    south_west: frozenset[str]


def notation(words: Mapping[str, Sequence[str]], noise: Sequence[str]) -> Notation:
    """Answer how places are written where these are the words for parts of angles and for sides.

    Parameters
    ----------
    words
        ``label``, ``degree``, ``minute``, ``second``, ``north_east``, ``south_west``.
    noise
        What else may stand in a question.
    """
    degree, minute, second = (_any(words.get(n, ())) for n in ("degree", "minute", "second"))
    label = _any([*words.get("label", ()), *noise])
    sides = [*words.get("north_east", ()), *words.get("south_west", ())]
    letters = "".join(side for side in sides if len(side) == 1) or "-"
    return Notation(
        re.compile(rf"\b(?:{label})\b|{_AXIS}"),
        re.compile(
            rf"(?P<sign>-?)(?P<d>\d{{1,3}}(?:[.,]\d+)?)\s*(?:°|(?:{degree})(?=[\d\s]))\s*"
            rf"(?:(?P<m>\d{{1,2}}(?:[.,]\d+)?)\s*(?:'|(?:{minute})(?=[\d\s]|$))\s*)?"
            rf"(?:(?P<s>\d{{1,2}}(?:[.,]\d+)?)\s*(?:\"|(?:{second})(?![^\W\d_]))\s*)?"
        ),
        re.compile(
            rf"\b(?:{_any(sides)})\b|(?<=[\d°'\"])[{letters or '-'}]\b|\b[{letters or '-'}](?=\d)"
        ),
        frozenset(form for side in words.get("south_west", ()) for form in (side, fold(side))),
    )


def _any(texts: Sequence[str]) -> str:
    """Answer a pattern of these texts with and without their accents, longest first."""
    forms = {form for text in texts for form in (text.lower(), fold(text))}
    found = sorted(forms, key=lambda form: (-len(form), form))
    return "|".join(map(re.escape, found)) or "(?!)"


@dataclass(frozen=True)
class Pair:
    """Two numbers in the order they were written, in degrees or in metres of a plane."""

    first: float
    second: float
    unit: str
    epsg: int | None = None
    """The plane that the question names."""


def pairs(text: str, written: Notation) -> list[Pair]:
    """Answer what a cleaned text may mean as a place; empty when it is no pair of coordinates."""
    lowered = text.lower()
    named = _PLANE.search(lowered)
    epsg = int(named[1]) if named else None
    bare = written.label.sub(" ", _PLANE.sub(" ", lowered))
    sexagesimal = _sexagesimal(bare, written)
    if sexagesimal:
        two = len(sexagesimal) == PAIR
        return [Pair(sexagesimal[0], sexagesimal[1], DEGREES, epsg)] if two else []
    return list(dict.fromkeys(_plain(bare, epsg, written)))


def _sexagesimal(text: str, written: Notation) -> tuple[float, ...]:
    """Answer the angles of a text that holds nothing else; empty when it writes no angles so."""
    found = list(written.angle.finditer(text))
    if not any(match["m"] for match in found):
        return ()
    rest = written.angle.sub(" ", text)
    if written.side.sub(" ", rest).strip(" ,;"):
        return ()
    sides = _sides(rest, len(found), written)
    angles = tuple(_angle(match, side) for match, side in zip(found, sides, strict=True))
    return (0.0,) if None in angles else tuple(a for a in angles if a is not None)


def _angle(match: re.Match[str], side: int) -> float | None:
    minutes, seconds = (float((match[name] or "0").replace(",", ".")) for name in ("m", "s"))
    if minutes >= 60 or seconds >= 60:  # noqa: PLR2004 - of an hour's and a minute's parts
        return None
    degrees = float(match["d"].replace(",", "."))
    return (-1 if match["sign"] else side) * (degrees + minutes / 60 + seconds / 3600)


def _sides(text: str, count: int, written: Notation) -> list[int]:
    """Answer -1 for each angle that is said to be south or west, where as many are said."""
    said = [-1 if match[0] in written.south_west else 1 for match in written.side.finditer(text)]
    return said if len(said) == count else [1] * count


def _plain(text: str, epsg: int | None, written: Notation) -> Iterator[Pair]:
    said = written.side.findall(text)
    sign = -1 if len(said) == PAIR and any(side in written.south_west for side in said) else 1
    numbers = re.sub(r"[°'\"]|(?<=\d)m\b", " ", written.side.sub(" ", text)).strip(" ,;.")
    if not _NUMBERS.fullmatch(numbers):
        return
    for halves in _halves(numbers):
        for first, second in product(*map(_values, halves)):
            if max(abs(first), abs(second)) <= 180:  # noqa: PLR2004 - degrees of longitude
                if any(re.search(r"\d[.,]\d", one) for one in halves):
                    yield Pair(first * sign, second * sign, DEGREES, epsg)
            elif min(abs(first), abs(second)) >= LEAST_METRES:
                yield Pair(first, second, METRES, epsg)


def _halves(numbers: str) -> Iterator[tuple[str, str]]:
    """Answer the two numbers of a text; a comma may part them or begin a fraction."""
    apart = [part for part in re.split(r"[;\s]+|,\s+", numbers) if part]
    if len(apart) == PAIR:
        yield apart[0].rstrip(","), apart[1].rstrip(",")
    if len(apart) == 1:
        parts = numbers.split(",")
        if len(parts) == PAIR:
            yield parts[0], parts[1]
        elif len(parts) == 2 * PAIR:  # a comma begins each fraction
            yield ",".join(parts[:2]), ",".join(parts[2:])


def _values(text: str) -> list[float]:
    """Answer what a number may be: ``1.245`` is more than one, or more than a thousand."""
    values = []
    if text.count(".") + text.count(",") <= 1:
        values.append(text.replace(",", "."))
    elif "." in text and "," in text:
        last = max(text.rfind("."), text.rfind(","))
        whole = text[:last].replace(".", "").replace(",", "")
        values.append(f"{whole}.{text[last + 1 :]}")
    if _THOUSANDS.fullmatch(text.lstrip("+-")):
        values.append(text.replace(".", "").replace(",", ""))
    return [number for value in values if (number := _number(value)) is not None]


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[+-]?\d{1,12}(?:\.\d{0,12})?", text) else None

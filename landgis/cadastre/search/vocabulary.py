"""The words of a jurisdiction in which people ask for land: ``search.toml`` of its folder."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from landgis.cadastre.folder import Fields
from landgis.cadastre.search.coordinates import Notation, notation
from landgis.cadastre.search.folding import toned, words

Phrase = tuple[str, ...]
"""A word or several, folded."""

ABOVE, PROVINCE = "above", "province"
OTHER_RANKS = frozenset({ABOVE, PROVINCE})
"""Kinds of units that hold the units of the register."""

_LISTS = ("sheet", "number", "filler", "old", "noise", "code")


@dataclass(frozen=True)
class Vocabulary:
    """What the words of a question mean."""

    phrases: Mapping[str, frozenset[Phrase]]
    """Meaning -> phrases: sheet, number, filler, old, noise, code."""

    never: frozenset[str]
    """Words that only look like one of the others without their accents, with their tones."""

    kinds: Mapping[Phrase, str]
    """Phrase -> kind of unit (``units.csv``), ``above`` or ``province``."""

    provinces: frozenset[Phrase]
    """Names of what holds all units: they tell nothing apart."""

    plane_parents: Mapping[int, frozenset[str]]
    """Survey plane -> codes of the old provinces that were surveyed in it."""

    address_drop: frozenset[str]
    """Words that stand before names of streets and are often left out."""

    address_before: frozenset[str]
    """The same words with their tones."""

    address_expand: Mapping[str, Phrase]
    """Abbreviation in addresses -> what it stands for."""

    notation: Notation
    """How coordinates are written."""

    acts: Mapping[str, str]
    """Words in the names of acts -> in Vietnamese."""

    certificate: str | None
    """What the whole serial of a certificate matches, in any case; None: nothing is one."""

    @property
    def longest(self) -> int:
        """Answer how many words the longest phrase has."""
        known = (*self.phrases.values(), self.provinces)
        return max((len(phrase) for phrases in known for phrase in phrases), default=0)

    def heads(self) -> frozenset[str]:
        """Answer the words that people write a number right behind: ``t12``, ``kp4``."""
        single = (p[-1] for name in ("sheet", "number") for p in self.phrases[name])
        kinds = (p[0] for p in self.kinds if len(p) == 1)
        return frozenset([*single, *kinds, *self.address_expand])

    def act(self, text: str) -> str:
        """Answer the name of an act in Vietnamese."""
        for word, vietnamese in self.acts.items():
            text = text.replace(word, vietnamese)
        return text


def read_vocabulary(path: Path) -> Vocabulary:
    """Read ``search.toml``; a missing file gives a vocabulary without words.

    Raises
    ------
    UsageError
        ``bad_jurisdiction`` naming the field.
    """
    main = Fields.read(path) if path.is_file() else Fields(path, {})
    listed, address, places = (main.child(n) for n in ("words", "address", "coordinates"))
    for name in listed.table:
        if name not in (*_LISTS, "never"):
            listed.bad(name, f"is no list of words; there are {', '.join((*_LISTS, 'never'))}")
    kinds = main.child("kinds")
    return Vocabulary(
        phrases=MappingProxyType({name: _phrases(listed.texts(name)) for name in _LISTS}),
        never=frozenset(map(toned, listed.texts("never"))),
        kinds=MappingProxyType(
            {p: kind for kind in kinds.table for p in _phrases(kinds.texts(kind))}
        ),
        provinces=_phrases(main.texts("provinces")),
        plane_parents=MappingProxyType(dict(_planes(main.child("plane_parents")))),
        address_drop=frozenset(p[0] for p in _phrases(address.texts("drop"))),
        address_before=frozenset(map(toned, address.texts("drop"))),
        address_expand=MappingProxyType(dict(_expansions(address.child("expand")))),
        notation=notation(
            {name: places.texts(name) for name in places.table}, listed.texts("noise")
        ),
        acts=MappingProxyType(dict(_texts(main.child("acts")))),
        certificate=_pattern(main.child("certificate")),
    )


def _phrases(texts: tuple[str, ...]) -> frozenset[Phrase]:
    return frozenset(tuple(words(text)) for text in texts)


def _planes(fields: Fields) -> Iterator[tuple[int, frozenset[str]]]:
    for epsg in fields.table:
        if not epsg.isdigit():
            fields.bad(epsg, "must be an EPSG code")
        yield int(epsg), frozenset(fields.texts(epsg))


def _expansions(fields: Fields) -> Iterator[tuple[str, Phrase]]:
    for short in fields.table:
        yield short, tuple(words(fields.text(short)))


def _pattern(fields: Fields) -> str | None:
    if "serial" not in fields.table:
        return None
    text = fields.text("serial")
    try:
        re.compile(text)
    except re.error as problem:
        return fields.bad("serial", f"must be a regular expression: {problem}")
    return text


def _texts(fields: Fields) -> Iterator[tuple[str, str]]:
    for name in fields.table:
        yield name, fields.text(name)

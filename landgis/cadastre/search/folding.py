"""Vietnamese text as people type it: accents, tone marks, capitals and odd characters forgiven."""

import re
import unicodedata
from dataclasses import dataclass

TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
"""Grave, acute, tilde, hook above, dot below: the tones, which old and new spelling place apart."""

_SAME = str.maketrans("º˚′’‘´″”“", "°°''''\"\"\"")
_D = str.maketrans({"đ": "d", "Đ": "d"})
_MARKS = re.compile("[\u0300-\u036f]+")
_WORD = re.compile("[a-z0-9]+")
_LETTERS = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Token:
    """A word of a question."""

    text: str
    """In small letters, NFC."""

    folded: str
    toned: str

    @property
    def plain(self) -> bool:
        """Answer whether it was typed without any accent."""
        return self.text == self.folded


def clean(text: str) -> str:
    """Answer a text without characters that show nothing, primes and digits in one form, NFC."""
    text = unicodedata.normalize("NFKC", text.translate(_SAME))
    kept = (_shown(letter) for letter in text)
    return " ".join("".join(kept).replace("''", '"').split())


def _shown(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind == "Cf":  # joiners and directions: they part nothing
        return ""
    return " " if kind[0] in "CZ" else letter


def fold(text: str) -> str:
    """Answer a text in small letters without accents; ``đ`` becomes ``d``."""
    apart = unicodedata.normalize("NFKD", text)
    return _MARKS.sub("", apart).translate(_D).lower()


def words(text: str) -> list[str]:
    """Answer the words of a text, folded: what ``folded_words`` of the database answers."""
    return _WORD.findall(fold(text))


def toned(text: str) -> str:
    """Answer a text with the tone of each word at its end: ``hoà`` and ``hòa`` become the same."""
    return " ".join(map(_toned, unicodedata.normalize("NFD", text.lower()).split()))


def _toned(word: str) -> str:
    tones = "".join(letter for letter in word if letter in TONES)
    return "".join(letter for letter in word if letter not in TONES) + tones


def tokens(text: str) -> list[Token]:
    """Answer the words of a cleaned text in order; what holds no Latin letter or digit is left."""
    found = []
    for word in _LETTERS.findall(text.lower()):
        folded = "".join(words(word))
        if folded:
            found.append(Token(word, folded, toned(word)))
    return found


def distance(one: str, other: str, most: int) -> int:
    """Answer in how many letters two texts differ; ``most + 1`` for more than ``most``.

    A letter too many, one missing, one wrong and two neighbours exchanged count one each
    (restricted Damerau-Levenshtein distance).
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return min(last[-1], most + 1)

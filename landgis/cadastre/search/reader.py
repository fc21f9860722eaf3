"""The reader of questions of one jurisdiction: text to words, words to what they name."""

import re
from collections.abc import Iterator

from landgis.cadastre.search.folding import Token, clean, tokens, toned
from landgis.cadastre.search.names import UnitNames
from landgis.cadastre.search.question import Question
from landgis.cadastre.search.reading import Reading
from landgis.cadastre.search.vocabulary import Vocabulary

MOST_TOKENS = 40
"""Words of a question that are read."""

_RUNS = re.compile(r"[a-z]+|\d+")


class Reader:
    """Reads questions by the words and units of one jurisdiction."""

    def __init__(self, vocabulary: Vocabulary, names: UnitNames) -> None:
        self._words = vocabulary
        self._names = names
        self._heads = vocabulary.heads()

    def read(self, text: str) -> Question:
        """Answer what a question names."""
        return Reading(self._words, self._names, text, self._tokens(text)).question()

    def _tokens(self, text: str) -> list[Token]:
        found = [part for token in tokens(clean(text)) for part in self._parted(token)]
        return found[:MOST_TOKENS]

    def _parted(self, token: Token) -> Iterator[Token]:
        """Part ``t12`` and ``to12thua125``; leave ``dc01`` and ``15a`` whole."""
        runs = _RUNS.findall(token.folded)
        letters = [run for run in runs if run.isalpha()]
        whole = len(token.text) == len(token.folded)
        if len(runs) < 2 or not whole or not all(run in self._heads for run in letters):  # noqa: PLR2004
            yield token
            return
        start = 0
        for run in runs:
            text = token.text[start : start + len(run)]
            start += len(run)
            yield Token(text, run, toned(text))

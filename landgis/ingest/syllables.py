"""Which words can be Vietnamese: a small grammar of onset, rime and tone.

It is not a dictionary: it knows every syllable the spelling allows, so names it has never seen
pass, while bytes decoded with the wrong table nearly always break a rule.
"""

import unicodedata
from functools import lru_cache

_ONSETS = (
    *("", "b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh"),
    *("nh", "p", "ph", "r", "s", "t", "th", "tr", "v", "x"),
)

_CODAS_BY_NUCLEUS = {
    "a": "- i o u y c ch m n ng nh p t",
    "ă": "c k m n ng p t",
    "â": "u y c m n ng p t",
    "e": "- o c m n ng p t",
    "ê": "- u ch m n nh p t",
    "i": "- a u ch m n nh p t",
    "iê": "u c m n ng p t",
    "o": "- i c m n ng p t",
    "oo": "c ng",
    "ô": "- i c m n ng p t",
    "ơ": "- i m n p t",
    "u": "- a i c m n ng p t",
    "uô": "i c m n ng t",
    "ư": "- a i u c m n ng t",
    "ươ": "i u c m n ng p t",
    "oa": "- i o y c ch m n ng nh p t",
    "oă": "c m n ng t",
    "oe": "- o n ng t",
    "uâ": "y n ng t",
    "uê": "- ch n nh",
    "uơ": "-",
    "uy": "- a u ch n nh p t",
    "uyê": "n t",
    "y": "- ch n nh t",
    "yê": "u m n ng t",
}

_AFTER_QU = ("a", "ă", "â", "e", "ê", "i", "iê", "ô", "ơ", "y", "yê")
"""Nuclei that follow ``qu``, where the u belongs to the onset."""

_TONES = {
    "\u0300": "grave",
    "\u0301": "acute",
    "\u0303": "tilde",
    "\u0309": "hook",
    "\u0323": "dot",
}
_STOPS = ("c", "ch", "k", "p", "t")


def _rimes(nuclei: tuple[str, ...]) -> list[str]:
    return [
        nucleus + (coda if coda != "-" else "")
        for nucleus in nuclei
        for coda in _CODAS_BY_NUCLEUS[nucleus].split()
    ]


def _toneless_syllables() -> frozenset[str]:
    usual = {onset + rime for onset in _ONSETS for rime in _rimes(tuple(_CODAS_BY_NUCLEUS))}
    return frozenset(usual | {"qu" + rime for rime in _rimes(_AFTER_QU)})


_SYLLABLES = _toneless_syllables()


@lru_cache(maxsize=65536)
def is_syllable(word: str) -> bool:
    """Answer whether ``word`` obeys Vietnamese spelling; case and Unicode form do not matter.

    At most one tone; a syllable closed by a stop carries the acute or the dot tone or, in names
    typed without care, none.

    Examples
    --------
    >>> [is_syllable(word) for word in ("Nguyễn", "PHƯỜNG", "forêt", "nguyÔn", "lảt")]
    [True, True, False, False, False]
    """
    base: list[str] = []
    tones: list[str] = []
    for char in unicodedata.normalize("NFD", word.lower()):
        if char in _TONES:
            tones.append(_TONES[char])
        else:
            base.append(char)
    toneless = unicodedata.normalize("NFC", "".join(base))
    if len(tones) > 1 or toneless not in _SYLLABLES:
        return False
    closed = toneless.endswith(_STOPS)
    return not (closed and tones and tones[0] not in {"acute", "dot"})

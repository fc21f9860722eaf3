"""Which encoding a file's text is in: decoding, and detection with evidence.

Text arrives here as ``str`` whose characters are the file's bytes (Latin-1 of bytes).
"""

import codecs
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from landgis.ingest.encoding_names import BLANKS
from landgis.ingest.syllables import is_syllable
from landgis.ingest.tcvn3 import CODEC as TCVN3
from landgis.ingest.tcvn3 import toned_letters
from landgis.ingest.viscii import CODEC as VISCII
from landgis.ingest.vni import CODEC as VNI

AMBIGUOUS_BELOW = 0.6
"""A best score under this is not believed without a person (own choice, see the tests)."""

AMBIGUOUS_MARGIN = 0.15
"""A rival that reads the text differently must score this much less (own choice)."""

FEW_WORDS = 5
"""Fewer words than this prove no language: chance alone could fit them (own choice)."""

SAMPLES_SHOWN = 5
_MOST_WORDS = 4000
_WORD = re.compile("[A-Za-z\x80-\xff]+")
_CONTROL = re.compile("[\x80-\x9f]")
_LONGER_WORD = 4
_WITHOUT_CAPITAL = frozenset(toned_letters())


class Decoded(NamedTuple):
    """A decoded text column."""

    values: NDArray[Any]
    """``(n,)`` objects: NFC ``str`` stripped of padding, None where there is no text."""

    damaged: int
    """How many values held bytes that the codec does not know (now U+FFFD)."""


@dataclass(frozen=True)
class Candidate:
    """How well one codec explains the text."""

    codec: str
    score: float
    """Share, 0 to 1, of the words with non-ASCII bytes that it turns into plausible words."""

    samples: tuple[str, ...]


@dataclass(frozen=True)
class Detection:
    """What the text's encoding is, and why."""

    chosen: str
    candidates: tuple[Candidate, ...]
    """Best first; equal scores keep the order in which they were proposed."""

    ambiguous: bool
    """True: a rival is too near, or nothing fits well; a person should look at the samples."""

    reason: dict[str, str]


def decode(values: Sequence[str | None] | NDArray[Any], codec: str) -> Decoded:
    """Decode a column of Latin-1-of-bytes ``str`` or None.

    NUL and space padding go, empty text becomes None, the result is NFC. Bytes that the codec does
    not know become U+FFFD and the value counts as damaged: decoding never raises. Text of the
    TCVN3 capital fonts ("PHƯờNG") gets its capitals back.
    """
    different = set(values) - {None}
    together = "".join(different)
    if together.isascii() and "\0" not in together:  # as most columns are
        plain = {raw: raw.strip(BLANKS) or None for raw in different if raw is not None}
        return Decoded(np.array([plain.get(raw) for raw in values], dtype=object), 0)
    repeats = Counter(values)
    known = {raw: None if raw is None else _decode_one(raw, codec) for raw in repeats}
    damaged = sum(count for raw, count in repeats.items() if "\ufffd" in (known[raw] or ""))
    return Decoded(np.array([known[raw] for raw in values], dtype=object), damaged)


def detect(
    samples: Sequence[str], candidates: Sequence[str], shown: Sequence[str] | None = None
) -> Detection:
    """Answer which of ``candidates`` the text is in, with the evidence a person would ask for.

    ``samples`` is text as Latin-1-of-bytes. ``shown`` are the values that may be shown to people,
    decoded by each candidate (default: ``samples``; pass those without personal data). Only words
    with non-ASCII bytes are evidence; text without any is UTF-8 by definition.
    """
    words = _evidence(samples)
    if not words:
        return _only_ascii(candidates)
    telling = _spread(samples if shown is None else shown)
    ranked = sorted(
        (
            Candidate(codec, _score(words, codec), tuple(_readable(telling, codec)))
            for codec in candidates
        ),
        key=lambda candidate: -_weight(candidate, len(words)),
    )
    best = ranked[0]
    rival = next((c for c in ranked[1:] if _differs(words, c.codec, best.codec)), None)
    close = rival is not None and (
        _weight(best, len(words)) - _weight(rival, len(words)) < AMBIGUOUS_MARGIN
    )
    ambiguous = best.score < AMBIGUOUS_BELOW or close
    return Detection(best.codec, tuple(ranked), ambiguous, _reason(words, best, rival))


def _decode_one(value: str, codec: str) -> str | None:
    # What follows an inner NUL is the leftover of a C string's buffer, not text. A bare strip()
    # would take the bytes A0 and 85 for blanks and cut "à" in UTF-8.
    raw = value.strip("\0" + BLANKS).split("\0", 1)[0].rstrip(BLANKS)
    if raw.isascii():
        return raw or None
    text = unicodedata.normalize("NFC", raw.encode("latin-1").decode(codec, errors="replace"))
    return (_with_capitals(text) if codec == TCVN3 else text).strip() or None


def _with_capitals(text: str) -> str:
    """Restore toned capitals where every other letter says that the text is in capitals.

    "NGUYễN VĂN" stands in TCVN3 for "NGUYỄN VĂN". An initial ("Tờ 5") proves nothing, nor do
    abbreviations ("Số QL22"): a Vietnamese word with a later capital ("BếN", "VĂN") does.
    """
    small = {char for char in text if char.islower()}
    if not small or not small <= _WITHOUT_CAPITAL:
        return text
    words = re.findall(r"[^\W\d_]+", text)
    shouted = any(word[1:] != word[1:].lower() and is_syllable(word) for word in words)
    return text.upper() if shouted else text


def _evidence(samples: Sequence[str]) -> list[bytes]:
    words: dict[bytes, None] = {}
    for text in samples:
        if text.isascii():
            continue
        for word in _WORD.findall(text):
            if not word.isascii():
                words[word.encode("latin-1")] = None
        if len(words) >= _MOST_WORDS:
            break
    return list(words)


def _spread(texts: Sequence[str]) -> list[str]:
    """Pick distinct texts from all over the file: neighbours resemble each other."""
    distinct = [text for text in dict.fromkeys(texts) if not text.isascii()]
    step = max(1, len(distinct) // SAMPLES_SHOWN)
    return distinct[::step][:SAMPLES_SHOWN]


def _score(words: list[bytes], codec: str) -> float:
    # A C1 control never stands in text: ISO-8859-1 is out where windows-1252 has "œ".
    if any(_CONTROL.search(word.decode(codec, errors="replace")) for word in words):
        return 0.0
    judge = _JUDGES.get(codec, _is_latin_word)
    return round(sum(judge(word, codec) for word in words) / len(words), 4)


def _weight(candidate: Candidate, words: int) -> float:
    """Answer the score, raised where a grammar fits: Latin letters fit nearly anything.

    Text in VNI reads as accented Latin words of no language; that most of its words are also
    Vietnamese syllables cannot be chance.
    """
    fits = candidate.codec in _JUDGES and candidate.score >= AMBIGUOUS_BELOW
    return candidate.score + (AMBIGUOUS_MARGIN if fits and words >= FEW_WORDS else 0.0)


def _is_utf8(word: bytes, _codec: str) -> bool:
    try:
        # Not final: a field that ends in mid-character was cut at its width, it is still UTF-8.
        text = codecs.getincrementaldecoder("utf-8")().decode(word)
    except UnicodeDecodeError:
        return False
    return not text.isascii()


def _is_vietnamese(word: bytes, codec: str) -> bool:
    return is_syllable(word.decode(codec, errors="replace"))


def _is_latin_word(word: bytes, codec: str) -> bool:
    """Judge a word of a language written in Latin letters with some accents, such as French.

    Legacy Vietnamese read this way breaks it soon: symbols inside words, capitals in mid-word.
    In longer words accented letters are the minority; other alphabets fail there.
    """
    text = word.decode(codec, errors="replace")
    if not all(char.isalpha() and unicodedata.name(char, "").startswith("LATIN") for char in text):
        return False
    if not (text.islower() or text.isupper() or text.istitle()):
        return False
    accented = sum(not char.isascii() for char in text)
    return len(text) < _LONGER_WORD or 2 * accented <= len(text)


_JUDGES: dict[str, Callable[[bytes, str], bool]] = {
    "utf-8": _is_utf8,
    TCVN3: _is_vietnamese,
    VNI: _is_vietnamese,
    VISCII: _is_vietnamese,
    "cp1258": _is_vietnamese,
}


def _differs(words: list[bytes], one: str, other: str) -> bool:
    return any(word.decode(one, "replace") != word.decode(other, "replace") for word in words)


def _readable(samples: list[str], codec: str) -> list[str]:
    return [text for raw in samples if (text := _decode_one(raw, codec))]


def _only_ascii(candidates: Sequence[str]) -> Detection:
    reason = {
        "vi": "Văn bản chỉ có ký tự ASCII, mọi bảng mã đều đọc giống nhau.",
        "en": "The text is pure ASCII: every encoding reads it the same.",
    }
    ranked = tuple(Candidate(codec, 1.0, ()) for codec in candidates)
    return Detection("utf-8", ranked, ambiguous=False, reason=reason)


def _reason(words: list[bytes], best: Candidate, rival: Candidate | None) -> dict[str, str]:
    count, right = len(words), round(best.score * len(words))
    vi = f"{right} trong {count} từ có dấu đọc được bằng {best.codec}"
    en = f"{right} of {count} words with accents read well as {best.codec}"
    if rival is not None:
        next_best = round(rival.score * count)
        vi, en = f"{vi}, bằng {rival.codec} là {next_best}", f"{en}, {next_best} as {rival.codec}"
    return {"vi": f"{vi}.", "en": f"{en}."}

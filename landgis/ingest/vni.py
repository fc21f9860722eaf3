"""VNI-Windows: Vietnamese as a letter and a mark after it, as a Python codec.

Importing the module registers the codec ``vni``. Read as Latin-1 its text looks like "Nguyeãn".
"""

import codecs
import re
import unicodedata

CODEC = "vni"

# VNI-Windows ("VNI-Times" and its like): most toned letters are the plain letter followed by a
# byte that stands for all its marks; ơ, ư, đ and the toned i are bytes of their own.
_TONES = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_WITH_HAT = {"â": "", "á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_WITH_BREVE = {"ê": "", "é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_ALONE = {"ñ": "đ", "ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_HAT, _BREVE = "\u0302", "\u0306"


def _pairs() -> dict[str, str]:
    pairs = {}
    for base in "aeouyôö":
        for mark, tone in _TONES.items():
            if base + mark != "yï":
                pairs[base + mark] = _ALONE.get(base, base) + tone
    for base in "aeo":
        pairs.update({base + mark: base + _HAT + tone for mark, tone in _WITH_HAT.items()})
    pairs.update({"a" + mark: "a" + _BREVE + tone for mark, tone in _WITH_BREVE.items()})
    return {raw: unicodedata.normalize("NFC", char) for raw, char in pairs.items()}


def _table() -> dict[str, str]:
    small = {**_pairs(), **_ALONE}
    table = dict(small)
    for raw, char in small.items():
        # In capitals the mark is a capital too; before small letters it often is not: "Aân".
        table[raw.upper()] = char.upper()
        if len(raw) > 1:
            table[raw[0].upper() + raw[1]] = char.upper()
    return table


_DECODE = _table()
_ENCODE = {char: raw for raw, char in reversed(_DECODE.items())}
_PIECE = re.compile("|".join(sorted(map(re.escape, _DECODE), key=len, reverse=True)))
_LETTER = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]")
_REPLACEMENT = "\ufffd"


class _Codec(codecs.Codec):
    def encode(self, text: str, errors: str = "strict") -> tuple[bytes, int]:
        composed = unicodedata.normalize("NFC", text)
        raw = "".join(_ENCODE.get(char, char) for char in composed)
        return raw.encode("cp1252", errors), len(text)

    def decode(self, data: bytes, errors: str = "strict") -> tuple[str, int]:
        raw = bytes(data).decode("cp1252", errors)
        pieces, at = [], 0
        for match in _PIECE.finditer(raw):
            pieces += [_checked(raw[at : match.start()], errors), _DECODE[match.group()]]
            at = match.end()
        return "".join([*pieces, _checked(raw[at:], errors)]), len(data)


def _checked(plain: str, errors: str) -> str:
    """Accept what stands between the letters: a mark without its letter is damage."""
    if errors == "strict" and (stray := _LETTER.search(plain)):
        raise UnicodeDecodeError(CODEC, plain.encode("cp1252", "replace"), *stray.span(), "a mark")
    return _LETTER.sub(_REPLACEMENT, plain)


def _search(name: str) -> codecs.CodecInfo | None:
    if name != CODEC:
        return None
    return codecs.CodecInfo(_Codec().encode, _Codec().decode, name=CODEC)  # type: ignore[arg-type]


codecs.register(_search)

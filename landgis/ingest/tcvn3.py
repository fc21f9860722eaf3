"""TCVN3 (ABC): the one-byte Vietnamese encoding of legacy DBF files, as a Python codec.

Importing the module registers the codec ``tcvn3``. Read as Latin-1 its text looks like "NguyÔn".
"""

import codecs
import unicodedata
from collections.abc import Iterator

CODEC = "tcvn3"

# TCVN 5712:1993, subset VN3, the layout of the ".VnXxx" (ABC) fonts. Bytes below 0x80 are ASCII;
# the bytes that VN3 leaves unset stay undecodable, so that damage is counted and not invented.
_RUNS = {
    0xA0: "\u00a0ĂÂÊÔƠƯĐăâêôơưđ",
    0xB5: "àảãáạ",
    0xBB: "ằẳẵắ",
    0xC6: "ặầẩẫấậè",
    0xCE: "ẻẽéẹềểễếệìỉ",
    0xDC: "ĩíịò",
    0xE1: "ỏõóọồổỗốộờởỡớợù",
    0xF1: "ủũúụừửữứựỳỷỹýỵ",
}
_UNSET = "\ufffe"
_TABLE = "".join(chr(byte) for byte in range(0x80)) + "".join(
    next(
        (run[byte - start] for start, run in _RUNS.items() if 0 <= byte - start < len(run)),
        _UNSET,
    )
    for byte in range(0x80, 0x100)
)


def _encoding_map() -> dict[int, int | None]:
    """Map characters to bytes; a toned capital goes to its lower-case byte.

    TCVN3 has no toned capitals. Offices wrote them with the fonts named ".VnXxxH", which draw the
    lower-case bytes as capitals: that convention is the only way "PHƯỜNG" was ever stored.
    """
    to_byte: dict[int, int | None] = {
        ord(char): byte for byte, char in enumerate(_TABLE) if char != _UNSET
    }
    for char in list(to_byte):
        upper = chr(char).upper()
        if len(upper) == 1:
            to_byte.setdefault(ord(upper), to_byte[char])
    return to_byte


_ENCODING_MAP = _encoding_map()


class _Codec(codecs.Codec):
    def encode(self, text: str, errors: str = "strict") -> tuple[bytes, int]:
        composed = unicodedata.normalize("NFC", text)
        return codecs.charmap_encode(composed, errors, _ENCODING_MAP)[0], len(text)

    def decode(self, data: bytes, errors: str = "strict") -> tuple[str, int]:
        return codecs.charmap_decode(data, errors, _TABLE)


def _search(name: str) -> codecs.CodecInfo | None:
    if name.replace("-", "_") not in {CODEC, "tcvn_3", "tcvn5712_3"}:
        return None
    return codecs.CodecInfo(_Codec().encode, _Codec().decode, name=CODEC)  # type: ignore[arg-type]


codecs.register(_search)


def toned_letters() -> Iterator[str]:
    """Give the lower-case letters that have no capital of their own in TCVN3."""
    for char in _TABLE[0x80:]:
        if char.isalpha() and char.upper() not in _TABLE:
            yield char

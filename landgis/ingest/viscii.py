"""VISCII (RFC 1456): a rarer one-byte Vietnamese encoding, as a Python codec.

Importing the module registers the codec ``viscii``. It has every toned letter, six of them in the
place of control characters.
"""

import codecs
import unicodedata

CODEC = "viscii"

# RFC 1456: ASCII but for these six, then a letter for each byte from 0x80 on.
_CONTROLS = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}
_UPPER_HALF = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐ"
    "ỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲ"
    "Õắằặấầẩậẽẹếềểễệố"
    "ồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳ"
    "ĐứÒÓÔạỷừửÙÚỹỵÝỡư"
    "àáâãảăữẫèéêẻìíĩỉ"
    "đựòóôõỏọụùúũủýợỮ"
)
_TABLE = "".join(_CONTROLS.get(byte, chr(byte)) for byte in range(0x80)) + _UPPER_HALF
_ENCODING_MAP = codecs.charmap_build(_TABLE)


class _Codec(codecs.Codec):
    def encode(self, text: str, errors: str = "strict") -> tuple[bytes, int]:
        composed = unicodedata.normalize("NFC", text)
        return codecs.charmap_encode(composed, errors, _ENCODING_MAP)[0], len(text)

    def decode(self, data: bytes, errors: str = "strict") -> tuple[str, int]:
        return codecs.charmap_decode(data, errors, _TABLE)


def _search(name: str) -> codecs.CodecInfo | None:
    if name != CODEC:
        return None
    return codecs.CodecInfo(_Codec().encode, _Codec().decode, name=CODEC)  # type: ignore[arg-type]


codecs.register(_search)

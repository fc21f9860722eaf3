"""The wire format of protocol buffers: varints, keys, lengths; nothing of any schema."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 64
_FIXED = {FIXED64: "<d", FIXED32: "<f"}


class Broken(Exception):
    """Bytes that no reader of the format could follow; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Field(NamedTuple):
    """One field of a message: its number, its wire type, what stands there."""

    number: int
    wire: int
    value: int | float | bytes

    def integer(self) -> int:
        """Answer a varint; anything else is ``wrong_wire_type``."""
        if self.wire != VARINT or not isinstance(self.value, int):
            raise Broken("wrong_wire_type")
        return self.value

    def bytes(self) -> bytes:
        """Answer what has a length of its own; anything else is ``wrong_wire_type``."""
        if not isinstance(self.value, bytes):
            raise Broken("wrong_wire_type")
        return self.value

    def text(self) -> str:
        """Answer a string; ``not_utf8`` when it is none."""
        try:
            return self.bytes().decode("utf-8")
        except UnicodeDecodeError as problem:
            raise Broken("not_utf8") from problem


def fields(message: bytes) -> Iterator[Field]:
    """Answer a message field by field.

    Raises
    ------
    Broken
        ``truncated``, ``varint_too_long``, ``unknown_wire_type``, ``field_number_zero``.
    """
    at, end = 0, len(message)
    while at < end:
        key, at = varint(message, at)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise Broken("field_number_zero")
        if wire == VARINT:
            value, at = varint(message, at)
            yield Field(number, wire, value)
            continue
        if wire == LENGTH:
            length, at = varint(message, at)
        elif wire in _FIXED:
            length = 8 if wire == FIXED64 else 4
        else:
            raise Broken("unknown_wire_type")
        if at + length > end:
            raise Broken("truncated")
        chunk = message[at : at + length]
        at += length
        yield Field(
            number, wire, chunk if wire == LENGTH else struct.unpack(_FIXED[wire], chunk)[0]
        )


def varint(message: bytes, at: int) -> tuple[int, int]:
    """Answer the number that begins at a place, and the place after it."""
    value = shift = 0
    while at < len(message):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >> _LONGEST_VARINT:
                raise Broken("varint_too_long")
            return value, at
        shift += 7
        if shift >= _LONGEST_VARINT:
            raise Broken("varint_too_long")
    raise Broken("truncated")


def packed(chunk: bytes) -> list[int]:
    """Answer packed unsigned 32-bit integers; ``integer_too_large`` beyond."""
    if chunk.isascii():  # every number in one byte: most tags, many small shapes
        return list(chunk)
    numbers: list[int] = []
    value = shift = 0
    for byte in chunk:
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            numbers.append(value)
            value = shift = 0
        else:
            shift += 7
    if shift:
        raise Broken("truncated")
    if max(numbers) >> 32:
        raise Broken("integer_too_large")
    return numbers

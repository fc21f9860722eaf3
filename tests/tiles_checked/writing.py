"""Vector tiles as bytes, written by hand so that any rule can be broken."""

from collections.abc import Sequence

POINT, LINESTRING, POLYGON = 1, 2, 3
MOVE, LINE, CLOSE = 1, 2, 7


def varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def chunk(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content


def packed(field: int, numbers: Sequence[int]) -> bytes:
    return chunk(field, b"".join(map(varint, numbers)))


def zigzag(value: int) -> int:
    return (value << 1) ^ (value >> 31)


def walk(*steps: tuple[int, list[tuple[int, int]]]) -> list[int]:
    """Commands with absolute places as the integers of a geometry."""
    x = y = 0
    out: list[int] = []
    for command, places in steps:
        out.append(command | (len(places) or 1) << 3)
        for px, py in places:
            out += [zigzag(px - x), zigzag(py - y)]
            x, y = px, py
    return out


def rings(*given: list[tuple[int, int]]) -> list[int]:
    return walk(*(step for r in given for step in ((MOVE, r[:1]), (LINE, r[1:]), (CLOSE, []))))


def feature(kind: int, geometry: Sequence[int], fid: int = 1, tags: Sequence[int] = ()) -> bytes:
    labels = packed(2, tags) if tags else b""
    return number(1, fid) + labels + number(3, kind) + packed(4, geometry)


def tile(*features: bytes, keys: Sequence[str] = (), values: Sequence[bytes] = ()) -> bytes:
    """A tile with one layer that itself breaks no rule."""
    content = number(15, 2) + chunk(1, b"parcels")
    content += b"".join(chunk(2, f) for f in features)
    content += b"".join(chunk(3, k.encode()) for k in keys)
    content += b"".join(chunk(4, v) for v in values) + number(5, 4096)
    return chunk(3, content)

"""PNG files from pixels, without a library that could also read some."""

import struct
import zlib
from typing import Any

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
"""Bands -> colour type: grey, with alpha, RGB, with alpha. Source: PNG (third edition), 11.2.1."""

UP = 2
"""Filter: each row says how it differs from the one above (PNG, 9.2)."""

LEVEL = 2
"""Of ISA-L: the whole of a photograph's tile in 1 ms, 4 % larger than zlib's 6 in 20 ms."""


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Answer ``(bands, h, w)`` bytes as a PNG; the same pixels are the same bytes."""
    bands, height, width = pixels.shape
    rows = np.moveaxis(pixels, 0, 2).reshape(height, -1)
    lines = np.empty((height, rows.shape[1] + 1), dtype=np.uint8)
    lines[:, 0] = UP
    lines[0, 1:] = rows[0]
    np.subtract(rows[1:], rows[:-1], out=lines[1:, 1:])
    head = struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPES[bands], 0, 0, 0)
    body = isal_zlib.compress(lines.tobytes(), LEVEL)
    return SIGNATURE + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, body: bytes) -> bytes:
    checked: Any = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checked)

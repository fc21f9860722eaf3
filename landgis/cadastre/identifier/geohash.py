"""GeoHash: longitude and latitude as a short text, and back."""

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.parcels import Column

ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz"
LENGTH = 12
"""Characters of a national identifier. Source: Circular 19/2026/TT-BNNMT annex I (domain B2)."""

BITS = 30
"""Of each coordinate in twelve characters of five bits; longitude has the first one."""

ALL_LON, ALL_LAT = 360.0, 180.0
HALF_LON, HALF_LAT = ALL_LON / 2.0 ** (BITS + 1), ALL_LAT / 2.0 ** (BITS + 1)
"""From the middle of a cell to its sides, degrees: in Tây Ninh 1.8 cm and 0.9 cm."""

Floats = NDArray[np.float64]

_LETTERS = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)
_VALUES = np.full(256, -1, dtype=np.int64)
_VALUES[_LETTERS] = np.arange(32)
_VALUES[np.frombuffer(ALPHABET.upper().encode(), dtype=np.uint8)] = np.arange(32)
_SPREAD = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)


def encode(lon: Floats, lat: Floats) -> Column:
    """Answer the 12 characters of places in degrees, WGS 84; None for what is no place."""
    texts = np.full(len(lon), None, dtype=object)
    known = (np.abs(lon) <= ALL_LON / 2) & (np.abs(lat) <= ALL_LAT / 2)
    bits = _spread(_cell(lon[known], ALL_LON)) << np.uint64(1) | _spread(_cell(lat[known], ALL_LAT))
    shifts = np.arange(5 * (LENGTH - 1), -1, -5, dtype=np.uint64)
    digits = (bits[:, None] >> shifts & np.uint64(31)).astype(np.intp)
    rows = np.ascontiguousarray(_LETTERS[digits])
    texts[known] = rows.view(f"S{LENGTH}").ravel().astype(str)
    return texts


def decode(texts: Column) -> tuple[Floats, Floats]:
    """Answer longitude and latitude of the middles of cells, degrees; NaN for None and other texts.

    Capital letters are read as small ones.
    """
    lon, lat = np.full(len(texts), np.nan), np.full(len(texts), np.nan)
    whole = [
        i
        for i, text in enumerate(texts.tolist())
        if text is not None and len(text) == LENGTH and text.isascii()
    ]
    letters = np.array([texts[i] for i in whole], dtype=f"S{LENGTH}").view(np.uint8)
    digits = _VALUES[letters].reshape(-1, LENGTH)
    sound = (digits >= 0).all(axis=1)
    bits = np.zeros(int(sound.sum()), dtype=np.uint64)
    for column in digits[sound].T:
        bits = bits << np.uint64(5) | column.astype(np.uint64)
    where = np.array(whole, dtype=np.intp)[sound]
    lon[where] = _middle(_gathered(bits >> np.uint64(1)), ALL_LON)
    lat[where] = _middle(_gathered(bits), ALL_LAT)
    return lon, lat


def _cell(degrees: Floats, span: float) -> NDArray[np.uint64]:
    """Answer in which of 2**30 equal parts of a span around zero a coordinate lies."""
    scaled = np.floor((degrees / span + 0.5) * 2.0**BITS)
    return np.asarray(np.clip(scaled, 0, 2.0**BITS - 1)).astype(np.uint64)


def _middle(cells: NDArray[np.uint64], span: float) -> Floats:
    return np.asarray(((cells.astype(np.float64) + 0.5) / 2.0**BITS - 0.5) * span)


def _spread(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Put a zero bit before each bit."""
    for shift, mask in _SPREAD:
        bits = (bits | bits << np.uint64(shift)) & np.uint64(mask)
    return bits


def _gathered(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Take every second bit: what ``_spread`` put apart."""
    bits = bits & np.uint64(_SPREAD[-1][1])
    for (shift, _), (_, mask) in zip(
        _SPREAD[::-1], (*_SPREAD[-2::-1], (0, 0xFFFFFFFF)), strict=True
    ):
        bits = (bits | bits >> np.uint64(shift)) & np.uint64(mask)
    return bits

# ruff: noqa: INP001  (a script of the build, beside the TypeScript; no package of its own)
"""Make the map's glyph files: signed distance fields of a font, 256 characters a file.

MapLibre draws labels from such files. It could draw them from web fonts too, but then the letters
Ẫ Ẵ Ễ Ố Ồ of Be Vietnam Pro hang below the line: a top of exactly 0 is taken for "no top" there.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont
from numpy.typing import NDArray

EM_PX = 24
"""Size at which MapLibre expects the fields to be drawn, in pixels for one em."""

BORDER_PX = 3
"""Empty pixels round the box of a glyph, room for the outer half of the field."""

RADIUS_PX = 8
CUTOFF = 0.25
"""The field falls by 255 over RADIUS_PX; the outline itself has the value 255 * (1 - CUTOFF)."""

ASCENDER_PX = 25
"""One constant for every face, so that two weights in one label stand on the same line."""

RANGES = (0, 256, 512, 768, 7680, 8192, 8448)
"""First characters of the files: Latin, Vietnamese, combining marks, punctuation, letter signs."""

FACES = {"Be Vietnam Pro Regular": 400, "Be Vietnam Pro SemiBold": 600}
"""Name of the font stack in the style, and its weight in the font package."""

SUBSETS = ("latin", "vietnamese", "latin-ext")

Segments = NDArray[np.float64]


class Glyph(NamedTuple):
    """One character as MapLibre wants it; lengths in pixels of a 24 pixel em."""

    codepoint: int
    width: int
    height: int
    left: int
    top: int
    advance: int
    field: bytes


class _Outline(BasePen):  # type: ignore[misc]  # fontTools pens are untyped
    """Collect a glyph as straight segments, curves cut in eight."""

    _STEPS = np.linspace(0.0, 1.0, 9)[1:, None]

    def __init__(self, glyphs: Any) -> None:
        super().__init__(glyphs)
        self.segments: list[tuple[float, float, float, float]] = []
        self._start = self._at = np.zeros(2)

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._start = self._at = np.asarray(point, dtype=float)

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802
        self._to(np.asarray(point, dtype=float))

    def _qCurveToOne(self, control: tuple[float, float], end: tuple[float, float]) -> None:  # noqa: N802
        a, b, c, t = self._at, np.asarray(control), np.asarray(end), self._STEPS
        for point in (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c:
            self._to(point)

    def _curveToOne(  # noqa: N802
        self,
        first: tuple[float, float],
        second: tuple[float, float],
        end: tuple[float, float],
    ) -> None:
        a, b, c, d = (np.asarray(p, dtype=float) for p in (self._at, first, second, end))
        t = self._STEPS
        points = (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
        for point in points:
            self._to(point)

    def _closePath(self) -> None:  # noqa: N802
        self._to(self._start)

    def _to(self, point: NDArray[np.float64]) -> None:
        if not np.array_equal(point, self._at):
            self.segments.append((*self._at, *point))
        self._at = point


def write_faces(fonts: Path, out: Path) -> int:
    """Write ``<out>/<face>/<first>-<last>.pbf`` for every face and range; answer the glyph count.

    Parameters
    ----------
    fonts
        Folder with the woff2 subsets of the font package.
    out
        Folder to write to; made when missing.

    Raises
    ------
    FileNotFoundError
        A subset of the font package is not where it should be.
    """
    count = 0
    for face, weight in FACES.items():
        glyphs = _read_face(fonts, weight)
        folder = out / face
        folder.mkdir(parents=True, exist_ok=True)
        for first in RANGES:
            chosen = [glyphs[c] for c in range(first, first + 256) if c in glyphs]
            count += len(chosen)
            name = f"{first}-{first + 255}"
            (folder / f"{name}.pbf").write_bytes(encode(face, name, chosen))
    return count


def _read_face(fonts: Path, weight: int) -> Mapping[int, Glyph]:
    wanted = {c for first in RANGES for c in range(first, first + 256)}
    found: dict[int, Glyph] = {}
    for subset in SUBSETS:
        path = fonts / f"be-vietnam-pro-{subset}-{weight}-normal.woff2"
        with TTFont(path) as font:
            for codepoint, name in font.getBestCmap().items():
                if codepoint in wanted and codepoint not in found:
                    found[codepoint] = _draw(font, codepoint, name)
    return found


def _draw(font: Any, codepoint: int, name: str) -> Glyph:
    glyphs = font.getGlyphSet()
    pen = _Outline(glyphs)
    glyphs[name].draw(pen)
    scale = EM_PX / font["head"].unitsPerEm
    advance = round(glyphs[name].width * scale)
    segments = np.asarray(pen.segments, dtype=float).reshape(-1, 4) * scale
    if not len(segments):
        return Glyph(codepoint, 0, 0, 0, 0, advance, b"")
    ends = segments.reshape(-1, 2)
    left, bottom = np.floor(ends.min(axis=0)).astype(int)
    right, top = np.ceil(ends.max(axis=0)).astype(int)
    field = _distance_field(segments, (left, bottom, right, top))
    return Glyph(
        codepoint,
        int(right - left),
        int(top - bottom),
        int(left),
        int(top - ASCENDER_PX),
        advance,
        field,
    )


def _distance_field(segments: Segments, box: tuple[int, int, int, int]) -> bytes:
    left, bottom, right, top = box
    xs = np.arange(left - BORDER_PX, right + BORDER_PX) + 0.5
    ys = np.arange(top + BORDER_PX, bottom - BORDER_PX, -1) - 0.5
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 1, 2)
    start, step = segments[None, :, :2], segments[None, :, 2:] - segments[None, :, :2]
    along = ((grid - start) * step).sum(-1) / (step**2).sum(-1)
    nearest = start + np.clip(along, 0, 1)[..., None] * step
    distance = np.sqrt(((grid - nearest) ** 2).sum(-1)).min(axis=1)
    distance[_inside(segments, grid[:, 0])] *= -1
    value = 255 * (1 - CUTOFF - distance / RADIUS_PX)
    field: bytes = np.clip(np.round(value), 0, 255).astype(np.uint8).tobytes()
    return field


def _inside(segments: Segments, points: NDArray[np.float64]) -> NDArray[np.bool_]:
    x, y = points[:, :1], points[:, 1:]
    x1, y1, x2, y2 = segments.T
    up, down = (y1 <= y) & (y2 > y), (y1 > y) & (y2 <= y)
    side = (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
    winding = (up & (side > 0)).sum(axis=1) - (down & (side < 0)).sum(axis=1)
    answer: NDArray[np.bool_] = winding != 0
    return answer


def encode(face: str, name: str, glyphs: Iterable[Glyph]) -> bytes:
    """Answer the protobuf of one glyph file (``llmr.glyphs`` with one font stack)."""
    stack = _bytes(1, face.encode()) + _bytes(2, name.encode())
    for glyph in glyphs:
        body = _number(1, glyph.codepoint)
        if glyph.field:
            body += _bytes(2, glyph.field)
        body += _number(3, glyph.width) + _number(4, glyph.height)
        body += _number(5, _zigzag(glyph.left)) + _number(6, _zigzag(glyph.top))
        stack += _bytes(3, body + _number(7, glyph.advance))
    return _bytes(1, stack)


def decode(data: bytes) -> Mapping[int, Glyph]:
    """Answer the glyphs of one file by code point: the inverse of ``encode``."""
    glyphs = {}
    stack = next(value for field, value in _fields(data) if field == 1)
    for field, value in _fields(stack):
        if field == 3:  # noqa: PLR2004  # field number of a glyph in the format
            facts = dict(_fields(value))
            glyphs[facts[1]] = Glyph(
                facts[1],
                facts[3],
                facts[4],
                _unzigzag(facts[5]),
                _unzigzag(facts[6]),
                facts[7],
                facts.get(2, b""),
            )
    return glyphs


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:  # noqa: PLR2004  # seven bits a byte
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _zigzag(value: int) -> int:
    return value * 2 if value >= 0 else -value * 2 - 1


def _unzigzag(value: int) -> int:
    return value // 2 if value % 2 == 0 else -(value + 1) // 2


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:  # noqa: PLR2004  # high bit clear: last byte
                return value

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            length = varint()
            at += length
            yield key >> 3, data[at - length : at]

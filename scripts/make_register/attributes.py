"""Invented attributes in the fields of the national land database, as bytes of a .dbf."""

from typing import NamedTuple

import numpy as np
from make_samples.people import (
    FAMILY,
    MEN,
    MIDDLE_MEN,
    MIDDLE_WOMEN,
    OFFICES,
    STREETS,
    WOMEN,
)
from make_samples.shapefile import Field
from numpy.typing import NDArray

from make_register.defects import Planted
from make_register.places import Run
from make_register.shapes import Floats, Shapes, starts_of

COLUMNS = (
    ("maXa", Field("maXa", 5)),
    ("soHieuToBanDo", Field("soHieuToBa", 5)),
    ("soThuTuThua", Field("soThuTuThu", 6)),
    ("soHieuToBanDoCu", Field("soHieuTo_1", 5)),
    ("soThuTuThuaCu", Field("soThuTuT_1", 6)),
    ("dienTich", Field("dienTich", 12, 1)),
    ("dienTichPhapLy", Field("dienTichPh", 12, 1)),
    ("kyHieuMucDichSuDung", Field("kyHieuMucD", 8)),
    ("tenChu", Field("tenChu", 44)),
    ("diaChi", Field("diaChi", 56)),
)
"""Element name of the national structure (Circular 09/2024/TT-BTNMT, class B) and its field.

A .dbf cuts names to ten characters; repeats get a suffix.
"""

FIELDS = tuple(field for _, field in COLUMNS)

USES = {
    "town": (("ODT", 0.8), ("TMD", 0.06), ("ODT+CLN", 0.12), ("TSC", 0.015), ("CQP", 0.005)),
    "village": (("ONT", 0.35), ("ONT+CLN", 0.4), ("CLN", 0.2), ("NTD", 0.03), ("TIN", 0.02)),
    "fields": (("LUC", 0.5), ("CLN", 0.25), ("HNK", 0.15), ("NTS", 0.1)),
    "road": (("DGT", 1.0),),
    "lake": (("MNC", 1.0),),
    "island": (("TIN", 0.3), ("CLN", 0.7)),
}
AREA_OFF_SHARE, AREA_OFF_BY = 1 / 12, 0.03
"""How many register areas differ from the drawn ones, and by how much at most."""

OLD_SHEETS = 40
OLD_SHARE = 0.9
"""How many rows name the sheet and number from before the merger of communes."""


class Texts:
    """The lists that names and addresses are made of, in the bytes of one encoding."""

    def __init__(self, encoding: str) -> None:
        self.encoding = encoding
        people = [
            f"{family} {middle} {given}"
            for middles, givens in ((MIDDLE_MEN, MEN), (MIDDLE_WOMEN, WOMEN))
            for family in FAMILY
            for middle in middles
            for given in givens
        ]
        self.people = self.bytes(people)
        self.streets = self.bytes([f" đường {street}, khu phố " for street in STREETS])
        self.house = self.bytes(["số "])[0]
        self.offices = {use: self.bytes([name])[0] for use, name in OFFICES.items()}

    def bytes(self, texts: list[str]) -> NDArray[np.bytes_]:
        """Answer texts in the encoding."""
        return np.array([text.encode(self.encoding) for text in texts], dtype=np.bytes_)


class Cells(NamedTuple):
    """One column of a block of rows: text as bytes, numbers as they are."""

    field: Field
    values: NDArray[np.bytes_] | Floats


def attributes(
    run: Run, planted: Planted, texts: Texts, chance: np.random.Generator
) -> tuple[Cells, ...]:
    """Answer all columns of a block of rows; rows with one key have the same values."""
    keys = int(planted.key.max()) + 1
    land, key = planted.land, planted.key
    number = np.where(planted.number < 0, b"", planted.number.astype("S6"))
    old = chance.random(keys)[key] < OLD_SHARE
    area = np.maximum(np.round(_areas(land.shapes), 1), 0.1)
    off = chance.random(keys) < AREA_OFF_SHARE
    by = np.where(off, 1 + chance.uniform(-AREA_OFF_BY, AREA_OFF_BY, keys), 1.0)[key]
    use = _uses(land.role, chance.random(keys)[key])
    owner = texts.people[chance.integers(0, len(texts.people), keys)][key]
    for code, office in texts.offices.items():
        owner = np.where(use == code.encode(), office, owner)
    values = (
        np.full(len(key), run.unit_code.encode()),
        land.sheet.astype("S5"),
        number,
        np.where(old, (land.sheet % OLD_SHEETS + 1).astype("S5"), b""),
        np.where(old, (land.sheet // OLD_SHEETS * 10_000 + key).astype("S6"), b""),
        area,
        np.maximum(np.round(area * by, 1), 0.1),
        use,
        owner,
        _addresses(texts, keys, chance)[key],
    )
    return tuple(Cells(field, each) for field, each in zip(FIELDS, values, strict=True))


def records(columns: tuple[Cells, ...]) -> NDArray[np.uint8]:
    """Answer the rows as a .dbf holds them, without the mark of deletion."""
    return np.hstack([_cells(column) for column in columns])


def _cells(column: Cells) -> NDArray[np.uint8]:
    width = column.field.width
    text = column.values
    if column.field.decimals is not None:
        text = np.char.rjust(np.char.mod(f"%.{column.field.decimals}f", text), width).astype("S")
    if text.dtype.itemsize > width and np.char.str_len(text).max() > width:
        raise ValueError(f"{column.field.name} holds {width} bytes")
    cells = np.ascontiguousarray(text.astype(f"S{width}")).view(np.uint8).reshape(-1, width)
    return np.where(cells == 0, ord(" "), cells).astype(np.uint8)


def _areas(shapes: Shapes) -> Floats:
    """Answer the area of each row from the direction of its rings, m²."""
    if not len(shapes.xy):
        return np.zeros(shapes.rows)
    start = starts_of(shapes.ring_size)
    x, y = (shapes.xy - np.repeat(shapes.xy[start], shapes.ring_size, axis=0)).T
    cross = np.append(x[1:] * y[:-1] - x[:-1] * y[1:], 0.0)
    cross[start + shapes.ring_size - 1] = 0.0
    ring = np.add.reduceat(cross, start) / 2
    return np.abs(np.bincount(shapes.ring_row, ring, shapes.rows))


def _uses(role: NDArray[np.str_], draw: Floats) -> NDArray[np.bytes_]:
    use = np.zeros(len(role), dtype="S8")
    for name, choices in USES.items():
        rows = role == name
        codes = np.array([code.encode() for code, _ in choices])
        shares = np.cumsum([share for _, share in choices])
        picked = np.minimum(np.searchsorted(shares, draw[rows]), len(codes) - 1)
        use[rows] = codes[picked]
    return use


def _addresses(texts: Texts, keys: int, chance: np.random.Generator) -> NDArray[np.bytes_]:
    house = np.char.add(texts.house, chance.integers(1, 300, keys).astype("S3"))
    street = texts.streets[chance.integers(0, len(texts.streets), keys)]
    quarter = chance.integers(1, 9, keys).astype("S1")
    return np.char.add(np.char.add(house, street), quarter)

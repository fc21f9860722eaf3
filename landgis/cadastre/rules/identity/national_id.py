"""What the rules about stated national identifiers have in common."""

import numpy as np

from landgis.cadastre.identifier import geohash
from landgis.cadastre.parcels import Column

COLUMN = "national_id"

NO_COLUMN = ("nguồn không có mã định danh thửa đất", "the source states no national identifiers")

BASIS = {
    "document": "Thông tư 19/2026/TT-BNNMT",
    "article": "Phụ lục I",
    "date": "2026-03-30",
    "class": "A",
}
"""A GeoHash of twelve characters, unique in the country; in force on that day."""


def identifiers_of(stated: Column) -> Column:
    """Answer stated identifiers in small letters, None for texts that are none."""
    known = np.isfinite(geohash.decode(stated)[0])
    small = np.full(len(stated), None, dtype=object)
    small[known] = [text.lower() for text in stated[known]]
    return small

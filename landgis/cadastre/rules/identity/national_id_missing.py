"""Rows without a national identifier, in a source that states them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Rule, Text
from landgis.cadastre.identifier import geohash
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext
from landgis.cadastre.rules.identity.national_id import BASIS, COLUMN, NO_COLUMN, identifiers_of
from landgis.cadastre.rules.placed import keys_of, middle
from landgis.cadastre.rules.shared_cause import untested

RULE = Rule(
    code="identity.national_id_missing",
    severity="warning",
    title={"vi": "Thửa đất thiếu mã định danh", "en": "Parcel without national identifier"},
    remedy={
        "vi": "Tính mã định danh: landgis parcel-id compute.",
        "en": "Compute the identifier: landgis parcel-id compute.",
    },
    basis=BASIS,
)

RULES = (RULE,)

Rows = NDArray[np.int64]


class NationalIdMissing:
    """The rows of a layer that comes in blocks that state nothing, or what is no identifier."""

    def __init__(self) -> None:
        self._is_stated = False
        self._empty: list[Rows] = []
        self._other: list[Rows] = []
        self._example: str | None = None

    def look_at(self, parcels: ParcelSet, context: RuleContext) -> None:
        """Take note of the rows of a block."""
        stated = context.stated.get(COLUMN)
        if stated is None:
            return
        empty = np.array([text is None for text in stated.tolist()], dtype=bool)
        sound = np.array([text is not None for text in identifiers_of(stated)], dtype=bool)
        other = ~empty & ~sound
        self._is_stated |= bool((~empty).any())
        self._empty.append(parcels.row[empty])
        self._other.append(parcels.row[other])
        if self._example is None and other.any():
            self._example = stated[other][0]

    def rows(self) -> Rows:
        """Answer the rows that the findings show on the map."""
        return np.array([rows[0] for rows, _ in self._causes()], dtype=np.int64)

    def findings(self, parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
        """Find them; ``parcels`` are those of the layer that ``rows`` answers, or more."""
        if not self._is_stated:
            yield untested(RULE, *NO_COLUMN)
        for rows, said in self._causes():
            at = np.flatnonzero(parcels.row == rows[0])
            where = middle(parcels, int(at[0])) if len(at) else None
            yield Finding(
                rule=RULE,
                outcome="fail",
                message=said,
                rows=tuple(rows.tolist()),
                place_xy=where,
                place_epsg=parcels.survey_epsg if where else None,
                keys=keys_of(parcels, at.tolist(), context),
            )

    def _causes(self) -> Iterator[tuple[Rows, Text]]:
        if not self._is_stated:
            return
        empty, other = (np.concatenate(rows) for rows in (self._empty, self._other))
        if len(empty):
            yield (
                empty,
                {
                    "vi": f"{len(empty)} dòng không có mã định danh, đầu tiên là dòng {empty[0]}.",
                    "en": f"{len(empty)} row(s) have no national identifier, first row {empty[0]}.",
                },
            )
        if len(other):
            yield (
                other,
                {
                    "vi": f"{len(other)} dòng ghi mã không phải {geohash.LENGTH} ký tự GeoHash, "
                    f"đầu tiên là dòng {other[0]}: “{self._example}”.",
                    "en": f"{len(other)} row(s) state what is no GeoHash of {geohash.LENGTH} "
                    f"characters, first row {other[0]}: “{self._example}”.",
                },
            )


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find the same in parcels that are a whole layer."""
    missing = NationalIdMissing()
    missing.look_at(parcels, context)
    yield from missing.findings(parcels, context)

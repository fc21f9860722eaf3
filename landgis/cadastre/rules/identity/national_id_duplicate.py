"""One national identifier on two different pieces of land."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from landgis.cadastre.findings import Finding, Rule
from landgis.cadastre.parcels import ParcelSet
from landgis.cadastre.rules.context import RuleContext, groups_of_equal
from landgis.cadastre.rules.identity.national_id import BASIS, COLUMN, NO_COLUMN, identifiers_of
from landgis.cadastre.rules.placed import keys_of, on_group
from landgis.cadastre.rules.shared_cause import untested

RULE = Rule(
    code="identity.national_id_duplicate",
    severity="error",
    title={"vi": "Trùng mã định danh thửa đất", "en": "National identifier used twice"},
    remedy={
        "vi": "Mã định danh là duy nhất trên toàn quốc: tính lại mã của các thửa này "
        "(landgis parcel-id compute).",
        "en": "An identifier is unique in the country: compute those of these parcels again "
        "(landgis parcel-id compute).",
    },
    basis=BASIS,
)

RULES = (RULE,)


class NationalIdDuplicate:
    """The identifiers of a layer that comes in blocks, a number for each."""

    def __init__(self) -> None:
        self._rows: list[NDArray[np.int64]] = []
        self._marks: list[NDArray[np.int64]] = []
        self._is_stated = False

    def look_at(self, parcels: ParcelSet, context: RuleContext) -> None:
        """Take note of the identifiers of a block."""
        stated = context.stated.get(COLUMN)
        if stated is None:
            return
        self._is_stated |= any(text is not None for text in stated)
        names = identifiers_of(stated)
        known = np.array([name is not None for name in names], dtype=bool)
        self._rows.append(parcels.row[known])
        self._marks.append(np.array([hash(name) for name in names[known]], dtype=np.int64))

    def rows(self) -> NDArray[np.int64]:
        """Answer the rows that may state the identifier of another row."""
        if not self._is_stated:
            return np.empty(0, np.int64)
        rows = np.concatenate(self._rows)
        _, which, count = np.unique(
            np.concatenate(self._marks), return_inverse=True, return_counts=True
        )
        repeated: NDArray[np.int64] = rows[count[which] > 1]
        return repeated

    def findings(self, parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
        """Find identifiers that several rows with different geometries state.

        ``parcels`` are those of the layer that ``rows`` answers, or more. Of several parcels on
        one polygon each has the same feature point: of these ``topology.stack`` tells.
        """
        stated = context.stated.get(COLUMN)
        if not self._is_stated or stated is None:
            yield untested(RULE, *NO_COLUMN)
            return
        shape = parcels.geometry_key
        for group in groups_of_equal(identifiers_of(stated)):
            if len(set(shape[group])) > 1:
                listed, text = ", ".join(map(str, parcels.row[group])), stated[group[0]]
                message = {
                    "vi": f"Các dòng {listed} cùng ghi mã định danh {text} nhưng khác hình học.",
                    "en": f"Rows {listed} state the same identifier {text} on different "
                    "geometries.",
                }
                yield on_group(RULE, parcels, group, keys_of(parcels, group, context), message)


def check(parcels: ParcelSet, context: RuleContext) -> Iterator[Finding]:
    """Find the same in parcels that are a whole layer."""
    identifiers = NationalIdDuplicate()
    identifiers.look_at(parcels, context)
    yield from identifiers.findings(parcels, context)

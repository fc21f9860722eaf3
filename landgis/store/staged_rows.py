"""Between parcels and the rows of ``import_rows``."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from sqlalchemy import Row

from landgis.cadastre.batches import RowFate
from landgis.cadastre.parcels import ParcelSet
from landgis.store.rows import no_nan, shares, shares_json

ROW_COLUMNS = (
    ("batch_id", "uuid"),
    ("row_no", "int8"),
    ("state", "text"),
    ("reasons", "text[]"),
    ("unit_code", "text"),
    ("sheet", "text"),
    ("number", "text"),
    ("old_unit_code", "text"),
    ("old_sheet", "text"),
    ("old_number", "text"),
    ("land_uses", "jsonb"),
    ("register_area_m2", "float8"),
    ("address", "text"),
    ("geom_wkb", "bytea"),
)
TEXT_COLUMNS = (
    "unit_code",
    "sheet",
    "number",
    "old_unit_code",
    "old_sheet",
    "old_number",
    "address",
)


def staged_rows(
    batch_id: UUID, parcels: ParcelSet, fates: Sequence[RowFate], geom_found: dict[int, bytes]
) -> Iterable[Sequence[Any]]:
    """Answer one row of ``import_rows`` per fate; unreadable ones have no parcel columns."""
    at = {int(row): i for i, row in enumerate(parcels.row)}
    wkb = shapely.to_wkb(parcels.geom)
    areas = no_nan(parcels.register_area_m2)
    texts = [getattr(parcels, name) for name in TEXT_COLUMNS]
    for fate in fates:
        i = at.get(fate.row)
        head = (batch_id, fate.row, fate.state, list(fate.reasons))
        if i is None:
            yield (*head, *[None] * 9, geom_found.get(fate.row))
            continue
        unit, sheet, number, old_unit, old_sheet, old_number, address = (c[i] for c in texts)
        uses = shares_json(parcels.land_uses[i])
        place = (unit, sheet, number, old_unit, old_sheet, old_number)
        yield (*head, *place, uses, areas[i], address, wkb[i])


def parcel_set(survey_epsg: int, rows: Sequence[Row[Any]]) -> ParcelSet:
    """Answer staged rows as parcels again."""

    def column(name: str) -> Any:
        values = np.empty(len(rows), dtype=object)
        values[:] = [getattr(r, name) for r in rows]
        return values

    uses = np.empty(len(rows), dtype=object)
    uses[:] = [shares(r.land_uses) for r in rows]
    areas = [np.nan if r.register_area_m2 is None else r.register_area_m2 for r in rows]
    return ParcelSet(
        survey_epsg=survey_epsg,
        row=np.array([r.row_no for r in rows], dtype=np.int64),
        geom=shapely.from_wkb(column("geom_wkb")),
        land_uses=uses,
        register_area_m2=np.array(areas, dtype=np.float64),
        **{name: column(name) for name in TEXT_COLUMNS},
    )

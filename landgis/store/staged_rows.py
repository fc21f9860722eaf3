"""Between batches with their parcels and the rows of ``import_batches`` and ``import_rows``."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from sqlalchemy import RowMapping

from landgis.cadastre.batches import Batch, Counts, RowFate
from landgis.cadastre.parcels import TEXT_COLUMNS, ParcelSet
from landgis.store.copying import Column, Same
from landgis.store.rows import shares, shares_text


def staged_columns(
    batch_id: UUID, parcels: ParcelSet, fates: Sequence[RowFate], geom_found: Mapping[int, bytes]
) -> list[Column | Same]:
    """Answer the columns of ``import_rows``, a row per fate; unreadable ones have no parcel."""
    rows = np.array([fate.row for fate in fates], dtype=np.int64)
    at = np.searchsorted(parcels.row, rows)
    at[at == len(parcels)] = 0
    known = parcels.row[at] == rows if len(parcels) else np.zeros(len(rows), dtype=bool)

    def spread(values: Any) -> NDArray[Any]:
        """Lay a parcel column out over all rows, None where there is no parcel."""
        column = np.full(len(rows), None, dtype=object)
        column[known] = np.asarray(values, dtype=object)[at[known]]
        return column

    uses = np.empty(len(parcels), dtype=object)
    uses[:] = shares_text(parcels.land_uses)
    geom = spread(parcels.wkb)
    for i, row in enumerate(rows.tolist()):
        if row in geom_found:
            geom[i] = geom_found[row]
    return [
        Same("batch_id", "uuid", batch_id),
        Column("row_no", "int8", rows),
        Column("state", "text", [fate.state for fate in fates]),
        Column("reasons", "text[]", [fate.reasons for fate in fates]),
        *(Column(name, "text", spread(getattr(parcels, name))) for name in TEXT_COLUMNS),
        Column("land_uses", "json text", spread(uses)),
        Column("register_area_m2", "float8", spread(parcels.register_area_m2)),
        Column("geom_wkb", "bytea", geom),
    ]


def parcel_set(survey_epsg: int, rows: Sequence[Any]) -> ParcelSet:
    """Answer staged rows as parcels again; ``land_uses`` come as JSON text."""

    def column(name: str) -> Any:
        values = np.empty(len(rows), dtype=object)
        values[:] = [getattr(r, name) for r in rows]
        return values

    uses = np.empty(len(rows), dtype=object)
    # Few land uses differ: each text is parsed once, where a driver would parse every row.
    parsed = {text: shares(orjson.loads(text)) for text in {r.land_uses for r in rows}}
    uses[:] = [parsed[r.land_uses] for r in rows]
    areas = [np.nan if r.register_area_m2 is None else r.register_area_m2 for r in rows]
    return ParcelSet(
        survey_epsg=survey_epsg,
        row=np.array([r.row_no for r in rows], dtype=np.int64),
        geom=shapely.from_wkb(column("geom_wkb")),
        land_uses=uses,
        register_area_m2=np.array(areas, dtype=np.float64),
        **{name: column(name) for name in TEXT_COLUMNS},
    )


def batch_values(batch: Batch) -> dict[str, Any]:
    """Answer a batch as columns of its table."""
    return {
        "batch_id": batch.batch_id,
        "file_name": batch.file_name,
        "sha256": batch.sha256,
        "bytes": batch.bytes,
        "options": batch.options,
        "status": batch.status,
        "progress": batch.progress,
        "counts": batch.counts.as_dict(),
        "evidence": batch.evidence,
        "by_rule": batch.by_rule,
        "survey_epsg": batch.survey_epsg,
        "identity_fields": list(batch.identity_fields),
        "base_revision": batch.base_revision,
        "published_revision": batch.published_revision,
        "error": batch.error,
        "timings": batch.timings,
        "created_by": batch.created_by,
        "created_at": batch.created_at,
    }


def batch_of(row: RowMapping) -> Batch:
    """Answer the batch in a row of its table."""
    values: dict[str, Any] = dict(row)
    counts = values.pop("counts")
    counts.pop("read", None)
    values["identity_fields"] = tuple(values["identity_fields"])
    return Batch(counts=Counts(**counts), **values)

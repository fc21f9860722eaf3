"""Live parcels near the rows of a file, a block at a time, and what their units hold."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ARRAY,
    Connection,
    Double,
    Integer,
    LargeBinary,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from landgis.cadastre.live import LiveBlock, RetiredName
from landgis.cadastre.parcels import TEXT_COLUMNS
from landgis.geodesy import epsg_of
from landgis.store.database import Database
from landgis.store.staged_rows import parcel_set
from landgis.store.tables import import_batches, parcel_versions, parcels
from landgis.store.taken_back import was_taken_back

BLOCK_ROWS = 16_384
"""Parcels read at once."""

Boxes = NDArray[np.float64]


class LiveGroundStore:
    """Reads what a file is compared with."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def near(self, boxes_3857: Boxes) -> Iterator[LiveBlock]:
        """Answer the live parcels whose extent meets any of the boxes, by fid.

        Parameters
        ----------
        boxes_3857
            ``(n, 4)`` west, south, east, north in Web Mercator.
        """
        with self._database.begin() as connection:
            yield from near(connection, boxes_3857)

    def filled(self, units: Collection[str]) -> frozenset[str]:
        """Answer the units that hold live parcels, ``""`` where some lie in none."""
        unit = func.unnest(literal(sorted(units), ARRAY(Text))).column_valued("unit")
        holds = or_(
            parcels.c.unit_code == unit, and_(unit == "", parcels.c.unit_code.is_(None))
        )  # fmt: skip
        one = select(literal(1)).where(holds).limit(1).lateral("one")
        with self._database.begin() as connection:
            return frozenset(connection.execute(select(unit).join(one, literal(True))).scalars())

    def retired_names(self) -> Iterator[RetiredName]:
        """Answer every name that no live parcel bears any more, the oldest first.

        A parcel that was taken back with its batch has named nothing.
        """
        version = parcel_versions.c
        bears = select(literal(1)).where(parcels.c.identity_key == version.identity_key)
        query = (
            select(version.parcel_id, *(version[name] for name in RetiredName._fields[1:]))
            .where(version.revision_to.is_not(None))
            .where(~bears.exists())
            .where(~was_taken_back())
            .order_by(version.revision_to)
        )
        with self._database.begin() as connection:
            options = {"yield_per": BLOCK_ROWS}
            for row in connection.execute(query, execution_options=options):
                yield RetiredName(str(row.parcel_id), *row[1:])


def near(connection: Connection, boxes_3857: Boxes) -> Iterator[LiveBlock]:
    """Answer the same within a transaction; read them all before anything else is asked of it."""
    if not len(boxes_3857):
        return
    with connection.execute(
        _near(boxes_3857), execution_options={"yield_per": BLOCK_ROWS}
    ) as found:
        for rows in found.partitions():
            yield from _blocks(rows)


def _near(boxes: Boxes) -> Select[Any]:
    sides = [bindparam(None, boxes[:, i].tolist(), type_=ARRAY(Double)) for i in range(4)]
    ends = [column(name, Double) for name in ("w", "s", "e", "n")]
    box = func.unnest(*sides).table_valued(*ends).render_derived(name="box")
    envelope = func.ST_MakeEnvelope(box.c.w, box.c.s, box.c.e, box.c.n, literal(3857))
    met = select(parcels.c.parcel_id).select_from(
        box.join(parcels, parcels.c.geom_3857.op("&&")(envelope))
    )
    version, batch = parcel_versions.c, import_batches.c
    return (
        select(
            version.parcel_id,
            literal(0).label("row_no"),
            *(version[name] for name in TEXT_COLUMNS),
            cast(version.land_uses, Text).label("land_uses"),
            version.register_area_m2,
            type_coerce(func.ST_AsBinary(version.geom_survey), LargeBinary).label("geom_wkb"),
            version.survey_srid,
            parcels.c.withheld,
            cast(batch.options["map_scale"].astext, Integer).label("map_scale"),
        )
        .join(
            parcels,
            (parcels.c.parcel_id == version.parcel_id)
            & (parcels.c.revision == version.revision_from),
        )
        .outerjoin(import_batches, batch.batch_id == version.batch_id)
        .where(parcels.c.parcel_id.in_(met))
        .order_by(parcels.c.fid)
    )


def _blocks(rows: Sequence[Any]) -> Iterator[LiveBlock]:
    planes = np.array([row.survey_srid for row in rows])
    for srid in np.unique(planes).tolist():
        mine = [rows[i] for i in np.flatnonzero(planes == srid).tolist()]
        yield LiveBlock(
            parcels=parcel_set(epsg_of(srid), mine),
            ids=np.array([str(row.parcel_id) for row in mine], dtype=object),
            is_withheld=np.array([row.withheld for row in mine], dtype=bool),
            map_scale=np.array([row.map_scale or 0 for row in mine], dtype=np.int64),
        )

"""The hash of a change: the same whether its parcels come one by one or in blocks."""

from uuid import UUID

import numpy as np
import orjson
from hypothesis import given
from hypothesis import strategies as st

from landgis.cadastre.changes import ChangeSet, Part
from landgis.cadastre.ids import new_id_bytes
from landgis.cadastre.parcels import LandUseShare
from landgis.store.digest import FACTS, ChangeDigest, digest_of, facts_json
from tests.builders import column, parcel_set, square

AREAS = st.one_of(st.none(), st.floats(0.1, 1e9))
USES = st.lists(st.tuples(st.text(max_size=4), AREAS), max_size=3)
TEXTS = st.one_of(st.none(), st.text(min_size=1, max_size=5))


@given(st.lists(st.tuples(TEXTS, USES, AREAS), min_size=1, max_size=6))
def test_facts_written_by_columns_are_the_facts_written_by_rows(
    rows: list[tuple[str | None, list[tuple[str, float | None]], float | None]],
) -> None:
    parcels = parcel_set([square(20.0 * i, 0) for i in range(len(rows))])
    parcels.number[:] = [number for number, _, _ in rows]
    parcels.land_uses[:] = column([tuple(LandUseShare(*u) for u in uses) for _, uses, _ in rows])
    parcels.register_area_m2[:] = [np.nan if area is None else area for _, _, area in rows]
    one_by_one = [
        orjson.dumps([_plain(getattr(parcels, name)[i]) for name in FACTS])
        for i in range(len(parcels))
    ]
    assert facts_json(parcels) == one_by_one


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [list(share) for share in value]
    return float(value) if isinstance(value, np.floating) else value


def test_blocks_give_the_digest_of_the_whole_change() -> None:
    parcels = parcel_set([square(20.0 * i, 0) for i in range(7)])
    raw = new_id_bytes(7)
    ids = column([UUID(bytes=one.tobytes()) for one in raw])
    digest = ChangeDigest("publish")
    for part in (slice(0, 3), slice(3, 4), slice(4, 7)):
        at = np.arange(7)[part]
        digest.block(parcels.take(at), raw[part])
    assert digest.sha256() == digest_of(ChangeSet("publish", (), (Part(parcels, ids),)))

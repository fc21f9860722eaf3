"""Fill units that are empty: one revision of many new parcels, written block by block."""

from collections.abc import Callable
from functools import partial

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from landgis.cadastre.changes import Entry, Filling, Summary
from landgis.cadastre.register import Deployment
from landgis.store.addresses import Named, addresses_of, note_addresses
from landgis.store.bands import after_filling
from landgis.store.blocks import mark_filled
from landgis.store.digest import ChangeDigest
from landgis.store.held_rows import mark_with_batch
from landgis.store.live_ground import near
from landgis.store.locks import lock_head, lock_whole
from landgis.store.numbers import Highest, highest_of, raise_highest
from landgis.store.revisions import (
    Extent,
    mark_published,
    next_revision,
    record_revision,
    require_empty,
)
from landgis.store.tile_changes import record_tile_change
from landgis.store.versions import Written, columns_of, new_fids, writing


def fill(
    connection: Connection,
    filling: Filling,
    deployment: Deployment,
    entry: Entry,
    tell: Callable[[int], None],
) -> int:
    """Write a filling and answer its revision; the caller's transaction makes it permanent.

    Raises
    ------
    Conflict
        ``unit_not_empty``, ``already_published``; what ``filling.check`` raises.
    ValueError
        The blocks are not what the filling promises: no row may be lost in silence.
    """
    lock_whole(connection, filling.units)
    for unit in filling.units:
        require_empty(connection, unit)
    lock_head(connection)
    revision = next_revision(connection)
    if filling.check is not None and revision - 1 > filling.base_revision:
        filling.check(partial(near, connection))
    digest, highest, extents = ChangeDigest("publish"), Highest(), list[Extent | None]()
    done, last, reach = 0, b"", list[NDArray[np.float64]]()
    addresses = set[Named]()
    written, fids = Written(revision, deployment, entry), new_fids(connection, filling.parcels)
    with writing(connection) as take:
        for parcels, ids, derived in filling.blocks:
            n = len(parcels)
            if not n or ids[0].tobytes() <= last:
                raise ValueError(f"a block of {n} parcels does not follow id {last.hex()}")
            take(columns_of(written, parcels, ids, derived, fids[done : done + n]), n)
            digest.block(parcels, ids)
            highest_of(parcels, highest)
            addresses.update(addresses_of(parcels))
            extents.append(derived.extent_lonlat)
            reach.append(shapely.total_bounds(derived.geom_3857))
            last = ids[-1].tobytes()
            done += n
            tell(done)
    if done != filling.parcels:
        raise ValueError(f"{done} parcels came, {filling.parcels} were promised")
    raise_highest(connection, highest)
    note_addresses(connection, addresses)
    change = Summary("publish", done)
    record_revision(connection, revision, change, entry, extents, digest.sha256())
    mark_filled(connection, revision, fids)
    after_filling(connection, revision, np.array(reach).reshape(-1, 4))
    record_tile_change(connection, revision, None)
    if entry.batch_id is not None:
        mark_published(connection, entry.batch_id, revision)
        mark_with_batch(connection, entry.batch_id, revision)
    return revision

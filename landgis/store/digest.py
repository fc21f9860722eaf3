"""The hash of everything a change says, by which history cannot be altered unseen."""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from numpy.typing import NDArray

from landgis.cadastre.changes import ChangeSet, Kind
from landgis.cadastre.parcels import Column, ParcelSet

After = tuple[UUID, int, list[Any], bytes]
"""A parcel after a change: id, EPSG code of its survey plane, ``facts``, survey geometry as WKB."""

FACTS = (
    *("unit_code", "sheet", "number", "old_unit_code", "old_sheet", "old_number"),
    *("land_uses", "register_area_m2", "address"),
)
"""What the digest covers of a parcel beside its geometry, in this order."""


class ChangeDigest:
    """Takes a change in its order: before, after, lineage, each sorted by its ids.

    So the same change read back from the history gives the same hash.
    """

    def __init__(self, kind: Kind | str) -> None:
        self._body = hashlib.sha256(kind.encode())

    def before(self, parcels: Iterable[tuple[UUID, int]]) -> None:
        """Take the parcels that were replaced, each with its revision."""
        for parcel_id, revision in parcels:
            self._body.update(b"B" + parcel_id.bytes + revision.to_bytes(8, "big"))

    def after(self, parcels: Iterable[After]) -> None:
        """Take parcels after the change."""
        for parcel_id, epsg, facts, wkb in parcels:
            self._body.update(b"A" + parcel_id.bytes + epsg.to_bytes(4, "big"))
            self._body.update(orjson.dumps(facts, option=orjson.OPT_SERIALIZE_NUMPY))
            self._body.update(wkb)

    def block(self, parcels: ParcelSet, ids: NDArray[np.uint8]) -> None:
        """Take parcels whose ids, ``(n, 16)`` bytes, ascend, as ``after`` would take them."""
        epsg = parcels.survey_epsg.to_bytes(4, "big")
        heads = (b"A" + i + epsg for i in ids.view("V16").ravel().tolist())
        rows = zip(heads, facts_json(parcels), parcels.wkb, strict=True)
        self._body.update(b"".join(chain.from_iterable(rows)))

    def lineage(self, edges: Iterable[tuple[UUID, UUID]]) -> None:
        """Take the edges of the lineage, parent and child."""
        for parent, child in edges:
            self._body.update(b"L" + parent.bytes + child.bytes)

    def sha256(self) -> bytes:
        """Answer the hash of everything taken so far."""
        return self._body.digest()


def digest(
    kind: str,
    before: Iterable[tuple[UUID, int]],
    after: Iterable[After],
    lineage: Iterable[tuple[UUID, UUID]],
) -> bytes:
    """Answer the hash of a change; each argument must come sorted by its ids."""
    body = ChangeDigest(kind)
    body.before(before)
    body.after(after)
    body.lineage(lineage)
    return body.sha256()


def digest_of(changeset: ChangeSet) -> bytes:
    """Answer the hash of a change that is about to be made."""
    return digest(
        changeset.kind,
        sorted((b.parcel_id, b.revision) for b in changeset.before),
        sorted(_after(changeset), key=lambda parcel: parcel[0].int),
        sorted((d.parent, d.child) for d in changeset.lineage),
    )


def _after(changeset: ChangeSet) -> Iterable[After]:
    for part in changeset.after:
        parcels = part.parcels
        wkb = parcels.wkb
        columns = [getattr(parcels, name) for name in FACTS]
        for i, parcel_id in enumerate(part.ids):
            facts = [column[i] for column in columns]
            facts[FACTS.index("land_uses")] = [list(share) for share in parcels.land_uses[i]]
            yield parcel_id, parcels.survey_epsg, facts, wkb[i]


def facts_json(parcels: ParcelSet) -> list[bytes]:
    """Answer the facts of each parcel as JSON, written column by column."""
    columns = [_json(getattr(parcels, name)) for name in FACTS]
    return [b"[" + row + b"]" for row in map(b",".join, zip(*columns, strict=True))]


def _json(values: Column) -> Sequence[bytes]:
    if values.dtype != object:
        return _numbers_json(values)
    # Few values of a column differ: each is written once.
    known = {value: orjson.dumps(_plain(value)) for value in set(values)}
    return list(map(known.__getitem__, values))


def _plain(value: Any) -> Any:
    return [list(share) for share in value] if isinstance(value, tuple) else value


def _numbers_json(values: NDArray[np.float64]) -> Sequence[bytes]:
    written = orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1]
    return written.split(b",") if len(values) else ()

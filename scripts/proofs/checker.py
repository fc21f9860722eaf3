"""Judge a recorded history offline: nothing lost, nothing doubled, no overlap, no gap.

It reads what the register holds and what the clients were told, and trusts neither.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import text

from landgis.bootstrap import Services

TOLERANCE_M2 = 1e-4

Shapes = dict[UUID, Any]


@dataclass(frozen=True)
class Told:
    """What a client was told of one approval."""

    client: str
    draft_id: str
    status: int | None
    """None: no answer came."""

    code: str
    revision: int | None


def live_shapes(services: Services) -> Shapes:
    """Answer every live parcel in the storage plane."""
    query = text("SELECT parcel_id, ST_AsBinary(geom) AS wkb FROM parcels")
    with services.database.begin() as connection:
        rows = connection.execute(query).all()
    return {row.parcel_id: shapely.from_wkb(bytes(row.wkb)) for row in rows}


def overlap_faults(before: Shapes, after: Shapes) -> list[str]:
    """Name pairs of live parcels that overlap now, in ground that no two shared before."""
    shared_before = shapely.union_all([piece for _, _, piece in _overlaps(before)])
    faults = []
    for one, other, piece in _overlaps(after):
        area = shapely.difference(piece, shared_before).area
        if area > TOLERANCE_M2:
            faults.append(f"{one} and {other} overlap by {area:.6f} m²")
    return faults


def ground_faults(before: Shapes, after: Shapes) -> list[str]:
    """Say how much ground came or went between two states of the register.

    Only what differs is compared: parcels that are the same in both cancel out.
    """
    gone = [g for i, g in before.items() if i not in after or not after[i].equals(g)]
    came = [g for i, g in after.items() if i not in before or not before[i].equals(g)]
    lost, won = shapely.union_all(gone), shapely.union_all(came)
    faults = []
    for what, area in (
        ("lost", shapely.difference(lost, won).area),
        ("won", shapely.difference(won, lost).area),
    ):
        if area > TOLERANCE_M2:
            faults.append(f"ground {what}: {area:.6f} m²")
    return faults


def chain_faults(services: Services) -> list[str]:
    """Check that versions follow each other and that each change replaced what it had read."""
    faults = []
    with services.database.begin() as connection:
        versions = connection.execute(
            text(
                "SELECT parcel_id, revision_from, revision_to FROM parcel_versions "
                "ORDER BY parcel_id, revision_from"
            )
        ).all()
        nets = connection.execute(
            text(
                "SELECT d.draft_id, d.revision, s.net FROM drafts d "
                "JOIN draft_steps s ON s.draft_id = d.draft_id AND s.step = d.step "
                "WHERE d.state = 'approved'"
            )
        ).all()
    ends: dict[tuple[UUID, int], int | None] = {}
    for one, other in pairwise(versions):
        if one.parcel_id == other.parcel_id and not (
            one.revision_to is not None and one.revision_to <= other.revision_from
        ):
            faults.append(f"{one.parcel_id}: versions {one.revision_from}, {other.revision_from}")
    ends = {(v.parcel_id, v.revision_from): v.revision_to for v in versions}
    for draft in nets:
        faults += [
            f"revision {draft.revision} did not end what it read: {seen}"
            for seen in _before(draft.net)
            if ends.get(seen, -1) != draft.revision
        ]
    return faults


def answer_faults(services: Services, told: Iterable[Told]) -> list[str]:
    """Compare what clients were told with what is in the history."""
    with services.database.begin() as connection:
        rows = connection.execute(
            text(
                "SELECT revision, CAST(draft_id AS text) AS draft FROM revisions "
                "WHERE draft_id IS NOT NULL"
            )
        ).all()
    done = {row.draft: row.revision for row in rows}
    faults = [] if len(done) == len(rows) else ["a draft became two revisions"]
    heard: dict[str, list[Told]] = {}
    for answer in told:
        heard.setdefault(answer.draft_id, []).append(answer)
    for draft, answers in heard.items():
        faults.extend(
            f"{draft}: told revision {a.revision}, the history says {done.get(draft)}"
            for a in answers
            if a.status == 200 and a.revision != done.get(draft)
        )
        is_refused = all(a.status is not None and a.status >= 400 for a in answers)
        if is_refused and draft in done:
            faults.append(f"{draft}: refused, yet revision {done[draft]}")
    faults.extend(f"{draft}: a revision nobody asked for" for draft in set(done) - set(heard))
    return faults


def _overlaps(shapes: Shapes) -> list[tuple[UUID, UUID, Any]]:
    ids: Sequence[UUID] = list(shapes)
    geoms: NDArray[Any] = np.array(list(shapes.values()), dtype=object)
    one, other = shapely.STRtree(geoms).query(geoms, predicate="intersects")
    pairs = one < other
    one, other = one[pairs], other[pairs]
    pieces = shapely.intersection(geoms[one], geoms[other])
    found = np.flatnonzero(shapely.area(pieces) > TOLERANCE_M2 / 100)
    return [(ids[one[i]], ids[other[i]], pieces[i]) for i in found]


def _before(net: Any) -> Iterable[tuple[UUID, int]]:
    document = json.loads(net) if isinstance(net, str) else net
    for seen in document["before"]:
        yield UUID(seen["parcel_id"]), int(seen["revision"])

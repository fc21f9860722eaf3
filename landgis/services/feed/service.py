"""Pages of the change feed."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from time import monotonic
from uuid import UUID

from landgis.cadastre.feed import (
    FeedAsked,
    FeedChange,
    FeedPage,
    FeedParcel,
    Point,
    Position,
    RegisterDigest,
    Scope,
)
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.register import Principal
from landgis.errors import Conflict
from landgis.services.feed.digests import Digests
from landgis.services.feed.ports import Feed, FeedSnapshot
from landgis.services.feed.told import (
    Family,
    Geoms,
    Pair,
    Told,
    box_of,
    families_of,
    key_of,
    pairs_of,
)

WINDOW_PARCELS = 5_000
"""Parcels that are put in order at once; a larger revision is in order already."""

LOOK_S = 1.0
"""A page is handed out after this time at the latest, in seconds, however little was found."""


class FeedService:
    """Tells what every revision did, as far as the asker may know it."""

    def __init__(self, feed: Feed, jurisdiction: Jurisdiction) -> None:
        self._feed = feed
        self._jurisdiction = jurisdiction
        self._told = Told(jurisdiction)
        self._digests = Digests(feed, self._told)

    def page(self, asked: FeedAsked, by: Principal) -> FeedPage:
        """Answer what changed behind a position, in commit order; withheld land is not there.

        Raises
        ------
        Conflict
            ``since_unknown``: the register has no such past; ``revision`` is its newest.
        NotAllowed
            ``feed_closed``.
        """
        scope = self._told.scope(asked.unit, by)
        with self._feed.snapshot() as snapshot:
            newest = snapshot.newest()
            _require_known(snapshot, asked.since, newest)
            points, end = _look(snapshot, asked, scope, newest)
            changes = list(self._changes(snapshot, points, scope, asked, by)) if points else []
        if end.parcel_id is not None:
            changes[-1] = changes[-1].going_on()
        return FeedPage(asked.since, end, end != newest, newest.revision, changes)

    def digest(self, unit: str | None, revision: int | None, by: Principal) -> RegisterDigest:
        """Answer count and hash of the live parcels of each unit, or of one, as the feed tells.

        Parameters
        ----------
        revision
            Has to be the newest one; None: whatever that is.

        Raises
        ------
        Conflict
            ``not_the_newest``.
        NotAllowed
            ``feed_closed``.
        Unavailable
            ``digest_busy``: others are being made; ask again.
        """
        return self._digests.of(self._told.scope(unit, by), revision)

    def _changes(
        self,
        snapshot: FeedSnapshot,
        points: Sequence[Point],
        scope: Scope,
        asked: FeedAsked,
        by: Principal,
    ) -> Iterator[FeedChange]:
        pairs = pairs_of(points, snapshot.versions(points, scope))
        geoms = self._told.lonlat(v for pair in pairs.values() for v in pair if v is not None)
        shown = geoms if asked.geometry else {}
        families = families_of(snapshot.edges(points, scope))
        revisions = snapshot.revisions(point.revision for point in points)
        for number, group in groupby(points, key=lambda point: point.revision):
            mine, revision = list(group), revisions[number]
            seen = [v for point in mine for v in pairs[point] if v is not None]
            may_know = seen and all(by.may("register", v.unit_code or "") for v in seen)
            yield FeedChange(
                revision=number,
                committed_at=self._jurisdiction.local_time(revision.committed_at),
                kind=revision.kind,
                undoes=revision.undoes,
                record_no=revision.record_no if may_know else None,
                bbox=box_of([geoms[key_of(v)] for v in seen if key_of(v) in geoms]),
                parcels=tuple(
                    self._parcel(point.parcel_id, pairs[point], families.get(point), shown)
                    for point in mine
                ),
            )

    def _parcel(
        self, parcel_id: UUID, pair: Pair, family: Family | None, shown: Geoms
    ) -> FeedParcel:
        before, after = (self._told.feature(version, shown) for version in pair)
        parents, children = family or ((), ())
        return FeedParcel(parcel_id, before, after, parents, children)


def _require_known(snapshot: FeedSnapshot, since: Position, newest: Position) -> None:
    there = snapshot.place(since.revision) or Position(0)
    if there.revision != since.revision or (since.hash and since.hash != there.hash):
        raise Conflict(
            "since_unknown",
            f"The register has no past that leads to {since}; its newest revision is "
            f"{newest.revision}. Take a new copy, from since=0",
            revision=newest.revision,
        )


def _look(
    snapshot: FeedSnapshot, asked: FeedAsked, scope: Scope, newest: Position
) -> tuple[list[Point], Position]:
    """Answer the next changes of parcels and the position behind them.

    A page ends when it is full, at the end, or after a time; nothing hidden counts for it.
    """
    until, enough = monotonic() + LOOK_S, asked.limit + 1
    found, reached = list[Point](), asked.since.revision
    if asked.since.parcel_id is not None:
        found = snapshot.rest_of(asked.since, scope, enough)
    while len(found) < enough and reached < newest.revision and monotonic() < until:
        high = snapshot.reach(reached, WINDOW_PARCELS)
        found += snapshot.between(reached, high, scope, enough - len(found))
        reached = high
    if len(found) < enough:
        return found, snapshot.place(reached) or Position(0)
    following, last = found.pop(), found[asked.limit - 1]
    if following.revision > last.revision:
        return found, snapshot.place(following.revision - 1) or Position(0)
    begun = snapshot.place(last.revision) or Position(0)
    return found, Position(begun.revision, begun.hash, last.parcel_id)

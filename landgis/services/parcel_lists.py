"""Lists of parcels: today's, those the register knew at another time, those beside another one."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import numpy as np

from landgis import geodesy
from landgis.cadastre.common_boundary import common_boundary
from landgis.cadastre.edits.nodes import NODE_TOLERANCE_M
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.parcel_lists import (
    COUNT_CAP,
    Beside,
    KnownAt,
    ParcelPage,
    ParcelsWanted,
)
from landgis.cadastre.register import ParcelRecord, Principal
from landgis.errors import NotFound, UsageError
from landgis.services.axis_order import AxisOrders
from landgis.services.history import HistoryService
from landgis.services.paging import require_shallow
from landgis.services.parcel_ports import ParcelLists, PastStates
from landgis.services.parcel_questions import (
    FIELDS,
    ParcelsAsked,
    bad_as_of,
    fid_after,
    moment_of,
    wanted_of,
)
from landgis.services.query import QueryService
from landgis.services.searching.asker import Asker

Count = Callable[[ParcelsWanted, int], int]
"""How many parcels there are, up to a number."""


class ParcelListService:
    """Answers questions about many parcels, and about one at another time."""

    def __init__(
        self,
        lists: ParcelLists,
        states: PastStates,
        query: QueryService,
        history: HistoryService,
        jurisdiction: Jurisdiction,
    ) -> None:
        self._lists = lists
        self._states = states
        self._query = query
        self._history = history
        self._jurisdiction = jurisdiction
        self.axis_orders = AxisOrders(query, jurisdiction)

    def page(self, asked: ParcelsAsked, by: Principal) -> ParcelPage:
        """Answer a page of parcels by fid.

        Raises
        ------
        UsageError
            ``no_such_field`` where the asker may not see what is asked about; what is wrong with
            a parameter, by its code.
        NotAuthenticated, NotAllowed
            ``too_deep``.
        """
        asker = Asker.of(by, self._jurisdiction)
        self.require_fields(by, asked.given())
        wanted = wanted_of(asked, withheld=asker.withheld)
        if asked.as_of is None and asked.effective_on is None:
            self._require_shallow(by, wanted, self._lists.count)
            return self._today(wanted)
        if asked.as_of is None:
            newest = self._states.numbered(self._query.state().revision)
            return self._then(newest, wanted, by, is_present=True)
        known = self._known(asked.as_of)
        return replace(self._then(known, wanted, by, is_present=False), known_at=known)

    def _then(
        self, known: KnownAt, wanted: ParcelsWanted, by: Principal, *, is_present: bool
    ) -> ParcelPage:
        """Answer a page of what the register knew at a revision, of a legal day if one is asked."""
        plane = self._query.known_plane()
        if plane is None or known.revision == 0:
            return ParcelPage([], 0, False, None, effective_on=wanted.effective_on)

        def read(more: ParcelsWanted) -> list[ParcelRecord]:
            return self._states.page(known.revision, more, plane, is_present=is_present)

        def count(less: ParcelsWanted, cap: int) -> int:
            return self._states.count(known.revision, less, cap)

        self._require_shallow(by, wanted, count)
        return _page(wanted, read, count)

    def _today(self, wanted: ParcelsWanted) -> ParcelPage:
        return _page(wanted, self._lists.page, self._lists.count)

    def _require_shallow(self, by: Principal, wanted: ParcelsWanted, count: Count) -> None:
        if wanted.after:
            before = replace(wanted, upto=wanted.after)
            most = self._jurisdiction.audience.most_paged
            require_shallow(by, most, lambda cap: count(before, cap))

    def as_of(self, name: str, as_of: str, by: Principal) -> tuple[ParcelRecord, KnownAt]:
        """Answer a parcel as the register knew it then.

        Raises
        ------
        UsageError
            ``bad_as_of``.
        NotFound
            ``no_such_parcel``: neither then, or withheld from the asker.
        """
        known = self._known(as_of)
        parcel_id = self._history.id_of(name, by)
        found = self._one(parcel_id, known, withheld=by.everywhere("withheld"))
        if found is None:
            raise NotFound(
                "no_such_parcel",
                f"The register knew no parcel {name!r} at revision {known.revision}",
                parcel=name,
            )
        return found, known

    def _one(self, parcel_id: UUID, known: KnownAt, *, withheld: bool) -> ParcelRecord | None:
        plane = self._query.storage_epsg()
        return self._states.one(parcel_id, known.revision, plane, withheld=withheld)

    def _known(self, text: str) -> KnownAt:
        asked = moment_of(text, self._jurisdiction.time_zone, datetime.now(UTC))
        if isinstance(asked, datetime):
            return self._states.at(asked)
        known = self._states.numbered(asked)
        if known.revision != asked:
            raise bad_as_of(text, f"the newest revision is {known.revision}")
        return known

    def neighbours(
        self, name: str, limit: int, after: str | None, by: Principal
    ) -> tuple[ParcelPage, list[float]]:
        """Answer the parcels that share boundary or a node with one, and how much boundary each.

        Lengths are metres in the storage plane; 0: they meet in points only.

        Raises
        ------
        NotFound
            ``no_such_parcel``, ``parcel_retired``.
        UsageError
            ``no_such_field``, ``bad_parameter``.
        """
        self.require_fields(by, ["bbox"])
        one = self._history.live(name, by)
        unit_m = geodesy.metres_per_unit(self._query.storage_epsg(), one.geom.centroid.y)
        metre = float(np.mean(unit_m))
        tolerance = NODE_TOLERANCE_M / metre
        wanted = ParcelsWanted(
            beside=Beside(one.parcel_id, tolerance),
            after=0 if after is None else fid_after(after),
            limit=limit,
            withheld=by.everywhere("withheld"),
        )
        page = self._today(wanted)
        lengths = [common_boundary(one.geom, n.geom, tolerance) for n in page.records]
        return page, [round(length * metre, 3) for length in lengths]

    def require_fields(self, by: Principal, parameters: Iterable[str]) -> None:
        """Raise ``no_such_field`` unless the asker may see what the parameters ask about."""
        asker = Asker.of(by, self._jurisdiction)
        for name in sorted(parameters):
            if not asker.sees(FIELDS[name]):
                raise UsageError(
                    "no_such_field", f"{name}: parcels have no such field here", parameter=name
                )


def _page(
    wanted: ParcelsWanted,
    read: Callable[[ParcelsWanted], list[ParcelRecord]],
    count: Count,
) -> ParcelPage:
    """Answer a page: one more than is given tells whether another follows."""
    found: list[Any] = read(replace(wanted, limit=wanted.limit + 1))
    records = found[: wanted.limit]
    is_last = len(found) == len(records)
    is_whole = is_last and wanted.after == 0
    matched = len(records) if is_whole else count(wanted, COUNT_CAP + 1)
    return ParcelPage(
        records,
        min(matched, COUNT_CAP),
        matched > COUNT_CAP,
        None if is_last else records[-1].fid,
        effective_on=wanted.effective_on,
    )

"""What became of a parcel: its history as far as the asker may know it, and who follows it."""

from collections.abc import Callable, Sequence
from uuid import UUID

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.cadastre.past import (
    Event,
    Ground,
    ParcelHistory,
    PastRevision,
    PastVersion,
    Ref,
    ToldEvent,
    events,
    ref_to,
)
from landgis.cadastre.register import ParcelRecord, Principal
from landgis.errors import NotFound
from landgis.services.past_ports import Past
from landgis.services.query import NATIONAL_ID_LENGTH, QueryService

RETIRED = "retired"


class HistoryService:
    """Answers questions about what a parcel was and is no longer."""

    def __init__(self, past: Past, query: QueryService, jurisdiction: Jurisdiction) -> None:
        self._past = past
        self._query = query
        self._jurisdiction = jurisdiction

    def live(self, name: str, by: Principal) -> ParcelRecord:
        """Answer the live parcel called by UUID, fid or national identifier.

        Raises
        ------
        NotFound
            ``parcel_retired`` with its ``successors``; ``no_such_parcel``, also for land withheld
            from the asker.
        """
        try:
            return self._query.parcel(name, by)
        except NotFound as absent:
            once = self._once_called(name, by)
            versions = once or self._versions(name, by)
            if not versions or (versions[-1].revision_to is None and not once):
                raise
            raise self._retired(name, self._told(versions, by)) from absent

    def shown(self, name: str, by: Principal) -> ParcelRecord:
        """Answer the live parcel, or a retired one with the status ``retired`` as it was last.

        Raises
        ------
        NotFound
            ``no_such_parcel``.
        """
        try:
            return self._query.parcel(name, by)
        except NotFound:
            versions = self._versions(name, by) or self._once_called(name, by)
            if not versions or versions[-1].revision_to is None:
                raise
            return self._as_last(versions[-1])

    def of(self, name: str, by: Principal) -> ParcelHistory:
        """Answer everything that happened to a live or retired parcel.

        Raises
        ------
        NotFound
            ``no_such_parcel``; also for land withheld from the asker.
        """
        versions = self._versions(name, by)
        if not versions:
            try:
                versions = self._of_id(self._query.parcel(name, by).parcel_id, by)
            except NotFound:
                versions = self._once_called(name, by)
                if not versions:
                    raise
        return self._told(versions, by)

    def id_of(self, name: str, by: Principal) -> UUID:
        """Answer the canonical id of a live or retired parcel.

        Raises
        ------
        NotFound
            ``no_such_parcel``; also for land withheld from the asker.
        """
        versions = self._versions(name, by)
        return versions[0].parcel_id if versions else self._query.parcel(name, by).parcel_id

    def _versions(self, name: str, by: Principal) -> Sequence[PastVersion]:
        """Answer the versions of a parcel called by UUID or fid; none for any other name."""
        parcel_id: UUID | None
        if name.isascii() and name.isdigit() and len(name) < NATIONAL_ID_LENGTH:
            parcel_id = self._past.id_of(int(name))
        else:
            try:
                parcel_id = UUID(name)
            except ValueError:
                return ()
        return () if parcel_id is None else self._of_id(parcel_id, by)

    def _once_called(self, name: str, by: Principal) -> Sequence[PastVersion]:
        """Answer the versions of the parcel that bore a national identifier; none for no such."""
        text = name.lower()
        if len(text) != NATIONAL_ID_LENGTH or not text.isalnum():
            return ()
        parcel_id = self._past.last_called(text)
        return () if parcel_id is None else self._of_id(parcel_id, by)

    def _of_id(self, parcel_id: UUID, by: Principal) -> Sequence[PastVersion]:
        versions = self._past.versions([parcel_id]).get(parcel_id, [])
        is_hidden = bool(versions) and self._hidden(by)(versions[-1])
        return () if is_hidden else versions

    def _told(self, versions: Sequence[PastVersion], by: Principal) -> ParcelHistory:
        numbers = {n for v in versions for n in (v.revision_from, v.revision_to) if n is not None}
        revisions = self._past.revisions(sorted(numbers))
        edges = self._past.family(versions[0].parcel_id)
        hidden = self._hidden(by)
        kinds = {n: revision.kind for n, revision in revisions.items()}
        happened = [e for e in events(versions, kinds, edges) if not hidden(e.version)]
        kin = {parcel_id for e in happened for parcel_id in (*e.parents, *e.children)}
        known = self._past.versions(kin) if kin else {}

        def refs(ids: Sequence[UUID], event: Event) -> tuple[Ref, ...]:
            found = (ref_to(i, event.revision, known, hidden) for i in ids)
            return tuple(sorted((r for r in found if r is not None), key=_by_number))

        # Who may know the ground follows the unit that the parcel lies in now.
        may_know = by.may("register", versions[-1].unit_code or "")
        told = tuple(
            _tell(event, revisions[event.revision], refs, may_know=may_know) for event in happened
        )
        return ParcelHistory(versions[-1], told)

    def _hidden(self, by: Principal) -> Callable[[PastVersion], bool]:
        """Answer a function telling whether a version is withheld from the asker."""
        if by.everywhere("withheld"):
            return lambda _version: False
        uses = self._jurisdiction.withheld_uses
        return lambda version: any(share.code in uses for share in version.land_uses)

    def _retired(self, name: str, history: ParcelHistory) -> NotFound:
        # A parcel that was given another identifier is what became of its former one.
        last = history.last
        itself = Ref(last.parcel_id, last.fid, last.sheet, last.number, is_current=True)
        became = (itself,) if history.is_current else history.successors
        successors = [ref_body(ref) for ref in became]
        return NotFound(
            "parcel_retired",
            f"Parcel {name} is no longer in force; ask for what it became, or for its history",
            parcel=name,
            successors=successors,
        )

    def _as_last(self, last: PastVersion) -> ParcelRecord:
        published = self._past.revisions([last.revision_from])[last.revision_from]
        plane = self._query.storage_epsg()
        return ParcelRecord(
            parcel_id=last.parcel_id,
            fid=last.fid,
            national_id=None,
            national_id_status=None,
            unit_code=last.unit_code,
            unit_name=last.unit_name,
            sheet=last.sheet,
            number=last.number,
            old_unit_code=last.old_unit_code,
            old_sheet=last.old_sheet,
            old_number=last.old_number,
            area_m2=last.area_m2,
            register_area_m2=last.register_area_m2,
            land_uses=last.land_uses,
            address=last.address,
            status=RETIRED,
            revision=last.revision_from,
            published_at=published.committed_at,
            effective_from=last.effective_from,
            geom=geodesy.transform(last.geom, last.survey_epsg, plane),
        )


def ref_body(ref: Ref) -> dict[str, object]:
    """Answer a parcel's name as the API writes it."""
    return {
        "parcel_id": str(ref.parcel_id),
        "fid": ref.fid,
        "sheet": ref.sheet,
        "number": ref.number,
        "state": "current" if ref.is_current else RETIRED,
    }


def _tell(
    event: Event,
    revision: PastRevision,
    refs: Callable[[Sequence[UUID], Event], tuple[Ref, ...]],
    *,
    may_know: bool,
) -> ToldEvent:
    ground = Ground(revision.record_no, revision.basis, revision.author, revision.approver)
    return ToldEvent(
        revision=event.revision,
        kind=revision.kind,
        at=revision.committed_at,
        what=event.what,
        parents=refs(event.parents, event),
        children=refs(event.children, event),
        undoes=revision.undoes,
        ground=ground if may_know else None,
    )


def _by_number(ref: Ref) -> tuple[str, int, str, int]:
    """Answer what orders parcels as people do: 9 before 10, 10 before 10a."""
    number = ref.number or ""
    digits = number[: len(number) - len(number.lstrip("0123456789"))]
    return ref.sheet or "", int(digits or 0), number, ref.fid

"""Take a whole revision of the register back, as a change like any other."""

from dataclasses import dataclass, replace

from landgis.cadastre.edits.net import EMPTY, NetChange, compose
from landgis.cadastre.edits.undo import inverse
from landgis.errors import Conflict, NotFound
from landgis.services.past_ports import Past
from landgis.services.ports import Surveyed

UNDOABLE = ("edit", "undo")
"""Kinds of revisions that a draft may take back; a publication is undone as a batch."""


@dataclass(frozen=True)
class Undo:
    """Take a revision back."""

    revision: int


def undo(asked: Undo, surveyed: Surveyed, past: Past) -> NetChange:
    """Answer the change that takes a revision back; parcels come back with their identity.

    Raises
    ------
    NotFound
        ``no_such_revision``.
    Conflict
        ``not_undoable``: no edit; ``stale``: something it wrote or retired has changed since.
    """
    number = asked.revision
    revision = past.revisions([number]).get(number)
    if revision is None:
        raise NotFound("no_such_revision", f"There is no revision {number} of the register")
    if revision.kind not in UNDOABLE:
        raise Conflict(
            "not_undoable",
            f"Revision {number} is a {revision.kind}; a draft takes back edits only",
            kind=revision.kind,
        )
    written, ended = surveyed.written_by(number), surveyed.ended_by(number)
    live = surveyed.by_ids({parcel.parcel_id for parcel in (*written, *ended)})
    gone = {parcel.parcel_id for parcel in written} - live.keys()
    # A parcel that was retired and is live again is of a later revision as well.
    later = {parcel_id for parcel_id, parcel in live.items() if parcel.revision != number}
    changed = sorted(map(str, gone | later))
    if changed:
        raise Conflict(
            "stale",
            f"{len(changed)} parcel(s) of revision {number} changed since; take back the later "
            "revisions first",
            parcels=changed,
        )
    step = inverse(list(live.values()), ended)
    return replace(compose(EMPTY, step, live), kind="undo", undoes=number)

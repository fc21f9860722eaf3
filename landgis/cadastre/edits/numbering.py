"""Numbers for what a draft creates: by its net change, so that nothing short-lived takes one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from landgis.cadastre.changes import SurveyedParcel
from landgis.cadastre.edits.net import NetChange

Sheet = tuple[str, str]
"""Unit and sheet, ``""`` where a parcel has none: what numbers count in."""


def wanted(net: NetChange) -> Mapping[Sheet, int]:
    """Answer how many new numbers the net change needs on each sheet."""
    unnumbered = numbered_here(net)
    return Counter(_sheet(parcel) for parcel in net.after if parcel.parcel_id in unnumbered)


def number(net: NetChange, free: Mapping[Sheet, Sequence[str]]) -> NetChange:
    """Answer the net change with the ``free`` numbers given to created parcels, in their order.

    Parcels that keep their place in the register keep their number, those that an undo brings back
    take theirs again, and those of a file have the one that the file gives them.

    Raises
    ------
    ValueError
        When a sheet has fewer free numbers than ``wanted`` says.
    """
    for sheet, count in wanted(net).items():
        if len(free.get(sheet, ())) < count:
            raise ValueError(f"{count} numbers wanted on {sheet}, {len(free.get(sheet, ()))} free")
    unnumbered = numbered_here(net)
    left = {sheet: iter(numbers) for sheet, numbers in free.items()}
    return replace(
        net,
        after=tuple(
            replace(parcel, number=next(left[_sheet(parcel)]))
            if parcel.parcel_id in unnumbered
            else parcel
            for parcel in net.after
        ),
    )


def numbered_here(net: NetChange) -> frozenset[UUID]:
    """Answer the parcels that take their number from their sheet: new ones that come of others.

    A new parcel without ancestors came with a file, which names it.
    """
    children = {descent.child for descent in net.lineage}
    return frozenset(
        parcel.parcel_id
        for parcel in net.after
        if is_created(parcel) and (parcel.number is None or parcel.parcel_id in children)
    )


def is_created(parcel: SurveyedParcel) -> bool:
    """Answer whether a parcel has never been in the register."""
    return parcel.fid is None and parcel.revision is None


def _sheet(parcel: SurveyedParcel) -> Sheet:
    return parcel.unit_code or "", parcel.sheet or ""

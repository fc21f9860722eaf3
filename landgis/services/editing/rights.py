"""Who may read, change, return and approve which draft."""

from typing import Literal

from landgis.cadastre.drafts import CHANGEABLE, PENDING, Draft
from landgis.cadastre.edits.net import NetChange
from landgis.cadastre.register import Principal, Units
from landgis.errors import NotAllowed
from landgis.services.access import check

Act = Literal["edit", "submit", "approve", "return", "abandon"]


def units_read(by: Principal) -> Units:
    """Answer the units whose drafts somebody may read; None: all."""
    return None if by.may("audit") else by.grants.get("drafts", frozenset())


def check_reader(draft: Draft, by: Principal) -> None:
    """Let the author pass, whoever reads one of the draft's units, and auditors.

    Raises
    ------
    NotAllowed
        ``other_unit``.
    """
    units = units_read(by)
    if by.name == draft.author or units is None or units.intersection(draft.units):
        return
    raise NotAllowed(
        "other_unit",
        f"Dossier {draft.heading.record_no} lies in units that {by.shown_as} may not act in",
        units=list(draft.units),
    )


def check_author(draft: Draft, by: Principal) -> None:
    """Let the author pass.

    Raises
    ------
    NotAllowed
        ``other_unit``, ``not_author``.
    """
    check_reader(draft, by)
    if by.name != draft.author:
        raise NotAllowed(
            "not_author",
            f"Dossier {draft.heading.record_no} is {draft.author_shown_as}'s; only its author "
            "changes it",
        )


def check_reviewer(draft: Draft, by: Principal) -> None:
    """Let another person pass who reviews in every unit of the draft.

    Raises
    ------
    NotAllowed
        ``scope_missing``, ``other_unit``, ``own_draft``.
    """
    check_reader(draft, by)
    check(by, "review")
    for unit in draft.units:
        check(by, "review", unit)
    if by.person == draft.author_person:
        raise NotAllowed(
            "own_draft",
            f"Dossier {draft.heading.record_no} is your own; another person decides on it",
        )


def check_targets(net: NetChange, by: Principal) -> None:
    """Let pass whoever edits in the unit of every parcel that comes or goes.

    A neighbour that only gets a node beside them needs no right: its land stays what it was.
    Where none comes or goes the change is to the parcels that stay, and each counts.

    Raises
    ------
    NotAllowed
        ``other_unit``.
    """
    before = {b.parcel_id: b.unit_code for b in net.before}
    after = {p.parcel_id: p.unit_code or "" for p in net.after}
    for parcel_id in before.keys() ^ after.keys() or before.keys():
        check(by, "edit", before.get(parcel_id, after.get(parcel_id)))


def acts(draft: Draft, by: Principal) -> list[Act]:
    """Answer what somebody may do with a draft as it stands, as far as rights go."""
    found: list[Act] = []
    if by.name == draft.author and by.may("edit"):
        if draft.state in CHANGEABLE:
            found += ["edit", "submit"]
        if draft.state in PENDING:
            found.append("abandon")
    if draft.state == "submitted" and _may_decide(draft, by):
        found += ["approve", "return"]
    return found


def _may_decide(draft: Draft, by: Principal) -> bool:
    try:
        check_reviewer(draft, by)
    except NotAllowed:
        return False
    return True

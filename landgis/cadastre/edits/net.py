"""What a draft does to the register, all its steps together: the net change."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

import numpy as np

from landgis.cadastre.changes import Before, ChangeSet, Descent, Part, SurveyedParcel
from landgis.cadastre.parcels import TEXT_COLUMNS, Column, ParcelSet
from landgis.errors import Conflict


@dataclass(frozen=True)
class NetChange:
    """The register before and after a draft, without what came and went inside it."""

    before: tuple[Before, ...]
    """Live parcels that are replaced or retired, at the revision first seen."""

    after: tuple[SurveyedParcel, ...]
    """Parcels that are changed, created, or brought back; in the order the steps made them."""

    lineage: tuple[Descent, ...]
    """From live parcels to parcels in ``after``."""

    kind: Literal["edit", "undo"] = "edit"
    undoes: int | None = None

    def __len__(self) -> int:
        return len({b.parcel_id for b in self.before} | {p.parcel_id for p in self.after})


EMPTY = NetChange((), (), ())
"""A draft without steps."""


@dataclass(frozen=True)
class Step:
    """What one operation does to the parcels as the draft has them."""

    removed: tuple[UUID, ...]
    after: tuple[SurveyedParcel, ...]
    """Parcels it makes, and parcels it changes (an id the draft or the register has)."""

    descents: tuple[Descent, ...]


def compose(net: NetChange, step: Step, live: Mapping[UUID, SurveyedParcel]) -> NetChange:
    """Answer the net change after one more step.

    A parcel that the draft made and removed again is nowhere in it; its ancestors are the ancestors
    of what came out of it. A live parcel that is changed several times stands once.

    Parameters
    ----------
    live
        The live parcels that the step removes or changes, by id; more do no harm.

    Raises
    ------
    Conflict
        ``parcel_gone``: the step takes a parcel that is neither live nor in the draft.
    """
    before = {b.parcel_id: b for b in net.before}
    after = {p.parcel_id: p for p in net.after}
    for parcel_id in step.removed:
        if after.pop(parcel_id, None) is not None:
            continue
        if parcel_id in before or parcel_id not in live:
            raise _gone(parcel_id)
        before[parcel_id] = live[parcel_id].as_before()
    for parcel in step.after:
        is_new_here = parcel.parcel_id not in after and parcel.parcel_id not in before
        if is_new_here and parcel.parcel_id in live:
            before[parcel.parcel_id] = live[parcel.parcel_id].as_before()
        elif is_new_here and parcel.revision is not None:
            raise _gone(parcel.parcel_id)
        seen = before.get(parcel.parcel_id)
        after[parcel.parcel_id] = replace(parcel, revision=seen.revision if seen else None)
    return replace(
        net,
        before=tuple(before.values()),
        after=tuple(after.values()),
        lineage=_descents(net, step, ancestors=before.keys(), survivors=after.keys()),
    )


def _gone(parcel_id: UUID) -> Conflict:
    return Conflict(
        "parcel_gone",
        f"Parcel {parcel_id} is no longer as the draft has it; make the step again",
        parcel_id=str(parcel_id),
    )


def _descents(
    net: NetChange, step: Step, *, ancestors: AbstractSet[UUID], survivors: AbstractSet[UUID]
) -> tuple[Descent, ...]:
    """Answer the lineage from live parents to children, past what only the draft knew."""
    edges = dict.fromkeys(net.lineage)
    for new in step.descents:
        if new.parent in ancestors:
            edges[new] = None
            continue
        for known in net.lineage:
            if known.child == new.parent:
                edges[Descent(known.parent, new.child)] = None
    return tuple(edge for edge in edges if edge.child in survivors)


def change_set(net: NetChange) -> ChangeSet:
    """Answer the net change as what the register appends: one Part for each survey plane."""
    planes = dict.fromkeys(parcel.survey_epsg for parcel in net.after)
    return ChangeSet(
        kind=net.kind,
        before=net.before,
        after=tuple(
            _part(epsg, [p for p in net.after if p.survey_epsg == epsg]) for epsg in planes
        ),
        lineage=net.lineage,
        undoes=net.undoes,
    )


def _part(epsg: int, parcels: list[SurveyedParcel]) -> Part:
    texts = {name: _column([getattr(p, name) for p in parcels]) for name in TEXT_COLUMNS}
    areas = [np.nan if p.register_area_m2 is None else p.register_area_m2 for p in parcels]
    return Part(
        ParcelSet(
            survey_epsg=epsg,
            row=np.arange(1, len(parcels) + 1, dtype=np.int64),
            geom=_column([p.geom for p in parcels]),
            land_uses=_column([p.land_uses for p in parcels]),
            register_area_m2=np.array(areas, dtype=np.float64),
            **texts,
        ),
        _column([p.parcel_id for p in parcels]),
    )


def _column(values: list[object]) -> Column:
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column

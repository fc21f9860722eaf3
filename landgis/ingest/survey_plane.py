"""In which survey plane, and in which axis order, a file's coordinates are to be read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from landgis import geodesy
from landgis.cadastre.jurisdiction import Jurisdiction
from landgis.errors import Refused
from landgis.ingest.evidence import Choices, both, decision
from landgis.ingest.placing import (
    AXIS_ORDERS,
    EAST_NORTH,
    EXPLAINS,
    AxisOrder,
    Placed,
    Reading,
    Sample,
    place,
    readings,
)
from landgis.ingest.plane_reasons import (
    distance,
    documents,
    label_note,
    named,
    option,
    sample_texts,
    share,
    swap_note,
    why,
)
from landgis.ingest.profile import FieldMapping
from landgis.ingest.raw import Note, RawLayer
from landgis.ingest.stated_plane import Stated, require_accepted, stated_by, unknown

Text = dict[str, str]


@dataclass(frozen=True)
class Chosen:
    """How the coordinates are to be read, and why."""

    reading: Reading
    crs: dict[str, Any]
    axis_order: dict[str, Any]
    notes: tuple[Note, ...] = ()


class Verdict(NamedTuple):
    """One reading with what speaks for it and what is to be told beside it."""

    placed: Placed
    reason: Text
    notes: tuple[Note, ...] = ()


OF_COORDINATES = ("crs", "axis_order")
"""Choices about coordinates that may have been remembered."""

MEMORY_CONTRADICTED = Note(
    "memory_contradicted",
    "the coordinate system remembered from an earlier file does not fit this one; judged afresh",
)

AS_GIS = both(
    "Tọa độ được đọc theo thứ tự đông, bắc (x, y của GIS).",
    "Coordinates are read east, north (x, y of GIS).",
)


def choose_plane(
    raw: RawLayer,
    found: Sample,
    mapping: FieldMapping,
    choices: Choices,
    jurisdiction: Jurisdiction,
) -> Chosen:
    """Answer how the coordinates are to be read, judged by the place where they put the parcels.

    Only the order of the axes, and a label that takes degrees for metres or the reverse, are
    corrected, where nothing else fits by kilometres. Every other contradiction between what a file
    declares and where its parcels belong is for a person to settle, and so is a close choice.
    Without unit outlines the declaration stands.

    Raises
    ------
    Refused
        ``crs_missing``, ``crs_not_understood``, ``crs_ambiguous``, ``crs_contradicted``,
        ``crs_not_accepted``, ``unknown_crs``.
    """
    if not choices.remembered.keys() & set(OF_COORDINATES):
        return _choose(raw, found, mapping, choices, jurisdiction)
    try:
        chosen = _choose(raw, found, mapping, choices, jurisdiction)
    except Refused:
        chosen = None
    if chosen is not None and _is_confirmed(chosen, found):
        return chosen
    today = _choose(raw, found, mapping, choices.without_remembered(*OF_COORDINATES), jurisdiction)
    return replace(today, notes=(*today.notes, MEMORY_CONTRADICTED))


def _is_confirmed(chosen: Chosen, found: Sample) -> bool:
    """Answer whether the place speaks for what was remembered, or at least not against it."""
    is_geographic = geodesy.plane(chosen.reading.epsg).is_geographic
    if chosen.crs["score"] is None:
        return is_geographic == found.looks_like_degrees
    doubts = {note.code for note in chosen.notes} - {"axes_swapped"}
    return chosen.crs["score"] >= EXPLAINS and not doubts


def _choose(
    raw: RawLayer,
    found: Sample,
    mapping: FieldMapping,
    choices: Choices,
    jurisdiction: Jurisdiction,
) -> Chosen:
    stated = stated_by(raw, mapping, choices)
    if stated.epsg is not None:
        geodesy.plane(stated.epsg)
    if not jurisdiction.outlines:
        return _unplaced(raw, stated, found, choices)
    orders = (choices.axis_order,) if choices.axis_order else AXIS_ORDERS
    placed = _placed(stated, found, orders, jurisdiction)
    if stated.epsg is None:
        verdict = _by_place(raw, placed, found, stated)
    elif stated.by == "user":
        verdict = _obeyed(stated, placed)
    else:
        verdict = _checked(raw, stated, placed, found)
    require_accepted(raw, verdict.placed.reading.epsg, jurisdiction)
    return _chosen(raw, verdict, placed, found, choices)


def _placed(
    stated: Stated, found: Sample, orders: Sequence[AxisOrder], jurisdiction: Jurisdiction
) -> list[Placed]:
    """Answer where each reading puts the parcels; grids of elsewhere only where none fits."""
    first = () if stated.epsg is None else (stated.epsg,)
    epsgs = (*first, *jurisdiction.survey_epsgs, geodesy.LONLAT, geodesy.WEB_MERCATOR)
    placed = place(found, readings(epsgs, orders), jurisdiction)
    sisters = geodesy.VN2000_MERIDIANS.keys()
    if any(p.explains for p in placed) or sisters.isdisjoint(jurisdiction.survey_epsgs):
        return placed
    return place(found, readings((*epsgs, *sisters), orders), jurisdiction)


def _unplaced(raw: RawLayer, stated: Stated, found: Sample, choices: Choices) -> Chosen:
    """Believe the statement: without outlines there is no place to check it by."""
    if stated.epsg is None:
        degrees = f"; its numbers look like degrees, perhaps --crs EPSG:{geodesy.LONLAT}"
        raise unknown(raw, stated, degrees if found.looks_like_degrees else "")
    reading = Reading(stated.epsg, choices.axis_order or EAST_NORTH)
    crs = decision(f"EPSG:{stated.epsg}", stated.reason, samples=[geodesy.plane(stated.epsg).name])
    axis_reason = choices.why("axis_order") if choices.axis_order else AS_GIS
    declared = {"declared": (raw.crs_wkt or "")[:500] or None}
    return Chosen(reading, {**crs, **declared}, decision(reading.axis_order, axis_reason))


def _by_place(raw: RawLayer, placed: list[Placed], found: Sample, stated: Stated) -> Verdict:
    """Choose without any statement: only a reading that no other comes near."""
    best = placed[0]
    if not best.explains:
        raise unknown(raw, stated, "; no known one puts its parcels where they belong")
    rivals = [p for p in placed if not best.beats(p)]
    if stated.by == "file":
        fitting = " or ".join(option(p.reading) for p in rivals)
        raise unknown(raw, stated, f"; it would fit {fitting}")
    if len(rivals) > 1:
        listed = ", ".join(f"{named(p.reading)} ({share(p.score)})" for p in rivals)
        raise Refused(
            "crs_ambiguous",
            f"{raw.name}: it declares no coordinate system and {len(rivals)} fit nearly alike: "
            f"{listed}; {distance(rivals[1].offset_m(best))} apart. Say which, with "
            f"{' or '.join(option(p.reading) for p in rivals)}",
            candidates=documents(rivals, found, best),
        )
    return Verdict(best, why(best, found))


def _obeyed(stated: Stated, placed: list[Placed]) -> Verdict:
    """Take what a person said; where the place contradicts it, say so beside it."""
    mine = [p for p in placed if p.reading.epsg == stated.epsg]
    straight = next((p for p in mine if p.reading.axis_order == EAST_NORTH), mine[0])
    chosen = next((p for p in mine if p.beats(straight)), straight)
    notes = _doubts(chosen, placed)
    if chosen is not straight:
        notes += (swap_note(chosen, straight),)
    return Verdict(chosen, stated.reason, notes)


def _checked(raw: RawLayer, stated: Stated, placed: list[Placed], found: Sample) -> Verdict:
    """Believe what a file declares, unless the place of its parcels contradicts it."""
    mine = [p for p in placed if p.reading.epsg == stated.epsg]
    straight = next((p for p in mine if p.reading.axis_order == EAST_NORTH), mine[0])
    better = [p for p in placed if p.beats(straight)]
    if straight.explains or not better:
        return Verdict(straight, stated.reason, _doubts(straight, placed))
    turned = next((p for p in mine if p.beats(straight)), None)
    if turned is not None:
        return Verdict(turned, stated.reason, (swap_note(turned, straight),))
    only = better[0]
    if len(better) == 1 and _is_mislabelled(straight.reading, found):
        return Verdict(only, why(only, found), (label_note(only, straight, found),))
    raise Refused(
        "crs_contradicted",
        f"{raw.name}: it declares {named(straight.reading)}, but then {share(straight.score)} of "
        f"its parcels lie where they belong; as {named(only.reading)} {share(only.score)} do, "
        f"{distance(straight.offset_m(only))} away. Say which is right, with "
        f"{' or '.join(option(p.reading) for p in (*better, straight))}",
        candidates=documents([*better, straight], found, only),
    )


def _is_mislabelled(declared: Reading, found: Sample) -> bool:
    """Answer whether a label says degrees of numbers in metres, or metres of degrees."""
    return geodesy.plane(declared.epsg).is_geographic != found.looks_like_degrees


def _doubts(chosen: Placed, placed: list[Placed]) -> tuple[Note, ...]:
    if chosen.explains or chosen.own is None:
        return ()
    better = next((p for p in placed if p.beats(chosen)), None)
    said = f"as {named(chosen.reading)} {share(chosen.score)} of the parcels lie in their own unit"
    if better is None:
        return (Note("place_unconfirmed", f"{said}; no other reading fits either"),)
    return (
        Note(
            "crs_contradicted",
            f"{said}, as {named(better.reading)} {share(better.score)}, "
            f"{distance(chosen.offset_m(better))} away",
        ),
    )


def _axis_reason(order: AxisOrder) -> Text:
    if order == EAST_NORTH:
        return AS_GIS
    return both(
        "Tệp ghi X = bắc, Y = đông; tọa độ được đổi chỗ.",
        "The file writes X = north, Y = east; its coordinates are exchanged.",
    )


def _chosen(
    raw: RawLayer, verdict: Verdict, placed: list[Placed], found: Sample, choices: Choices
) -> Chosen:
    best = verdict.placed
    shown = [p for p in placed if p.score > 0 or p is best]
    crs = decision(
        f"EPSG:{best.reading.epsg}",
        verdict.reason,
        candidates=documents(shown, found, best),
        score=round(best.score, 4),
        samples=sample_texts(best, found),
    )
    axis = decision(
        best.reading.axis_order,
        choices.why("axis_order") if choices.axis_order else _axis_reason(best.reading.axis_order),
        candidates=[
            {"value": p.reading.axis_order, "score": round(p.score, 4)}
            for p in placed
            if p.reading.epsg == best.reading.epsg
        ],
        score=round(best.score, 4),
        samples=sample_texts(best, found),
    )
    declared = {"declared": (raw.crs_wkt or "")[:500] or None}
    return Chosen(best.reading, {**crs, **declared}, axis, verdict.notes)

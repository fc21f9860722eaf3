"""Defects of what is said of a parcel: its name, its land use, its areas, its dates."""

from collections.abc import Callable

from landgis.cadastre.parcels import LandUseShare
from proofs.plots import Planting, Plot

Plant = Callable[[Plot], Planting | None]
SUPERSEDED = ("LUN", "BHK", "NHK", "DTS", "SKT", "SKX", "DSH", "DDT", "DDL", "DCK")
"""In the map legend of Circular 25/2014/TT-BTNMT, not in force since 1 August 2024."""

TAKEN = 30.0
"""Numbers of a sheet that what else is planted in the round takes or leaves at most."""

OF_USE = frozenset({"attribute.use_in_unit"})


def _said(
    kind: str, rule: str, plot: Plot, size: float | None = None, error: float = 0.0
) -> Planting:
    rows = frozenset({plot.row})
    return Planting(kind, rows, frozenset({rule}), None, rows, OF_USE, size, error)


def _state(plot: Plot, target: str, text: str) -> None:
    """Write a text beside the parcel; the source has that column then."""
    stated = plot.ground.stated
    stated.setdefault(target, [None] * len(plot.ground.columns["row"]))[plot.i] = text


def _is_home(plot: Plot) -> bool:
    """Answer whether the jurisdiction has tables of units and land uses."""
    return bool(plot.ground.coverage.jurisdiction.units)


def _once(plot: Plot, values: tuple[str, ...]) -> str | None:
    """Answer a value that nothing was planted with in this round."""
    left = [value for value in values if value not in plot.ground.said]
    if not left:
        return None
    value = plot.ground.chance.choice(left)
    plot.ground.said.add(value)
    return value


def same_name(plot: Plot) -> Planting | None:
    """Plant the name of another parcel."""
    ground, near = plot.ground, set(map(int, plot.neighbours))
    far = next((int(i) for i in reversed(ground.places()) if i != plot.i and i not in near), None)
    if far is None or not ground.coverage.identity:
        return None
    for name in ground.coverage.identity:
        ground.columns[name][plot.i] = ground.columns[name][far]
    ground.occupy(far)
    rows, found = frozenset({plot.row, ground.row(far)}), frozenset({"identity.duplicate"})
    return Planting("same name twice", rows, found, None, rows)


def number_gap(plot: Plot) -> Planting | None:
    """Plant a number far behind the last one of its sheet."""
    ground, sheet = plot.ground, plot.ground.sheet(plot.i)
    last, own = ground.last_number(plot.i), ground.columns["number"][plot.i]
    all_ = zip(ground.columns["unit_code"], ground.columns["sheet"], strict=True)
    count = sum(other == sheet for other in all_)
    is_run = count >= max(30, 0.6 * last) and own.isdecimal() and int(own) < last
    if sheet in ground.said or not is_run:
        return None
    skipped = ground.chance.randrange(120, 5_000)
    ground.said.add(sheet)
    ground.columns["number"][plot.i] = str(last + skipped)
    return _said("number behind a gap", "identity.number_gap", plot, float(skipped), TAKEN)


def closed_unit(plot: Plot) -> Planting | None:
    """Plant the code of a commune that was merged away."""
    jurisdiction = plot.ground.coverage.jurisdiction
    in_force = {unit.code for unit in jurisdiction.units}
    old = tuple({s.old_code for s in jurisdiction.successions} - in_force)
    code = _once(plot, tuple(sorted(old)))
    if code is None:
        return None
    plot.ground.columns["unit_code"][plot.i] = code
    return _said("unit of before", "identity.unit_not_in_force", plot)


def unknown_use(plot: Plot) -> Planting | None:
    """Plant a code that is in no table."""
    if not _is_home(plot):
        return None
    _use(plot, f"Q{plot.row}")
    return _said("unknown land use", "attribute.land_use_unknown", plot)


def superseded_use(plot: Plot) -> Planting | None:
    """Plant a code that is no longer in force."""
    code = _once(plot, SUPERSEDED) if _is_home(plot) else None
    if code is None:
        return None
    _use(plot, code)
    return _said("superseded land use", "attribute.land_use_superseded", plot)


def use_elsewhere(plot: Plot) -> Planting | None:
    """Plant rural residential land in a ward."""
    wards = {u.code for u in plot.ground.coverage.jurisdiction.units if u.kind == "ward"}
    uses = {share.code for share in plot.ground.columns["land_uses"][plot.i]}
    if plot.ground.columns["unit_code"][plot.i] not in wards or "ONT" in uses:
        return None
    _use(plot, "ONT")
    return _said("rural use in a ward", "attribute.use_in_unit", plot)


def _use(plot: Plot, code: str) -> None:
    area = plot.ground.columns["register_area_m2"][plot.i]
    plot.ground.columns["land_uses"][plot.i] = (LandUseShare(code, area),)


def sum_of_uses(plot: Plot) -> Planting | None:
    """Plant areas of two uses that do not sum to that of the parcel."""
    area = float(plot.ground.columns["register_area_m2"][plot.i])
    if not (_is_home(plot) and area > 20):
        return None
    off = round(plot.ground.chance.choice((-1, 1)) * plot.ground.chance.uniform(0.3, 9.0), 1)
    shares = (
        LandUseShare("CLN", round(area / 3, 1)),
        LandUseShare("HNK", area - round(area / 3, 1) + off),
    )
    plot.ground.columns["land_uses"][plot.i] = shares
    return _said("sum of the uses", "attribute.use_areas", plot, abs(off), 0.011)


def surveyed_area(plot: Plot) -> Planting | None:
    """Plant a surveyed area that is not that of the boundary."""
    drawn = plot.geom.area
    if "survey_area_m2" not in plot.ground.stated:
        return None
    off = plot.ground.chance.choice((-1, 1)) * plot.ground.chance.uniform(0.02, 0.2) * drawn
    if abs(off) < 1.0:
        return None
    _state(plot, "survey_area_m2", f"{drawn + off:.1f}")
    return _said("surveyed area", "attribute.area_rounding", plot, abs(off), 0.06)


def area_beyond(plot: Plot) -> Planting | None:
    """Plant a surveyed area that no scale explains."""
    drawn = plot.geom.area
    if plot.ground.coverage.scale is None or "survey_area_m2" not in plot.ground.stated:
        return None
    off = 0.5 * drawn + 50.0
    _state(plot, "survey_area_m2", f"{drawn + off:.1f}")
    return _said("area beyond the scale", "attribute.area_error", plot, off, 0.06)


def legal_area(plot: Plot) -> Planting | None:
    """Plant a register area that is not the surveyed one, beyond what the scale explains."""
    if plot.ground.coverage.scale is None or "survey_area_m2" not in plot.ground.stated:
        return None
    surveyed = float(plot.ground.stated["survey_area_m2"][plot.i])
    off = round(0.5 * surveyed + 50.0, 1)
    plot.ground.columns["register_area_m2"][plot.i] = surveyed + off
    uses = plot.ground.columns["land_uses"][plot.i]
    plot.ground.columns["land_uses"][plot.i] = uses[:1]
    return _said("register area", "attribute.area_legal", plot, off, 0.011)


def term(plot: Plot) -> Planting:
    """Plant a right that has run out."""
    _state(plot, "term_end", f"20{10 + plot.row % 10}-05-{1 + plot.row % 28:02}")
    return _said("term that ended", "attribute.term_ended", plot)


def no_day(plot: Plot) -> Planting:
    """Plant a day that is in no calendar, or still to come."""
    day = plot.ground.chance.choice(
        (f"30/02/{1990 + plot.row % 30}", f"01/0{1 + plot.row % 9}/2031")
    )
    _state(plot, "created_on", day)
    return _said("impossible day", "attribute.date_impossible", plot)


def garbled(plot: Plot) -> Planting:
    """Plant text that was read in the wrong encoding."""
    text = plot.ground.chance.choice(("Ph­êng T©n Ninh", "XÃ£ TÃ¢n BiÃªn", "X? T?n Bi?n"))
    plot.ground.columns["address"][plot.i] = f"{text} {plot.row}"
    return _said("garbled text", "attribute.mojibake", plot)


def digits(plot: Plot) -> Planting | None:
    """Plant a number of an identity paper with one digit too few or too many."""
    if not _is_home(plot):
        return None
    _state(plot, "personal_number", "0" * plot.ground.chance.choice((8, 10, 11, 13)))
    return _said("digits of a person's number", "attribute.personal_number", plot)


KINDS: dict[str, Plant] = {
    "same name twice": same_name,
    "number behind a gap": number_gap,
    "unit of before": closed_unit,
    "unknown land use": unknown_use,
    "superseded land use": superseded_use,
    "rural use in a ward": use_elsewhere,
    "sum of the uses": sum_of_uses,
    "surveyed area": surveyed_area,
    "area beyond the scale": area_beyond,
    "register area": legal_area,
    "term that ended": term,
    "impossible day": no_day,
    "garbled text": garbled,
    "digits of a person's number": digits,
}
"""Kind of defect -> what plants it in a plot, None where it does not fit."""

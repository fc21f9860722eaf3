"""Who gets what of a divided parcel: its register area and its land uses, kept to the tenth."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import isfinite

from landgis.cadastre.parcels import LandUseShare
from landgis.errors import Refused

ROUNDING_M2 = Decimal("0.05")
"""What one share may be off by when an officer writes areas in tenths. Square metres."""

TENTHS = 10


@dataclass(frozen=True)
class Allotment:
    """What the register says of one parcel's area: the whole's before, a child's after."""

    register_area_m2: float | None
    land_uses: tuple[LandUseShare, ...]


def propose(whole: Allotment, child_areas_m2: Sequence[float]) -> tuple[Allotment, ...]:
    """Answer every use and the register area shared out in proportion to geometry areas.

    Sums are exact, in tenths of a square metre by largest remainder. Where the uses of the whole
    add up to its register area, the uses of each child add up to the child's.
    """
    uses = _by_code(whole.land_uses)
    weights = [Fraction(area) for area in child_areas_m2]
    shares = {code: _shared(area, weights) for code, area in uses.items()}
    register = _shared(_decimal(whole.register_area_m2), weights)
    known = [area for area in uses.values() if area is not None]
    if uses and len(known) == len(uses) and sum(known) == _decimal(whole.register_area_m2):
        register = [
            sum((_some(s[i]) for s in shares.values()), Decimal(0)) for i in range(len(weights))
        ]
    return _allotments(
        register, [{c: s[i] for c, s in shares.items()} for i in range(len(weights))]
    )


def settle(
    whole: Allotment, given: Sequence[Allotment], children: int | None = None
) -> tuple[Allotment, ...]:
    """Answer what an officer gave, made to sum exactly to the whole.

    Areas given in tenths that sum to the whole's stay as they are. Else each is rounded to tenths
    by largest remainder; what the whole has beyond tenths goes to the largest share. Where the
    whole has no register area, or a use of no known area, there is nothing to sum: the children
    have none either, the code of the use is only assigned. Exact means exact as written: the
    decimal digits of the areas add up.

    Parameters
    ----------
    children
        Number of children, when the caller wants it held against ``given``.

    Raises
    ------
    Refused
        ``allocation_missing``: nothing given, or an area left out that the whole has.
        ``allocation_count``, ``allocation_unknown_use``, ``allocation_use_missing``,
        ``allocation_negative`` (or no number), ``allocation_sum`` (off by more than 0.05 m² a
        child); ``data`` names ``child``, ``use``, ``given_m2``, ``whole_m2`` where they apply.
    """
    if not given:
        raise Refused("allocation_missing", "Say which child gets which land use and how much area")
    if children is not None and len(given) != children:
        raise Refused(
            "allocation_count",
            f"{len(given)} allocations for {children} parcels; give one for each",
            children=children,
        )
    for child, allotment in enumerate(given):
        _refuse_negative(child, allotment)
    uses = _by_code(whole.land_uses)
    wanted = [_by_code(allotment.land_uses) for allotment in given]
    _refuse_other_uses(uses, wanted)
    settled: list[dict[str, Decimal | None]] = [{} for _ in given]
    for code, area in uses.items():
        having = [i for i, codes in enumerate(wanted) if code in codes]
        shares = _settled(area, [wanted[i][code] for i in having], having, code, len(given))
        for i, share in zip(having, shares, strict=True):
            settled[i][code] = share
    register = _settled(
        _decimal(whole.register_area_m2),
        [_decimal(allotment.register_area_m2) for allotment in given],
        range(len(given)),
        None,
        len(given),
    )
    return _allotments(register, settled)


def combine(wholes: Sequence[Allotment]) -> Allotment:
    """Answer what parcels have together: sums by use; None where any of them is unknown."""
    uses = _by_code([share for whole in wholes for share in whole.land_uses])
    areas = [_decimal(whole.register_area_m2) for whole in wholes]
    register = None if None in areas else sum((_some(a) for a in areas), Decimal(0))
    return _allotments([register], [uses])[0]


def _settled(
    area: Decimal | None,
    given: Sequence[Decimal | None],
    children: Sequence[int],
    code: str | None,
    n: int,
) -> list[Decimal | None]:
    what = f"of {code}" if code else "of the register"
    if area is None:
        return [None] * len(given)
    known: list[Decimal] = []
    for child, part in zip(children, given, strict=True):
        if part is None:
            raise Refused(
                "allocation_missing",
                f"Parcel {child + 1} needs an area {what}",
                child=child,
                use=code,
            )
        known.append(part)
    total = sum(known, Decimal(0))
    if abs(total - area) > ROUNDING_M2 * n:
        raise Refused(
            "allocation_sum",
            f"The areas {what} sum to {total} m², the whole has {area} m²",
            use=code,
            given_m2=float(total),
            whole_m2=float(area),
        )
    return _shared(area, [Fraction(part) for part in known])


def _shared(area: Decimal | None, weights: Sequence[Fraction]) -> list[Decimal | None]:
    """Answer tenths of ``area`` by largest remainder; what is beyond them to the largest share."""
    if area is None:
        return [None] * len(weights)
    tenths = int(area * TENTHS)
    beyond = area - Decimal(tenths) / TENTHS
    largest = max(range(len(weights)), key=lambda i: weights[i])
    total = sum(weights)
    quotas = [tenths * (w / total if total else Fraction(1, len(weights))) for w in weights]
    shares = [int(quota) for quota in quotas]
    by_remainder = sorted(range(len(quotas)), key=lambda i: shares[i] - quotas[i])
    for i in by_remainder[: tenths - sum(shares)]:
        shares[i] += 1
    return [
        Decimal(share) / TENTHS + (beyond if i == largest else 0) for i, share in enumerate(shares)
    ]


def _refuse_negative(child: int, allotment: Allotment) -> None:
    areas = [allotment.register_area_m2, *(share.area_m2 for share in allotment.land_uses)]
    for area in areas:
        if area is not None and not (isfinite(area) and area >= 0):
            raise Refused(
                "allocation_negative",
                f"Parcel {child + 1} was given {area} m²; an area is 0 or more",
                child=child,
            )


def _refuse_other_uses(
    uses: dict[str, Decimal | None], wanted: Sequence[dict[str, Decimal | None]]
) -> None:
    for child, codes in enumerate(wanted):
        for code in codes:
            if code not in uses:
                raise Refused(
                    "allocation_unknown_use",
                    f"Parcel {child + 1} was given {code}, which the divided parcel does not have",
                    child=child,
                    use=code,
                )
    for code in uses:
        if not any(code in codes for codes in wanted):
            raise Refused(
                "allocation_use_missing", f"No parcel was given the land use {code}", use=code
            )


def _by_code(shares: Sequence[LandUseShare]) -> dict[str, Decimal | None]:
    """Answer each code once, in order of appearance, with its sum; None where a part is unknown."""
    sums: dict[str, Decimal | None] = {}
    for share in shares:
        area, known = _decimal(share.area_m2), sums.get(share.code, Decimal(0))
        sums[share.code] = None if area is None or known is None else known + area
    return sums


def _allotments(
    register: Sequence[Decimal | None], uses: Sequence[dict[str, Decimal | None]]
) -> tuple[Allotment, ...]:
    return tuple(
        Allotment(_float(area), tuple(LandUseShare(c, _float(a)) for c, a in mine.items()))
        for area, mine in zip(register, uses, strict=True)
    )


def _decimal(area: float | None) -> Decimal | None:
    return None if area is None else Decimal(str(area))


def _some(area: Decimal | None) -> Decimal:
    return Decimal(0) if area is None else area


def _float(area: Decimal | None) -> float | None:
    return None if area is None else float(area)

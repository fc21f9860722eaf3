"""A whole file that lies beside the register: one shift, the same everywhere."""

from dataclasses import dataclass
from math import hypot

from landgis.cadastre.findings import Finding, Rule

RULE = Rule(
    code="dataset.systematic_shift",
    severity="warning",
    title={"vi": "Cả tệp bị lệch đều", "en": "The whole file is shifted"},
    remedy={
        "vi": "Kiểm tra một điểm đã biết tọa độ và phép chuyển hệ tọa độ của phần mềm đã xuất tệp; "
        "nếu số liệu mới là đúng thì xác nhận.",
        "en": "Check a point whose coordinates are known, and by which operation the software that "
        "wrote the file transforms coordinates; confirm it where the new survey is right.",
    },
)

RULES = (RULE,)

CENTIMETRES_BELOW_M = 10.0


@dataclass(frozen=True)
class Shift:
    """How far the parcels of a file lie from where they are known to be."""

    east_m: float
    """Metres that the file lies east of there; negative: west."""

    north_m: float
    spread_m: float
    """How far single parcels, or vertices, differ from that, in metres: their median."""

    compared: int
    confidence: float
    """Share of what was compared that fits when the file is moved back, 0 to 1."""

    @property
    def length_m(self) -> float:
        """Answer the distance in metres."""
        return hypot(self.east_m, self.north_m)


def in_words(shift: Shift) -> dict[str, str]:
    """Answer the distance and its parts; to the centimetre below ten metres."""
    digits = 2 if shift.length_m < CENTIMETRES_BELOW_M else 0
    length, east, north = (
        f"{value:.{digits}f}" for value in (shift.length_m, shift.east_m, shift.north_m)
    )
    return {
        "vi": f"{length} m (đông {east}, bắc {north})",
        "en": f"{length} m (east {east}, north {north})",
    }


def found(shift: Shift, reason: dict[str, str], limit_m: float) -> Finding:
    """Answer the finding of a shift that is larger than it could be by chance."""
    return Finding(
        rule=RULE,
        outcome="fail",
        message=reason,
        measured=round(shift.length_m, 3),
        limit=limit_m,
        unit="m",
        keys=(f"{shift.east_m:.1f} {shift.north_m:.1f}",),
    )


def untested(reason: dict[str, str]) -> Finding:
    """Answer that there was nothing to compare with."""
    return Finding(rule=RULE, outcome="untested", message=reason)

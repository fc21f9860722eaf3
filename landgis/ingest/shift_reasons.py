"""The words in which a shift of a whole file is explained to people."""

from collections.abc import Sequence
from typing import Any

from landgis.cadastre.rules.dataset.shift import Shift, in_words
from landgis.geodesy.wrong_ways import EPSG_5194, NO_DATUM_SHIFT, UNFLIPPED_ROTATIONS
from landgis.ingest.diagnosis import MERIDIAN_OF
from landgis.ingest.evidence import both, decision

NONE, UNKNOWN = "none", "unknown"

Text = dict[str, str]

CAUSES = {
    NO_DATUM_SHIFT: both(
        "dấu hiệu của việc bỏ qua chuyển hệ quy chiếu giữa VN-2000 và WGS 84",
        "the mark of a missing datum shift between VN-2000 and WGS 84",
    ),
    UNFLIPPED_ROTATIONS: both(
        "dấu hiệu của ba góc xoay theo Quyết định 05/2007/QĐ-BTNMT đặt vào +towgs84 "
        "mà không đổi dấu",
        "the mark of the rotations of Decision 05/2007/QĐ-BTNMT put into +towgs84 with their "
        "signs unchanged",
    ),
    EPSG_5194: both(
        "dấu hiệu của phép chuyển EPSG:5194 dùng thay cho EPSG:6960",
        "the mark of the operation EPSG:5194 in the place of EPSG:6960",
    ),
}


def explained(cause: str) -> Text:
    """Answer what a cause is, as part of a sentence."""
    if cause.startswith(MERIDIAN_OF):
        grid = f"EPSG:{cause.removeprefix(MERIDIAN_OF)}"
        return both(
            f"dấu hiệu của sai kinh tuyến trục: tọa độ được tính trong {grid}",
            f"the mark of the wrong meridian: the coordinates were computed in {grid}",
        )
    return CAUSES[cause]


def reason(
    shift: Shift, against: Text, causes: Sequence[tuple[str, float]], *, by_register: bool
) -> Text:
    """Answer what was measured and what it is the mark of.

    ``by_register`` says that the mistake, if it is one, is that of the present register.
    """
    measured, part = in_words(shift), round(100 * shift.confidence)
    vi = f"Tệp lệch {measured['vi']} so với {against['vi']}, {part} % vị trí lệch như nhau"
    en = f"The file lies {measured['en']} off {against['en']}; {part} % of the places agree on that"
    whose = both("của sổ hiện hành, ", "in the present register, ") if by_register else both("", "")
    marks = [explained(cause) for cause, _ in causes]
    if not marks:
        return both(
            f"{vi}; không khớp lỗi thường gặp nào. Số liệu nào đúng?",
            f"{en}; no usual mistake does this. Which of the two is right?",
        )
    if len(marks) > 1:
        return both(
            f"{vi}: {whose['vi']}{' hoặc '.join(m['vi'] for m in marks)}. Lỗi nào?",
            f"{en}: {whose['en']}{' or '.join(m['en'] for m in marks)}. Which is it?",
        )
    return both(f"{vi}: {whose['vi']}{marks[0]['vi']}.", f"{en}: {whose['en']}{marks[0]['en']}.")


def as_evidence(
    shift: Shift, why: Text, causes: Sequence[tuple[str, float]], *, is_off: bool
) -> dict[str, Any]:
    """Answer the measure in the form of every other decision about a file."""
    only = causes[0][0] if len(causes) == 1 else UNKNOWN
    candidates = [
        {"value": cause, "reason": explained(cause), "differs_m": round(metres, 3)}
        for cause, metres in causes
    ]
    return {
        **decision(
            only if is_off else NONE,
            why,
            candidates=candidates,
            score=round(shift.confidence, 4),
        ),
        "ambiguous": is_off and len(causes) != 1,
        "offset_m": [round(shift.east_m, 3), round(shift.north_m, 3)],
        "spread_m": round(shift.spread_m, 3),
        "compared": shift.compared,
    }

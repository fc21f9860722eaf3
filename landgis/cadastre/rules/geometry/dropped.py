"""What a file says of its vertices beyond their place in the plane, and what is lost of it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from landgis.cadastre.findings import Finding, Rule, Text

DIMENSION = Rule(
    code="geometry.dimension_dropped",
    severity="warning",
    title={"vi": "Bỏ độ cao hoặc trị đo của đỉnh", "en": "Heights or measures left out"},
    remedy={
        "vi": "Thửa đất được lưu trên mặt phẳng; giữ tệp gốc nếu cần độ cao hoặc trị đo.",
        "en": "Parcels are kept in the plane; keep the source file where heights are needed.",
    },
    place="none",
)

CURVE = Rule(
    code="geometry.curve_dropped",
    severity="warning",
    title={"vi": "Cung tròn được thay bằng đoạn thẳng", "en": "Curves made into segments"},
    remedy={
        "vi": "Ranh giới thửa đất gồm các đoạn thẳng: kiểm tra các đỉnh được chèn trên cung.",
        "en": "Boundaries consist of straight segments: check the vertices put on the curves.",
    },
    place="none",
)

RULES = (DIMENSION, CURVE)

HEIGHTS_LEFT_OUT, CURVES_CUT = "heights_left_out", "curves_cut"
"""How the readers of files call it."""

_SAID: Mapping[str, tuple[Rule, str, Text]] = MappingProxyType(
    {
        HEIGHTS_LEFT_OUT: (
            DIMENSION,
            "rows",
            {
                "vi": "{n} dòng có độ cao (Z) hoặc trị đo (M) ở các đỉnh; chỉ giữ X, Y.",
                "en": "{n} rows have heights (Z) or measures (M) at their vertices; only X and Y "
                "are kept.",
            },
        ),
        CURVES_CUT: (
            CURVE,
            "curves",
            {
                "vi": "{n} cung tròn hoặc đường cong của ranh giới được thay bằng các đoạn thẳng.",
                "en": "{n} arcs or other curves of the boundaries became straight segments.",
            },
        ),
    }
)


def findings_of(left_out: Mapping[str, int]) -> Iterator[Finding]:
    """Answer a finding for each thing that was left out on reading.

    Parameters
    ----------
    left_out
        What the readers of a file noted -> how often; other notes are none of ours.
    """
    for note, (rule, unit, words) in _SAID.items():
        count = left_out.get(note, 0)
        if count:
            said = {lang: text.format(n=count) for lang, text in words.items()}
            yield Finding(rule, "fail", said, measured=float(count), limit=0.0, unit=unit)
